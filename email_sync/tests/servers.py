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

    imaps_port_setting = "IMAPS_PORT"
    client_class = IMAPClient

    def __init__(self, name="box"):
        self.login = f"{name}.{uuid.uuid4().hex[:12]}@company.example"
        self.password = setting("PASSWORD")

    @property
    def connection_vals(self):
        """The values of an account (or set-up) that reach this mailbox."""
        return {
            "login": self.login,
            "imap_host": setting("IMAP_HOST"),
            "imap_port": int(setting(self.imaps_port_setting)),
            "imap_security": "tls",
            "smtp_host": setting("IMAP_HOST"),
            "smtp_port": int(setting("SMTPS_PORT")),
            "smtp_security": "tls",
        }

    @contextmanager
    def connect(self):
        """Yield an :class:`IMAPClient`: another mail client at work on the same mailbox."""
        context = ssl.create_default_context(cafile=setting("CA_FILE"))
        with self.client_class(
            setting("IMAP_HOST"),
            int(setting(self.imaps_port_setting)),
            ssl_context=context,
            timeout=TIMEOUT_SECONDS,
        ) as client:
            client.login(self.login, self.password)
            yield client

    @staticmethod
    def path(name):
        """Return the full name on this server of the folder that a test calls ``name``."""
        return name

    def append(self, *sources, folder="INBOX", flags=(), date=None):
        with self.connect() as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for source in sources:
                client.append(folder, source, flags, date)


class CourierClient(IMAPClient):
    """Another mail client on Courier: it knows folders by their short names, and does not MOVE."""

    def _normalise_folder(self, folder_name):
        return super()._normalise_folder(CourierMailbox.path(folder_name))

    def move(self, messages, folder):
        if isinstance(messages, str):
            messages = self.search(["UID", messages])
        self.copy(messages, folder)
        self.delete_messages(messages)
        self.uid_expunge(messages)


class CourierMailbox(Mailbox):
    """A mailbox of its own on Courier: neither CONDSTORE nor MOVE, and all folders below INBOX."""

    imaps_port_setting = "COURIER_PORT"
    client_class = CourierClient

    @staticmethod
    def path(name):
        if not name or name == "INBOX" or name.startswith("INBOX."):
            return name
        return f"INBOX.{name.replace('/', '.')}"


class GmailClient(IMAPClient):
    """Another mail client on Gmail: it knows the system folders by their usual names."""

    def _normalise_folder(self, folder_name):
        return super()._normalise_folder(GmailMailbox.path(folder_name))


class GmailMailbox(Mailbox):
    """A mailbox of its own on the Gmail-speaking server, with the settings that Google gives."""

    imaps_port_setting = "GMAIL_PORT"
    client_class = GmailClient
    system_folders = {
        "All Mail": "[Gmail]/All Mail",
        "Drafts": "[Gmail]/Drafts",
        "Junk": "[Gmail]/Spam",
        "Sent": "[Gmail]/Sent Mail",
        "Starred": "[Gmail]/Starred",
        "Trash": "[Gmail]/Trash",
    }

    @classmethod
    def path(cls, name):
        return cls.system_folders.get(name, name)


class GmailMailboxAsFolders(GmailMailbox):
    """The same where its user set All Mail not to show, and deletion to wait for EXPUNGE."""

    imaps_port_setting = "GMAIL_AS_FOLDERS_PORT"

    def __init__(self, name="box"):
        super().__init__(name)
        with self.connect() as client:
            client.create_folder("Archive")
