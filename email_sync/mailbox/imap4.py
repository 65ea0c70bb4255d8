"""imaplib, as far as it is needed below IMAPClient, over a bounded wire and without a memory.

imaplib and IMAPClient write every line, literals and passwords included, to a debug log, and keep
the last ten; both are cut off here.
"""

import imaplib

from .errors import ProtocolError

_LIMIT = 65536


class WireIMAP4(imaplib.IMAP4):
    """An IMAP4 whose connection is a :class:`.wire.Wire`."""

    # IMAPClient sets this to 5, which formats every line and literal for a logger
    debug = property(lambda self: 0, lambda self, level: None)

    def __init__(self, wire, host, port):
        self._wire = wire
        super().__init__(host, port)

    def open(self, host="", port=imaplib.IMAP4_PORT, timeout=None):
        self.host = host
        self.port = port
        self.sock = self._wire

    def read(self, size):
        if size > _LIMIT:
            raise ProtocolError("A literal out of bounds")
        return self._wire.read(size)

    def readline(self):
        return self._wire.readline(_LIMIT) + b"\r\n"

    def send(self, data):
        self._wire.send(data)

    def shutdown(self):
        self._wire.close()

    def _log(self, line):
        """Keep no lines: imaplib would hold the last ten, LOGIN among them."""

    def _get_capabilities(self):
        # a greeting that lists them saves a round trip
        listed = self.untagged_responses.pop("CAPABILITY", None)
        if listed:
            self.capabilities = tuple(listed[-1].decode("ascii", "replace").upper().split())
        else:
            super()._get_capabilities()
