"""Of a mail that is cut off, header and text are kept, and nothing of what is attached."""

from email.message import EmailMessage

import pytest

from email_sync.mime.beginning import keep_text
from email_sync.mime.parse import parse


def build(first=b"", last=b"\0" * 3000):
    mail = EmailMessage()
    mail["From"] = "ann@example.com"
    mail["Subject"] = "Drawings"
    mail["Message-ID"] = "<1@example.com>"
    mail.set_content("They are attached.")
    mail.add_alternative("<p>They are <b>attached</b>.</p>", subtype="html")
    mail.make_mixed()
    if first:
        mail.add_attachment(first, maintype="image", subtype="png", filename="first.png")
        picture = mail.get_payload().pop()
        mail.get_payload().insert(0, picture)
    mail.add_attachment(last, maintype="application", subtype="zip", filename="last.zip")
    return mail.as_bytes()


@pytest.mark.parametrize("first", [b"", b"\1" * 500], ids=["text first", "picture first"])
def test_text_is_kept_and_files_are_not(first):
    source = build(first)
    for end in (len(source) - 3000, len(source)):
        parsed = parse(keep_text(source[:end]))
        assert parsed.subject == "Drawings"
        assert parsed.message_id == "<1@example.com>"
        assert parsed.text.strip() == "They are attached."
        assert "<b>attached</b>" in parsed.html
        assert not parsed.attachments


def test_a_text_in_one_line_is_kept():
    source = b"Subject: Report\n\n" + b"word " * 2000
    assert parse(keep_text(source)).text.startswith("word word")


def test_cut_off_anywhere_no_text_is_made_of_structure():
    source = build(b"\1" * 100)
    for end in range(source.index(b"\n\n") + 2, len(source)):
        text = parse(keep_text(source[:end])).text
        assert "Content-" not in text and "AAAA" not in text, end


def test_a_mail_that_is_a_file_keeps_its_header():
    source = b"Subject: Scan\r\nContent-Type: application/pdf\r\n\r\n%PDF" + b"x" * 900
    kept = keep_text(source)
    assert kept.endswith(b"application/pdf\r\n\r\n")
    assert parse(kept).subject == "Scan"


def test_an_attached_text_and_an_attached_mail_are_files():
    mail = EmailMessage()
    mail.set_content("See the log.")
    mail.add_attachment("line\n" * 50, filename="log.txt")
    other = EmailMessage()
    other.set_content("enclosed")
    mail.add_attachment(other)
    assert parse(keep_text(mail.as_bytes())).text.strip() == "See the log."
    assert b"line\nline" not in keep_text(mail.as_bytes())
    assert b"enclosed" not in keep_text(mail.as_bytes())
