"""Read one large message in bounded memory."""

import re
import tempfile

from .client import Refusal
from .errors import (
    MessageTooLargeError,
    MessageUnreadableError,
    ProtocolError,
    ThrottledError,
)
from .response import SkippedLiteral, number, parse_fetch

CHUNK = 1024 * 1024
_IN_FLIGHT = 4
_ORIGIN = re.compile(rb"BODY\[\]<(\d+)>", re.IGNORECASE)


class LargeMessage:
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
                    self._take(response, in_flight.values())
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

    def _take(self, response, asked):
        """Write a chunk that was asked for; others would leave holes, or fill the disk."""
        match = _ORIGIN.search(response.fragments[0])
        origin = match and number(match[1])
        fetched = parse_fetch(response.fragments)
        if fetched.uid != self.message.uid or origin not in asked or fetched.body is None:
            return
        if isinstance(fetched.body, SkippedLiteral):
            raise ProtocolError("A chunk out of bounds")
        data = fetched.body[:CHUNK]
        self.file.seek(origin)
        self.file.write(data)
        self._lengths[origin] = len(data)

    def _failed(self, error_class, **details):
        self.file.close()
        return error_class(uid=self.message.uid, **details)
