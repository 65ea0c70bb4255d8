"""One mailbox a test, on a real Dovecot."""

import itertools

import pytest

from email_sync.mailbox.endpoint import Endpoint, PasswordCredentials
from email_sync.mailbox.imap import ImapSession
from email_sync.mailbox.network import NetworkPolicy

_numbers = itertools.count(1)


def message(number, size=0):
    """Return the source of a message that can be told from others."""
    head = f"Subject: Message {number}\r\nMessage-ID: <{number}@test.example>\r\n\r\n"
    return head.encode() + b"x" * size + b"\r\n"


def flags_by_uid(flags):
    """Return ``{UID: flags as text}`` of a :class:`email_sync.mailbox.folder_flags.FolderFlags`."""
    return {uid: flags.texts[number - 1] for uid, number in zip(flags.uids, flags.numbers)}


def loopback_policy(*ports):
    """Return a policy that allows this machine on these ports only."""
    return NetworkPolicy.from_text("127.0.0.0/8, ::1", " ".join(map(str, ports)))


class Account:
    """A user of the Dovecot under test.

    :ivar other: context manager of another client's connection (imapclient), see ``connect``
    """

    def __init__(self, server):
        self.server = server
        self.login = f"user{next(_numbers)}@test.example"
        self.password = "tr0ub4dor & 3"
        self.credentials = PasswordCredentials(self.login, self.password)
        self.policy = loopback_policy(server.imap_port, server.imaps_port)
        server.add_user(self.login, self.password)

    @property
    def endpoint(self):
        return Endpoint("localhost", self.server.imap_port, "none", timeout=10)

    @property
    def maildir(self):
        return self.server.mail_directory / self.login / "Maildir"

    def append(self, *sources, folder="INBOX", flags=()):
        """Store messages as another program would; return their UIDs."""
        return self.server.append_many(
            self.login, folder, [(source, flags, None) for source in sources]
        )

    def other(self):
        """Return the connection of another program, as a context manager."""
        return self.server.connect(self.login)

    def connect(self, port=None, timeout=10):
        """Return a session; ``port`` leads through a proxy."""
        endpoint = Endpoint("localhost", port or self.server.imap_port, "none", timeout=timeout)
        policy = loopback_policy(endpoint.port)
        return ImapSession.connect(endpoint, self.credentials, policy)


@pytest.fixture
def account(dovecot):
    return Account(dovecot)


@pytest.fixture
def session(account):
    with account.connect() as session:
        yield session
