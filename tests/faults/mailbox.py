"""The mailbox as another mail program uses it, and as it is compared with what Odoo has."""

import contextlib
import hashlib
import itertools
import re
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

DATE = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)
_APPENDUID = re.compile(rb"APPENDUID \d+ (\d+)")
_numbers = itertools.count(1)


class Mail(NamedTuple):
    """A mail as the server has it."""

    sha256: str
    subject: str
    flags: frozenset


def build_mail(number, rng, size=0, is_sent=False):
    """Return the source of a mail that can be told from others by its subject, ``Mail <number>``.

    Some have no Message-ID, some the one of another mail, some an attachment, some bytes that are
    no text in any charset.

    :param rng: :class:`random.Random`
    :param is_sent: from the company to a customer, as it is written in Odoo
    """
    mail = EmailMessage()
    customer = f"Customer {number % 8} <customer{number % 8}@outside.example>"
    mail["From"], mail["To"] = customer, "team@company.example"
    if is_sent:
        mail.replace_header("From", "team@company.example")
        mail.replace_header("To", customer)
    mail["Subject"] = f"Mail {number}"
    mail["Date"] = format_datetime(DATE + timedelta(minutes=number))
    kind = 0.5 if is_sent else rng.random()
    if kind > 0.1:
        # The same id with another text: two mails.
        known = number - 1 if kind < 0.15 else number
        mail["Message-ID"] = f"<{known}@outside.example>"
    mail.set_content(f"Text of mail {number}: {rng.getrandbits(64):x}\n" + "x" * size)
    if kind > 0.8:
        content = rng.randbytes(rng.randrange(3000))
        mail.add_attachment(content, maintype="application", subtype="x-any", filename="a.bin")
    source = mail.as_bytes().replace(b"\n", b"\r\n")
    return source + b"\xff\xfe\x80\r\n" if 0.7 < kind < 0.8 else source


class Mailbox:
    """A mailbox of its own on a Dovecot that takes any user.

    :param server: the :class:`tools.world.dovecot.DovecotServer`
    """

    def __init__(self, server, password):
        self.server = server
        self.login = f"fault{next(_numbers)}@company.example"
        self.password = password
        self._client = None
        self._selected = None

    @property
    def maildir(self):
        return self.server.mail_directory / self.login / "Maildir"

    @property
    def client(self):
        """The other mail program's connection."""
        if not self._client:
            self._client = IMAPClient("127.0.0.1", self.server.imap_port, ssl=False, timeout=30)
            self._client.login(self.login, self.password)
        return self._client

    def close(self):
        if self._client:
            with contextlib.suppress(IMAPClientError, OSError):
                self._client.logout()
        self._client = self._selected = None

    def select(self, folder):
        if self._selected != folder:
            self.client.select_folder(folder)
            self._selected = folder

    def unselect(self):
        if self._selected:
            self.client.unselect_folder()
            self._selected = None

    def append(self, source, folder="INBOX", flags=()):
        """Store a mail; return its UID."""
        date = DATE + timedelta(minutes=next(_numbers))
        answer = self.client.append(folder, source, flags, date)
        return int(_APPENDUID.search(answer)[1])

    def create(self, folder):
        self.client.create_folder(folder)

    def delete(self, folder):
        self.unselect()
        self.client.delete_folder(folder)

    def rename(self, folder, name):
        self.unselect()
        self.client.rename_folder(folder, name)

    def renumber(self, folder, uids):
        """Make a folder anew with the same mails; return ``{old UID: new UID}``."""
        self.rename(folder, "renumbered")
        self.create(folder)
        new = {uid: self.move("renumbered", uid, folder) for uid in uids}
        self.delete("renumbered")
        return new

    def folders(self):
        """Return the names of the folders that hold mail."""
        return sorted(
            name
            for flags, _delimiter, name in self.client.list_folders()
            if not {b"\\noselect", b"\\nonexistent"} & {flag.lower() for flag in flags}
        )

    def add_flag(self, folder, uid, flag):
        self.select(folder)
        self.client.add_flags([uid], [flag], silent=True)

    def remove_flag(self, folder, uid, flag):
        self.select(folder)
        self.client.remove_flags([uid], [flag], silent=True)

    def expunge(self, folder, uid):
        self.add_flag(folder, uid, "\\Deleted")
        self.client.uid_expunge([uid])

    def move(self, folder, uid, target):
        """Move a mail; return its UID there."""
        self.select(folder)
        self.client.move([uid], target)
        return self._last_uid(target)

    def copy(self, folder, uid, target):
        """Copy a mail; return the copy's UID."""
        self.select(folder)
        self.client.copy([uid], target)
        return self._last_uid(target)

    def _last_uid(self, folder):
        return self.client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"] - 1

    def damage(self, uid):
        """Make the file of a mail in the inbox shorter than its name says.

        :return: a function that mends it
        """
        lines = (self.maildir / "dovecot-uidlist").read_text().splitlines()[1:]
        names = {int(line.split()[0]): line.split(":", 1)[1] for line in lines}
        (path,) = self.maildir.glob(f"*/{names[uid].split(',')[0]}*")
        whole = path.read_bytes()
        path.write_bytes(whole[:-100])
        return lambda: path.write_bytes(whole)

    def read(self, folders=None):
        """Return what the server holds: ``{folder: {UID: Mail}}``."""
        found = {}
        for folder in self.folders() if folders is None else folders:
            self._selected = None
            self.client.select_folder(folder, readonly=True)
            mails = self.client.fetch(self.client.search(), ["BODY.PEEK[]", "FLAGS"])
            found[folder] = {uid: _as_values(items) for uid, items in mails.items()}
            self.client.unselect_folder()
        return found


def _as_values(items):
    source = items[b"BODY[]"]
    flags = frozenset(flag.decode() for flag in items[b"FLAGS"]) - {"\\Recent"}
    return Mail(digest(source), _subject(source), flags)


def digest(source):
    """Return what tells a source from every other one."""
    return hashlib.sha256(source).hexdigest()


def _subject(source):
    start = source.index(b"Subject: ") + 9
    return source[start : source.index(b"\r\n", start)].decode()
