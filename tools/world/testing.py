"""`make test`: every part, or one, and a last line that counts."""

import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from . import paths
from .console import say
from .odoo import Odoo
from .odoo_tests import run_odoo_tests
from .outcome import Count
from .postgresql import PostgreSQL
from .processes import call, is_alive

TESTS = paths.CHECKOUT / "tests"
END_TO_END = TESTS / "end_to_end"
FAULTS = TESTS / "faults"


def test(part=""):
    """Run the tests and print ``N passed, N failed, N skipped`` as the last line.

    :param part: nothing for everything; ``odoo``, ``odoo:<test tags>``, ``end_to_end`` or another
        directory of ``tests``; or any path that pytest takes
    :return: 0 when every test passed, else 1. A skipped test counts as a failure of the run: it
        means that a part of the world is missing.
    """
    with PostgreSQL(paths.WORLD / "postgresql").in_use() as postgresql:
        _drop_leftovers(Odoo(postgresql))
        count = sum((run() for run in _runs(part, postgresql)), Count())
    say("", str(count))
    return 0 if count.passed and not count.failed and not count.skipped else 1


def _drop_leftovers(odoo):
    """Drop the databases of test runs that were killed; their names hold the run's process id."""
    for database in odoo.postgresql.names("test_"):
        if not is_alive(int(database.split("_")[1])):
            odoo.drop_database(database)


def _runs(part, postgresql):
    """Yield what to call, one by one, for the :class:`Count` of each part."""
    name, _, tags = part.partition(":")
    if not part:
        yield lambda: _pytest(
            "Without Odoo", [TESTS, f"--ignore={END_TO_END}", f"--ignore={FAULTS}"]
        )
        yield lambda: run_odoo_tests(postgresql)
        yield lambda: _pytest("Killed and cut off", [FAULTS])
        yield lambda: _pytest("End to end", [END_TO_END])
    elif name == "odoo":
        yield lambda: run_odoo_tests(postgresql, tags or "/email_sync")
    else:
        path = TESTS / part
        yield lambda: _pytest(part, [path if path.exists() else part])


def _pytest(title, arguments):
    """Run pytest in a process of its own and return its :class:`Count`."""
    say("", f"== {title}")
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        code = call(
            [paths.VENV_PYTHON, "-m", "pytest", "-q", f"--junitxml={report}", *arguments],
            cwd=paths.CHECKOUT,
        )
        count = _read_report(report) if report.exists() else Count()
    # Ended badly without a failed test: interrupted, nothing collected, a broken conftest.
    if code and not count.failed:
        count += Count(failed=1)
    return count


def _read_report(report):
    # The report is our own pytest's, made a moment ago.
    suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314
    count = Count()
    for suite in suites:
        total, failures, errors, skipped = (
            int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")
        )
        failed = failures + errors
        count += Count(max(total - failed - skipped, 0), failed, skipped)
    return count
