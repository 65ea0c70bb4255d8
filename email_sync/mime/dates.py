"""The Date field (RFC 5322 section 3.3), and the dates that mail really carries."""

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_tz

_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_DATE = re.compile(
    r"\s*(?:[A-Za-z]{3,9}\.?\s*,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[a-z]*\.?[\s-]+(\d{2,4})\s+"
    r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:\.\d{1,9})?)?(?:\s*([+-]\d{4}|[A-Za-z]{1,5}))?"
    r"\s*(?:\(.*)?",
    re.DOTALL,
)
_ISO = re.compile(
    r"\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?\s*",
    re.ASCII,
)
# RFC 5322 section 4.3; a name that is not listed means an unknown zone: UTC.
_ZONES = {
    "edt": -240, "est": -300, "cdt": -300, "cst": -360, "mdt": -360, "mst": -420, "pdt": -420,
    "pst": -480,
}  # fmt: skip
_EARLIEST = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LATEST = datetime(2100, 1, 1, tzinfo=timezone.utc)
_CLOCK_TOLERANCE = timedelta(days=1)


def parse_date(value):
    """Return a Date field's moment.

    :param str value: unfolded field
    :return: aware, in UTC, whole seconds; None when it is missing, malformed or impossible (the
        31st of February, 24:60, before 1970, from 2100 on)
    :rtype: datetime.datetime | None
    """
    value = value[:200]
    try:
        fields = _get_fields(value)
        if fields is None:
            return None
        year, month, day, hour, minute, second, offset = fields
        # A leap second is the last second of its minute for those who cannot count to 60.
        second = 59 if second == 60 else second
        date = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
        date -= timedelta(minutes=offset)
    except (ValueError, OverflowError):
        return None
    return date if _EARLIEST <= date < _LATEST else None


def effective_date(date, arrival):
    """Return the moment a mail is sorted by.

    :param date: of :func:`parse_date`, may be None
    :param arrival: aware, when the mail reached the server (INTERNALDATE), may be None
    :return: ``date``, unless it is missing or later than the arrival by more than wrong clocks
        explain: then the arrival
    """
    if date is None or (arrival is not None and date > arrival + _CLOCK_TOLERANCE):
        return arrival
    return date


def _get_fields(value):
    match = _DATE.fullmatch(value)
    if match:
        day, month, year, hour, minute, second, zone = match.groups()
        month = _MONTHS.get(month.lower())
        if month:
            return (
                _get_year(year), month, int(day), int(hour), int(minute), int(second or 0),
                _get_offset(zone),
            )  # fmt: skip
    match = _ISO.fullmatch(value)
    if match:
        *numbers, second, zone = match.groups()
        zone = "" if zone in (None, "Z") else zone.replace(":", "")
        return (*map(int, numbers), int(second or 0), _get_offset(zone))
    return _get_odd_fields(value)


def _get_odd_fields(value):
    # ctime(), missing commas, other orders: the standard library knows many.
    try:
        found = parsedate_tz(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if not found:
        return None
    return (*found[:6], (found[9] or 0) // 60)


def _get_year(text):
    year = int(text)
    # RFC 5322 section 4.3: two digits are 1950 to 2049, three are years since 1900.
    if len(text) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(text) == 3 else year


def _get_offset(zone):
    if not zone:
        return 0
    if zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[3:5])
        if minutes >= 24 * 60:
            raise ValueError(zone)
        return -minutes if zone[0] == "-" else minutes
    return _ZONES.get(zone.lower(), 0)
