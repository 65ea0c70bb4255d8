"""Read the sources of many messages: several commands in flight, bounded memory, no message lost.

Commands are cut by bytes and kept in flight, so that the way to the server and back costs nothing.
Messages come out one by one as they arrive. One message the server cannot deliver (a broken file
makes Dovecot close the connection, Exchange leaves it out of a good answer) must not cost the
others: after such an accident the messages left over are tried in ever smaller commands, and the
one that fails alone is handed out with its error.
"""

from collections import deque
from typing import BinaryIO, NamedTuple

from . import uidset
from .client import Refusal
from .errors import (
    ConnectionLostError,
    ConnectionTimeoutError,
    MessageGoneError,
    MessageTooLargeError,
    MessageUnreadableError,
    ProtocolError,
    ThrottledError,
)
from .large import LargeMessage
from .response import Fetched, SkippedLiteral, parse_fetch

_IN_FLIGHT = 4
# so many UIDs fit into a line that every server takes
_BATCH_COUNT = 85
_RECONNECTS = 30
# So many messages in a row that alone are refused are not the messages' fault
_REFUSALS_IN_A_ROW = 3
# What makes a run connect again, and what share of the reconnections it uses up: waiting for a hung
# server is dear
_ACCIDENTS = {ConnectionLostError: 1, ProtocolError: 1, ConnectionTimeoutError: 8}
# Bytes a second: below, DEFLATE gains time; above, the server packs more slowly than it could send
_SLOW_LINK = 12_000_000
_MEASURED_BYTES = 1_000_000
# Exchange delivers this in place of a message that it cannot convert
_STAND_IN = b"\nSubject: Retrieval using the IMAP4 protocol failed"


class FetchedMessage(NamedTuple):
    """The outcome of reading one message: exactly one of source, file and error is not None.

    :ivar uid: its UID
    :ivar metadata: a :class:`.imap.MessageMetadata`, or None where it is gone
    :ivar source: the message, byte for byte
    :ivar file: the message as a temporary file, positioned at its beginning, if the caller wants
        large ones so; it is removed when closed
    :ivar error: a :class:`.errors.MessageError`
    :ivar parsed: what the caller made of the source in the meantime, None here
    :ivar is_beginning: whether the source is cut off, since no more was asked for
    """

    uid: int
    metadata: object
    source: bytes | None = None
    file: BinaryIO | None = None
    error: Exception | None = None
    parsed: object = None
    is_beginning: bool = False

    @property
    def size(self):
        """Bytes that were read of it, about."""
        return len(self.source) if self.is_beginning else self.metadata.size


class _Batch:
    """Messages to be fetched by one command.

    :ivar accidents: how often a command for these messages failed on its own
    :ivar alone: whether no other command may be in flight with it, so that an accident has one
        possible cause
    """

    def __init__(self, messages, accidents=0):
        self.messages = {message.uid: message for message in messages}
        self.accidents = accidents
        self.alone = accidents > 0

    def split(self):
        """Return what is left to try after an accident, the likely culprit first and on its own."""
        uids = sorted(self.messages)
        # servers answer one command in ascending order: the first message left over is the first
        # to suspect; should it be innocent, halves find the culprit in few steps
        middle = 1 if self.accidents == 0 else (len(uids) + 1) // 2
        parts = (uids[:middle], uids[middle:])
        return [
            _Batch([self.messages[uid] for uid in part], self.accidents + 1)
            for part in parts
            if part
        ]


class SourceReader:
    """One run over some messages of the selected folder."""

    def __init__(
        self, session, section, max_batch_bytes, max_message_bytes, spool_above, first_bytes=None
    ):
        """
        :param session: the :class:`.imap.ImapSession`
        :param section: ``b""`` for whole messages, ``b"HEADER"`` for headers only
        :param max_batch_bytes: bytes one command asks for; larger messages come in chunks
        :param max_message_bytes: messages larger than this are not read
        :param spool_above: messages larger than this come as a file; None for no message
        :param first_bytes: read no more than so many bytes of each message; None for all
        """
        self._first_bytes = first_bytes
        self._session = session
        self._section = section
        self._max_batch = max(max_batch_bytes, 1)
        self._max_message = max_message_bytes
        self._spool_above = spool_above
        self._largest_at_once = min(self._max_batch, spool_above or self._max_batch)
        # sizes that servers report are sometimes wrong by line ends and a few headers
        largest = max_message_bytes if spool_above is None else self._largest_at_once
        self._largest_literal = largest + largest // 8 + 65536
        self._queue = deque()
        self._in_flight = {}
        self._most_messages = min(_BATCH_COUNT, session.message_limit)
        self._compresses = False
        self._measure_from = self._measure()
        self._reconnects = 0
        self._refusals = 0

    def read(self, messages):
        """Yield a :class:`FetchedMessage` for each of these messages.

        :param messages: iterable of metadata, in the order wanted; kept between commands only
        """
        messages = deque(messages)
        try:
            while messages or self._queue or self._in_flight:
                if not self._queue and messages and len(self._in_flight) < _IN_FLIGHT:
                    outcome = self._cut(messages)
                    if outcome:
                        yield outcome
                        continue
                try:
                    if self._compresses and not self._in_flight:
                        self._compresses = False
                        self._session.client.compress()
                    if self._may_submit():
                        self._submit(self._queue[0])
                        self._queue.popleft()
                        continue
                    if self._in_flight:
                        outcome = self._take_one()
                    else:
                        outcome = self._read_large()
                except tuple(_ACCIDENTS) as accident:
                    outcome = self._recover(accident)
                yield from outcome
        finally:
            for tag in self._in_flight:
                self._session.client.forget(tag)

    # -- cutting --------------------------------------------------------------------------------

    def _cut(self, messages):
        """Take the next batch from the messages, or return the outcome of one that is too large."""
        batch, size = [], 0
        while messages and len(batch) < self._most_messages:
            message = messages[0]
            if self._section or self._first_bytes:
                expected = self._first_bytes or 4096
            else:
                expected = message.size or 0
                if expected > self._max_message:
                    if batch:
                        break
                    return self._too_large(messages.popleft(), expected)
                if expected > self._largest_at_once:
                    if not batch:
                        self._queue.append(LargeMessage(messages.popleft()))
                        return None
                    break
            if batch and size + expected > self._max_batch:
                break
            size += expected
            batch.append(messages.popleft())
        self._queue.append(_Batch(batch))
        return None

    def _too_large(self, message, size):
        error = MessageTooLargeError(uid=message.uid, size=size, limit=self._max_message)
        return FetchedMessage(message.uid, message, error=error)

    def _may_submit(self):
        if not self._queue or len(self._in_flight) >= _IN_FLIGHT or self._compresses:
            return False
        if isinstance(self._queue[0], LargeMessage):
            return False
        alone = [batch.alone for batch in (self._queue[0], *self._in_flight.values())]
        return len(alone) == 1 or not any(alone)

    def _submit(self, batch):
        partial = b"<0.%d>" % self._first_bytes if self._first_bytes else b""
        tag = self._session.client.submit(
            b"UID FETCH",
            uidset.format_ranges(uidset.fold(batch.messages)).encode(),
            b"(UID BODY.PEEK[%s]%s)" % (self._section, partial),
        )
        self._in_flight[tag] = batch

    # -- taking ---------------------------------------------------------------------------------

    def _take_one(self):
        """Read one response; return the outcomes it brings."""
        response = self._session.client.read(self._largest_literal)
        if response.name == b"FETCH" and response.tag == b"*":
            outcome = self._outcome(parse_fetch(response.fragments))
            return (outcome,) if outcome else ()
        if response.tag in self._in_flight:
            return self._complete(response)
        return ()

    def _outcome(self, fetched: Fetched):
        # an answer without a body is news about flags that the server sent in between
        if fetched.body is None or fetched.uid is None:
            return None
        for batch in self._in_flight.values():
            message = batch.messages.pop(fetched.uid, None)
            if message is not None:
                break
        else:
            return None
        self._refusals = 0
        if isinstance(fetched.body, SkippedLiteral):
            return self._larger_than_told(message, fetched.body.size)
        if is_stand_in(fetched.body, message.size):
            error = MessageUnreadableError("The server delivers a stand-in", uid=message.uid)
            return FetchedMessage(message.uid, message, error=error)
        if self._first_bytes:
            source = fetched.body[: self._first_bytes]
            return FetchedMessage(message.uid, message, source=source, is_beginning=True)
        return FetchedMessage(message.uid, message, source=fetched.body)

    def _larger_than_told(self, message, size):
        if size > self._max_message:
            return self._too_large(message, size)
        self._queue.append(LargeMessage(message._replace(size=size)))
        return None

    def _complete(self, response):
        batch = self._in_flight.pop(response.tag)
        client = self._session.client
        try:
            client.complete(response)
        except Refusal as refusal:
            return self._refused(batch, client.error(refusal))
        client.begin()
        self._weigh_compression()
        if batch.messages and batch.accidents:
            return self._missing(batch)
        if batch.messages:
            self._queue.appendleft(_Batch(batch.messages.values(), accidents=1))
        return ()

    def _measure(self):
        wire = self._session.client.wire
        return wire, wire.bytes_received, wire.waited

    def _weigh_compression(self):
        """Compress if the link is slow: that is, if reading means waiting for it."""
        wire, received, waited = self._measure()
        if wire is not self._measure_from[0]:
            self._measure_from = wire, received, waited
        received -= self._measure_from[1]
        waited -= self._measure_from[2]
        if received < _MEASURED_BYTES or wire.compressed:
            return
        is_slow = received < _SLOW_LINK * waited
        self._compresses = is_slow and self._session.has_capability("COMPRESS=DEFLATE")
        self._measure_from = self._measure()

    def _refused(self, batch, error):
        if isinstance(error, ThrottledError):
            raise error
        if not batch.messages:
            return ()
        if len(batch.messages) > 1 or not batch.accidents:
            self._queue.extendleft(reversed(batch.split()))
            return ()
        self._refusals += 1
        if self._refusals > _REFUSALS_IN_A_ROW:
            raise error
        return (self._unreadable(batch, error.server_text),)

    def _missing(self, batch):
        """Yield the outcomes of messages that the server left out of a good answer, twice."""
        uids = sorted(batch.messages)
        # Exchange leaves out messages that it still lists: no sign of deletion
        listed = set(self._session.search_uids(uids))
        for uid in uids:
            if uid in listed:
                error = MessageUnreadableError("The server lists the message only", uid=uid)
                yield FetchedMessage(uid, batch.messages[uid], error=error)
            else:
                yield FetchedMessage(uid, None, error=MessageGoneError(uid=uid))

    def _unreadable(self, batch, text):
        uid, message = batch.messages.popitem()
        error = MessageUnreadableError(uid=uid, server_text=text)
        return FetchedMessage(uid, message, error=error)

    # -- accidents ------------------------------------------------------------------------------

    def _recover(self, accident):
        """Connect again after an accident and sort out what was in flight.

        :return: the outcomes that are certain now
        """
        flights = [batch for batch in self._in_flight.values() if batch.messages]
        self._in_flight = {}
        self._reconnects += _ACCIDENTS[type(accident)]
        if self._reconnects > _RECONNECTS:
            raise accident
        self._session.reconnect()
        if not flights:
            return ()
        if len(flights) > 1:
            # Dovecot works on several commands at a time: which one it was shows when each of
            # them is sent on its own
            for batch in flights:
                batch.alone = True
            self._queue.extendleft(reversed(flights))
            return ()
        (suspect,) = flights
        if len(suspect.messages) == 1 and suspect.accidents:
            return (self._unreadable(suspect, "The connection breaks off at this message"),)
        self._queue.extendleft(reversed(suspect.split()))
        return ()

    def _read_large(self):
        """Read the large message that is next; return its outcome."""
        large = self._queue[0]
        message = large.message
        try:
            error = large.receive(self._session.client, self._max_message)
        except tuple(_ACCIDENTS) as accident:
            if large.may_go_on():
                raise
            large.file.close()
            self._queue.popleft()
            self._recover(accident)
            error = MessageUnreadableError(uid=message.uid)
        except BaseException:
            large.file.close()
            raise
        else:
            self._queue.popleft()
        if error:
            return (FetchedMessage(message.uid, message, error=error),)
        if self._spool_above is not None and message.size > self._spool_above:
            return (FetchedMessage(message.uid, message, file=large.file),)
        with large.file:
            return (FetchedMessage(message.uid, message, source=large.file.read()),)


def is_stand_in(source, size):
    """Whether this is not the message but what the server puts in its place."""
    if not source:
        return bool(size)
    return len(source) < 16384 and _STAND_IN in b"\n" + source[:4096]
