"""A mailbox on the bench's Dovecot, filled with mail that lies there as if delivered."""

import os
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "bench"  # noqa: S105 - of a server on loopback that lives as long as the bench


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
    dovecot.doveadm("fetch", "-u", login, "uid size.virtual date.received hdr", "all")
    return Mailbox(login, dovecot.imaps_port, dovecot.ca_file, count)
