"""What belongs to one conversation is recognised as such."""

import pytest

from email_sync.mime.parse import parse
from email_sync.mime.threading import (
    is_forward_subject,
    is_reply_subject,
    normalize_subject,
    parse_message_id,
    parse_message_ids,
    thread_keys,
)


@pytest.mark.parametrize(
    "subject",
    [
        "Offer 12",
        "Re: Offer 12",
        "RE: Re: re : Offer 12",
        "AW: Offer 12",
        "Antw: WG: Offer 12",
        "SV: VS: Offer 12",
        "RE[2]: Offer 12",
        "Re(3): Offer 12",
        "Re^2: Offer 12",
        "답장: Offer 12",
        "回复：Offer 12",
        "RV: Rép : Offer 12",
        "Fwd: FW: Offer 12",
        "[Fwd: Offer 12]",
        "TR: R: I: Offer 12",
        "Odp: YNT: Offer 12",
        "[EXTERNAL] Re: Offer 12",
        "  Offer   12 ",
        "OFFER 12",
        "=?utf-8?q?Re=3A?= Offer 12",
    ],
)
def test_answers_and_forwards_have_the_subject_of_what_they_answer(subject):
    parsed = parse(f"Subject: {subject}\r\n\r\n".encode())
    assert normalize_subject(parsed.subject) == "offer 12"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("[sales] Re: [sales] Offer", "[sales] offer"),
        ("Re: [sales] Offer", "[sales] offer"),
        ("[sales] Offer", "[sales] offer"),
        ("Regarding: Offer", "regarding: offer"),
        ("Reminder: pay", "reminder: pay"),
        ("Ref: 1234", "ref: 1234"),
        ("Research: results", "research: results"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_only_prefixes_are_taken_off(subject, expected):
    assert normalize_subject(subject) == expected


def test_answer_and_forward_are_told_apart():
    assert is_reply_subject("AW: x") and not is_forward_subject("AW: x")
    assert is_forward_subject("WG: x") and not is_reply_subject("WG: x")
    assert is_reply_subject("[EXT] Re: x")
    assert not is_reply_subject("Receipt") and not is_forward_subject("Forward thinking")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@example.com>", "<a@example.com>"),
        ("  <a@example.com>  ", "<a@example.com>"),
        ("a@example.com", "<a@example.com>"),
        ("<a b@example.com>", "<ab@example.com>"),
        ("<a@example.com> (comment)", "<a@example.com>"),
        ("<no-at-sign>", "<no-at-sign>"),
        ("bare", "<bare>"),
        ("<>", ""),
        ("", ""),
    ],
)
def test_an_identifier_is_the_same_however_it_is_written(value, expected):
    assert parse_message_id(value) == expected


@pytest.mark.parametrize(
    "field",
    [
        b"Message-ID: <a@example.com>",
        b"Message-ID:\r\n <a@example.com>",
        b"Message-ID:\r\n\t<a@exam\r\n ple.com>",
        b"Message-Id : <a@example.com>",
        b"message-id: a@example.com",
        b"Message-ID: \r\nMessage-ID: <a@example.com>",
        b"Message-ID: <a@example.com>\r\nMessage-ID: <b@example.com>",
    ],
)
def test_the_message_id_is_found_folded_doubled_and_bare(field):
    assert parse(field + b"\r\nSubject: s\r\n\r\nx").message_id == "<a@example.com>"


def test_an_overlong_identifier_is_shortened_and_stays_distinct():
    first, second = (parse_message_id(f"<{'x' * 900}{i}@example.com>") for i in (1, 2))
    assert first != second and len(first) < 300


def test_three_thousand_references_keep_the_first_and_the_latest():
    value = " ".join(f"<{i}@example.com>" for i in range(3_000))
    found = parse_message_ids(value)
    assert len(found) == 100
    assert found[0] == "<0@example.com>" and found[-1] == "<2999@example.com>"


def test_keys_of_a_mail_are_its_ancestors_then_itself():
    parsed = parse(
        b"References: <1@x.example>\r\n <2@x.example>\r\n"
        b"In-Reply-To: <3@x.example> <2@x.example>\r\n"
        b"Message-ID: <4@x.example>\r\n\r\n"
    )
    assert thread_keys(parsed) == [f"<{i}@x.example>" for i in (1, 2, 3, 4)]


def test_a_mail_that_exchange_renamed_is_found_under_its_first_name():
    parsed = parse(
        b"Message-ID: <new@outlook.example>\r\n"
        b"X-Microsoft-Original-Message-ID: <old@odoo.example>\r\n\r\n"
    )
    assert thread_keys(parsed) == ["<old@odoo.example>", "<new@outlook.example>"]


def test_prose_in_in_reply_to_is_no_identifier():
    parsed = parse(b'In-Reply-To: Your message of "Mon, 1 Jan 2026" <1@x.example>\r\n\r\n')
    assert parsed.in_reply_to == ["<1@x.example>"]
    assert parse(b"In-Reply-To: your message\r\n\r\n").in_reply_to == []
