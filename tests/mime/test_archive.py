"""Archives with a password are told from others by their directory alone."""

import io
import struct
import time
import zipfile

import pytest

from email_sync.mime.archive import is_encrypted


def pack(*names, encrypted=(), comment=b""):
    """Return a ZIP archive; the standard library writes no encrypted ones, but the marks of it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
        archive.comment = comment
    content = bytearray(file.getvalue())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        position = -1
        for name in names:
            position = content.index(signature, position + 1)
            content[position + offset] |= name in encrypted
    return bytes(content)


def test_an_archive_without_a_password():
    assert not is_encrypted(pack("a.txt", "b.txt"))


@pytest.mark.parametrize("name", ["a.txt", "b.txt", "c.txt"])
def test_one_file_with_a_password_is_enough(name):
    assert is_encrypted(pack("a.txt", "b.txt", "c.txt", encrypted=[name]))


def test_what_stands_around_an_archive_does_not_hide_it():
    archive = pack("a.txt", "b.exe", encrypted=["b.exe"], comment=b"c" * 60_000)
    assert is_encrypted(b"MZ" + b"\0" * 5000 + archive)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\3\4",
        b"PK\5\6",
        b"PK\5\6" + b"\xff" * 18,
        b"%PDF-1.7 PK\5\6" + b"\0" * 18,
        pack("a.txt")[:-5],
        pack("a.txt", encrypted=["a.txt"])[30:40],
    ],
)
def test_what_is_no_archive_is_not_encrypted(content):
    assert not is_encrypted(content)


def test_a_directory_of_millions_is_read_to_a_bound():
    """Entries without a name: the most that fit."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 16)
    directory = entry * 500_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(directory), 0, 0)
    started = time.process_time()
    assert not is_encrypted(directory + end)
    assert time.process_time() - started < 0.5
