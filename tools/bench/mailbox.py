"""A mailbox on the bench's Dovecot, filled with mail that lies there as if delivered."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "bench"  # noqa: S105 - of a server on loopback that lives as long as the bench
# Dovecot's own format: of a Maildir, it reads the whole directory to open it.
PACKED = "mdbox:~/mdbox"


@dataclass(frozen=True)
class Mailbox:
    """How a mailbox is reached, and how many mails it has."""

    login: str
    port: int
    ca_file: Path
    count: int
    password: str = PASSWORD

    def through(self, port):
        """Return the same mailbox, reached through another port of this machine."""
        return Mailbox(self.login, port, self.ca_file, self.count)


def fill(dovecot, login, mails):
    """Write mails straight into the Maildir of a new user, and let Dovecot index them.

    :param dovecot: the running :class:`~tools.world.dovecot.DovecotServer`
    :param mails: iterable of :class:`tools.bench.corpus.Mail`
    :rtype: Mailbox
    """
    count = _write_maildir(dovecot, login, mails)
    dovecot.doveadm("fetch", "-u", login, "uid size.virtual date.received hdr", "all")
    return Mailbox(login, dovecot.imaps_port, dovecot.ca_file, count)


def fill_packed(dovecot, name, mails):
    """Give mails to a new user of a server whose format is :data:`PACKED`, unless they are there.

    :param name: of the user and of what it is told to hold: another content has another name
    :param mails: iterable of :class:`tools.bench.corpus.Mail`
    :rtype: Mailbox
    """
    login = f"{name}@bench.example"
    home = dovecot.mail_directory / login
    complete = home / "count"
    if not complete.exists():
        shutil.rmtree(home, ignore_errors=True)
        count = _write_maildir(dovecot, login, mails)
        dovecot.doveadm("import", "-u", login, "maildir:~/Maildir:LAYOUT=fs", "", "all")
        dovecot.doveadm("fetch", "-u", login, "uid size.virtual date.received hdr", "all")
        shutil.rmtree(home / "Maildir")
        complete.write_text(str(count))
    return Mailbox(login, dovecot.imaps_port, dovecot.ca_file, int(complete.read_text()))


def _write_maildir(dovecot, login, mails):
    home = dovecot.mail_directory / login
    maildir = home / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    count = 0
    for count, mail in enumerate(mails, 1):
        source = mail.source.replace(b"\r\n", b"\n")
        # The sizes in the name spare Dovecot to open the file, as if it had delivered it.
        seconds = int(mail.date.timestamp())
        name = f"{seconds}.M{count}.bench,S={len(source)},W={len(mail.source)}:2,"
        path = maildir / "cur" / name
        path.write_bytes(source)
        os.utime(path, (seconds, seconds))
    owner = dovecot.mail_directory.stat()
    for path in (home, maildir, *maildir.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    return count
