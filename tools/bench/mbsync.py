"""Debian's mbsync (package isync), the native synchroniser that the addon is compared with."""

import shutil
import time

from tools.world.processes import run

PROGRAMS = {"mbsync": "isync"}
CONFIGURATION = """
IMAPAccount bench
Host localhost
Port {port}
User {login}
Pass {password}
SSLType IMAPS
CertificateFile {ca_file}

IMAPStore server
Account bench

MaildirStore directory
Path {directory}/
Inbox {directory}/INBOX

Channel bench
Far :server:
Near :directory:
Patterns INBOX
Create Near
Sync Pull
SyncState *
"""


def pull(directory, mailbox):
    """Pull a mailbox into an empty Maildir, as mbsync does by default: FSync is on.

    :param directory: :class:`~pathlib.Path` to work in, emptied before
    :param mailbox: the :class:`tools.bench.mailbox.Mailbox`
    :return: seconds
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    configuration = directory / "mbsyncrc"
    maildir = directory / "mail"
    maildir.mkdir()
    configuration.write_text(
        CONFIGURATION.format(
            port=mailbox.port,
            login=mailbox.login,
            password=mailbox.password,
            ca_file=mailbox.ca_file,
            directory=maildir,
        )
    )
    started = time.monotonic()
    run(["mbsync", "--config", configuration, "bench"])
    seconds = time.monotonic() - started
    pulled = sum(1 for name in ("cur", "new") for _ in (maildir / "INBOX" / name).iterdir())
    if pulled != mailbox.count:
        raise RuntimeError(f"mbsync pulled {pulled} of {mailbox.count} mails")
    return seconds
