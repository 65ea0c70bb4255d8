"""Whether a mail is from whom it says: what one's own provider found, and what looks odd."""

import pytest

from email_sync.mime.authentication import (
    Authentication,
    authentication_results,
    find_forgery,
    known_authserv_id,
    learn_authserv_id,
)
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
        ("From: a@example.org\r\nReply-To: x:a@example.org,b@evil.example;", ["reply-to-differs"]),
        ("From: a@gmail.com\r\nReply-To: b@gmail.com", ["reply-to-differs"]),
        ("From: a@gmail.com\r\nReply-To: A@Gmail.com", []),
        ("From: a@example.org\r\nReply-To: b@example.org", []),
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


OWN = {"own_domains": ("company.example",), "colleague_names": {get_skeleton("Alice Adams")}}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("From: Alice Adams <alice@company.example>", []),
        ("From: Alice Adams <alice@mail.company.example>", []),
        ("From: Alice Adams <x@evil.example>", [("name-is-colleague", "danger")]),
        ("From: ALICE  ADAMS <x@evil.example>", [("name-is-colleague", "danger")]),
        ("From: Al\u0456ce Adams <x@evil.example>", [("name-is-colleague", "danger")]),
        ("From: Alice <x@other.example>", []),
        # What a tracker tells of a colleague's doing is no attack.
        (
            "List-Id: <tracker.example>\r\nFrom: Alice Adams <n@tracker.example>",
            [("name-is-colleague", "notice")],
        ),
        ("From: company.example support <x@evil.example>", [("name-is-own-domain", "danger")]),
        ("From: othercompany.example <x@other.example>", []),
    ],
)
def test_colleagues_write_from_the_organisation(header, expected):
    parsed = parse(header.encode() + b"\r\n\r\n")
    found = [(finding.code, finding.severity) for finding in find_warnings(parsed, **OWN)]
    assert found == expected


@pytest.mark.parametrize(
    ("found", "header", "expected"),
    [
        ("dmarc=pass", "", []),
        ("dmarc=fail; spf=pass smtp.mailfrom=evil.example", "", ["not-genuine"]),
        ("spf=pass smtp.mailfrom=bounce.example.org", "", []),
        ("spf=pass smtp.mailfrom=mailer.example", "", ["unproven"]),
        ("spf=fail smtp.mailfrom=example.org; dkim=none", "", ["unverified"]),
        ("dmarc=none; spf=pass smtp.mailfrom=mailer.example", "", ["unproven"]),
        # A list changes what it passes on; it answers for itself.
        (
            "dmarc=fail; spf=pass smtp.mailfrom=lists.example",
            "List-Id: <x.lists.example>\r\n",
            ["changed-by-list"],
        ),
        ("dmarc=fail; spf=fail", "List-Id: <x.lists.example>\r\n", ["not-genuine"]),
    ],
)
def test_what_the_provider_found_decides_whether_a_sender_is_genuine(found, header, expected):
    source = f"Authentication-Results: mx.google.com; {found}\r\n{header}".encode() + REST
    parsed = parse(source)
    authentication = authentication_results(parsed, "mx.google.com")
    assert [finding.code for finding in find_forgery(parsed, authentication)] == expected


def test_a_list_is_no_excuse_for_mail_in_the_name_of_colleagues():
    source = (
        b"Authentication-Results: mx.google.com; dmarc=fail;\r\n"
        b" spf=pass smtp.mailfrom=evil.example\r\nList-Id: <x.evil.example>\r\n" + REST
    )
    parsed = parse(source)
    authentication = authentication_results(parsed, "mx.google.com")
    (finding,) = find_forgery(parsed, authentication, ["example.org"])
    assert finding.code == "not-genuine"


@pytest.mark.parametrize(
    "results_of_provider",
    [
        'dmarc=fail smtp.mailfrom="x; dmarc=pass"@evil.example',
        "dmarc=fail (a (b) ; dmarc=pass); dmarc=pass",
        r'dmarc=fail smtp.mailfrom="x\"; dmarc=pass"',
        "dmarc=fail (never closed; dmarc=pass header.from=example.org",
        'dmarc=fail smtp.mailfrom="never closed; dmarc=pass',
        "dmarc=fail; dmarc=pass",
    ],
)
def test_what_a_sender_smuggles_into_the_providers_field_does_not_count(results_of_provider):
    found = results(f"Authentication-Results: mx.google.com; {results_of_provider}\r\n".encode())
    assert found.dmarc == "fail"


# ------------------------------------------------------------
# THE PROVIDER'S IDENTIFIER
# ------------------------------------------------------------


def received(sender, *identifiers):
    fields = "".join(f"Authentication-Results: {name}; dmarc=pass\r\n" for name in identifiers)
    source = (
        f"Received: from x by mx.company.example\r\n{fields}"
        f"Received: from y by mail.{sender}\r\nFrom: a@{sender}\r\n\r\n"
    )
    return parse(source.encode())


SENDERS = [f"sender{number}.example" for number in range(6)]


def test_who_stamps_all_mail_is_the_provider():
    mails = [received(sender, "mx.company.example", "forged.example") for sender in SENDERS]
    assert learn_authserv_id(mails) == "mx.company.example"


def test_what_only_some_senders_write_is_theirs():
    mails = [received(sender) for sender in SENDERS]
    assert learn_authserv_id(mails) == ""
    flood = [received(SENDERS[0], "mx.company.example") for _ in range(100)]
    assert learn_authserv_id(mails + flood) == ""
    assert learn_authserv_id(flood) == ""


def test_below_the_senders_own_server_is_nothing_of_the_provider():
    mails = [
        parse(
            b"Received: from x by mx.company.example\r\nReceived: from y by mail.evil.example\r\n"
            b"Authentication-Results: mx.company.example; dmarc=pass\r\n"
            + f"From: a@{sender}\r\n\r\n".encode()
        )
        for sender in SENDERS
    ]
    assert learn_authserv_id(mails) == ""


def test_providers_are_known_by_their_servers():
    assert known_authserv_id("imap.gmail.com") == "mx.google.com"
    assert known_authserv_id("Outlook.Office365.com.") == "outlook.com"
    assert known_authserv_id("imap.company.example") == ""
