"""An answer goes to whom people expect it to go, and belongs to the conversation."""

from email_sync.mime.message import Address
from email_sync.mime.parse import parse
from email_sync.mime.reply import (
    forward_subject,
    quote_html,
    reply_headers,
    reply_recipients,
    reply_subject,
)

OWN = {"sales@example.com", "me@example.com"}
MAIL = (
    b"From: Ann <ann@customer.example>\r\nTo: Sales <SALES@example.com>, bob@customer.example\r\n"
    b"Cc: carl@partner.example, Ann <ann@customer.example>, me@example.com\r\n"
    b"Subject: Offer\r\nMessage-ID: <2@customer.example>\r\nReferences: <1@example.com>\r\n"
)


def emails(addresses):
    return [address.email for address in addresses]


def test_an_answer_goes_to_the_sender():
    to, cc = reply_recipients(parse(MAIL + b"\r\n"), OWN)
    assert (to, cc) == ([Address("Ann", "ann@customer.example")], [])


def test_an_answer_to_all_leaves_oneself_and_doubles_out():
    to, cc = reply_recipients(parse(MAIL + b"\r\n"), OWN, reply_all=True)
    assert emails(to) == ["ann@customer.example"]
    assert emails(cc) == ["bob@customer.example", "carl@partner.example"]


def test_reply_to_is_obeyed():
    to, _cc = reply_recipients(parse(MAIL + b"Reply-To: desk@customer.example\r\n\r\n"), OWN)
    assert emails(to) == ["desk@customer.example"]


def test_an_answer_to_ones_own_mail_goes_on_to_its_recipients():
    own = parse(
        b"From: me@example.com\r\nTo: ann@customer.example\r\nCc: bob@customer.example\r\n\r\n"
    )
    assert emails(reply_recipients(own, OWN)[0]) == ["ann@customer.example"]
    to, cc = reply_recipients(own, OWN, reply_all=True)
    assert (emails(to), emails(cc)) == (["ann@customer.example"], ["bob@customer.example"])


def test_addresses_that_cannot_be_answered_are_left_out():
    assert reply_recipients(parse(b"From: MAILER DAEMON <>\r\n\r\n"), OWN) == ([], [])


def test_an_answer_names_the_whole_line_of_ancestors():
    headers = reply_headers(parse(MAIL + b"\r\n"))
    assert headers == {
        "subject": "Re: Offer",
        "in_reply_to": "<2@customer.example>",
        "references": ["<1@example.com>", "<2@customer.example>"],
    }


def test_in_reply_to_stands_in_for_missing_references():
    parsed = parse(b"Message-ID: <2@x.example>\r\nIn-Reply-To: <1@x.example>\r\n\r\n")
    assert reply_headers(parsed)["references"] == ["<1@x.example>", "<2@x.example>"]


def test_prefixes_are_not_piled_up():
    assert reply_subject("AW: Offer") == "AW: Offer"
    assert reply_subject("Offer") == "Re: Offer"
    assert forward_subject("Offer") == "Fwd: Offer"
    assert forward_subject("WG: Offer") == "WG: Offer"


def test_what_is_repeated_is_marked_as_such():
    html = quote_html("<p>old</p>", "On 1 May, <Ann> wrote:")
    assert 'data-o-mail-quote="1"' in html
    assert "&lt;Ann&gt;" in html and "<p>old</p></blockquote>" in html
