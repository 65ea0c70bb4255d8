"""The bytes between us and a server: counted, bounded, and never waited for without end."""

import io
import ssl
import time
import zlib

from .errors import ConnectionLostError, ConnectionTimeoutError, ProtocolError

# Bytes a second below which a server does not answer but drips: an exchange may take its patience
# and as long as its bytes need at this rate
SLOWEST_RATE = 256
_BUFFER = 262144
_SLICE = 65536


class Wire:
    """A connected socket with a reading buffer, limits and, on demand, DEFLATE (RFC 4978).

    :ivar bytes_received: bytes that came from the network, compressed where they were
    :ivar bytes_sent: bytes given to the network
    :ivar round_trips: times that something was read after something was sent
    :ivar waited: seconds spent waiting for the network while reading
    :ivar broken: whether an earlier failure left the stream in an unknown place
    :ivar end: monotonic time after which nothing is waited for, however much arrives
    """

    def __init__(self, sock, patience, greeting=b""):
        """
        :param sock: connected socket, plain or TLS; closed by :meth:`close`
        :param patience: seconds an exchange may wait, see :meth:`begin`
        :param greeting: bytes to be read before those of the socket
        """
        self._sock = sock
        self._greeting = greeting
        self._inflater = None
        self._deflater = None
        self._poll = None
        self._ended = False
        self.broken = False
        self.bytes_received = 0
        self.bytes_sent = 0
        self.round_trips = 0
        self._has_sent = False
        self.waited = 0.0
        self.end = float("inf")
        self._reader = io.BufferedReader(_Source(self._receive_into), _BUFFER)
        self.begin(patience, 65536)

    @property
    def compressed(self):
        return self._inflater is not None

    def begin(self, patience, allowance):
        """Start an exchange with limits of its own.

        :param patience: seconds that may be spent waiting, beyond what the bytes received need at
            :data:`SLOWEST_RATE`
        :param allowance: bytes that may be received, after decompression
        """
        self._patience = patience
        self._allowance = allowance
        self._exchange_waited = 0.0
        self._exchange_received = 0

    def readline(self, limit):
        """Return the next line without its end.

        :raise ProtocolError: it has more than ``limit`` bytes
        :raise TransientError: the connection is too slow or broke off
        """
        line = self._reader.readline(limit + 2)
        if line.endswith(b"\r\n"):
            return line[:-2]
        # servers are to end lines with CRLF; some put a bare LF in their texts
        if line.endswith(b"\n"):
            return line[:-1]
        self.broken = True
        if len(line) > limit:
            raise ProtocolError(f"A line of more than {limit} bytes")
        raise ConnectionLostError()

    def read(self, size):
        """Return exactly ``size`` bytes."""
        data = self._reader.read(size)
        if len(data) < size:
            self.broken = True
            raise ConnectionLostError()
        return data

    def peek(self):
        """Return what has arrived and was not read yet; wait until there is something.

        :return: bytes, empty when the connection ended
        """
        return self._reader.peek(1)

    def skip(self, size):
        """Read ``size`` bytes and forget them."""
        while size:
            size -= len(self.read(min(size, _SLICE)))

    def pending(self, seconds=0.0):
        """Wait until there is something to read.

        :return: whether there is; a connection that ended counts as something
        """
        if self._ended:
            return True
        self._poll = seconds
        try:
            return bool(self._reader.peek(1)) or self._ended
        finally:
            self._poll = None

    def send(self, data):
        """Send all of ``data``."""
        if self.broken:
            raise ConnectionLostError()
        if self._deflater:
            data = self._deflater.compress(data) + self._deflater.flush(zlib.Z_SYNC_FLUSH)
        view = memoryview(data)
        end = time.monotonic() + self._patience + len(data) / SLOWEST_RATE
        try:
            while view:
                self._sock.settimeout(max(0.001, min(self._patience, end - time.monotonic())))
                self._sock.sendall(view[:_SLICE])
                view = view[_SLICE:]
        except OSError as error:
            self.broken = True
            if isinstance(error, TimeoutError):
                raise ConnectionTimeoutError() from error
            raise ConnectionLostError() from error
        self.bytes_sent += len(data)
        self._has_sent = True

    # the name under which smtplib sends
    sendall = send

    def compress(self):
        """Speak DEFLATE in both directions from here on."""
        self._poll = 0.0
        early = self._reader.peek(1)
        self._poll = None
        # 15 bits of window without a zlib header: RFC 4978 section 3
        self._inflater = zlib.decompressobj(-15)
        self._deflater = zlib.compressobj(wbits=-15)
        self._early = early
        self._reader = io.BufferedReader(_Source(self._inflate_into), _BUFFER)

    def fileno(self):
        return self._sock.fileno()

    def close(self):
        self.broken = True
        try:
            self._sock.close()
        except OSError:
            # the connection is over either way
            return

    def _receive_into(self, buffer):
        if self._greeting:
            size = min(len(buffer), len(self._greeting))
            buffer[:size], self._greeting = self._greeting[:size], self._greeting[size:]
            return size
        seconds = self._seconds_left()
        if seconds is None:
            self.broken = True
            raise ConnectionTimeoutError()
        started = time.monotonic()
        try:
            self._sock.settimeout(seconds)
            size = self._sock.recv_into(buffer)
        except (TimeoutError, BlockingIOError, ssl.SSLWantReadError) as error:
            if self._poll is not None:
                return None
            self.broken = True
            raise ConnectionTimeoutError() from error
        except OSError as error:
            self.broken = True
            raise ConnectionLostError() from error
        finally:
            waited = time.monotonic() - started
            self.waited += waited
            self._exchange_waited += waited
        self.round_trips += self._has_sent
        self._has_sent = False
        self._ended = not size
        self.bytes_received += size
        if not self._inflater:
            self._charge(size)
        return size

    def _seconds_left(self):
        if self._poll is not None:
            return self._poll
        earned = self._patience + self._exchange_received / SLOWEST_RATE
        left = min(earned - self._exchange_waited, self.end - time.monotonic())
        return min(left, self._patience) if left > 0 else None

    def _charge(self, size):
        self._exchange_received += size
        if self._exchange_received > self._allowance:
            self.broken = True
            raise ProtocolError(f"An answer of more than {self._allowance} bytes")

    def _inflate_into(self, buffer):
        while True:
            try:
                data = self._inflater.decompress(
                    self._early or self._inflater.unconsumed_tail, len(buffer)
                )
            except zlib.error as error:
                self.broken = True
                raise ProtocolError("Compressed data that cannot be read") from error
            self._early = b""
            if data:
                break
            packed = bytearray(_SLICE)
            size = self._receive_into(packed)
            if not size:
                return size
            self._early = bytes(packed[:size])
        buffer[: len(data)] = data
        self._charge(len(data))
        return len(data)


class _Source(io.RawIOBase):
    def __init__(self, receive_into):
        super().__init__()
        self._receive_into = receive_into

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._receive_into(buffer)
