"""Whether a mail is from whom it says: what one's own provider found, and what looks odd."""

import pytest

from email_sync.mime.authentication import Authentication, authentication_results
from email_sync.mime.parse import parse
from email_sync.mime.warnings import find_warnings, get_skeleton, organisation

GMAIL = (
    b"Received: by 2002:a05:6a10:1234 with SMTP id x; Mon, 23 Nov 2026 00:00:00 -0800\r\n"
    b"Received: from mail.example.org (mail.example.org. [192.0.2.1]) by mx.google.com\r\n"
    b"        with ESMTPS id a for <me@example.com>\r\n"
    b"Authentication-Results: mx.google.com;\r\n"
    b"       dkim=pass header.i=@example.org header.s=s1 header.b=x;\r\n"
    b"       spf=pass (google.com: domain of a@bounce.example.org designates 192.0.2.1; ok)\r\n"
    b"       smtp.mailfrom=a@bounce.example.org;\r\n"
    b"       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=example.org\r\n"
    b"Received: from client by mail.example.org\r\n"
)
FORGED = b"Authentication-Results: mx.google.com; dkim=pass header.d=bank.example; dmarc=pass\r\n"
REST = b"From: Ann <ann@example.org>\r\nSubject: s\r\n\r\nx"


def results(header, authserv_id="mx.google.com"):
    return authentication_results(parse(header + REST), authserv_id)


def test_what_the_own_provider_found_is_read():
    found = results(GMAIL)
    assert (found.spf, found.dkim, found.dmarc) == ("pass", "pass", "pass")
    assert found.domains == ["example.org", "bounce.example.org"]
    assert found.is_checked and found.confirms("example.org")


def test_what_others_wrote_does_not_count():
    assert results(GMAIL, "mx.example.com") == Authentication()
    assert results(GMAIL, "") == Authentication()
    assert not results(FORGED.replace(b"mx.google.com", b"mx.evil.example")).is_checked


def test_results_below_another_organisations_server_are_forged():
    received = (
        GMAIL.split(b"Authentication-Results")[0] + b"Received: from x by mail.evil.example\r\n"
    )
    assert results(received + FORGED) == Authentication()


def test_a_second_field_cannot_improve_the_first():
    failed = GMAIL.replace(b"dkim=pass", b"dkim=fail").replace(b"dmarc=pass", b"dmarc=fail")
    above_their_server = failed.replace(b"Received: from client", FORGED + b"Received: from client")
    found = results(above_their_server)
    assert (found.dkim, found.dmarc) == ("fail", "fail")
    assert "bank.example" not in found.domains and not found.confirms("example.org")


def test_comments_and_quotes_cannot_smuggle_in_a_result():
    found = results(
        b"Authentication-Results: mx.google.com; spf=fail (x; dmarc=pass)\r\n"
        b' smtp.mailfrom="a;dkim=pass"\r\n'
    )
    assert (found.spf, found.dmarc) == ("fail", "")


def test_exchange_online_writes_no_identifier():
    header = (
        b"Received: from A.outlook.com by B.prod.outlook.com\r\n"
        b"Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org;\r\n"
        b" dkim=none (message not signed) header.d=none;dmarc=bestguesspass action=none\r\n"
        b"Received: from mail.example.org by A.protection.outlook.com\r\n"
    )
    found = results(header, "outlook.com")
    assert (found.spf, found.dkim, found.dmarc) == ("pass", "none", "")
    assert results(header, "mx.google.com") == Authentication()


def test_without_dmarc_an_aligned_signature_confirms():
    header = b"Authentication-Results: mx.google.com; dkim=pass header.d=mail.example.org\r\n"
    assert results(header).confirms("example.org")
    assert not results(header).confirms("example.net")


# ------------------------------------------------------------
# WARNINGS
# ------------------------------------------------------------


def codes(header, known=("example.com", "paypal.com")):
    return [finding.code for finding in find_warnings(parse(header.encode() + b"\r\n\r\n"), known)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("From: Ann <ann@example.com>", []),
        ("From: ann@example.com <ann@example.com>", []),
        ("From: ann@mail.example.com <ann@example.com>", []),
        ('From: "ceo@example.com" <x@evil.example>', ["name-is-other-address"]),
        ('From: "CEO (ceo@example.com)" <x@evil.example>', ["name-is-other-address"]),
        ("From: a@example.org\r\nReply-To: b@evil.example", ["reply-to-differs"]),
        ("From: a@example.org\r\nReply-To: desk@mail.example.org", []),
        ("From: a@example.co.uk\r\nReply-To: a@evil.co.uk", ["reply-to-differs"]),
        ("From: a@example.org\r\nReply-To: b@lists.example\r\nList-Id: <x.lists.example>", []),
        ("From: a@paypa1.com", ["look-alike-domain"]),
        ("From: a@examp1e.com", ["look-alike-domain"]),
        ("From: a@exarnple.com", ["look-alike-domain"]),
        ("From: a@paypal.com", []),
        ("From: a@mail.paypal.com", []),
        ("From: a@xn--pypal-4ve.com", ["mixed-scripts", "look-alike-domain"]),
        ("From: a@xn--bcher-kva.example", []),
        ("From: a@xn--fiqs8s.example", []),
        ("From: a@example.com, b@example.org", ["several-senders"]),
        ("From: Somebody", ["no-sender"]),
        ("Subject: x", ["no-sender"]),
    ],
)
def test_what_is_odd_about_a_sender_is_said(header, expected):
    assert codes(header) == expected


def test_a_finding_tells_what_is_shown_and_what_is_true():
    (finding,) = find_warnings(parse(b'From: "ceo@example.com" <x@evil.example>\r\n\r\n'))
    assert (finding.shown, finding.actual) == ("ceo@example.com", "x@evil.example")


def test_look_alikes_have_one_skeleton():
    assert get_skeleton("pаypаl") == get_skeleton("paypal") == get_skeleton("paypa1")
    assert get_skeleton("rnicrosoft") == get_skeleton("microsoft")
    assert get_skeleton("example") != get_skeleton("sample")


def test_organisations_by_their_domain():
    assert organisation("mail.example.com") == "example.com"
    assert organisation("mail.example.co.kr") == "example.co.kr"
    assert organisation("example.com") == "example.com"
    assert organisation("localhost") == "localhost"
