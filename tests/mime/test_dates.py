"""When a mail was written; dates that cannot be are none, so that nothing sorts wrongly."""

from datetime import datetime, timezone

import pytest

from email_sync.mime.dates import effective_date, parse_date


def utc(*numbers):
    return datetime(*numbers, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 23 Nov 2026 10:20:30 +0100", utc(2026, 11, 23, 9, 20, 30)),
        ("23 Nov 2026 10:20 +0000", utc(2026, 11, 23, 10, 20)),
        ("Mon, 23 Nov 2026 10:20:30 -0000", utc(2026, 11, 23, 10, 20, 30)),
        ("Mon, 23 Nov 2026 10:20:30 GMT", utc(2026, 11, 23, 10, 20, 30)),
        ("Mon, 23 Nov 2026 10:20:30 EST", utc(2026, 11, 23, 15, 20, 30)),
        ("Mon, 23 Nov 2026 10:20:30 XYZ", utc(2026, 11, 23, 10, 20, 30)),
        ("Mon, 23 Nov 2026 10:20:30", utc(2026, 11, 23, 10, 20, 30)),
        ("Mon, 23 Nov 2026 10:20:30 +0530 (IST)", utc(2026, 11, 23, 4, 50, 30)),
        ("Mon, 23 Nov 26 10:20:30 +0000", utc(2026, 11, 23, 10, 20, 30)),
        ("Mon, 23 Nov 99 10:20:30 +0000", utc(1999, 11, 23, 10, 20, 30)),
        ("Mon, 23 Nov 126 10:20:30 +0000", utc(2026, 11, 23, 10, 20, 30)),
        ("Mon, 31 Dec 2016 23:59:60 +0000", utc(2016, 12, 31, 23, 59, 59)),
        ("Mon Nov 23 10:20:30 2026", utc(2026, 11, 23, 10, 20, 30)),
        ("2026-11-23T10:20:30Z", utc(2026, 11, 23, 10, 20, 30)),
        ("2026-11-23 10:20:30 +0100", utc(2026, 11, 23, 9, 20, 30)),
        ("Monday, 23-Nov-26 10:20:30 GMT", utc(2026, 11, 23, 10, 20, 30)),
        ("", None),
        ("yesterday", None),
        ("Mon, 23 Nov 2026 24:60:00 +0000", None),
        ("Mon, 23 Nov 2026 10:60:00 +0000", None),
        ("Mon, 31 Feb 2026 10:20:30 +0000", None),
        ("Mon, 0 Nov 2026 10:20:30 +0000", None),
        ("Mon, 1 Jan 0001 00:00:00 +0000", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 1 Jan 1900 00:00:00 +0000", None),
        ("Mon, 23 Nov 2026 10:20:30 +9999", None),
        ("Mon, 23 Nov 2026 -1:20:30 +0000", None),
        ("9" * 5_000, None),
        ("Mon, " * 1_000, None),
    ],
)
def test_the_date_of_a_mail(value, expected):
    assert parse_date(value) == expected


def test_arrival_stands_in_for_dates_that_are_missing_or_to_come():
    arrival = utc(2026, 11, 23, 12)
    assert effective_date(None, arrival) == arrival
    assert effective_date(utc(2036, 1, 1), arrival) == arrival
    assert effective_date(utc(2026, 11, 23, 20), arrival) == utc(2026, 11, 23, 20)
    assert effective_date(utc(2020, 1, 1), arrival) == utc(2020, 1, 1)
    assert effective_date(utc(2020, 1, 1), None) == utc(2020, 1, 1)
