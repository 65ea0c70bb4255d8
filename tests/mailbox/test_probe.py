"""Trying a server out gives an answer a person can use, soon."""

import time

import pytest

from email_sync.mailbox import errors, probe
from email_sync.mailbox.endpoint import Endpoint, PasswordCredentials
from tests.mailbox.conftest import loopback_policy
from tests.mailbox.servers import Listener


def test_imap(account):
    result = probe.probe_imap(account.endpoint, account.credentials, account.policy)
    assert result.ok
    assert "INBOX" in {folder.name for folder in result.folders}
    assert "IDLE" in result.capabilities


def test_smtp(account, smtp_server):
    endpoint = Endpoint("localhost", smtp_server.smtp_port, "none")
    policy = loopback_policy(smtp_server.smtp_port)
    result = probe.probe_smtp(endpoint, account.credentials, policy)
    assert result.ok
    assert "AUTH" in result.capabilities


def test_wrong_password(account):
    credentials = PasswordCredentials(account.login, "wrong")
    result = probe.probe_imap(account.endpoint, credentials, account.policy)
    assert not result.ok
    assert isinstance(result.error, errors.AuthenticationError)


@pytest.mark.parametrize(
    ("port", "security", "suggestion"),
    [
        ("imap_port", "tls", "starttls"),
        ("imaps_port", "starttls", "tls"),
        ("imaps_port", "none", "tls"),
    ],
)
def test_wrong_kind_of_encryption_is_told(account, monkeypatch, port, security, suggestion):
    monkeypatch.setattr(probe, "_SECONDS", 1)
    endpoint = Endpoint("localhost", getattr(account.server, port), security)
    result = probe.probe_imap(endpoint, account.credentials, account.policy)
    assert isinstance(result.error, errors.TlsUnavailableError)
    assert result.error.suggestion == suggestion


class Hanging(Listener):
    def handle(self, sock, number):
        while sock.recv(65536):
            pass


@pytest.mark.parametrize("try_out", [probe.probe_imap, probe.probe_smtp])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_hanging_server_is_left_in_time(monkeypatch, try_out, security):
    monkeypatch.setattr(probe, "_SECONDS", 0.4)
    monkeypatch.setattr(probe, "_SECONDS_TO_LOOK_AGAIN", 0.3)
    with Hanging() as server:
        endpoint = Endpoint("127.0.0.1", server.port, security, timeout=60)
        started = time.monotonic()
        result = try_out(endpoint, PasswordCredentials("a", "b"), loopback_policy(server.port))
        assert time.monotonic() - started < 1.5
    assert isinstance(result.error, errors.ConnectionTimeoutError)


def test_forbidden_host():
    endpoint = Endpoint("127.0.0.1", 993)
    policy = loopback_policy()
    policy = type(policy)()
    result = probe.probe_imap(endpoint, PasswordCredentials("a", "b"), policy)
    assert isinstance(result.error, errors.NetworkForbiddenError)
