"""A session with an IMAP server, in the terms a synchroniser thinks in.

Reading never changes anything on the server: folders are opened with EXAMINE unless asked
otherwise, and bodies are read with PEEK. Nothing is ever removed by a plain EXPUNGE, which would
take messages that another program marked.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from . import uidset
from .changes import FolderChanges
from .client import Client, Refusal
from .errors import (
    CommandRefusedError,
    FolderGoneError,
    FolderResetError,
    MailboxError,
    PartialAnswerError,
    ProtocolError,
    ThrottledError,
)
from .fetch import SourceReader
from .folders import FolderStatus, add_uses_by_name, encode_name, parse_list
from .network import open_socket
from .refusal import split_code
from .response import parse_fetch
from .wire import Wire

MEBIBYTE = 1024 * 1024
# More messages in one folder than this are not believed
MOST_MESSAGES = 2_000_000
_IDENTIFICATION = b'("name" "email_sync")'


class MessageMetadata(NamedTuple):
    """What a server says about a message without its content.

    :ivar uid: its UID
    :ivar size: bytes; some servers only estimate
    :ivar internal_date: when the server received it, as an aware UTC datetime; None where unknown
    :ivar flags: set of str, the system flags as RFC 9051 writes them (``\\Seen``)
    :ivar modseq: its mod-sequence (RFC 7162), or None
    :ivar email_id: what all copies of it have in common (X-GM-MSGID, EMAILID of RFC 8474), or None
    :ivar thread_id: the provider's conversation (X-GM-THRID, THREADID of RFC 8474), or None
    :ivar labels: Gmail's labels, or None
    """

    uid: int
    size: int
    internal_date: datetime | None
    flags: frozenset
    modseq: int | None = None
    email_id: str | None = None
    thread_id: str | None = None
    labels: tuple | None = None


class MessageFlags(NamedTuple):
    """The flags of a message, as in :class:`MessageMetadata`."""

    uid: int
    flags: frozenset
    modseq: int | None = None


class ImapSession(FolderChanges):
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
        try:
            client = Client(wire, self._endpoint.host, self._endpoint.port, deadline.remaining())
            client.sign_in(self._credentials)
        except BaseException:
            wire.close()
            raise
        client.patience = self._endpoint.timeout
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
                return max(1, int(name[13:]))
        return MOST_MESSAGES

    @property
    def line_length(self):
        """Bytes of a set of UIDs in one command that the server is known to take."""
        return uidset.LONG_LINE if self.has_condstore else uidset.SHORT_LINE

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

    def list_folders(self):
        """Return all folders of the account as :class:`.folders.RemoteFolder`."""
        wanted = []
        if self.has_capability("SPECIAL-USE"):
            wanted.append(b"SPECIAL-USE")
        if self.has_capability("LIST-EXTENDED"):
            wanted.append(b"SUBSCRIBED")
        command = (b"LIST", b'""', b'"*"')
        if wanted and self.has_capability("LIST-EXTENDED"):
            command += (b"RETURN (%s)" % b" ".join(wanted),)
        found = {}

        def collect(response):
            listed = parse_list(response.values()) if response.name == b"LIST" else None
            if listed:
                raw, folder = listed
                self._raw_names[folder.name] = raw
                found[folder.name] = folder

        self._run(*command, collect=collect)
        return add_uses_by_name(list(found.values()))

    def status_of(self, names):
        """Ask how folders are without opening them.

        One command where the server offers LIST-STATUS (RFC 5819), else one a folder, all at once.

        :param names: names of folders
        :return: ``{name: FolderStatus}``; a folder that cannot be asked is not in it
        """
        names = list(names)
        self._send_prelude()
        items = b"(MESSAGES UIDNEXT UIDVALIDITY UNSEEN%s)" % (
            b" HIGHESTMODSEQ" if self.has_condstore else b""
        )
        by_raw = {self._raw_name(name): name for name in names}
        found = {}

        def collect(response):
            if response.name == b"STATUS":
                raw, status = _parse_status(response.values())
                name = by_raw.get(raw, by_raw.get(raw.upper()))
                if name is not None:
                    found[name] = status

        self._list_status(by_raw, items, collect)
        missing = [raw for raw, name in by_raw.items() if name not in found]
        tags = [self.client.submit(b"STATUS", self.client.astring(raw), items) for raw in missing]
        for tag in tags:
            try:
                self.client.finish(tag, collect)
            except Refusal as refusal:
                error = self.client.error(refusal)
                if isinstance(error, ThrottledError):
                    raise error from refusal
        return found

    def _list_status(self, by_raw, items, collect):
        if not (self.has_capability("LIST-STATUS") and self.has_capability("LIST-EXTENDED")):
            return
        # in a pattern, these two stand for other names; literals do not fit into a list
        plain = [raw for raw in by_raw if raw.isascii() and not set(raw) & set(b"*%\r\n")]
        names = [self.client.astring(raw) for raw in plain]
        part, tags = [], []
        for name in names:
            part.append(name)
            if sum(map(len, part)) > uidset.LONG_LINE // 2 or name is names[-1]:
                pattern = b"(%s)" % b" ".join(part)
                tags.append(
                    self.client.submit(b"LIST", b'""', pattern, b"RETURN (STATUS %s)" % items)
                )
                part = []
        for tag in tags:
            try:
                self.client.finish(tag, collect)
            except Refusal:
                # what this did not answer is asked folder by folder
                continue

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
            uidvalidity=_number(known.get(b"UIDVALIDITY")),
            uidnext=_number(known.get(b"UIDNEXT")),
            messages=self.client.exists,
            highestmodseq=_number(known.get(b"HIGHESTMODSEQ")),
            permanent_flags=permanent and frozenset(permanent.strip(b"()").decode().split()),
            read_only=split_code(tagged.text)[0] == b"READ-ONLY" or readonly,
        )
        return self.selected

    def _raw_name(self, name):
        return self._raw_names.get(name) or encode_name(name)

    # -- which messages -------------------------------------------------------------------------

    def search(self, since=None, uid_from=None, uid_to=None):
        """Return the UIDs of messages in the selected folder, ascending.

        :param since: a date; SEARCH knows neither time nor zone, so a day more is returned than
            asked and ``internal_date`` has to decide
        :param uid_from: smallest UID wanted
        :param uid_to: largest UID wanted
        """
        criteria = []
        if uid_from is not None or uid_to is not None:
            last = b"*" if uid_to is None else b"%d" % uid_to
            criteria.append(b"UID %d:%s" % (uid_from or 1, last))
        if since is not None:
            day = since - timedelta(days=1)
            criteria.append(b"SINCE " + _format_date(day))
        found = self._search(b" ".join(criteria) or b"ALL")
        # "n:*" always contains the last message, also where that is smaller than n
        return [
            uid
            for uid in found
            if (uid_from is None or uid >= uid_from) and (uid_to is None or uid <= uid_to)
        ]

    def search_uids(self, uids):
        """Return those of these UIDs that the server still lists, ascending."""
        found = []
        for part in uidset.split(uids, self.line_length):
            found += self._search(b"UID " + part.encode())
        return sorted(set(found))

    def search_message_id(self, message_id):
        """Return the UIDs of messages whose Message-ID contains this text, ascending."""
        return self._search(
            b"HEADER Message-ID", self.client.astring(message_id.encode("utf-8", "replace"))
        )

    def existing_uids(self):
        """Return all UIDs of the selected folder, ascending.

        :raise PartialAnswerError: the answer has not as many as the folder has messages
        """
        found = self._search(b"ALL")
        if len(found) != self.client.exists:
            # a message may have come or gone in between
            found = self._search(b"ALL")
        if len(found) != self.client.exists:
            raise PartialAnswerError(f"{len(found)} of {self.client.exists} messages listed")
        return found

    def _search(self, *criteria):
        extended = self.has_capability("ESEARCH")
        command = b"UID SEARCH RETURN (ALL COUNT)" if extended else b"UID SEARCH"
        found, counts = [], []

        def collect(response):
            try:
                if response.name == b"SEARCH":
                    words = response.text.split(b"(")[0].split()
                    found.extend(map(int, words[:MOST_MESSAGES]))
                elif response.name == b"ESEARCH":
                    count, uids = _parse_esearch(response.values())
                    counts.append(count)
                    found.extend(uids)
            except (ValueError, TypeError) as error:
                raise ProtocolError("An answer to SEARCH that cannot be read") from error

        tagged = self._run(command, *criteria, collect=collect, slow=True)
        found = sorted(set(found))
        code, arguments, _rest = split_code(tagged.text)
        if code == b"MESSAGELIMIT":
            # RFC 9738: only messages above the UID named were looked at
            lowest = _number(arguments.split()[-1] if arguments else None) or 1
            if lowest > 1 and found:
                return sorted({*self._search(b"UID 1:%d" % (lowest - 1), *criteria), *found})
        elif extended and sum(counts) != len(found):
            raise PartialAnswerError(f"{len(found)} of {sum(counts)} results arrived")
        return found

    # -- messages -------------------------------------------------------------------------------

    def fetch_metadata(self, uids):
        """Yield a :class:`MessageMetadata` for each of these UIDs that the server answers for.

        :param uids: iterable of UIDs; one that is not answered for need not be deleted
        """
        items = [b"UID", b"RFC822.SIZE", b"INTERNALDATE", b"FLAGS"]
        if self.selected.highestmodseq:
            items.append(b"MODSEQ")
        if self.has_capability("X-GM-EXT-1"):
            items += [b"X-GM-MSGID", b"X-GM-THRID", b"X-GM-LABELS"]
        elif self.has_capability("OBJECTID"):
            items += [b"EMAILID", b"THREADID"]
        wanted = set(uids)
        for fetched in self._fetch(wanted, b"(%s)" % b" ".join(items)):
            # an answer without its size is news about flags that the server sent in between
            if fetched.uid in wanted and fetched.size is not None:
                wanted.discard(fetched.uid)
                yield MessageMetadata(
                    fetched.uid,
                    fetched.size,
                    fetched.internal_date,
                    fetched.flags or frozenset(),
                    fetched.modseq,
                    fetched.email_id,
                    fetched.thread_id,
                    fetched.labels,
                )

    def fetch_flags(self, uids=None):
        """Yield :class:`MessageFlags` of these UIDs, or of all messages in the folder."""
        return self._fetch_flags(uids)

    def _fetch_flags(self, uids=None, modifier=b"", collect=None):
        items = b"(UID FLAGS MODSEQ)" if self.selected.highestmodseq else b"(UID FLAGS)"
        if modifier:
            items += b" (%s)" % modifier
        elif uids is None and not self.client.exists:
            return
        for fetched in self._fetch(uids, items, collect):
            if fetched.uid is not None and fetched.flags is not None:
                yield MessageFlags(fetched.uid, fetched.flags, fetched.modseq)

    def _fetch(self, uids, items, collect=None):
        """Yield every FETCH response, with a few commands in flight."""
        if uids is None:
            sets = ["1:*"]
        else:
            sets = []
            uids = sorted(uids)
            size = min(len(uids), self.message_limit) or 1
            for start in range(0, len(uids), size):
                sets += uidset.split(uids[start : start + size], self.line_length)
        self._send_prelude()
        tags, client = [], self.client
        try:
            while sets or tags:
                while sets and len(tags) < 4:
                    tags.append(client.submit(b"UID FETCH", sets.pop(0).encode(), items))
                response = client.read()
                if response.name == b"FETCH":
                    yield parse_fetch(response.fragments)
                elif response.tag in tags:
                    tags.remove(response.tag)
                    client.begin()
                    client.complete(response)
                elif collect:
                    collect(response)
        except Refusal as refusal:
            raise client.error(refusal) from refusal
        finally:
            for tag in tags:
                client.forget(tag)

    def fetch_sources(
        self,
        messages,
        max_batch_bytes=4 * MEBIBYTE,
        max_message_bytes=150 * MEBIBYTE,
        spool_above=None,
    ):
        """Yield a :class:`.fetch.FetchedMessage` for each of these messages.

        Batches are fetched in the order given; within a batch, the server decides.

        :param messages: iterable of :class:`MessageMetadata`, or of UIDs, whose metadata is then
            asked first
        :param max_batch_bytes: bytes one command asks for; a larger message comes in chunks
        :param max_message_bytes: larger messages come as :class:`.errors.MessageTooLargeError`
        :param spool_above: larger messages come as a file and never stand in memory; None to get
            all as bytes
        """
        limits = (max_batch_bytes, max_message_bytes, spool_above)
        return self._read_sources(messages, b"", limits)

    def fetch_headers(self, messages):
        """Yield as :meth:`fetch_sources`, with the header alone as the source."""
        return self._read_sources(messages, b"HEADER", (MEBIBYTE, 2 * MEBIBYTE, None))

    def _read_sources(self, messages, section, limits):
        messages = list(messages)
        uids = [message for message in messages if isinstance(message, int)]
        if uids:
            known = {metadata.uid: metadata for metadata in self.fetch_metadata(uids)}
            messages = [
                known.get(message) or MessageMetadata(message, 0, None, frozenset())
                if isinstance(message, int)
                else message
                for message in messages
            ]
        self._send_prelude()
        reader = SourceReader(self, section, *limits)
        return reader.read(messages)


def _number(text):
    """Return a positive number, or None: servers say 0 for what they do not know."""
    return int(text) or None if text and text.isdigit() else None


def _format_date(day):
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{day.day}-{months[day.month - 1]}-{day.year:04d}".encode()


def _parse_esearch(values):
    """Return ``(COUNT, UIDs)`` of an ESEARCH response (RFC 4731)."""
    words = [word for word in values if isinstance(word, bytes) and word.upper() != b"UID"]
    data = {key.upper(): value for key, value in zip(words[::2], words[1::2])}
    return int(data.get(b"COUNT", 0)), uidset.expand(data[b"ALL"], MOST_MESSAGES) if (
        b"ALL" in data
    ) else []


def _parse_status(values):
    if len(values) < 2 or not isinstance(values[1], list):
        raise ProtocolError("A STATUS response that cannot be read")
    items = {
        key.upper(): value
        for key, value in zip(values[1][::2], values[1][1::2])
        if isinstance(key, bytes) and isinstance(value, bytes)
    }
    return values[0] or b"NIL", FolderStatus(
        uidvalidity=_number(items.get(b"UIDVALIDITY")),
        uidnext=_number(items.get(b"UIDNEXT")),
        messages=_number(items.get(b"MESSAGES")) or 0,
        unseen=int(items[b"UNSEEN"]) if items.get(b"UNSEEN", b"").isdigit() else None,
        highestmodseq=_number(items.get(b"HIGHESTMODSEQ")),
    )
