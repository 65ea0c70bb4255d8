"""The plain words that lead to STARTTLS (RFC 3501 section 6.2.1, RFC 3207).

Nothing read here is ever used again: whoever sits between may have written it. Whatever is sent
together with the final answer would be taken for part of the encrypted session, so it ends the
connection (CVE-2011-0411 and its kin).
"""

from .errors import (
    ConnectionLostError,
    ConnectionTimeoutError,
    ProtocolError,
    TlsUnavailableError,
)
from .refusal import error_from_refusal

_PREAMBLE_BYTES = 65536


def negotiate(sock, protocol, deadline):
    """Talk a connected socket up to where the TLS handshake begins.

    :param protocol: ``imap`` or ``smtp``
    :raise TlsUnavailableError: the server does not offer STARTTLS, or something was injected
    :raise TransientError: the connection broke off, or the server sends clients away
    """
    lines = _Lines(sock, deadline)
    if protocol == "imap":
        _negotiate_imap(lines)
    else:
        _negotiate_smtp(lines)
    if lines.rest:
        raise TlsUnavailableError("Something was put into the connection before its encryption")


def _negotiate_imap(lines):
    greeting = lines.read()
    if greeting.upper().startswith(b"* BYE"):
        raise error_from_refusal(greeting[5:])
    # RFC 3501 section 7.1.4: after PREAUTH there is no STARTTLS any more
    if not greeting.upper().startswith(b"* OK"):
        raise TlsUnavailableError("The server offers no encryption", server_text=greeting)
    lines.send(b"S1 STARTTLS\r\n")
    while not (answer := lines.read()).startswith(b"S1 "):
        pass
    if not answer.upper().startswith(b"S1 OK"):
        raise TlsUnavailableError("The server does not offer STARTTLS", server_text=answer[3:])


def _negotiate_smtp(lines):
    code, text = lines.read_reply()
    if code != 220:
        raise error_from_refusal(text)
    lines.send(b"EHLO [127.0.0.1]\r\n")
    lines.read_reply()
    lines.send(b"STARTTLS\r\n")
    code, text = lines.read_reply()
    if code != 220:
        raise TlsUnavailableError("The server does not offer STARTTLS", server_text=text)


class _Lines:
    def __init__(self, sock, deadline):
        self._sock = sock
        self._deadline = deadline
        self._received = 0
        self.rest = b""

    def send(self, data):
        try:
            self._sock.settimeout(self._deadline.remaining())
            self._sock.sendall(data)
        except TimeoutError as error:
            raise ConnectionTimeoutError() from error
        except OSError as error:
            raise ConnectionLostError() from error

    def read(self):
        while b"\n" not in self.rest:
            self.rest += self._receive()
        line, _newline, self.rest = self.rest.partition(b"\n")
        return line.rstrip(b"\r")

    def read_reply(self):
        """Read a whole SMTP reply (RFC 5321 section 4.2)."""
        texts = []
        while True:
            line = self.read()
            texts.append(line[4:])
            if line[3:4] != b"-":
                break
        if not line[:3].isdigit():
            raise ProtocolError("This is not an SMTP server", server_text=line)
        return int(line[:3]), b" ".join(texts)

    def _receive(self):
        try:
            self._sock.settimeout(self._deadline.remaining())
            data = self._sock.recv(4096)
        except TimeoutError as error:
            raise ConnectionTimeoutError() from error
        except OSError as error:
            raise ConnectionLostError() from error
        if not data:
            raise ConnectionLostError()
        self._received += len(data)
        if self._received > _PREAMBLE_BYTES:
            raise ProtocolError("The server talks without end")
        return data
