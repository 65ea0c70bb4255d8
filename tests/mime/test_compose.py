"""What is sent can be read by everybody, here and with the standard library."""

import email
import email.policy
import random
from datetime import datetime, timezone

import pytest

from email_sync.mime.addresses import format_addresses, parse_addresses
from email_sync.mime.compose import Attachment, compose, make_message_id
from email_sync.mime.message import Address
from email_sync.mime.parse import parse, part_content

ANN = Address("Ann Doe", "ann@example.com")
BOB = Address("Bob", "bob@example.com")
DATE = datetime(2026, 11, 23, 10, 0, tzinfo=timezone.utc)


def write(**changes):
    values = {"from_": ANN, "to": [BOB], "subject": "Offer", "html": "<p>Hello</p>", "date": DATE}
    values.update(changes)
    return compose(**values)


def read_with_standard_library(source):
    return email.message_from_bytes(source, policy=email.policy.default)


def assert_transportable(source):
    """Assert RFC 5322 section 2.1.1: CRLF, ASCII, short lines."""
    assert source.isascii() and b"\0" not in source
    assert source.endswith(b"\r\n")
    assert b"\n" not in source.replace(b"\r\n", b"") and b"\r" not in source.replace(b"\r\n", b"")
    assert max(map(len, source.split(b"\r\n"))) <= 998


def test_a_simple_mail():
    source = write(message_id="<1@example.com>")
    assert_transportable(source)
    parsed = parse(source)
    assert (parsed.from_, parsed.to, parsed.subject) == ([ANN], [BOB], "Offer")
    assert (parsed.message_id, parsed.date) == ("<1@example.com>", DATE)
    assert parsed.html == "<p>Hello</p>\n" and parsed.text == "Hello\n"
    assert parsed.defects == [] and parsed.parts == []


NAMES = [
    "Ann", "Doe, Ann", 'Ann "A" Doe', "Ann (Sales)", "back\\slash", "Jörg Müller", "김철수",
    "日本 太郎",
    "ann@example.com", "=?utf-8?q?x?=", "x" * 200, "Größe " * 30, "مرحبا", "🙂 Ann", "A.", "a:b;c",
    "Ann\r\nBcc: eve@example.com",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_kinds_arrive(name):
    source = write(to=[Address(name, "x@example.com"), BOB], from_=Address(name, "y@example.com"))
    assert_transportable(source)
    clean = " ".join(name.split())
    for parsed in (parse(source),):
        assert parsed.to == [Address(clean, "x@example.com"), BOB]
        assert parsed.from_ == [Address(clean, "y@example.com")]
        assert parsed.bcc == []
    message = read_with_standard_library(source)
    assert [address.addr_spec for address in message["to"].addresses] == [
        "x@example.com",
        "bob@example.com",
    ]
    assert message["bcc"] is None


SUBJECTS = [
    "Offer", "", "Größe", "견적서 " * 40, "word " * 60, "x" * 500, "=?utf-8?q?x?=",
    "Re: 日本語のとても長い件名" * 5,
    "🙂" * 50, "tab\there", "line\r\nX-Injected: yes", " space ",
]  # fmt: skip


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_of_all_kinds_arrive(subject):
    source = write(subject=subject)
    assert_transportable(source)
    assert max(map(len, source.partition(b"MIME-Version")[0].split(b"\r\n"))) <= 78
    clean = " ".join(subject.split())
    assert parse(source).subject == clean
    message = read_with_standard_library(source)
    assert " ".join((message["subject"] or "").split()) == clean
    assert message["x-injected"] is None


BODIES = [
    "<p>Hello</p>", "<p>Größe</p>", "<p>견적서를 보내 드립니다. " * 50,
    "<p>" + "x" * 5_000 + "</p>",
    "From here\nFrom there\n.\n..\n.dot", "trailing \nspace\t\n", "a\r\nb\rc\nd", "é" * 3_000,
    "a=3Db=\n", "\0\x01<p>x\ufffe\ud800</p>", "", "<p>" + "long é words " * 300 + "</p>",
    "\n".join("." * i for i in range(1, 100)), "é" + ".x" * 200 + "\nFrom é" * 20,
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_bodies_of_all_kinds_arrive(body):
    source = write(html=body, text=body)
    assert_transportable(source)
    expected = body.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    expected = expected.replace("\0", "").replace("\x01", "\ufffd")
    expected = expected.replace("\ufffe", "\ufffd").replace("\ud800", "\ufffd")
    parsed = parse(source)
    assert parsed.html == expected
    message = read_with_standard_library(source)
    for subtype in ("plain", "html"):
        content = message.get_body((subtype,)).get_content()
        assert content.replace("\r\n", "\n") == expected
    # Mail stores change lines that begin so (RFC 4155), SMTP doubles the dot.
    lines = source.split(b"\r\n")
    assert not any(line.startswith(b"From ") for line in lines)
    assert b"." not in lines


def test_the_plain_form_is_made_from_the_html():
    source = write(
        html='<p>See <a href="https://x.example/">this</a></p><ul><li>one<li>two</ul>'
        "<blockquote>quoted</blockquote>"
    )
    assert parse(source).text == "See this <https://x.example/>\n\n- one\n- two\n\n> quoted\n"


FILES = [
    "offer.pdf", "a b.pdf", "Größe.pdf", "견적서 아주 긴 이름 " * 6 + ".xlsx",
    'quote".txt', "../../etc/x", "",
    "semi;colon.txt", "=?utf-8?q?x?=.pdf", "x" * 300 + ".pdf",
]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_attachments_arrive_byte_for_byte(name):
    content = bytes(range(256)) * 10
    source = write(attachments=[(name, content, "application/pdf")])
    assert_transportable(source)
    (part,) = parse(source).parts
    assert part_content(source, part.section) == content
    assert part.content_type == "application/pdf" and part.disposition == "attachment"
    (attachment,) = read_with_standard_library(source).iter_attachments()
    assert attachment.get_content() == content
    assert attachment.get_filename() == part.filename != ""


@pytest.mark.parametrize(
    "content_type",
    ["", "nonsense", "a/b\r\nX-Injected: 1", "multipart/mixed", "Multipart/Mixed", "message/rfc822",
     "Message/RFC822"],
)  # fmt: skip
def test_a_media_type_is_never_one_that_breaks_the_mail(content_type):
    source = write(attachments=[("a.bin", b"x", content_type)])
    message = read_with_standard_library(source)
    assert message["x-injected"] is None
    assert [part.get_content_type() for part in message.iter_attachments()] == [
        "application/octet-stream"
    ]
    assert part_content(source, "2") == b"x"


def test_pictures_in_the_text_go_with_the_html():
    source = write(
        html='<img src="cid:logo@x">',
        attachments=[
            Attachment("logo.png", b"PNG", "image/png", content_id="logo@x"),
            Attachment("a.pdf", b"PDF"),
        ],
    )
    parsed = parse(source)
    assert [(part.filename, part.embedded) for part in parsed.parts] == [
        ("logo.png", True),
        ("a.pdf", False),
    ]
    assert parsed.parts[1].content_type == "application/pdf"
    message = read_with_standard_library(source)
    assert message.get_content_type() == "multipart/mixed"
    assert message.get_body(("related",)).get_content_type() == "multipart/related"


def test_hidden_recipients_stay_hidden():
    hidden = Address("Eve", "eve@example.com")
    assert b"eve" not in write(bcc=[hidden]).lower()
    source = write(to=[], bcc=[hidden])
    assert b"eve" not in source.lower()
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in source


def test_an_answer_refers_to_what_it_answers():
    references = [f"<{i}@example.com>" for i in range(50)]
    source = write(in_reply_to="<50@example.com>", references=references)
    parsed = parse(source)
    assert parsed.in_reply_to == ["<50@example.com>"]
    assert parsed.references[0] == "<0@example.com>"
    assert parsed.references[-2:] == ["<49@example.com>", "<50@example.com>"]
    # Some servers refuse long header fields.
    assert len(parsed.references) <= 30


def test_domains_in_any_script_are_sent_in_ascii():
    source = write(to=[Address("", "ann@bücher.example")])
    assert b"\r\nTo: ann@xn--bcher-kva.example\r\n" in source


@pytest.mark.parametrize(
    "email",
    ["", "ann", "ann@", "@example.com", "a b@example.com", "a@b\r\n@example.com",
     "josé@example.com",
     "a>b@example.com", "ann@exa mple.com", '"a\nb"@example.com'],
)  # fmt: skip
def test_an_address_that_cannot_be_written_is_refused(email):
    with pytest.raises(ValueError, match="address"):
        write(to=[Address("", email)])


def test_a_mail_to_nobody_is_refused():
    with pytest.raises(ValueError, match="recipient"):
        write(to=[])


@pytest.mark.parametrize(
    "header", [("X-A", "b\r\nBcc: x@y.z"), ("X A", "b"), ("", "b"), ("X-A", "é")]
)
def test_a_header_cannot_smuggle_in_another(header):
    with pytest.raises(ValueError, match="header"):
        write(headers=[header])


def test_further_headers_are_written():
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in write(
        headers=[("Auto-Submitted", "auto-generated")]
    )


def test_identifiers_are_unique_and_name_the_senders_domain():
    identifiers = {make_message_id("Bücher.example") for _number in range(100)}
    assert len(identifiers) == 100
    assert all(identifier.endswith("@xn--bcher-kva.example>") for identifier in identifiers)
    assert parse(write()).message_id.endswith("@example.com>")


# -- hostile values -------------------------------------------------------------------------------

HOSTILE = [
    "\r\nBcc: evil@x.example",
    "\nBcc: evil@x.example",
    "\rBcc: evil@x.example",
    "\r\n\r\n<script>",
    "\r\n.\r\nMAIL FROM:<evil@x.example>",
    "\0",
    "\u2028Bcc: evil@x.example",
    "\u2029",
    "\x85Bcc: evil@x.example",
    "\x0b\x0c\x1c\x1d\x1e",
    "\x1b$B\x1b[2J",
    "=?utf-8?q?=0D=0ABcc:_evil@x.example?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAeC5leGFtcGxl?=",
    '",<evil@x.example>,"',
    ">,evil@x.example,<",
    "(evil@x.example)",
    "\\",
    ";\r\n filename=x",
    "\udc80\ud800",
    "\u202egpj.exe",
    "a" * 100_000,
    "é" * 5_000,
    " " * 2_000,
    "a\u0300" * 3_000,
]
FIELDS = {
    "date", "from", "to", "cc", "reply-to", "subject", "message-id", "in-reply-to", "references",
    "mime-version", "content-type",
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text)[:30])
@pytest.mark.parametrize("place", ["{}x", "x{}", "x{}y"])
def test_no_value_becomes_a_field_a_part_or_a_recipient(hostile, place):
    hostile = place.format(hostile)
    identifier = f"<{hostile}@x.example>"
    for changes in (
        {"subject": hostile},
        {"from_": Address(hostile, "ann@example.com")},
        {"to": [Address(hostile, "bob@example.com")]},
        {"cc": [Address(hostile, "bob@example.com")]},
        {"reply_to": [Address(hostile, "bob@example.com")]},
        {"to": [Address("", f"{hostile}@example.com")]},
        {"to": [Address("", f"bob@{hostile}.example.com")]},
        {"references": ["<a@b>", identifier], "in_reply_to": identifier},
        {"message_id": identifier},
        {"html": f"<p>{hostile}</p>"},
        {"attachments": [(hostile, b"--x\r\n\r\n", "text/plain")]},
        {"attachments": [("a.txt", b"x", hostile)]},
        {"attachments": [Attachment("a.png", b"x", "image/png", hostile)]},
    ):
        try:
            source = write(**changes)
        except ValueError:
            assert set(changes) & {"to", "message_id", "attachments"}
            continue
        assert_transportable(source)
        message = read_with_standard_library(source)
        assert {name.lower() for name in message.keys()} <= FIELDS
        assert len(message.keys()) == len({name.lower() for name in message.keys()})
        assert [address.addr_spec for address in message["to"].addresses] == [
            changes["to"][0].email.strip() if "to" in changes else "bob@example.com"
        ]
        assert len(list(message.walk())) == (5 if "attachments" in changes else 3)
        assert len(parse(source).to) == 1


def test_an_answer_can_be_written_whatever_identifier_the_mail_has():
    """RFC 5322 has no way to write it: without it the answer still goes."""
    source = write(in_reply_to="<é@x.example>", references=["<0@x.example>", "<é@x.example>"])
    message = read_with_standard_library(source)
    assert (message["in-reply-to"], message["references"]) == (None, "<0@x.example>")


def test_no_text_is_a_boundary():
    """A boundary is drawn until no part has it; here the text knows the first ones drawn."""
    drawn = []

    def draw(count):
        drawn.append(f"{len(drawn) // 3:030d}")
        return drawn[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("email_sync.mime.build.secrets.token_hex", draw)
        source = write(
            html="<p>x</p>",
            text="".join(f"--=_{number:030d}\n" for number in range(3)),
            attachments=[("a.txt", b"x", "text/plain")],
        )
    assert len(list(read_with_standard_library(source).walk())) == 5


@pytest.mark.parametrize("seed", range(300))
def test_what_a_reply_is_addressed_to_is_what_the_address_line_says(seed):
    """The line is shown, may be changed, and is read again: nobody joins on the way."""
    generator = random.Random(seed)
    header = "".join(generator.choice(PIECES) for _piece in range(generator.randint(1, 9)))
    shown = [address for address in parse_addresses(header) if address.normalized]
    read = parse_addresses(format_addresses(shown))
    assert [address.normalized for address in read] == [address.normalized for address in shown]
    assert all(format_addresses([a]).endswith((a.email, f"<{a.email}>")) for a in shown)


PIECES = [
    '"', "<", ">", "@", ",", ";", ":", "(", ")", "\\", ".", "%", "'", "\t", " ", "x", "é", "\u202e",
    "\u2028", "=?utf-8?q?=22=2C_evil=40x.example=2C_?=", "=?utf-8?b?ZXZpbEB4LmV4YW1wbGU=?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fevil=40x.example=3F=3D?=", "evil@x.example", "bob@example.com",
    "<evil@x.example>", "[1.2.3.4]", "mailto:", "Team:", "undisclosed-recipients:;",
]  # fmt: skip
