"""Attachments that can do harm are told from others by their names."""

import pytest

from email_sync.mime.danger import find_danger
from email_sync.mime.headers import clean_filename


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("offer.pdf", ""),
        ("photo.JPG", ""),
        ("offer.docx", ""),
        ("README", ""),
        ("", ""),
        (".exe", "program"),
        ("setup.EXE", "program"),
        ("setup.exe .", "program"),
        ("script.js", "program"),
        ("run.ps1", "program"),
        ("invoice.pdf.exe", "disguised"),
        ("invoice.pdf                 .exe", "disguised"),
        ("invoice.pdf.lnk", "disguised"),
        ("backup.iso", "image"),
        ("shortcut.lnk", "link"),
        ("budget.xlsm", "macros"),
        ("budget.xls", "macros"),
        ("login.html", "page"),
        ("drawing.svg", "page"),
        ("node.js.pdf", ""),
    ],
)
def test_a_file_is_what_its_name_ends_with(name, expected):
    assert find_danger(name) == expected


@pytest.mark.parametrize(
    ("name", "shown", "expected"),
    [
        ("invoice\u202efdp.exe", "invoicefdp.exe", "program"),
        ("\u2067invoice.exe\u2069", "invoice.exe", "program"),
        ("invoice.txt:evil.exe", "invoice.txt_evil.exe", "program"),
        ("invoice.exe::$DATA", "invoice.exe__$DATA", ""),  # of no kind once it is saved so
        ("../../.bashrc", "bashrc", ""),
        ("..\\..\\Startup\\run.bat", "run.bat", "program"),
        ("/etc/passwd", "passwd", ""),
        ("C:\\Windows\\evil.lnk", "evil.lnk", "link"),
        ("a\r\nContent-Type: text/html\r\n\r\n.url", "html .url", "link"),
        ("page.MHTML", "page.MHTML", "page"),
        ("invoice.pdf\u2028.exe", "invoice.pdf .exe", "disguised"),
        ("<img src=x onerror=alert(1)>.svg", "_img src=x onerror=alert(1)_.svg", "page"),
        ("x" * 5000 + ".pdf.exe", None, "program"),
        ("..", "", ""),
        ("\0", "", ""),
    ],
)
def test_a_name_that_lies_is_made_plain_and_judged_by_what_it_is_saved_as(name, shown, expected):
    cleaned = clean_filename(name)
    assert shown is None or cleaned == shown
    assert len(cleaned) <= 200
    assert find_danger(cleaned) == expected
