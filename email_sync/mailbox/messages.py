"""Which messages a folder holds, and what they are."""

from datetime import datetime, timedelta
from typing import NamedTuple

from . import uidset
from .client import Refusal
from .errors import PartialAnswerError, ProtocolError
from .fetch import SourceReader
from .folder_flags import FolderFlags
from .refusal import split_code
from .response import LARGEST_NUMBER, MessageFlags, number, parse_fetches, positive_number

MEBIBYTE = 1024 * 1024
_IN_FLIGHT = 4
# Bytes; a server may tell any size, of which nothing is read and that no column holds
_LARGEST_SIZE = 2**31 - 1
_MESSAGE_ID_ONLY = b"HEADER.FIELDS (MESSAGE-ID)"


class MessageMetadata(NamedTuple):
    """What a server says about a message without its content.

    :ivar uid: its UID
    :ivar size: bytes; some servers only estimate; what is told beyond 2 GiB is 2 GiB
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


class FolderMessages:
    """The part of :class:`.imap.ImapSession` that reads the selected folder."""

    # UIDs from here on were searched by an earlier command of the same search
    _searched_from = 2**32

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

    def count(self, since):
        """Return how many messages :meth:`search` finds since a date."""
        if not self.has_capability("ESEARCH") or self.message_limit < self.client.exists:
            return len(self.search(since=since))
        counts = []

        def collect(response):
            if response.name == b"ESEARCH":
                counts.append(_parse_esearch(response.values())[0])

        criteria = b"SINCE " + _format_date(since - timedelta(days=1))
        self._run(b"UID SEARCH RETURN (COUNT)", criteria, collect=collect, slow=True)
        return sum(counts)

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

    def search_text(self, text):
        """Return the UIDs of messages whose subject, sender or Message-ID contains it, ascending.

        :raise CommandRefusedError: the server cannot search for these characters
        """
        value = self.client.astring(text.encode("utf-8", "replace"))
        criteria = [b"OR SUBJECT", value, b"OR FROM", value, b"HEADER Message-ID", value]
        if not text.isascii():
            criteria.insert(0, b"CHARSET UTF-8")
        return self._search(*criteria)

    def existing_uids(self):
        """Return all UIDs of the selected folder, ascending.

        :raise PartialAnswerError: the answer has fewer than the folder has messages
        """
        found = self._search(b"ALL")
        if len(found) != self.client.exists:
            # a message came or went in between, and one of the two does not know yet
            self._run(b"NOOP")
            found = self._search(b"ALL")
        if len(found) < self.client.exists:
            raise PartialAnswerError(f"{len(found)} of {self.client.exists} messages listed")
        return found

    def _search(self, *criteria):
        extended = self.has_capability("ESEARCH")
        command = b"UID SEARCH RETURN (ALL COUNT)" if extended else b"UID SEARCH"
        found, counts = set(), []

        def collect(response):
            if response.name == b"SEARCH":
                found.update(_parse_search(response.text))
            elif response.name == b"ESEARCH":
                count, uids = _parse_esearch(response.values())
                counts.append(count)
                found.update(uids)

        tagged = self._run(command, *criteria, collect=collect, slow=True)
        code, arguments, _rest = split_code(tagged.text)
        if extended and not counts:
            # RFC 4731 section 3.1: the response is there even if nothing matches
            raise PartialAnswerError("The results of a search did not arrive")
        if extended and sum(counts) != len(found):
            raise PartialAnswerError(f"{len(found)} of {sum(counts)} results arrived")
        if code == b"MESSAGELIMIT":
            # RFC 9738: messages below the UID named were not looked at
            lowest = positive_number(arguments.split()[-1] if arguments else None)
            if not lowest or lowest >= self._searched_from:
                raise PartialAnswerError("The server searched a part only")
            found.update(self._search_below(lowest, criteria))
        return sorted(found)

    def _search_below(self, uid, criteria):
        if uid == 1:
            return []
        before, self._searched_from = self._searched_from, uid
        try:
            return self._search(b"UID 1:%d" % (uid - 1), *criteria)
        finally:
            self._searched_from = before

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
        for part in self._fetch(wanted, b"(%s)" % b" ".join(items)):
            for fetched in parse_fetches(part):
                # an answer without its size is news about flags that the server sent in between
                if fetched.uid in wanted and fetched.size is not None:
                    wanted.discard(fetched.uid)
                    yield _metadata(fetched)

    def fetch_flags(self, uids):
        """Yield :class:`MessageFlags` of these UIDs."""
        items = b"(UID FLAGS MODSEQ)" if self.selected.highestmodseq else b"(UID FLAGS)"
        for part in self._fetch(uids, items):
            for fetched in parse_fetches(part):
                if fetched.uid is not None and fetched.flags is not None:
                    yield MessageFlags(fetched.uid, fetched.flags, fetched.modseq)

    def scan_flags(self, uid_from=1):
        """Return the :class:`.folder_flags.FolderFlags` of all messages from a UID on.

        The last message of the folder is always among them.
        """
        return self._scan_flags(uid_from) if self.client.exists else FolderFlags()

    def _scan_flags(self, uid_from=1, modifier=b"", collect=None):
        return FolderFlags.read(self._fetch(None, b"(UID FLAGS)" + modifier, collect, uid_from))

    def _fetch(self, uids, items, collect=None, uid_from=1):
        """Yield the FETCH responses as :func:`.response.parse_fetches` takes them.

        A few commands are in flight.
        """
        if uids is None and self.message_limit < self.client.exists:
            uids = [uid for uid in self.existing_uids() if uid >= uid_from]
        if uids is None:
            sets = [f"{uid_from}:*"]
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
                while sets and len(tags) < _IN_FLIGHT:
                    tags.append(client.submit(b"UID FETCH", sets.pop(0).encode(), items))
                if block := client.read_simple_fetches():
                    yield block
                    continue
                response = client.read()
                if response.name == b"FETCH":
                    yield response.fragments
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

    def fetch_beginnings(self, messages, first_bytes):
        """Yield as :meth:`fetch_sources`, with no more than so many bytes of each message.

        :param first_bytes: RFC 3501 section 6.4.5, ``BODY[]<0.n>``
        """
        limits = (4 * MEBIBYTE, first_bytes, None, first_bytes)
        return self._read_sources(messages, b"", limits)

    def fetch_headers(self, messages):
        """Yield as :meth:`fetch_sources`, with the header alone as the source."""
        return self._read_sources(messages, b"HEADER", (MEBIBYTE, 2 * MEBIBYTE, None))

    def fetch_message_ids(self, messages):
        """Yield as :meth:`fetch_sources`, with the Message-ID field alone as the source.

        Where a message has no such field, the source is an empty line or nothing.
        """
        return self._read_sources(messages, _MESSAGE_ID_ONLY, (MEBIBYTE, MEBIBYTE, None))

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


def _metadata(fetched):
    uid, flags, size, internal_date, modseq, _body, email_id, thread_id, labels = fetched
    size = min(size, _LARGEST_SIZE)
    return MessageMetadata(
        uid, size, internal_date, flags or frozenset(), modseq, email_id, thread_id, labels
    )


def _format_date(day):
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{day.day}-{months[day.month - 1]}-{day.year:04d}".encode()


def _parse_search(text):
    """Return the UIDs of a SEARCH response, without its MODSEQ (RFC 7162)."""
    words = text.partition(b"(")[0].split()
    if len(words) > uidset.MOST_MESSAGES:
        raise ProtocolError("An answer to SEARCH out of bounds", server_text=text)
    # 0 is the UID of no message
    return [uid for word in words if (uid := number(word, LARGEST_NUMBER))]


def _parse_esearch(values):
    """Return ``(COUNT, UIDs)`` of an ESEARCH response (RFC 4731)."""
    words = [word for word in values if isinstance(word, bytes) and word.upper() != b"UID"]
    data = {key.upper(): value for key, value in zip(words[::2], words[1::2])}
    count = number(data.get(b"COUNT") or b"0", uidset.MOST_MESSAGES)
    return count, uidset.expand(data[b"ALL"]) if data.get(b"ALL") else []
