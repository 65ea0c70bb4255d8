"""The real mail servers that the tests talk to; `make test` starts them and names them here."""

import os
import ssl
import uuid
from contextlib import contextmanager

from imapclient import IMAPClient

TIMEOUT_SECONDS = 30


def setting(name):
    """Return what the test run says about its servers; a run without them fails, not skips."""
    try:
        return os.environ[f"EMAIL_SYNC_TEST_{name}"]
    except KeyError:
        raise AssertionError(
            f"EMAIL_SYNC_TEST_{name} is not set: these tests need the mail servers that "
            "`make test` starts."
        ) from None


class Mailbox:
    """A mailbox of its own on the test run's Dovecot, which takes any user name."""

    def __init__(self, name="box"):
        self.login = f"{name}.{uuid.uuid4().hex[:12]}@company.example"
        self.password = setting("PASSWORD")

    @property
    def connection_vals(self):
        """The values of an account (or set-up) that reach this mailbox."""
        return {
            "login": self.login,
            "imap_host": setting("IMAP_HOST"),
            "imap_port": int(setting("IMAPS_PORT")),
            "imap_security": "tls",
            "smtp_host": setting("IMAP_HOST"),
            "smtp_port": int(setting("SMTPS_PORT")),
            "smtp_security": "tls",
        }

    @contextmanager
    def connect(self):
        """Yield an :class:`IMAPClient`: another mail client at work on the same mailbox."""
        context = ssl.create_default_context(cafile=setting("CA_FILE"))
        with IMAPClient(
            setting("IMAP_HOST"),
            int(setting("IMAPS_PORT")),
            ssl_context=context,
            timeout=TIMEOUT_SECONDS,
        ) as client:
            client.login(self.login, self.password)
            yield client

    def append(self, *sources, folder="INBOX", flags=(), date=None):
        with self.connect() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for source in sources:
                client.append(folder, source, flags, date)
