"""Reads the texts of the demo mail.

A text file holds threads. A thread starts with ``@ subject``; a mail with
``- <day>.<hour>:<minute> <sender> [> <to>, ...] [cc <person>, ...]``, where ``day`` counts working
days back from today and people are keys of :data:`.people.PEOPLE`. Without ``>`` the mail answers
everybody on the one before. Lines in brackets before the text say more:

``[attach quote.pdf]``, ``[inline plan.png]``  files (see :mod:`.attachments`)
``[unread]``, ``[flagged]``, ``[draft]``       what stands in the mailbox
``[folder marc Clients/Acme]``                 where a mailbox's owner has put it
``[text]``                                     plain text only, whatever the mail program
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from .people import PEOPLE

TEXTS = Path(__file__).parent / "texts"
MAIL = re.compile(
    r"^- (?P<day>\d+)\.(?P<hour>\d\d):(?P<minute>\d\d) (?P<sender>\w+)"
    r"(?: > (?P<to>[\w, ]+?))?(?: cc (?P<cc>[\w, ]+))?$"
)
OPTION = re.compile(r"^\[(\w+) ?(.*)\]$")


@dataclass
class ScriptedMail:
    """One mail of a thread, as the text file has it.

    :ivar day: working days before today
    :ivar time: ``(hour, minute)`` at the company
    :ivar files: names of attachments; :ivar inline: names of pictures in the text
    :ivar folders: ``{mailbox key: folder}`` where it is not the ordinary one
    :ivar marks: of ``unread``, ``flagged``, ``draft``, ``text``
    """

    day: int
    time: tuple
    sender: object
    to: list
    cc: list
    text: str = ""
    files: list = field(default_factory=list)
    inline: list = field(default_factory=list)
    folders: dict = field(default_factory=dict)
    marks: set = field(default_factory=set)


@dataclass
class Thread:
    """A subject and its mails, oldest first."""

    subject: str
    mails: list = field(default_factory=list)


def read_threads(path):
    """Return the threads (list of :class:`Thread`) of one text file.

    :raise ValueError: a line that cannot be understood, or a mail before the one it answers
    """
    threads = []
    for block in re.split(r"^(?=@ )", path.read_text(), flags=re.MULTILINE)[1:]:
        subject, _, rest = block.partition("\n")
        thread = Thread(subject.removeprefix("@ ").strip())
        for part in re.split(r"^(?=- \d+\.)", rest, flags=re.MULTILINE)[1:]:
            thread.mails.append(_read_mail(part, thread.mails))
        threads.append(thread)
    return threads


def all_threads():
    """Return the threads of every text file."""
    return [thread for path in sorted(TEXTS.glob("*.txt")) for thread in read_threads(path)]


def _read_mail(part, before):
    head, _, body = part.partition("\n")
    match = MAIL.match(head.strip())
    if not match:
        raise ValueError(f"Not the head of a mail: {head}")
    sender = PEOPLE[match["sender"]]
    if match["to"]:
        to, cc = _people(match["to"]), _people(match["cc"])
    else:
        to, cc = _reply_to_all(before[-1], sender)
        cc += _people(match["cc"])
    mail = ScriptedMail(
        int(match["day"]), (int(match["hour"]), int(match["minute"])), sender, to, cc
    )
    if before and (-mail.day, mail.time) <= (-before[-1].day, before[-1].time):
        raise ValueError(f"Older than the mail before: {head}")
    _read_body(mail, body)
    return mail


def _people(text):
    return [PEOPLE[key.strip()] for key in (text or "").split(",") if key.strip()]


def _reply_to_all(mail, sender):
    """Return whom ``sender`` answers: the last sender (or, after oneself, the same people)."""
    if mail.sender == sender:
        return list(mail.to), list(mail.cc)
    others = [person for person in mail.to + mail.cc if person not in (sender, mail.sender)]
    return [mail.sender], others


def _read_body(mail, body):
    lines = body.strip().splitlines()
    while lines and (option := OPTION.match(lines[0])):
        _read_option(mail, *option.groups())
        lines.pop(0)
    mail.text = "\n".join(lines).strip()


def _read_option(mail, name, value):
    if name == "attach":
        mail.files.append(value)
    elif name == "inline":
        mail.inline.append(value)
    elif name == "folder":
        key, _, folder = value.partition(" ")
        mail.folders[key] = folder
    elif name in ("unread", "flagged", "draft", "text"):
        mail.marks.add(name)
    else:
        raise ValueError(f"Unknown option: [{name}]")
