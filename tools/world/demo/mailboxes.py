"""Turns threads into what lies in each demo mailbox: folder, source, flags, date of each mail."""

import datetime
import hashlib
from collections import defaultdict
from dataclasses import dataclass

from .attachments import attachment
from .compose import Mail, source
from .newsletters import newsletters
from .people import COMPANY_ZONE, MAILBOXES, PASSWORD
from .routine import routine_threads
from .script import all_threads

REPLY_PREFIX = {"outlook": "RE: "}
# From this age on (working days), mail has been put away.
ARCHIVED_AFTER = {"marc": 60, "mitchell": 45}
# Customers with a folder of their own in a mailbox: what is older than a month is in it.
CLIENT_FOLDERS = {
    "marc": {
        "acme": "Clients/Acme Corporation",
        "douglas": "Clients/Acme Corporation",
        "floyd": "Clients/Acme Corporation",
        "azure": "Clients/Azure Interior",
        "brandon": "Clients/Azure Interior",
        "lumber": "Clients/Lumber Inc",
        "lorraine": "Clients/Lumber Inc",
    }
}
FILED_AFTER = 20
# Newsletters younger than this many are still unread.
UNREAD_NEWSLETTER_DAYS = 20


@dataclass
class Stored:
    """One mail as it lies in a mailbox."""

    folder: str
    source: bytes
    flags: tuple
    date: datetime.datetime


def demo_mailboxes(now):
    """Return ``{address: [Stored, ...]}`` for every demo mailbox, oldest first.

    :param now: aware datetime; every date is reckoned back from its day
    """
    boxes = {address: [] for address in MAILBOXES}
    for thread in [*all_threads(), *routine_threads()]:
        for address, stored in _thread(thread, now):
            boxes[address].append(stored)
    for address, folder, data, date, _ in newsletters(now):
        seen = now - date > datetime.timedelta(days=UNREAD_NEWSLETTER_DAYS)
        flags = (r"\Seen",) if seen and folder != "Junk" else ()
        boxes[address].append(Stored(folder, data, flags, date))
    for stored in boxes.values():
        stored.sort(key=lambda mail: mail.date)
    return boxes


def fill(dovecot, now):
    """Add the demo users to ``dovecot`` and put their mail where it belongs; return how much.

    :param dovecot: a running :class:`~tools.world.dovecot.DovecotServer`
    """
    boxes = demo_mailboxes(now)
    for address, mails in boxes.items():
        dovecot.add_user(address, PASSWORD)
        folders = defaultdict(list)
        for mail in mails:
            folders[mail.folder].append((mail.source, mail.flags, mail.date))
        for folder, content in folders.items():
            dovecot.append_many(address, folder, content)
    return sum(map(len, boxes.values()))


def _thread(thread, now):
    """Yield ``(mailbox address, Stored)`` for each copy of each mail of a thread."""
    before = None
    for index, scripted in enumerate(thread.mails):
        mail = _mail(thread, index, scripted, before, now)
        data = source(mail)
        later = thread.mails[index + 1 :]
        for person in _holders(scripted):
            folder = _folder(person, scripted)
            yield person.address, Stored(folder, data, _flags(person, scripted, later), mail.date)
        before = mail


def _mail(thread, index, scripted, before, now):
    prefix = REPLY_PREFIX.get(scripted.sender.client, "Re: ") if before else ""
    date = _moment(scripted, now)
    domain = scripted.sender.address.partition("@")[2]
    digest = hashlib.sha256(f"{thread.subject} {index}".encode()).hexdigest()[:24]
    return Mail(
        subject=prefix + thread.subject,
        sender=scripted.sender,
        to=scripted.to,
        cc=scripted.cc,
        date=date,
        text=scripted.text,
        message_id=f"<{digest}@{domain}>",
        answers=before,
        files=[attachment(name, thread.subject, date) for name in scripted.files],
        inline=[attachment(name, thread.subject, date) for name in scripted.inline],
        plain_only="text" in scripted.marks,
    )


def _moment(scripted, now):
    """Return when a mail was written: so many working days before the day of ``now``."""
    day = now.astimezone(COMPANY_ZONE).date()
    left = scripted.day
    while left:
        day -= datetime.timedelta(days=1)
        left -= day.weekday() < 5
    return datetime.datetime.combine(day, datetime.time(*scripted.time), COMPANY_ZONE)


def _holders(scripted):
    """Return the people of the demo mailboxes who have a copy, each once."""
    people = [scripted.sender, *scripted.to, *scripted.cc]
    return list({person.key: person for person in people if person.is_local}.values())


def _folder(person, scripted):
    if person == scripted.sender:
        return "Drafts" if "draft" in scripted.marks else "Sent"
    if folder := scripted.folders.get(person.key):
        return folder
    clients = CLIENT_FOLDERS.get(person.key, {})
    if scripted.sender.key in clients and scripted.day > FILED_AFTER:
        return clients[scripted.sender.key]
    if scripted.day > ARCHIVED_AFTER.get(person.key, scripted.day):
        return "Archive"
    return "INBOX"


def _flags(person, scripted, later):
    if person == scripted.sender:
        return (r"\Draft", r"\Seen") if "draft" in scripted.marks else (r"\Seen",)
    flags = () if "unread" in scripted.marks else (r"\Seen",)
    if "flagged" in scripted.marks:
        flags += (r"\Flagged",)
    if later and later[0].sender == person:
        flags += (r"\Answered",)
    return flags
