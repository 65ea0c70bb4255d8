"""A session with an IMAP server, in the terms a synchroniser thinks in.

Reading never changes anything on the server: folders are opened with EXAMINE unless asked
otherwise, and bodies are read with PEEK. Nothing is ever removed by a plain EXPUNGE, which would
take messages that another program marked.
"""

import time

from . import uidset
from .changes import FolderChanges
from .client import Client, Refusal
from .errors import (
    CommandRefusedError,
    FolderGoneError,
    FolderResetError,
    MailboxError,
)
from .folders import FolderStatus, encode_name
from .messages import FolderMessages
from .messages import MessageMetadata as MessageMetadata
from .network import open_socket
from .poll import FolderPoll
from .refusal import split_code
from .response import LARGEST_NUMBER_64, number, parse_flags, positive_number
from .wire import Wire

_SIGN_IN_PATIENCES = 3
_IDENTIFICATION = b'("name" "email_sync")'


class ImapSession(FolderPoll, FolderMessages, FolderChanges):
    """A connection to a mailbox, signed in. Use it as a context manager.

    Every method raises :class:`.errors.MailboxError` and nothing else for what a server or the
    network does.

    :ivar client: the :class:`.client.Client` below
    :ivar folder: name of the selected folder, or None
    :ivar selected: the :class:`.folders.FolderStatus` of the selected folder when it was selected
    """

    @classmethod
    def connect(cls, endpoint, credentials, policy):
        """Connect and sign in.

        :param Endpoint endpoint: where, see :mod:`.endpoint`
        :param credentials: see :mod:`.endpoint`
        :param NetworkPolicy policy: see :mod:`.network`
        :raise AuthenticationError: the credentials are refused
        :raise MailboxError: see :mod:`.errors`
        """
        session = cls(endpoint, credentials, policy)
        session._open()
        return session

    def __init__(self, endpoint, credentials, policy):
        self._endpoint = endpoint
        self._credentials = credentials
        self._policy = policy
        self._raw_names = {}
        self._closed_clients = []
        self._prelude = []
        self._end = float("inf")
        self.client = None
        self.folder = None
        self.selected = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.logout()

    # -- connection -----------------------------------------------------------------------------

    def _open(self):
        sock, deadline = open_socket(self._endpoint, self._policy, "imap")
        # the greeting came before the encryption: whatever it said does not count
        greeting = b"* OK\r\n" if self._endpoint.security == "starttls" else b""
        wire = Wire(sock, deadline.remaining(), greeting)
        # the sign-in is a few words, however they drip
        wire.end = min(self._end, time.monotonic() + _SIGN_IN_PATIENCES * self._endpoint.timeout)
        try:
            client = Client(wire, self._endpoint.host, self._endpoint.port, deadline.remaining())
            client.sign_in(self._credentials)
        except BaseException:
            wire.close()
            raise
        client.patience = self._endpoint.timeout
        wire.end = self._end
        self.client = client
        self._prelude = self._first_words()

    def _first_words(self):
        """Return commands that are sent along with the first one and need no answer."""
        words = []
        if self.has_capability("ID"):
            # 163.com and its kin open no folder for clients that do not say who they are
            words.append((b"ID", _IDENTIFICATION))
        if self.has_capability("ENABLE"):
            if self.has_capability("QRESYNC") and not self.has_capability("XAPPLELITERAL"):
                # iCloud (the one with XAPPLELITERAL) takes it and then forgets messages
                words.append((b"ENABLE", b"QRESYNC"))
            elif self.has_capability("CONDSTORE"):
                words.append((b"ENABLE", b"CONDSTORE"))
        return words

    def _send_prelude(self):
        words, self._prelude = self._prelude, []
        for word in words:
            self.client.forget(self.client.submit(*word))

    def reconnect(self):
        """Connect and sign in again and open the same folder.

        :raise FolderResetError: it is not the same folder any more
        """
        self._closed_clients.append(self.client)
        self.client.wire.close()
        folder, before = self.folder, self.selected
        self.folder = self.selected = None
        self._open()
        if folder is not None:
            self.select(folder, readonly=before.read_only)
            if self.selected.uidvalidity != before.uidvalidity:
                raise FolderResetError(folder=folder, uidvalidity=self.selected.uidvalidity)

    def end_at(self, end):
        """Wait for nothing after this time, also over connections that are opened anew.

        A server that always says a bit more is never silent; this alone ends the talk with it.

        :param float end: monotonic time; infinity for no end
        """
        self._end = self.client.wire.end = end

    def logout(self):
        """Close the connection; never fails."""
        if self.client:
            self.client.close()

    @property
    def capabilities(self):
        """Capabilities of the server after signing in, as a set of str in upper case."""
        return frozenset(name.decode("ascii", "replace") for name in self.client.capabilities())

    def has_capability(self, name):
        return self.client.has_capability(name)

    @property
    def has_condstore(self):
        """Whether the server can say what changed since a mod-sequence (RFC 7162)."""
        return self.has_capability("CONDSTORE") or self.has_capability("QRESYNC")

    @property
    def has_qresync(self):
        """Whether the server confirmed that it names expunged messages (RFC 7162)."""
        return b"QRESYNC" in self.client.enabled

    @property
    def message_limit(self):
        """How many messages one command may be about (RFC 9738)."""
        for name in self.capabilities:
            if name.startswith("MESSAGELIMIT=") and name[13:].isdigit():
                return max(1, number(name[13:].encode()))
        return uidset.MOST_MESSAGES

    @property
    def line_length(self):
        """Bytes of a set of UIDs in one command that the server is known to take."""
        return uidset.LONG_LINE if self.has_condstore else uidset.SHORT_LINE

    @property
    def reconnections(self):
        """How often the connection was opened again."""
        return len(self._closed_clients)

    @property
    def bytes_received(self):
        return sum(client.wire.bytes_received for client in self._clients())

    @property
    def commands_sent(self):
        return sum(client.commands_sent for client in self._clients())

    @property
    def round_trips(self):
        return sum(client.wire.round_trips for client in self._clients())

    def _clients(self):
        return (*self._closed_clients, self.client)

    def _run(self, *parts, collect=None, slow=False, folder=None):
        self._send_prelude()
        try:
            return self.client.run(*parts, collect=collect, slow=slow)
        except Refusal as refusal:
            raise self.client.error(refusal, folder=folder) from refusal

    # -- folders --------------------------------------------------------------------------------

    def select(self, name, readonly=True):
        """Open a folder.

        :param name: its name
        :param readonly: open it with EXAMINE, which changes nothing
        :rtype: FolderStatus
        :raise FolderGoneError: it does not exist or does not open
        """
        known = {}

        def collect(response):
            if response.name == b"OK":
                code, arguments, _rest = split_code(response.text)
                known[code] = arguments

        command = b"EXAMINE" if readonly else b"SELECT"
        parts = [command, self.client.astring(self._raw_name(name))]
        if self.has_condstore and not self.has_capability("ENABLE"):
            parts.append(b"(CONDSTORE)")
        self.folder = self.selected = None
        self.client.exists = 0
        try:
            tagged = self._run(*parts, collect=collect, slow=True, folder=name)
        except MailboxError as error:
            if not isinstance(error, CommandRefusedError):
                raise
            raise FolderGoneError(folder=name, server_text=error.server_text) from error
        permanent = known.get(b"PERMANENTFLAGS")
        self.folder = name
        self.selected = FolderStatus(
            uidvalidity=positive_number(known.get(b"UIDVALIDITY"), LARGEST_NUMBER_64),
            uidnext=positive_number(known.get(b"UIDNEXT")),
            messages=self.client.exists,
            highestmodseq=positive_number(known.get(b"HIGHESTMODSEQ"), LARGEST_NUMBER_64),
            permanent_flags=None if permanent is None else parse_flags(permanent.strip(b"()")),
            read_only=split_code(tagged.text)[0] == b"READ-ONLY" or readonly,
        )
        return self.selected

    def _raw_name(self, name):
        return self._raw_names.get(name) or encode_name(name)
