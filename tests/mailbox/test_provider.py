"""Providers are recognised from the address alone."""

import pytest

from email_sync.mailbox import provider
from email_sync.mailbox.network import NetworkPolicy
from email_sync.mailbox.provider import NOTES, recognise


@pytest.mark.parametrize(
    ("address", "key", "imap_host", "note"),
    [
        ("ann@gmail.com", "google", "imap.gmail.com", "app_password"),
        ("Ann@GoogleMail.COM", "google", "imap.gmail.com", "app_password"),
        ("ann@outlook.com", "microsoft", "outlook.office365.com", "oauth"),
        ("ann@hotmail.co.uk", "microsoft", "outlook.office365.com", "oauth"),
        ("ann@live.com.au", "microsoft", "outlook.office365.com", "oauth"),
        ("ann@outlook.fr", "microsoft", "outlook.office365.com", "oauth"),
        ("ann@contoso.onmicrosoft.com", "microsoft", "outlook.office365.com", "oauth"),
        ("ann@yahoo.com.br", "other", "imap.mail.yahoo.com", "app_password"),
        ("ann@yahoo.co.jp", "other", "imap.mail.yahoo.co.jp", "enable_imap"),
        ("ann@icloud.com", "other", "imap.mail.me.com", "app_password"),
        ("ann@gmx.de", "other", "imap.gmx.net", "enable_imap"),
        ("ann@t-online.de", "other", "secureimap.t-online.de", "email_password"),
        ("ann@naver.com", "other", "imap.naver.com", "app_password"),
        ("ann@qq.com", "other", "imap.qq.com", "authorization_code"),
        ("ann@orange.fr", "other", "imap.orange.fr", ""),
        ("ann@protonmail.com", "other", "127.0.0.1", "bridge"),
        ("ann@tuta.com", "other", "", "unavailable"),
        ("ann@example.com", "other", "imap.example.com", "guessed"),
        ("ann@notgmail.com", "other", "imap.notgmail.com", "guessed"),
        ("ann@gmail.com.evil.example", "other", "imap.gmail.com.evil.example", "guessed"),
    ],
)
def test_recognise(address, key, imap_host, note):
    found = recognise(address)
    assert (found.key, found.imap.host, found.note) == (key, imap_host, note)


def test_every_entry_can_be_connected_to_by_default():
    policy = NetworkPolicy()
    assert len({entry.name for entry in provider._PROVIDERS.values()}) >= 40
    for entry in provider._PROVIDERS.values():
        for endpoint in (entry.imap, entry.smtp):
            policy.check_port(endpoint.port)
            assert endpoint.security in ("tls", "starttls")
            assert "." in endpoint.host
        assert entry.note in ("", *NOTES)


def test_login_where_it_is_not_the_address():
    assert recognise("ann@uol.com.br").get_login("ann@uol.com.br") == "ann"
    assert recognise("ann@gmx.de").get_login("ann@gmx.de") == "ann@gmx.de"


@pytest.mark.parametrize("address", ["", "ann", "@", "ann@", "a@b@gmail.com", "ann@gmail.com."])
def test_anything_gets_an_answer(address):
    assert recognise(address).imap.port == 993
