"""`make test` counts what Odoo's log says, and never takes silence for success."""

from tools.world.odoo_tests import read_log
from tools.world.outcome import Count

PREFIX = "2025-01-01 00:00:00,000 4711 INFO test_1 odoo."


def test_success_is_counted():
    lines = [f"{PREFIX}tests.result: 0 failed, 0 error(s) of 57 tests when loading database 'x'"]
    assert read_log(lines, 0) == Count(passed=57)


def test_failures_errors_and_skips_do_not_count_as_passed():
    lines = [
        f"{PREFIX}addons.email_sync.tests.test_a: skipped TestA.test_tour : Chrome not found",
        f"{PREFIX}tests.result: 2 failed, 1 error(s) of 10 tests when loading database 'x'",
    ]
    assert read_log(lines, 1) == Count(passed=6, failed=3, skipped=1)


def test_odoo_that_never_reached_its_tests_has_failed():
    assert read_log(["Traceback (most recent call last):"], 255) == Count(failed=1)


def test_bad_end_after_good_tests_has_failed():
    lines = [f"{PREFIX}tests.result: 0 failed, 0 error(s) of 5 tests when loading database 'x'"]
    assert read_log(lines, 1).failed == 1
