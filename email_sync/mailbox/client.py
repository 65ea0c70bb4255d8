"""imapclient, extended in one place by what a synchroniser needs.

IMAPClient keeps the session: greeting, state, the commands of set-up. What it lacks is added here:
the bounded :class:`.wire.Wire` below it, sign-in with an initial response (RFC 4959) and in UTF-8,
several commands in flight, and answers read as bytes.
"""

import base64
import imaplib
from collections import deque
from contextlib import contextmanager

from imapclient import IMAPClient

from . import uidset
from .endpoint import OAuthCredentials
from .errors import (
    AuthenticationError,
    ConnectionLostError,
    MailboxError,
    ProtocolError,
    ThrottledError,
    clean_server_text,
)
from .imap4 import WireIMAP4
from .refusal import error_from_refusal, split_code
from .response import Response, SkippedLiteral, literal_size, parse_head, simple_fetches_end

# A SEARCH over two million messages fits into such a line; no other line comes near
_LINE_LIMIT = 32 * 1024 * 1024
_LITERAL_LIMIT = 64 * 1024 * 1024
_ALLOWANCE = 256 * 1024 * 1024
_BLOCK = 64 * 1024
_STATUS_NAMES = (b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH")
# What may list as many messages as a folder has; other lines are short
_LISTS_OF_MESSAGES = (b"SEARCH", b"ESEARCH", b"VANISHED")
_SHORT_LINE_LIMIT = 1024 * 1024
_MOST_FRAGMENTS = 2000


class Literal(bytes):
    """An argument to be sent as a literal (RFC 3501 section 4.3)."""


class Refusal(MailboxError):
    """A command was answered with NO or BAD; see :meth:`Client.error`.

    :ivar text: what the server said, as bytes and as it said it
    :ivar bad: whether it was BAD: the server does not know the command in this form
    """

    def __init__(self, text, secrets, *, bad):
        said = clean_server_text(text, secrets)
        super().__init__("The server refused a command", server_text=said)
        self.text = text
        self.bad = bad


class Client(IMAPClient):
    """One connection to an IMAP server.

    :ivar exists: number of messages in the selected folder, kept up to date
    :ivar enabled: extensions that the server says it has enabled
    :ivar commands_sent: commands sent
    """

    def __init__(self, wire, host, port, patience):
        self.wire = wire
        self.patience = patience
        self.exists = 0
        self.enabled = frozenset()
        self.commands_sent = 0
        self._bye = None
        self._unread_line = None
        self._tag_count = 0
        self._outstanding = deque()
        self._answered = {}
        self._forgotten = set()
        self._secrets = ()
        with self._speaking():
            super().__init__(host, port, ssl=False)
        self._cached_capabilities = tuple(name.encode() for name in self._imap.capabilities)

    # -- what IMAPClient asks its subclasses for ------------------------------------------------

    def _create_IMAP4(self):
        return WireIMAP4(self.wire, self.host, self.port)

    def _set_read_timeout(self):
        """The wire has its own, renewed before every read."""

    def capabilities(self):
        return self._cached_capabilities

    # -- signing in -----------------------------------------------------------------------------

    def sign_in(self, credentials):
        """Sign in once, by the first way that both sides know.

        :param credentials: see :mod:`.endpoint`
        :raise AuthenticationError: refused; trying again does not help
        :raise TransientError: refused, but for a reason that passes
        """
        self._secrets = credentials.secrets
        if self._imap.state != "NONAUTH":
            raise AuthenticationError(
                "The server signs in without credentials", reason="unsupported"
            )
        try:
            text = self._authenticate(credentials)
        except Refusal as refusal:
            raise self.error(refusal, signing_in=True) from refusal
        except ConnectionLostError as error:
            if self._bye is not None:
                raise error_from_refusal(
                    self._bye, signing_in=True, secrets=self._secrets
                ) from error
            raise
        self._imap.state = "AUTH"
        code, arguments, _rest = split_code(text)
        if code == b"CAPABILITY":
            self._cached_capabilities = tuple(arguments.upper().split())
        else:
            # some servers list more once they know who asks, some proxies a different server's
            self._cached_capabilities = ()
            self.run(b"CAPABILITY")

    def _authenticate(self, credentials):
        login = credentials.login.encode()
        if isinstance(credentials, OAuthCredentials):
            token = credentials.access_token.encode()
            return self._sasl(b"XOAUTH2", b"user=%s\1auth=Bearer %s\1\1" % (login, token))
        password = credentials.password.encode()
        if self.has_capability("AUTH=PLAIN"):
            return self._sasl(b"PLAIN", b"\0%s\0%s" % (login, password))
        if self.has_capability("LOGINDISABLED"):
            raise AuthenticationError("The server accepts no password here", reason="unsupported")
        return self.run(b"LOGIN", self.astring(login), self.astring(password)).text

    def _sasl(self, mechanism, message):
        encoded = base64.b64encode(message)
        # some servers repeat the command they refuse
        self._secrets += (encoded.decode(),)
        if self.has_capability("SASL-IR"):
            tag = self.submit(b"AUTHENTICATE", mechanism, encoded)
        else:
            tag = self.submit(b"AUTHENTICATE", mechanism)
            self.await_continuation(tag)
            self.wire.send(encoded + b"\r\n")
        while True:
            response = self.read()
            if response.tag == tag:
                return self._completed(tag, response).text
            if response.tag == b"+":
                # XOAUTH2 explains its refusal in a challenge and waits for an empty answer
                self.wire.send(b"\r\n")

    # -- commands -------------------------------------------------------------------------------

    def astring(self, value):
        """Return an argument in the shortest form that can carry it.

        :raise ValueError: it contains NUL, which IMAP cannot carry
        """
        if b"\0" in value:
            raise ValueError("IMAP has no way to say NUL")
        if len(value) < 1000 and value.isascii() and b"\r" not in value and b"\n" not in value:
            return b'"%s"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        return Literal(value)

    def submit(self, *parts):
        """Send a command without waiting for its answer.

        :param parts: the words of the command, as bytes or :class:`Literal`
        :return: its tag
        """
        self._tag_count += 1
        tag = b"S%d" % self._tag_count
        if not self._outstanding:
            self.begin()
        self._outstanding.append(tag)
        self.commands_sent += 1
        line = tag
        for part in parts:
            if not isinstance(part, Literal):
                line += b" " + part
                continue
            # RFC 7888: LITERAL- allows up to 4096 bytes without asking
            unasked = self.has_capability("LITERAL+") or (
                self.has_capability("LITERAL-") and len(part) <= 4096
            )
            line += b" {%d%s}\r\n" % (len(part), b"+" if unasked else b"")
            if not unasked:
                self.wire.send(line)
                line = b""
                self.await_continuation(tag)
            line += part
        self.wire.send(line + b"\r\n")
        return tag

    def run(self, *parts, collect=None, slow=False):
        """Send a command and wait for its completion.

        :param collect: called with every untagged :class:`.response.Response`
        :param slow: the server may have to go through a whole folder: be four times as patient
        :return: the tagged :class:`.response.Response`
        :raise Refusal: answered with NO or BAD
        """
        tag = self.submit(*parts)
        if slow:
            self.begin(4 * self.patience)
        return self.finish(tag, collect)

    def finish(self, tag, collect=None):
        """Read until a command that was submitted is complete; see :meth:`run`."""
        while tag not in self._answered:
            response = self.read()
            if response.tag == b"*":
                if collect:
                    collect(response)
            else:
                self._take_tagged(response)
        return self._completed(tag, self._answered.pop(tag))

    def forget(self, tag):
        """Let nobody wait for a command: its answer, good or bad, is read past."""
        if tag in self._answered:
            del self._answered[tag]
            self._outstanding.remove(tag)
        else:
            self._forgotten.add(tag)

    def _take_tagged(self, response):
        tag = response.tag
        if tag in self._forgotten:
            self._forgotten.discard(tag)
            self._outstanding.remove(tag)
        elif tag in self._outstanding:
            self._answered[tag] = response

    def complete(self, response):
        """Take note of a tagged response that the caller read itself; see :meth:`run`."""
        return self._completed(response.tag, response)

    def _completed(self, tag, response):
        self._outstanding.remove(tag)
        if response.name != b"OK":
            raise Refusal(response.text, self._secrets, bad=response.name == b"BAD")
        return response

    def begin(self, patience=None):
        """Start a new measure of time and bytes on the wire."""
        self.wire.begin(patience or self.patience, _ALLOWANCE)

    def await_continuation(self, tag):
        """Wait until the server wants the rest of a command (RFC 3501 section 7.5)."""
        while True:
            response = self.read()
            if response.tag == b"+":
                return
            if response.tag == tag:
                self._completed(tag, response)
                raise ProtocolError("The server did not wait for the rest of a command")
            self._take_tagged(response)

    # -- answers --------------------------------------------------------------------------------

    def read(self, largest_literal=_LITERAL_LIMIT):
        """Read one response and take note of what it says about the session.

        :param largest_literal: larger ones are read past and become a
            :class:`.response.SkippedLiteral`
        :rtype: Response
        :raise TransientError: the connection ended; with the server's reason where it gave one
        """
        try:
            line, self._unread_line = self._unread_line, None
            if line is None:
                line = self.wire.readline(_LINE_LIMIT)
            tag, number, name, start = parse_head(line)
            if len(line) > _SHORT_LINE_LIMIT and name not in _LISTS_OF_MESSAGES:
                raise ProtocolError(f"A line of more than {_SHORT_LINE_LIMIT} bytes")
            fragments = [line]
            if tag == b"*" and name not in _STATUS_NAMES:
                while (size := literal_size(line)) is not None:
                    if len(fragments) > _MOST_FRAGMENTS:
                        raise ProtocolError("An answer of too many literals")
                    if size <= largest_literal:
                        fragments.append(self.wire.read(size))
                    else:
                        self.wire.skip(size)
                        fragments.append(SkippedLiteral(size))
                    line = self.wire.readline(_SHORT_LINE_LIMIT)
                    fragments.append(line)
        except ConnectionLostError as error:
            if self._bye is not None:
                raise self._farewell() from error
            raise
        except ProtocolError:
            # what follows cannot be told apart any more
            self.wire.broken = True
            raise
        response = Response(tag, number, name, fragments, start)
        if name != b"FETCH":
            self._note(response)
        return response

    def read_simple_fetches(self):
        """Read FETCH responses that come in a row and contain no literal, many at once.

        Reading tens of thousands of flags one response at a time takes longer than the server
        needs to send them.

        :return: their lines as one block of bytes, empty if something else is next
        """
        parts, size = [], 0
        while size < _BLOCK and self._unread_line is None:
            arrived = self.wire.peek()
            end = simple_fetches_end(arrived)
            if end:
                parts.append(self.wire.read(end))
            elif arrived and b"\n" not in arrived:
                # TLS hands out records, in which lines begin and end anywhere.
                line = self.wire.readline(_LINE_LIMIT)
                if not simple_fetches_end(line + b"\r\n"):
                    self._unread_line = line
                    break
                parts.append(line + b"\r\n")
            else:
                break
            size += len(parts[-1])
        return b"".join(parts)

    def _note(self, response):
        name = response.name
        if response.tag != b"*":
            return
        if name == b"EXISTS":
            self.exists = min(response.number or 0, uidset.MOST_MESSAGES)
        elif name == b"EXPUNGE":
            self.exists = max(0, self.exists - 1)
        elif name == b"VANISHED" and not response.text.startswith(b"(EARLIER)"):
            # RFC 7162 section 3.2.10.2: stands for as many EXPUNGEs
            gone = sum(high - low + 1 for low, high in uidset.ranges(response.text))
            self.exists = max(0, self.exists - gone)
        elif name == b"CAPABILITY":
            self._cached_capabilities = tuple(response.text.upper().split())
        elif name == b"ENABLED":
            self.enabled |= frozenset(response.text.upper().split())
        elif name == b"BYE":
            self._bye = response.text

    def _farewell(self):
        error = error_from_refusal(self._bye, secrets=self._secrets)
        if isinstance(error, (ThrottledError, AuthenticationError)):
            return error
        return ConnectionLostError(server_text=error.server_text)

    def error(self, refusal, *, signing_in=False, folder=None):
        """Return the error that a refusal stands for; see :mod:`.refusal`."""
        return error_from_refusal(
            refusal.text, signing_in=signing_in, secrets=self._secrets, folder=folder
        )

    @contextmanager
    def _speaking(self):
        """Let no exception of imaplib out of its own code."""
        try:
            yield
        except ValueError as error:
            # numbers and words that imaplib cannot read
            raise ProtocolError("This is not an IMAP server") from error
        except imaplib.IMAP4.error as error:
            text = error.args[0] if error.args else b""
            text = text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")
            if text.upper().startswith(b"* BYE"):
                self._bye = text[5:]
                raise self._farewell() from None
            raise ProtocolError("This is not an IMAP server", server_text=text) from None

    def compress(self):
        """Speak DEFLATE from here on (RFC 4978), if the server does; nothing may be in flight."""
        try:
            self.run(b"COMPRESS", b"DEFLATE")
        except Refusal:
            # not this time, then
            return
        self.wire.compress()

    def close(self):
        """Say goodbye without waiting for the answer, and close the connection."""
        if not self.wire.broken:
            try:
                self.wire.send(b"Z LOGOUT\r\n")
            except MailboxError:
                # it is being closed anyway
                pass
        self.wire.close()
