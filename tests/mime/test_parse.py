"""A mail says the same here as in a mail program: text, HTML, attachments, people."""

import base64

import pytest

from email_sync.mime.message import Address, Limits
from email_sync.mime.parse import parse, parse_headers, part_content

HEADER = (
    b"From: Ann <ann@example.com>\r\nTo: sales@example.com\r\n"
    b"Subject: Offer\r\nMIME-Version: 1.0\r\n"
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def leaf(content_type, content, *fields):
    head = b"".join(field + b"\r\n" for field in fields)
    return b"Content-Type: " + content_type + b"\r\n" + head + b"\r\n" + content


def multipart(subtype, *parts, boundary=b"bound"):
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    head = b"Content-Type: multipart/" + subtype + b'; boundary="' + boundary + b'"\r\n\r\n'
    return head + body + b"--" + boundary + b"--\r\n"


def picture(content_id, *fields, name=b"p.png"):
    return leaf(
        b'image/png; name="' + name + b'"',
        base64.b64encode(PNG),
        b"Content-Transfer-Encoding: base64",
        b"Content-ID: <" + content_id + b">",
        *fields,
    )


def read(body):
    return parse(HEADER + body)


def sections(parsed):
    return [(part.section, part.filename) for part in parsed.parts]


# ------------------------------------------------------------
# TEXT
# ------------------------------------------------------------


def test_people_subject_and_date_are_read():
    parsed = parse(
        b"From: Ann <ann@example.com>\r\nSender: bot@example.com\r\nReply-To: desk@example.com\r\n"
        b"To: a@example.com\r\nTo: b@example.com\r\nCc: c@example.com\r\nBcc: d@example.com\r\n"
        b"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\n\t10 cm\r\n"
        b"Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n\r\nHello\r\n"
    )
    assert parsed.from_ == [Address("Ann", "ann@example.com")]
    assert parsed.sender == [Address("", "bot@example.com")]
    assert parsed.reply_to == [Address("", "desk@example.com")]
    assert [address.email for address in parsed.to] == ["a@example.com", "b@example.com"]
    assert [address.email for address in parsed.cc + parsed.bcc] == [
        "c@example.com",
        "d@example.com",
    ]
    assert parsed.subject == "Größe 10 cm"
    assert parsed.date.isoformat() == "2026-11-23T09:00:00+00:00"
    assert parsed.text == "Hello\n"
    assert parsed.html is None
    assert parsed.defects == []


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b"\r"])
def test_any_line_end_will_do(line_end):
    source = HEADER + multipart(b"mixed", leaf(b"text/plain", b"Hello\r\nyou"), picture(b"x"))
    parsed = parse(source.replace(b"\r\n", line_end))
    assert parsed.text == "Hello\nyou"
    assert part_content(source.replace(b"\r\n", line_end), "2") == PNG


def test_of_alternatives_both_forms_are_kept():
    parsed = read(
        multipart(b"alternative", leaf(b"text/plain", b"plain"), leaf(b"text/html", b"<p>rich</p>"))
    )
    assert (parsed.text, parsed.html) == ("plain", "<p>rich</p>")


def test_html_alone_is_also_text():
    parsed = read(leaf(b"text/html", b"<p>Hello</p><p>you</p>"))
    assert parsed.text == "Hello\n\nyou"


def test_an_empty_plain_form_does_not_hide_the_html():
    parsed = read(
        multipart(b"alternative", leaf(b"text/plain", b" \r\n"), leaf(b"text/html", b"<p>rich</p>"))
    )
    assert parsed.text == "rich"


def test_texts_before_and_after_a_picture_are_all_shown():
    # Apple Mail sends text, picture and text as three parts.
    parsed = read(
        multipart(
            b"mixed",
            leaf(b"text/plain", b"before"),
            picture(b"x", b"Content-Disposition: inline"),
            leaf(b"text/html", b"<p>after</p>"),
        )
    )
    assert parsed.text == "before\n\nafter"
    assert "before" in parsed.html and "<p>after</p>" in parsed.html
    assert sections(parsed) == [("2", "p.png")]


def test_alternatives_with_attachments_inside():
    parsed = read(
        multipart(
            b"alternative",
            leaf(b"text/plain", b"plain"),
            multipart(
                b"mixed",
                leaf(b"text/html", b"<p>one</p>"),
                leaf(b"application/pdf; name=a.pdf", b"%PDF"),
                leaf(b"text/html", b"<p>two</p>"),
                boundary=b"inner",
            ),
        )
    )
    assert "one" in parsed.text and "two" in parsed.text
    assert sections(parsed) == [("2.2", "a.pdf")]


def test_the_root_of_related_parts_is_named_by_start():
    parsed = read(
        b'Content-Type: multipart/related; boundary=r; start="<root>"\r\n\r\n--r\r\n'
        + picture(b"pic")
        + b"\r\n--r\r\n"
        + leaf(b"text/html", b'<img src="cid:pic">', b"Content-ID: <root>")
        + b"\r\n--r--"
    )
    assert parsed.html == '<img src="cid:pic">'
    assert parsed.parts[0].embedded and parsed.attachments == []


def test_format_flowed_lines_are_joined():
    parsed = read(
        leaf(b"text/plain; format=flowed; delsp=yes", b"a \r\nb\r\n> c \r\n> d\r\n-- \r\nx")
    )
    assert parsed.text == "ab\n> cd\n-- \nx"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        (b"quoted-printable", b"Gr=C3=B6=C3=9F=\r\ne"),
        (b"QUOTED-PRINTABLE", b"Gr=C3=B6=C3=9F=\r\ne"),
        (b"base64", b"R3LDtsOfZQ=="),
        (b"base64", b"R3LDts\r\nOfZQ"),
        (b"base64 ; x", b"R3LDtsOfZQ== trailing"),
        (b"8bit", "Größe".encode()),
        (b"7bit", "Größe".encode()),
        (b"nonsense", "Größe".encode()),
        (b"x-uuencode", b"begin 644 x\r\n'1W+#ML.?90``\r\n`\r\nend"),
    ],
)
def test_transfer_encodings(encoding, content):
    body = leaf(b"text/plain; charset=utf-8", content, b"Content-Transfer-Encoding: " + encoding)
    assert read(body).text == "Größe"


def test_the_charset_in_the_html_counts_when_the_header_names_none():
    html = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Привет</p>'
    assert "Привет" in read(leaf(b"text/html", html.encode("koi8-r"))).html


def test_raw_header_text_is_read_in_the_charset_of_the_body():
    source = "Subject: 报价单\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n报价".encode(
        "gb18030"
    )
    assert parse(source).subject == "报价单"
    assert parse("Subject: Größe\r\n\r\n".encode()).subject == "Größe"
    assert parse("Subject: Größe\r\n\r\n".encode("latin-1")).subject == "Größe"


def test_text_beyond_the_limit_is_left_out_and_noted():
    parsed = parse(HEADER + b"\r\n" + b"line\r\n" * 1_000, Limits(text_bytes=100))
    assert parsed.text.startswith("line\n") and len(parsed.text) < 200
    assert parsed.defects == ["text is longer than what is read of it"]


# ------------------------------------------------------------
# ATTACHMENTS
# ------------------------------------------------------------


def test_parts_are_numbered_as_imap_numbers_them():
    source = HEADER + multipart(
        b"mixed",
        multipart(
            b"alternative",
            leaf(b"text/plain", b"plain"),
            multipart(b"related", leaf(b"text/html", b"<p>"), picture(b"x"), boundary=b"c"),
            boundary=b"d",
        ),
        leaf(b"application/pdf; name=a.pdf", b"JVBERg==", b"Content-Transfer-Encoding: base64"),
        leaf(
            b"message/rfc822",
            b"Subject: inner\r\n" + multipart(b"mixed", leaf(b"text/plain", b"in"), boundary=b"e"),
        ),
    )
    parsed = parse(source)
    assert sections(parsed) == [("1.2.2", "p.png"), ("2", "a.pdf"), ("3", "inner.eml")]
    assert part_content(source, "2") == b"%PDF"
    assert part_content(source, "1.1") == b"plain"
    assert part_content(source, "3").startswith(b"Subject: inner\r\n")
    assert part_content(source, "3.1") == b"in"
    for missing in ("4", "1.9", "2.1", "3.1.1", "", "0", "x"):
        with pytest.raises(KeyError):
            part_content(source, missing)


def test_a_mail_that_is_one_file():
    source = HEADER + leaf(
        b"application/pdf", b"JVBERg==", b"Content-Transfer-Encoding: base64",
        b'Content-Disposition: attachment; filename="a.pdf"',
    )  # fmt: skip
    assert sections(parse(source)) == [("1", "a.pdf")]
    assert part_content(source, "1") == b"%PDF"


def test_a_message_in_base64_is_opened_all_the_same():
    inner = b"Subject: inner\r\n\r\nhello"
    source = HEADER + leaf(
        b"message/rfc822", base64.b64encode(inner), b"Content-Transfer-Encoding: base64"
    )
    assert part_content(source, "1") == inner
    assert part_content(source, "1.1") == b"hello"


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (b'; filename="a.pdf"', "a.pdf"),
        (b"; filename=a b.pdf", "a b.pdf"),
        (b"; filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf", "Größe.pdf"),
        (b"; filename*0*=utf-8''Gr%C3%B6; filename*1=ss.pdf", "Gröss.pdf"),
        (b"; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        (b'; filename="=?utf-8?Q?Gr=C3=B6=C3=9Fe.pdf?="', "Größe.pdf"),
        (b';\r\n filename="=?utf-8?Q?Gr=C3=B6?=\r\n =?utf-8?Q?ss.pdf?="', "Gröss.pdf"),
        ('; filename="견적.pdf"'.encode(), "견적.pdf"),
        (b'; filename="..\\..\\etc/passwd"', "passwd"),
        (b'; filename="C:\\Users\\a.pdf"', "a.pdf"),
        (b'; filename="a\\"b.pdf"', "a_b.pdf"),
        ('; filename="a\u202efdp.exe"'.encode(), "afdp.exe"),
        (b'; filename="a\x00\x07b.pdf"', "ab.pdf"),
        (b'; filename="' + b"x" * 400 + b'.pdf"', "x" * 196 + ".pdf"),
        (b'; filename="..."', ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_names_of_attachments_are_read_and_harmless(parameter, expected):
    field = b"Content-Disposition: attachment" + parameter
    body = multipart(b"mixed", leaf(b"text/plain", b"x"), leaf(b"application/pdf", b"x", field))
    assert [part.filename for part in read(body).parts] == [expected]


def test_a_named_text_beside_the_mails_own_is_an_attachment():
    parsed = read(
        multipart(
            b"mixed",
            leaf(b"text/plain", b"the mail"),
            leaf(b"text/plain; name=log.txt", b"log", b"Content-Disposition: inline"),
            leaf(b"text/html", b"<p>x</p>", b"Content-Disposition: attachment; filename=a.html"),
        )
    )
    assert parsed.text == "the mail"
    assert sections(parsed) == [("2", "log.txt"), ("3", "a.html")]


def test_pictures_of_the_text_are_told_from_attachments():
    parsed = read(
        multipart(
            b"related",
            leaf(b"text/html", b'<img src="cid:one%40x"><p>cid:other</p>'),
            picture(b"one@x"),
            # Outlook and Apple Mail give a Content-ID to every file.
            picture(b"two@x", name=b"photo.png"),
            leaf(b"application/pdf; name=a.pdf", b"x", b"Content-ID: <one@x>"),
        )
    )
    assert [part.embedded for part in parsed.parts] == [True, False, False]
    assert [part.filename for part in parsed.attachments] == ["photo.png", "a.pdf"]


def test_the_estimated_size_is_close():
    content = bytes(range(256)) * 40
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    field = b"Content-Transfer-Encoding: base64"
    parsed = read(multipart(b"mixed", leaf(b"application/x-a", encoded, field)))
    assert abs(parsed.parts[0].size - len(content)) <= 2


def test_signatures_are_attachments_and_the_signed_text_is_the_mail():
    parsed = read(
        multipart(
            b"signed",
            leaf(b"text/plain", b"signed text"),
            leaf(b"application/pgp-signature; name=signature.asc", b"-----BEGIN"),
        )
    )
    assert parsed.text == "signed text"
    assert sections(parsed) == [("2", "signature.asc")]


def test_a_delivery_report_reads_as_text_and_carries_the_mail():
    parsed = read(
        multipart(
            b"report",
            leaf(b"text/plain", b"could not be delivered"),
            leaf(b"message/delivery-status", b"Status: 5.1.1"),
            leaf(b"message/rfc822", b"Subject: lost\r\n\r\nx"),
        )
    )
    assert "5.1.1" in parsed.text
    assert sections(parsed) == [("3", "lost.eml")]
    assert parsed.auto_submitted


# ------------------------------------------------------------
# BROKEN STRUCTURE
# ------------------------------------------------------------


def test_a_multipart_without_boundary_is_split_at_the_one_it_uses():
    parsed = read(
        b"Content-Type: multipart/mixed\r\n\r\n--found\r\n"
        + leaf(b"text/plain", b"text")
        + b"\r\n--found\r\n"
        + leaf(b"application/pdf; name=a.pdf", b"x")
        + b"\r\n--found--"
    )
    assert parsed.text == "text" and sections(parsed) == [("2", "a.pdf")]
    assert parsed.defects == ["multipart without a boundary"]


def test_a_multipart_that_is_not_closed_keeps_its_last_part():
    parsed = read(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + leaf(b"text/plain", b"end")
    )
    assert parsed.text == "end" and parsed.defects == ["multipart is not closed"]


def test_a_multipart_without_parts_shows_its_source():
    assert (
        "not what"
        in read(b"Content-Type: multipart/mixed; boundary=b\r\n\r\nnot what it says").text
    )


def test_a_boundary_may_begin_another():
    parsed = read(
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        + multipart(b"alternative", leaf(b"text/plain", b"inner"), boundary=b"bb")
        + b"\r\n--b\r\n"
        + leaf(b"application/pdf; name=a.pdf", b"--bx\r\n--b-\r\n")
        + b"\r\n--b--"
    )
    assert parsed.text == "inner" and sections(parsed) == [("2", "a.pdf")]


def test_a_header_without_an_empty_line_ends_at_its_last_field():
    parsed = parse(b"From: ann@example.com\r\nSubject: s\r\nHello there\r\nTo: not a field\r\n")
    assert parsed.subject == "s" and parsed.to == []
    assert parsed.text == "Hello there\nTo: not a field\n"


def test_a_line_that_is_no_field_ends_the_header_for_good():
    parsed = parse(b"Subject: s\r\nHello there\r\nTo: nobody@example.com\r\n\r\nmore")
    assert parsed.to == []
    assert parsed.text == "Hello there\nTo: nobody@example.com\n\nmore"
    assert parsed.defects == ["no empty line between header and body"]


def test_the_first_empty_line_ends_the_header_whatever_its_line_end():
    parsed = parse(b"Subject: s\n\nhello\r\nTo: nobody@example.com\r\n\r\nmore")
    assert parsed.to == [] and parsed.text.startswith("hello\n")
    assert parse(b"\r\nSubject: not a field\r\n\r\nx").subject == ""


def test_separators_of_mailbox_files_are_no_text():
    parsed = parse(
        b"From ann@example.com Mon Nov 23 2026\nSubject: s\n>From bob\nTo: b@example.com\n\nx"
    )
    assert (parsed.subject, parsed.to[0].email, parsed.text) == ("s", "b@example.com", "x")


def test_too_many_parts_and_levels_are_noted():
    many = multipart(b"mixed", *[leaf(b"text/plain; name=a.txt", b"x")] * 50)
    assert "too many parts" in parse(HEADER + many, Limits(parts=10)).defects
    deep = leaf(b"text/plain", b"x")
    for level in range(10):
        deep = multipart(b"mixed", deep, boundary=b"level%d" % level)
    assert "too many levels of multiparts" in parse(HEADER + deep, Limits(depth=5)).defects


@pytest.mark.parametrize(
    ("content_type", "text"),
    [(b"text", "x"), (b"", "x"), (b"text/plain charset=utf-8", "x"), (b"plain;", "x"), (b"/", "x")],
)
def test_what_is_no_media_type_is_plain_text(content_type, text):
    assert read(leaf(content_type, b"x")).text == text


# ------------------------------------------------------------
# IDENTITY AND KIND
# ------------------------------------------------------------


def test_copies_of_a_mail_have_one_digest():
    body = multipart(b"mixed", leaf(b"text/plain", b"one \r\ntwo"), picture(b"x"))
    digest = read(body).digest
    moved = b"Received: by x\r\nX-Folder: b\r\n" + HEADER + body
    assert parse(moved).digest == digest
    assert parse(moved.replace(b"\r\n", b"\n")).digest == digest
    assert parse(moved + b"\r\n\r\n").digest == digest
    assert parse(moved.replace(b"one \r", b"one\r")).digest == digest
    assert parse(moved.replace(b"one", b"won")).digest != digest
    assert len(digest) == 64


@pytest.mark.parametrize(
    ("field", "automatic", "bulk"),
    [
        (b"X-None: 1", False, False),
        (b"Auto-Submitted: no", False, False),
        (b"Auto-Submitted: auto-replied; owner-email=a@example.com", True, False),
        (b"Auto-Submitted: auto-generated", True, False),
        (b"Precedence: auto_reply", True, False),
        (b"X-Autoreply: yes", True, False),
        (b"Return-Path: <>", True, False),
        (b"Precedence: bulk", False, True),
        (b"Precedence: LIST", False, True),
        (b"List-Id: News <news.example.com>", False, True),
        (b"List-Unsubscribe: <mailto:x@example.com>", False, True),
        (b"Return-Path: <ann@example.com>", False, False),
    ],
)
def test_automatic_and_bulk_mail_is_recognised(field, automatic, bulk):
    parsed = parse(HEADER + field + b"\r\n\r\nx")
    assert (parsed.auto_submitted, parsed.bulk) == (automatic, bulk)


def test_lists_have_an_identifier():
    assert (
        parse(b"List-Id: =?utf-8?q?N=C3=A9ws?= <news.example.com>\r\n\r\n").list_id
        == "news.example.com"
    )
    assert parse(b"List-Id: news\r\n\r\n").list_id == "news"


def test_marks_of_outlook_and_odoo_are_kept():
    parsed = parse(
        b"Thread-Topic: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\nThread-Index: AdX\r\n"
        b"X-Odoo-Objects: crm.lead-1\r\n\r\n"
    )
    assert (parsed.thread_topic, parsed.thread_index) == ("Größe", "AdX")
    assert parsed.odoo_objects == "crm.lead-1"


def test_the_header_alone_is_read_alike():
    source = HEADER + b"Message-ID: <1@example.com>\r\n\r\nbody"
    whole, header = parse(source), parse_headers(source)
    assert (header.subject, header.from_, header.message_id) == (
        whole.subject, whole.from_, whole.message_id,
    )  # fmt: skip
    assert header.text == "" and header.parts == []
    assert parse_headers(HEADER).subject == "Offer"


def test_calendar_parts_are_kept_and_read():
    calendar = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR"
    parsed = read(
        multipart(
            b"alternative",
            leaf(b"text/plain", b"x"),
            leaf(b"text/calendar; method=REQUEST", calendar),
        )
    )
    assert parsed.calendar == "BEGIN:VCALENDAR\nEND:VCALENDAR"
    assert sections(parsed) == [("2", "invite.ics")]
