"""A large mail is read from its file as a small one is from memory."""

import base64
import quopri
import tempfile

import pytest

from email_sync.mime import source as module
from email_sync.mime.parse import parse, part_chunks, part_content
from email_sync.mime.source import Source

from . import hostile


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Everything crosses the border of a step somewhere."""
    monkeypatch.setattr(module, "STEP", 64)
    monkeypatch.setattr(module, "SHORT_STEP", 16)


def open_source(data):
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        return Source(file)


BINARY = bytes(range(256)) * 40
ATTACHED = (
    b"From: ada@customer.example\r\nMessage-ID: <large@customer.example>\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    + "Größe\r\n".encode()
    * 90
    + b"--b\r\n"
    b"Content-Type: application/pdf; name=a.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n%s--b\r\n"
    b"Content-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n%s\r\n--b\r\n"
    b"Content-Type: text/html; name=a.html\r\n"
    b"Content-Disposition: attachment\r\n\r\n%s\r\n--b--\r\n"
)


def build():
    encoded = base64.encodebytes(BINARY).replace(b"\n", b"\r\n")
    printable = quopri.encodestring("Größe;1\n".encode() * 300).replace(b"\n", b"\r\n")
    return ATTACHED % (encoded, printable, b"<p>text</p>\r\n" * 300)


def test_reads_as_bytes_do():
    data = build()
    source = open_source(data)
    for wanted in (b"\n--b", b"--b--", b"missing", b"F"):
        for start in (0, 1, 700, len(data) - 5):
            assert source.find(wanted, start) == data.find(wanted, start)
            assert source.find(wanted, start, 900) == data.find(wanted, start, 900)
    assert source.count(b"\n", 10, 5000) == data.count(b"\n", 10, 5000)
    assert source.startswith(b"From") and not source.startswith((b"To", b"Cc"))
    assert b"".join(source.chunks()) == data == source[:]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b"\r"])
def test_says_the_same_as_in_memory(line_end):
    data = build().replace(b"\r\n", line_end)
    assert parse(open_source(data)) == parse(data)


def test_parts_come_in_pieces():
    data = build()
    source = open_source(data)
    sections = [part.section for part in parse(data).parts]
    assert len(sections) == 3
    for section in sections:
        pieces = list(part_chunks(source, section))
        assert len(pieces) > 3
        assert b"".join(pieces) == part_content(data, section)
        assert b"".join(part_chunks(data, section)) == part_content(data, section)


def test_unknown_part():
    with pytest.raises(KeyError):
        list(part_chunks(open_source(build()), "9"))


@pytest.mark.parametrize(
    "name",
    [
        "nested_messages",
        "false_delimiters",
        "delimiters_in_one_line",
        "boundary_is_prefix_of_another",
        "missing_boundary",
        "missing_close",
        "header_without_end",
        "endless_header",
        "white_space_lines",
    ],
)
def test_hostile_mail_says_the_same(name, monkeypatch):
    monkeypatch.setattr(module, "STEP", 1 << 16)
    monkeypatch.setattr(module, "SHORT_STEP", 4096)
    data = getattr(hostile, name)()
    assert parse(open_source(data)) == parse(data)
