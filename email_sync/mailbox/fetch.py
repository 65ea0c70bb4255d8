"""Read the sources of many messages: several commands in flight, bounded memory, no message lost.

Commands are cut by bytes and kept in flight, so that the way to the server and back costs nothing.
Messages come out one by one as they arrive. One message the server cannot deliver (a broken file
makes Dovecot close the connection, Exchange leaves it out of a good answer) must not cost the
others: after such an accident the messages left over are tried in ever smaller commands, and the
one that fails alone is handed out with its error.
"""

import re
import tempfile
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
    ThrottledError,
)
from .response import Fetched, SkippedLiteral, parse_fetch

CHUNK = 1024 * 1024
_IN_FLIGHT = 4
_BATCH_COUNT = 100
# Sizes that servers report are sometimes wrong by line ends and a few headers
_SIZE_TOLERANCE = 1.1
_RECONNECTS = 30
# So many messages in a row that alone are refused are not the messages' fault
_REFUSALS_IN_A_ROW = 3
# What makes a run connect again, and what share of the reconnections it uses up: waiting for a hung
# server is dear
_ACCIDENTS = {ConnectionLostError: 1, ConnectionTimeoutError: 8}
_ORIGIN = re.compile(rb"BODY\[\]<(\d+)>", re.IGNORECASE)
# Exchange delivers this in place of a message that it cannot convert
_STAND_IN = b"\nSubject: Retrieval using the IMAP4 protocol failed"


class FetchedMessage(NamedTuple):
    """The outcome of reading one message: exactly one of the last three is not None.

    :ivar uid: its UID
    :ivar metadata: a :class:`.imap.MessageMetadata`, or None where it is gone
    :ivar source: the message, byte for byte
    :ivar file: the message as a temporary file, positioned at its beginning, if the caller wants
        large ones so; it is removed when closed
    :ivar error: a :class:`.errors.MessageError`
    """

    uid: int
    metadata: object
    source: bytes | None = None
    file: BinaryIO | None = None
    error: Exception | None = None


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

    def __init__(self, session, section, max_batch_bytes, max_message_bytes, spool_above):
        """
        :param session: the :class:`.imap.ImapSession`
        :param section: ``b""`` for whole messages, ``b"HEADER"`` for headers only
        :param max_batch_bytes: bytes one command asks for; larger messages come in chunks
        :param max_message_bytes: messages larger than this are not read
        :param spool_above: messages larger than this come as a file; None for no message
        """
        self._session = session
        self._section = section
        self._max_batch = max(max_batch_bytes, 1)
        self._max_message = max_message_bytes
        self._spool_above = spool_above
        self._largest_at_once = min(self._max_batch, spool_above or self._max_batch)
        self._queue = deque()
        self._in_flight = {}
        self._most_messages = min(_BATCH_COUNT, session.message_limit)
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
            if self._section:
                expected = 4096
            else:
                expected = message.size or 0
                if expected > self._max_message:
                    if batch:
                        break
                    return self._too_large(messages.popleft(), expected)
                if expected > self._largest_at_once:
                    if not batch:
                        self._queue.append(_Large(messages.popleft()))
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
        if not self._queue or len(self._in_flight) >= _IN_FLIGHT:
            return False
        if isinstance(self._queue[0], _Large):
            return False
        alone = [batch.alone for batch in (self._queue[0], *self._in_flight.values())]
        return len(alone) == 1 or not any(alone)

    def _submit(self, batch):
        tag = self._session.client.submit(
            b"UID FETCH",
            uidset.format_ranges(uidset.fold(batch.messages)).encode(),
            b"(UID BODY.PEEK[%s])" % self._section,
        )
        self._in_flight[tag] = batch

    # -- taking ---------------------------------------------------------------------------------

    def _take_one(self):
        """Read one response; return the outcomes it brings."""
        limit = int(self._max_message * _SIZE_TOLERANCE) + 65536
        response = self._session.client.read(largest_literal=limit)
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
            return self._too_large(message, fetched.body.size)
        if is_stand_in(fetched.body, message.size):
            error = MessageUnreadableError("The server delivers a stand-in", uid=message.uid)
            return FetchedMessage(message.uid, message, error=error)
        return FetchedMessage(message.uid, message, source=fetched.body)

    def _complete(self, response):
        batch = self._in_flight.pop(response.tag)
        client = self._session.client
        try:
            client.complete(response)
        except Refusal as refusal:
            return self._refused(batch, client.error(refusal))
        client.begin()
        if batch.messages and batch.accidents:
            return self._missing(batch)
        if batch.messages:
            self._queue.appendleft(_Batch(batch.messages.values(), accidents=1))
        return ()

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


class _Large:
    """A message read in chunks into a file; continued where a broken connection left it.

    Chunks are told apart by their origin: Dovecot works on several commands at a time.
    """

    def __init__(self, message):
        self.message = message
        self.file = tempfile.TemporaryFile()
        self._lengths = {}
        self._accidents = 0
        self._size_before = 0

    @property
    def _size(self):
        return sum(self._lengths.values())

    def may_go_on(self):
        """Count an accident; return whether it is worth going on after it."""
        progressed = self._size > self._size_before
        self._size_before = self._size
        self._accidents = 0 if progressed else self._accidents + 1
        return self._accidents < 2

    def receive(self, client, limit):
        """Read the rest of the message.

        :param client: the :class:`.client.Client`
        :param limit: bytes of a message that are accepted
        :return: None, or a :class:`.errors.MessageError`
        """
        in_flight = {}
        try:
            while True:
                while len(in_flight) < _IN_FLIGHT and (
                    (origin := self._next(in_flight.values())) is not None
                ):
                    in_flight[self._ask(client, origin)] = origin
                if not in_flight:
                    break
                response = client.read()
                if response.name == b"FETCH":
                    self._take(response)
                elif response.tag in in_flight:
                    origin = in_flight.pop(response.tag)
                    client.complete(response)
                    client.begin()
                    # past the end, some servers say nothing
                    self._lengths.setdefault(origin, 0)
                if self._size > limit:
                    return self._failed(MessageTooLargeError, size=self._size, limit=limit)
        except Refusal as refusal:
            error = client.error(refusal)
            if isinstance(error, ThrottledError):
                raise error from refusal
            return self._failed(MessageUnreadableError, server_text=error.server_text)
        finally:
            for tag in in_flight:
                client.forget(tag)
        if not self._size:
            return self._failed(MessageUnreadableError, server_text="There is no data")
        self.file.seek(0)
        return None

    def _next(self, asked):
        """Return the origin of the next chunk to ask for, or None.

        The size that servers report may be too small: only a short chunk is the end.
        """
        origin = 0
        while origin in asked or origin in self._lengths:
            if self._lengths.get(origin, CHUNK) < CHUNK:
                return None
            is_last = origin + CHUNK >= self.message.size
            if is_last and origin not in self._lengths:
                return None
            origin += CHUNK
        return origin

    def _ask(self, client, origin):
        return client.submit(
            b"UID FETCH %d (UID BODY.PEEK[]<%d.%d>)" % (self.message.uid, origin, CHUNK)
        )

    def _take(self, response):
        origin = _ORIGIN.search(response.fragments[0])
        fetched = parse_fetch(response.fragments)
        if fetched.uid != self.message.uid or not origin or fetched.body is None:
            return
        data = fetched.body[:CHUNK]
        self.file.seek(int(origin[1]))
        self.file.write(data)
        self._lengths[int(origin[1])] = len(data)

    def _failed(self, error_class, **details):
        self.file.close()
        return error_class(uid=self.message.uid, **details)
