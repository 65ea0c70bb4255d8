"""The package knows neither Odoo nor its sister: data flows one way."""

import ast
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parents[2] / "email_sync"


def imported_names(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            if node.level and not node.module:
                yield from ("." * node.level + alias.name for alias in node.names)


@pytest.mark.parametrize("package", ["mailbox", "mime"])
def test_pure_packages_import_no_odoo_and_not_each_other(package):
    sources = list((ADDON / package).rglob("*.py"))
    assert sources
    for source in sources:
        for name in imported_names(source):
            assert name.split(".")[0] not in ("odoo", "openerp", "email_sync"), source
            assert not name.startswith(".."), f"{source} imports {name}"
