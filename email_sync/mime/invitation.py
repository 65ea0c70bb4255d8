"""Invitations (iCalendar, RFC 5545 and RFC 5546) as a few readable lines."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape

from .encoding import make_safe
from .message import Address

_LINE = re.compile(
    r"([A-Za-z0-9-]{1,40})((?:;[^;:=]{1,40}=(?:\"[^\"]*\"|[^;:\"]*))*):(.*)", re.DOTALL
)
_PARAMETER = re.compile(r";([^;:=]{1,40})=(?:\"([^\"]*)\"|([^;:\"]*))")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z)?)?")
_LINES_LIMIT = 5_000
_ATTENDEES_LIMIT = 200
_ATTENDEES_SHOWN = 20
_TEXT_LIMIT = 5_000  # characters

_METHODS = ("request", "cancel", "reply")
# The words around what an invitation says; callers pass them translated.
LABELS = {
    "request": "Invitation",
    "cancel": "Cancelled event",
    "reply": "Answer to an invitation",
    "publish": "Event",
    "when": "When",
    "where": "Where",
    "organizer": "Organizer",
    "attendees": "Attendees",
    "repeats": "Repeats",
}


@dataclass(slots=True)
class Invitation:
    """An event that a mail is about.

    :ivar method: 'request', 'cancel', 'reply' or 'publish' for all else (RFC 5546 section 1.4)
    :ivar start: 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM' in :attr:`timezone`; '' when missing
    :ivar end: as ``start``; of whole days, the last one
    :ivar timezone: as the mail names it; 'UTC'; '' for whole days and floating times
    :ivar rule: recurrence (RRULE), as written
    """

    method: str = "publish"
    uid: str = ""
    summary: str = ""
    start: str = ""
    end: str = ""
    timezone: str = ""
    location: str = ""
    description: str = ""
    status: str = ""
    rule: str = ""
    organizer: Address | None = None
    attendees: list[Address] = field(default_factory=list)

    def __bool__(self):
        return bool(self.summary or self.start)

    def to_html(self, labels=None):
        """Return the event as an HTML table; '' when there is nothing to say.

        :param dict labels: translated :data:`LABELS`
        """
        if not self:
            return ""
        labels = LABELS | (labels or {})
        rows = [
            (labels["when"], self._get_time()),
            (labels["repeats"], self.rule),
            (labels["where"], self.location),
            (labels["organizer"], _format_person(self.organizer) if self.organizer else ""),
            (labels["attendees"], self._get_attendees()),
        ]
        cells = "".join(
            f'<tr><td style="padding-right:12px;vertical-align:top">{escape(label)}</td>'
            f"<td>{escape(value)}</td></tr>"
            for label, value in rows
            if value
        )
        title = escape(
            f"{labels[self.method]}: {self.summary}" if self.summary else labels[self.method]
        )
        return (
            '<div style="border-width:1px;border-style:solid;border-color:#cccccc;padding:8px;'
            f'margin-bottom:8px"><p><strong>{title}</strong></p><table>{cells}</table></div>'
        )

    def _get_time(self):
        end = self.end
        if end[:10] == self.start[:10]:
            end = end[11:]
        time = f"{self.start} – {end}" if end else self.start
        return f"{time} ({self.timezone})" if self.timezone and time else time

    def _get_attendees(self):
        shown = ", ".join(_format_person(person) for person in self.attendees[:_ATTENDEES_SHOWN])
        more = len(self.attendees) - _ATTENDEES_SHOWN
        return f"{shown}, +{more}" if more > 0 else shown


def parse_invitation(text):
    """Read the first event of a calendar; never fails.

    :param str text: content of a ``text/calendar`` part
    :rtype: Invitation
    """
    invitation = Invitation()
    nesting = []
    for name, parameters, value in _read_lines(text):
        if name == "BEGIN":
            nesting.append(value.strip().upper())
        elif name == "END":
            if nesting and nesting.pop() in ("VEVENT", "VTODO") and len(nesting) < 2:
                break
        elif name == "METHOD" and nesting == ["VCALENDAR"]:
            method = value.strip().lower()
            invitation.method = method if method in _METHODS else "publish"
        elif nesting[-1:] in (["VEVENT"], ["VTODO"]):
            _read_property(invitation, name, parameters, value)
    if invitation.status == "CANCELLED":
        invitation.method = "cancel"
    return invitation


def _read_lines(text):
    # Lines are folded as in mail (RFC 5545 section 3.1).
    text = re.sub(r"\r?\n[ \t]", "", make_safe(text))
    for line in text.splitlines()[:_LINES_LIMIT]:
        match = _LINE.fullmatch(line)
        if match:
            name, parameters, value = match.groups()
            found = {
                key.upper(): quoted or plain
                for key, quoted, plain in _PARAMETER.findall(parameters)
            }
            yield name.upper(), found, value


def _read_property(invitation, name, parameters, value):
    if name in ("SUMMARY", "LOCATION", "DESCRIPTION"):
        setattr(invitation, name.lower(), _unescape(value)[:_TEXT_LIMIT])
    elif name == "UID":
        invitation.uid = value.strip()[:500]
    elif name == "STATUS":
        invitation.status = value.strip().upper()[:30]
    elif name == "RRULE":
        invitation.rule = value.strip()[:200]
    elif name == "DTSTART":
        invitation.start, invitation.timezone = _read_moment(parameters, value)
    elif name in ("DTEND", "DUE"):
        invitation.end = _read_end(parameters, value)
    elif name == "ORGANIZER":
        invitation.organizer = _read_person(parameters, value)
    elif name == "ATTENDEE" and len(invitation.attendees) < _ATTENDEES_LIMIT:
        invitation.attendees.append(_read_person(parameters, value))


def _read_moment(parameters, value):
    match = _MOMENT.fullmatch(value.strip())
    if not match:
        return "", ""
    year, month, day, hour, minute, utc = match.groups()
    day = f"{year}-{month}-{day}"
    if hour is None:
        return day, ""
    timezone = "UTC" if utc else parameters.get("TZID", "").strip()[:60]
    return f"{day} {hour}:{minute}", timezone


def _read_end(parameters, value):
    moment, _timezone = _read_moment(parameters, value)
    if len(moment) == 10:
        # The end of whole days is the day after the last one (RFC 5545 section 3.6.1).
        try:
            return (date.fromisoformat(moment) - timedelta(days=1)).isoformat()
        except (ValueError, OverflowError):
            return ""
    return moment


def _read_person(parameters, value):
    email = value.strip()
    email = email[7:] if email[:7].lower() == "mailto:" else email
    name = parameters.get("CN", "").strip()
    return Address(name[:300], email[:320] if "@" in email else "")


def _format_person(person):
    if person.name and person.email and person.name != person.email:
        return f"{person.name} <{person.email}>"
    return person.name or person.email


def _unescape(value):
    value = re.sub(r"\\([nN,;\\:\"])", lambda match: "\n" if match[1] in "nN" else match[1], value)
    return value.strip()
