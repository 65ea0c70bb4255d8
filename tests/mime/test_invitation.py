"""An invitation says what, when, where and who, without a calendar program (RFC 5545)."""

import pytest

from email_sync.mime.invitation import LABELS, parse_invitation
from email_sync.mime.message import Address


def event(*lines, method="REQUEST"):
    return parse_invitation(
        "\r\n".join(
            ["BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
             "BEGIN:STANDARD", "DTSTART:19701025T030000", "END:STANDARD", "END:VTIMEZONE",
             "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]
        )
    )  # fmt: skip


def test_an_invitation_in_full():
    invitation = event(
        "UID:1@example.com",
        "SUMMARY:Kick-off\\, part 1\\; with",
        "  everybody",
        'DTSTART;TZID="Europe/Berlin":20261124T100000',
        "DTEND;TZID=Europe/Berlin:20261124T113000",
        "LOCATION:Room 1\\nFirst floor",
        'ORGANIZER;CN="Doe: Ann":MAILTO:ann@example.com',
        "ATTENDEE;ROLE=REQ-PARTICIPANT;CN=Bob:mailto:bob@example.com",
        "ATTENDEE:mailto:carl@example.com",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "BEGIN:VALARM",
        "DESCRIPTION:not this",
        "END:VALARM",
    )
    assert invitation.method == "request"
    assert invitation.summary == "Kick-off, part 1; with everybody"
    assert (invitation.start, invitation.end) == ("2026-11-24 10:00", "2026-11-24 11:30")
    assert invitation.timezone == "Europe/Berlin"
    assert invitation.location == "Room 1\nFirst floor"
    assert invitation.organizer == Address("Doe: Ann", "ann@example.com")
    assert [person.email for person in invitation.attendees] == [
        "bob@example.com",
        "carl@example.com",
    ]
    assert invitation.description == ""
    html = invitation.to_html()
    assert "2026-11-24 10:00 – 11:30 (Europe/Berlin)" in html
    assert "Doe: Ann &lt;ann@example.com&gt;" in html and "FREQ=WEEKLY" in html


def test_whole_days_end_on_their_last_day():
    invitation = event("SUMMARY:Fair", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261127")
    assert (invitation.start, invitation.end, invitation.timezone) == (
        "2026-11-24",
        "2026-11-26",
        "",
    )
    assert "2026-11-24 – 2026-11-26" in invitation.to_html()
    single = event("SUMMARY:Fair", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125")
    assert "<td>2026-11-24</td>" in single.to_html()


@pytest.mark.parametrize(
    ("lines", "method", "title"),
    [
        (("SUMMARY:x",), "REQUEST", "Invitation: x"),
        (("SUMMARY:x",), "CANCEL", "Cancelled event: x"),
        (("SUMMARY:x", "STATUS:CANCELLED"), "REQUEST", "Cancelled event: x"),
        (("SUMMARY:x",), "REPLY", "Answer to an invitation: x"),
        (("SUMMARY:x",), "COUNTER", "Event: x"),
        (("DTSTART:20261124T090000Z",), "WHEN", "Event<"),
    ],
)
def test_the_title_says_what_it_is(lines, method, title):
    assert title in event(*lines, method=method).to_html()


def test_words_can_be_translated():
    html = event("SUMMARY:x", "LOCATION:y").to_html({"request": "Einladung", "where": "Wo"})
    assert "Einladung: x" in html and "Wo" in html and LABELS["where"] not in html


def test_what_it_says_is_not_html():
    html = event(
        "SUMMARY:<script>", "LOCATION:<img src=x>", 'ORGANIZER;CN="<b>":mailto:a@x'
    ).to_html()
    assert "<script" not in html and "<img" not in html and "<b>" not in html


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "BEGIN:VCALENDAR", "END:VEVENT\nEND:VEVENT",
     "BEGIN:VEVENT\nDTSTART:99999999T999999", "BEGIN:VEVENT\nDTEND;VALUE=DATE:00010101",
     "BEGIN:VEVENT\n;;;:::", 'BEGIN:VEVENT\nATTENDEE;CN=":x'],
)  # fmt: skip
def test_what_is_no_event_shows_nothing_wrong(text):
    parse_invitation(text).to_html()
    assert parse_invitation("nonsense").to_html() == ""


def test_many_attendees_are_counted():
    people = [f"ATTENDEE:mailto:p{i}@example.com" for i in range(50)]
    html = event("SUMMARY:x", *people).to_html()
    assert "p19@example.com" in html and "p20@example.com" not in html and "+30" in html
