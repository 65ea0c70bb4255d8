"""The mailbox that is measured: seeded, so that every run and every program gets the same bytes.

5,000 mails of about 20 KB on average: 45 % plain text, 35 % text and HTML, 20 % with attachments;
half the mail lies around 8 KB and a few are very large, as in real mailboxes. 30 % of the mails
are with 500 known contacts, 200 of whom have one open opportunity; conversations have one to
eight mails.
"""

import base64
import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

SEED = 20260301
START = datetime(2025, 9, 1, 8, tzinfo=timezone.utc)
CONTACT_COUNT = 500
LEAD_COUNT = 200
OWNER = "owner@bench.example"
WORDS = (
    "the order offer price delivery date week meeting call contract sample invoice payment "
    "discount quantity colour size machine pump valve table chair office light project plan team "
    "thank you for your message please find attached we would like to know whether it is possible "
    "to confirm until friday next month as discussed on the phone our customer asks again about "
    "details drawing version final draft question answer soon kind regards best wishes"
).split()


@dataclass(frozen=True)
class Mail:
    """A mail of the corpus: its source in bytes, and when it reached the mailbox (aware UTC)."""

    source: bytes
    date: datetime


def contact_address(number):
    return f"contact{number}@known{number % 90}.example"


def build(count=5000, seed=SEED):
    """Yield ``count`` mails (:class:`Mail`), oldest first."""
    randomness = random.Random(seed)
    threads = []
    for number in range(count):
        date = START + timedelta(minutes=40 * number)
        thread = _pick_thread(randomness, threads, number)
        yield Mail(_build_source(randomness, thread, number, date), date)


def build_small(count):
    """Yield ``count`` mails of a few hundred bytes, oldest first, each a conversation."""
    for number in range(count):
        date = START - timedelta(minutes=10 * (count - number))
        source = (
            f"From: person{number % 3000}@other.example\r\nTo: {OWNER}\r\n"
            f"Subject: Small mail {number}\r\nDate: {format_datetime(date)}\r\n"
            f"Message-ID: <small.{number}@bench.example>\r\n\r\nText of mail {number}\r\n"
        )
        yield Mail(source.encode(), date)


def build_large(size):
    """Yield one mail of about ``size`` bytes, most of it one file, from a known contact."""
    line = base64.b64encode(bytes(range(57))) + b"\r\n"
    header = (
        f"From: {contact_address(0)}\r\nTo: {OWNER}\r\nSubject: Drawings\r\n"
        f"Date: {format_datetime(START)}\r\nMessage-ID: <large@bench.example>\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThe drawings\r\n"
        "--b\r\nContent-Type: application/zip; name=drawings.zip\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    yield Mail(header.encode() + line * (size // len(line)) + b"--b--\r\n", START)


def _pick_thread(randomness, threads, number):
    if threads and randomness.random() < 0.55:
        thread = randomness.choice(threads[-400:])
        if len(thread["ids"]) < 8:
            return thread
    if randomness.random() < 0.30:
        contact = randomness.randrange(CONTACT_COUNT)
        address, name = contact_address(contact), f"Contact Number {contact}"
    else:
        stranger = randomness.randrange(3000)
        address, name = f"person{stranger}@other{stranger % 700}.example", f"Person {stranger}"
    subject = " ".join(randomness.choices(WORDS, k=5)).capitalize()
    thread = {"address": address, "name": name, "subject": f"{subject} {number}", "ids": []}
    threads.append(thread)
    return thread


def _build_source(randomness, thread, number, date):
    message_id = f"<{number}.{randomness.getrandbits(60):x}@bench.example>"
    correspondent = f'"{thread["name"]}" <{thread["address"]}>'
    outgoing = thread["ids"] and randomness.random() < 0.4
    sender, to = (OWNER, correspondent) if outgoing else (correspondent, OWNER)
    header = [
        "Received: from mx.other.example (mx.other.example [192.0.2.7]) by mx.bench.example with "
        f"ESMTPS id {randomness.getrandbits(48):x}; {format_datetime(date)}",
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=other.example; s=mail; "
        f"b={base64.b64encode(randomness.randbytes(128)).decode()}",
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {'Re: ' if thread['ids'] else ''}{thread['subject']}",
        f"Date: {format_datetime(date)}",
        f"Message-ID: {message_id}",
    ]
    if thread["ids"]:
        header.append(f"In-Reply-To: {thread['ids'][-1]}")
        header.append(f"References: {' '.join(thread['ids'])}")
    thread["ids"].append(message_id)
    kind = randomness.choices(("plain", "alternative", "attachment"), (45, 35, 20))[0]
    header.append("MIME-Version: 1.0")
    lines = header + _BUILDERS[kind](randomness)
    return "\r\n".join(lines).encode() + b"\r\n"


def _write_text(randomness, size):
    lines, written = [], 0
    while written < size:
        line = " ".join(randomness.choices(WORDS, k=randomness.randint(6, 13)))
        lines.append(line)
        written += len(line) + 2
    return lines


def _size(randomness, median, sigma, most):
    return min(most, int(randomness.lognormvariate(0, sigma) * median))


def _build_plain(randomness):
    text = _write_text(randomness, _size(randomness, 2500, 1.0, 60_000))
    quoted = ["> " + line for line in _write_text(randomness, 600)] if len(text) % 2 else []
    return ['Content-Type: text/plain; charset="utf-8"', "", *text, "", *quoted]


def _build_alternative(randomness):
    boundary = f"b{randomness.getrandbits(64):x}"
    text = _write_text(randomness, _size(randomness, 2500, 0.9, 40_000))
    return [
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        *_part(boundary, "text/plain; charset=utf-8", text),
        *_part(boundary, "text/html; charset=utf-8", _write_html(randomness, text)),
        f"--{boundary}--",
    ]


def _build_attachment(randomness):
    boundary = f"b{randomness.getrandbits(64):x}"
    text = _write_text(randomness, _size(randomness, 1500, 0.8, 20_000))
    content = randomness.randbytes(_size(randomness, 30_000, 1.0, 320_000))
    encoded = base64.encodebytes(content).decode().split("\n")
    return [
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        *_part(boundary, "text/plain; charset=utf-8", text),
        f"--{boundary}",
        'Content-Type: application/pdf; name="document.pdf"',
        'Content-Disposition: attachment; filename="document.pdf"',
        "Content-Transfer-Encoding: base64",
        "",
        *encoded,
        f"--{boundary}--",
    ]


def _part(boundary, content_type, lines):
    return [f"--{boundary}", f"Content-Type: {content_type}", "", *lines, ""]


def _write_html(randomness, text):
    style = "font-family:Arial,sans-serif;font-size:14px;color:#222222"
    rows = [f'<p style="{style}">{line}</p>' for line in text]
    cell = '<td style="padding:4px 12px;border-bottom:1px solid #dddddd">'
    table = [
        "<tr>" + "".join(f"{cell}{randomness.randrange(10**6)}</td>" for _ in range(4)) + "</tr>"
        for _ in range(randomness.randrange(30))
    ]
    return ["<html><body><div>", *rows, "<table>", *table, "</table></div></body></html>"]


_BUILDERS = {
    "plain": _build_plain,
    "alternative": _build_alternative,
    "attachment": _build_attachment,
}
