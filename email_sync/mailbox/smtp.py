"""Hand messages to a mail server (RFC 5321, RFC 6409)."""

import base64
import re
import smtplib
from contextlib import contextmanager

import idna

from .endpoint import OAuthCredentials
from .errors import (
    AuthenticationError,
    ConnectionLostError,
    DeliveryUnknownError,
    MailboxError,
    MessageTooLargeError,
    ProtocolError,
    RecipientsRefusedError,
    SenderRefusedError,
    SendError,
    ServerBusyError,
    ThrottledError,
    clean_server_text,
)
from .network import open_socket
from .refusal import authentication_reason, is_throttle, retry_after
from .wire import Wire

_LINE_LIMIT = 8192
_REPLY_BYTES = 65536
# Accepting a message may take a server long: RFC 5321 section 4.5.3.2.6 says ten minutes
_DATA_PATIENCE = 600
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")
_LINE_END = re.compile(rb"\r?\n|\r")


class _WireSMTP(smtplib.SMTP):
    """smtplib over a :class:`.wire.Wire`."""

    def __init__(self, wire):
        # an address literal (RFC 5321 section 4.1.3): our host's name is nobody's business
        super().__init__(local_hostname="[127.0.0.1]")
        self.sock = wire
        self.file = _ReplyFile(wire)


class _ReplyFile:
    """What smtplib reads replies from."""

    def __init__(self, wire):
        self._wire = wire

    def readline(self, _limit=-1):
        return self._wire.readline(_LINE_LIMIT - 1) + b"\r\n"

    def close(self):
        self._wire.close()


class SmtpSession:
    """A connection to a sending server, signed in. Use it as a context manager.

    Every method raises :class:`.errors.MailboxError` and nothing else for what a server or the
    network does.
    """

    @classmethod
    def connect(cls, endpoint, credentials, policy):
        """Connect and sign in; the parameters are those of :meth:`.imap.ImapSession.connect`.

        :param credentials: no login in them means to send without signing in
        :raise AuthenticationError: the credentials are refused
        :raise MailboxError: see :mod:`.errors`
        """
        sock, deadline = open_socket(endpoint, policy, "smtp")
        wire = Wire(sock, deadline.remaining())
        session = cls(wire, credentials)
        try:
            session._greet(endpoint.security == "starttls")
            wire.begin(deadline.remaining(), _REPLY_BYTES)
            if credentials.login:
                session._sign_in(credentials)
        except BaseException:
            wire.close()
            raise
        session._patience = endpoint.timeout
        return session

    def __init__(self, wire, credentials):
        self._wire = wire
        self._smtp = _WireSMTP(wire)
        self._secrets = credentials.secrets

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.quit()

    def quit(self):
        """Close the connection; never fails."""
        if not self._wire.broken:
            try:
                self._wire.send(b"QUIT\r\n")
            except MailboxError:
                # it is being closed anyway
                pass
        self._wire.close()

    @property
    def max_size(self):
        """Bytes of the largest message the server takes (RFC 1870); None where it is silent."""
        size = self._smtp.esmtp_features.get("size", "")
        return int(size) or None if re.fullmatch("[0-9]{1,18}", size) else None

    @property
    def capabilities(self):
        """Extensions the server offers, as a set of str in upper case."""
        return frozenset(name.upper() for name in self._smtp.esmtp_features)

    def _greet(self, greeted):
        with self._speaking():
            if not greeted:
                code, text = self._smtp.getreply()
                if code != 220:
                    raise self._error(code, text)
            code, text = self._smtp.ehlo()
            if not 200 <= code < 300:
                code, text = self._smtp.helo()
            if not 200 <= code < 300:
                raise self._error(code, text)

    # -- signing in -----------------------------------------------------------------------------

    def _sign_in(self, credentials):
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        login = credentials.login
        # one attempt only: every refused one brings the account nearer to being locked
        with self._speaking():
            if isinstance(credentials, OAuthCredentials) and "XOAUTH2" in offered:
                message = f"user={login}\1auth=Bearer {credentials.access_token}\1\1"
                code, text = self._auth("XOAUTH2", message)
            elif isinstance(credentials, OAuthCredentials):
                raise AuthenticationError("No XOAUTH2 on this server", reason="unsupported")
            elif "PLAIN" in offered:
                code, text = self._auth("PLAIN", f"\0{login}\0{credentials.password}")
            elif "LOGIN" in offered:
                code, text = self._auth_login(login, credentials.password)
            else:
                raise AuthenticationError("No password on this server", reason="unsupported")
        if code != 235:
            raise self._authentication_error(code, text)

    def _auth(self, mechanism, message):
        code, text = self._smtp.docmd("AUTH", f"{mechanism} {self._encode(message)}")
        if code == 334:
            # XOAUTH2 explains its refusal in a challenge and waits for an empty answer
            code, text = self._smtp.docmd("")
        return code, text

    def _auth_login(self, login, password):
        code, text = self._smtp.docmd("AUTH", "LOGIN")
        for answer in (login, password):
            if code != 334:
                break
            code, text = self._smtp.docmd(self._encode(answer))
        return code, text

    def _encode(self, message):
        encoded = base64.b64encode(message.encode()).decode()
        # some servers repeat the command they refuse
        self._secrets += (encoded,)
        return encoded

    def _authentication_error(self, code, text):
        if is_throttle(text):
            return ThrottledError(server_text=self._clean(text), retry_after=retry_after(text))
        if 400 <= code < 500:
            return ServerBusyError(server_text=self._clean(text))
        return AuthenticationError(
            reason=authentication_reason(text), server_text=self._clean(text)
        )

    # -- sending --------------------------------------------------------------------------------

    def send(self, sender, recipients, source):
        """Hand over a message.

        :param sender: address bounces go to
        :param recipients: addresses
        :param source: the message in bytes; its line ends become CRLF
        :return: ``{address: (code, text)}`` of recipients that were refused while others were not
        :raise RecipientsRefusedError: no recipient was accepted
        :raise SenderRefusedError: not from this address
        :raise MessageTooLargeError: larger than the server takes
        :raise SendError: refused for good
        :raise DeliveryUnknownError: it may or may not have been sent
        :raise TransientError: not sent; try again later
        """
        for address in (sender, *recipients):
            if not _ADDRESS.fullmatch(address):
                raise SendError(f"{address!r} is not an address")
        source = _LINE_END.sub(b"\r\n", source)
        if self.max_size and len(source) > self.max_size:
            raise MessageTooLargeError(size=len(source), limit=self.max_size)
        with self._speaking():
            self._wire.begin(self._patience, _REPLY_BYTES)
            self._mail(sender, [sender, *recipients], len(source))
            refused = self._recipients(recipients)
            self._data(source)
        return refused

    def _mail(self, sender, addresses, size):
        options = []
        if self._smtp.has_extn("size"):
            options.append(f"SIZE={size}")
        if self._smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        self._smtp.command_encoding = "ascii"
        if not all(_to_ascii_domain(address).isascii() for address in addresses):
            if not self._smtp.has_extn("smtputf8"):
                raise SendError("The server knows no addresses outside ASCII (RFC 6531)")
            options.append("SMTPUTF8")
            self._smtp.command_encoding = "utf-8"
        path = f"FROM:<{_to_ascii_domain(sender)}>"
        code, text = self._smtp.docmd("MAIL", " ".join((path, *options)))
        if code != 250:
            raise self._error(code, text, SenderRefusedError)

    def _recipients(self, recipients):
        refused, transient = {}, None
        for address in recipients:
            self._wire.begin(self._patience, _REPLY_BYTES)
            code, text = self._smtp.docmd("RCPT", f"TO:<{_to_ascii_domain(address)}>")
            if code not in (250, 251):
                refused[address] = (code, self._clean(text))
                if code == 421:
                    raise self._error(code, text)
                transient = self._error(code, text) if code < 500 else transient
        if refused and len(refused) == len(recipients):
            self._smtp.rset()
            if transient:
                raise transient
            raise RecipientsRefusedError(refused=refused)
        return refused

    def _data(self, source):
        code, text = self._smtp.docmd("DATA")
        if code != 354:
            raise self._error(code, text)
        self._wire.begin(max(self._patience, _DATA_PATIENCE), _REPLY_BYTES)
        if source.startswith(b"."):
            source = b"." + source
        source = source.replace(b"\r\n.", b"\r\n..")
        end = b".\r\n" if source.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            self._wire.send(source + end)
            code, text = self._smtp.getreply()
        except MailboxError as error:
            raise DeliveryUnknownError(server_text=str(error)) from error
        if code != 250:
            raise self._error(code, text)

    # -- errors ---------------------------------------------------------------------------------

    @contextmanager
    def _speaking(self):
        """Let no exception of smtplib out."""
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            raise ConnectionLostError() from error
        except (smtplib.SMTPException, ValueError) as error:
            raise ProtocolError(server_text=self._clean(str(error))) from error

    def _error(self, code, text, permanent=SendError):
        """Return the error that a refusing reply stands for."""
        cleaned = self._clean(text)
        if is_throttle(text):
            return ThrottledError(server_text=cleaned, retry_after=retry_after(text))
        if code in (530, 535):
            return AuthenticationError(reason=authentication_reason(text), server_text=cleaned)
        if code == 552 or text[:5] == b"5.3.4":
            return MessageTooLargeError(server_text=cleaned, limit=self.max_size)
        if 400 <= code < 500:
            return ServerBusyError(server_text=cleaned, retry_after=retry_after(text))
        if not 500 <= code < 600:
            return ProtocolError("This is not an SMTP reply", server_text=cleaned)
        return permanent(server_text=cleaned)

    def _clean(self, text):
        return clean_server_text(text, self._secrets)


def _to_ascii_domain(address):
    """Write the domain of an address as DNS does (RFC 5890).

    By the mapping of UTS 46, with which header fields are written: Python's own codec makes
    ``strasse.example`` of ``straße.example``, which belongs to somebody else.

    :raise SendError: no domain, such as one with other characters that stand for ``@`` or ``>``
    """
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        written = idna.encode(domain, uts46=True, std3_rules=False).decode("ascii")
    except (idna.IDNAError, UnicodeError, IndexError) as error:
        raise SendError(f"{address!r} is not an address") from error
    return f"{local}{at}{written}"
