"""winmail.dat opens: what Outlook put into it is found under its own name."""

import base64
import struct

from email_sync.mime.parse import parse, part_content
from email_sync.mime.tnef import read_tnef


def attribute(tag, data, level=1):
    return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def padded(data):
    return struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)


def properties(*entries):
    return struct.pack("<I", len(entries)) + b"".join(entries)


def unicode_property(identifier, text):
    return struct.pack("<HHI", 0x1F, identifier, 1) + padded(text.encode("utf-16-le") + b"\0\0")


def binary_property(identifier, data):
    return struct.pack("<HHI", 0x102, identifier, 1) + padded(data)


def long_property(identifier, value):
    return struct.pack("<HHi", 0x03, identifier, value)


def named_property(name, text):
    name = name.encode("utf-16-le") + b"\0\0"
    return (
        struct.pack("<HH", 0x1F, 0x8001) + b"g" * 16 + struct.pack("<I", 1) + padded(name)
        + struct.pack("<I", 1) + padded(text.encode("utf-16-le"))
    )  # fmt: skip


def winmail(*attributes):
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


FILE = [
    attribute(0x00069002, b"\0" * 14, level=2),
    attribute(0x00018010, b"GROSSE~1.PDF\0", level=2),
    attribute(0x0006800F, b"%PDF content", level=2),
    attribute(
        0x00069005,
        properties(
            long_property(0x3705, 1),
            named_property("X-Custom", "value"),
            unicode_property(0x3707, "Größe ../x.pdf"),
            unicode_property(0x370E, "application/pdf"),
        ),
        level=2,
    ),
]
SECOND = [
    attribute(0x00069002, b"\0" * 14, level=2),
    attribute(0x00018010, "이름.txt\0".encode("cp949"), level=2),
    attribute(0x00069005, properties(binary_property(0x3701, b"second")), level=2),
]
CODEPAGE = attribute(0x00069007, struct.pack("<II", 949, 0))


def mail(content, *parts):
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nsee attached\r\n" if parts != ("alone",) else b""
    )
    return (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b\r\n"
        b'Content-Type: application/ms-tnef; name="winmail.dat"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content)
        + b"\r\n--b--\r\n"
    )


def test_files_stand_in_the_place_of_the_winmail():
    source = mail(winmail(CODEPAGE, *FILE, *SECOND))
    parsed = parse(source)
    assert [(part.section, part.filename, part.size) for part in parsed.parts] == [
        ("2.0.1", "x.pdf", 12),
        ("2.0.2", "이름.txt", 6),
    ]
    assert parsed.parts[0].content_type == "application/pdf"
    assert part_content(source, "2.0.1") == b"%PDF content"
    assert part_content(source, "2.0.2") == b"second"
    assert part_content(source, "2").startswith(b"\x78\x9f\x3e\x22")


def test_the_text_in_it_is_the_text_of_a_mail_that_has_no_other():
    body = attribute(0x00069003, properties(unicode_property(0x1000, "Hello Größe\r\n")))
    assert parse(mail(winmail(body), "alone")).text == "Hello Größe\n"
    assert parse(mail(winmail(body))).text == "see attached"
    html = attribute(0x00069003, properties(binary_property(0x1013, "<p>Größe</p>".encode())))
    parsed = parse(mail(winmail(html), "alone"))
    assert (parsed.html, parsed.text) == ("<p>Größe</p>", "Größe")


def test_one_that_cannot_be_read_stays_an_attachment():
    for content in (b"", b"garbage", b"\x78\x9f\x3e\x22"):
        parsed = parse(mail(content))
        assert [part.filename for part in parsed.parts] in (["winmail.dat"], [])
        assert parsed.text == "see attached"


def test_a_damaged_one_gives_what_was_read_before_the_damage():
    whole = winmail(*FILE, *SECOND)
    for length in range(len(whole)):
        content = read_tnef(whole[:length])
        assert len(content.files) <= 2
        if length > len(winmail(*FILE[:3])):
            assert content.files[0].content == b"%PDF content"
