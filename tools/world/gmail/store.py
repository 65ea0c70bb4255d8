"""A Gmail mailbox: every mail is there once, and its labels say in which folders it shows."""

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import default

INBOX = "INBOX"
ALL = "[Gmail]/All Mail"
DRAFTS = "[Gmail]/Drafts"
IMPORTANT = "[Gmail]/Important"
SENT = "[Gmail]/Sent Mail"
SPAM = "[Gmail]/Spam"
STARRED = "[Gmail]/Starred"
TRASH = "[Gmail]/Trash"

# RFC 6154 and RFC 8457
SPECIAL_USES = {
    ALL: "\\All",
    DRAFTS: "\\Drafts",
    IMPORTANT: "\\Important",
    SENT: "\\Sent",
    SPAM: "\\Junk",
    STARRED: "\\Flagged",
    TRASH: "\\Trash",
}
# As X-GM-LABELS names them; every other label goes by the name of its folder.
SYSTEM_LABELS = {
    INBOX: "\\Inbox",
    DRAFTS: "\\Draft",
    IMPORTANT: "\\Important",
    SENT: "\\Sent",
    STARRED: "\\Starred",
}
# A mail that lies in one of these lies nowhere else.
APART = (TRASH, SPAM)


@dataclass
class Mail:
    """A mail, whatever the number of its labels.

    :ivar id: X-GM-MSGID, which follows from its bytes
    :ivar thread_id: X-GM-THRID: the id of the first mail of its conversation
    :ivar flags: flags and keywords, the same in every folder; not ``\\Deleted``
    :ivar labels: names of the folders it was put into; of All Mail and Starred nothing is kept
    :ivar modseq: the mod-sequence of its last change (RFC 7162)
    """

    id: int
    thread_id: int
    source: bytes
    date: datetime
    flags: set = field(default_factory=set)
    labels: set = field(default_factory=set)
    modseq: int = 0

    @property
    def header(self):
        """The header, as :class:`email.message.EmailMessage`."""
        return BytesHeaderParser(policy=default).parsebytes(self.source)

    @property
    def shown_in(self):
        """The names of the folders it shows in (set)."""
        if apart := self.labels.intersection(APART):
            return apart
        return {*self.labels, ALL, *([STARRED] if "\\Flagged" in self.flags else [])}


@dataclass
class Folder:
    """What shows a label: its UIDs belong to it alone.

    :ivar mails: ``{UID: Mail}``, ascending
    :ivar deleted: UIDs that are marked as ``\\Deleted``, which Gmail keeps folder by folder
    """

    name: str
    uidvalidity: int
    uidnext: int = 1
    highestmodseq: int = 1
    mails: dict = field(default_factory=dict)
    deleted: set = field(default_factory=set)

    def uid_of(self, mail):
        """Return the UID of a mail, None where it does not show here."""
        return next((uid for uid, other in self.mails.items() if other is mail), None)

    def flags_of(self, uid):
        """Return the flags of a mail as this folder shows them."""
        return self.mails[uid].flags | ({"\\Deleted"} if uid in self.deleted else set())


class GmailMailbox:
    """The mails, labels and settings of one login.

    :param shows_all_mail: whether All Mail is shown in IMAP, as the user chose at the label
    :param auto_expunge: whether what is marked as deleted leaves the folder at once; both are on
        at Google unless the user switches them off
    """

    _numbers = itertools.count(600_000_000)

    def __init__(self, shows_all_mail=True, auto_expunge=True):
        self.shows_all_mail = shows_all_mail
        self.auto_expunge = auto_expunge
        self.mails = {}
        self.folders = {}
        self._modseq = 1
        for name in (INBOX, *SPECIAL_USES):
            self.create(name)

    # ---- folders ----

    def visible_folders(self):
        """Return the folders that IMAP shows."""
        return [f for f in self.folders.values() if f.name != ALL or self.shows_all_mail]

    def find(self, name):
        """Return the folder of this name that IMAP shows, or None."""
        name = INBOX if name.upper() == INBOX else name
        return next((f for f in self.visible_folders() if f.name == name), None)

    def create(self, name):
        self.folders[name] = Folder(name, next(self._numbers))

    def delete(self, name):
        """Delete a label; its mails keep their others, and All Mail."""
        for mail in list(self.folders[name].mails.values()):
            self.unlabel(mail, name)
        del self.folders[name]

    def rename(self, name, new_name):
        folder = self.folders.pop(name)
        folder.name = new_name
        self.folders[new_name] = folder
        for mail in folder.mails.values():
            mail.labels = {new_name if label == name else label for label in mail.labels}

    # ---- mails ----

    def add(self, name, source, flags, date):
        """Put a mail into a folder; the same bytes are the same mail, which gets a label more.

        :return: its :class:`Mail`
        """
        number = int.from_bytes(hashlib.sha256(source).digest()[:8], "big") >> 1
        mail = self.mails.get(number)
        if not mail:
            mail = Mail(number, number, source, date)
            mail.thread_id = self._find_thread(mail)
            self.mails[number] = mail
        mail.flags |= set(flags) - {"\\Recent", "\\Deleted"}
        self.label(mail, name)
        if "\\Deleted" in flags:
            self.mark_deleted(self.folders[name], self.folders[name].uid_of(mail), True)
        return mail

    def _find_thread(self, mail):
        header = mail.header
        answered = f"{header['References'] or ''} {header['In-Reply-To'] or ''}".split()
        for other in self.mails.values():
            if (other.header["Message-ID"] or "").strip() in answered:
                return other.thread_id
        return mail.id

    def label(self, mail, name):
        """Put a mail into a folder; in the trash and in spam it lies alone."""
        if name in APART:
            mail.labels = {name}
        else:
            mail.labels -= set(APART)
        if name == STARRED:
            mail.flags.add("\\Flagged")
        elif name not in (ALL, *APART):
            mail.labels.add(name)
        self.changed(mail)

    def unlabel(self, mail, name):
        """Take a mail out of a folder: only out of the trash and of spam it is gone for good."""
        if name == STARRED:
            mail.flags.discard("\\Flagged")
        mail.labels.discard(name)
        if name in APART:
            del self.mails[mail.id]
        self.changed(mail)

    def mark_deleted(self, folder, uid, is_deleted):
        """Mark a mail of a folder as deleted, which may take it out at once, or take that back."""
        if is_deleted:
            folder.deleted.add(uid)
        else:
            folder.deleted.discard(uid)
        self.changed(folder.mails[uid])
        if self.auto_expunge:
            self.expunge(folder)

    def expunge(self, folder, uids=None):
        """Take out of a folder what is marked as deleted, among ``uids`` if given."""
        for uid in sorted(folder.deleted):
            if uids is None or uid in uids:
                folder.deleted.discard(uid)
                self.unlabel(folder.mails[uid], folder.name)

    def changed(self, mail):
        """Show a mail where its labels say, and count the change."""
        self._modseq += 1
        mail.modseq = self._modseq
        wanted = mail.shown_in if mail.id in self.mails else set()
        for folder in self.folders.values():
            uid = folder.uid_of(mail)
            if folder.name in wanted and uid is None:
                folder.mails[folder.uidnext] = mail
                folder.uidnext += 1
            elif folder.name not in wanted and uid is not None:
                del folder.mails[uid]
                folder.deleted.discard(uid)
            elif uid is None:
                continue
            folder.highestmodseq = self._modseq
