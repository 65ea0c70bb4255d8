"""Attachments that can do harm are told from others by their names."""

import pytest

from email_sync.mime.danger import find_danger


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
