"""What can go wrong with a mailbox: one tree, where the class decides what happens next.

No caller has to read a server's text to decide anything. The text is kept for people only, on one
line, bounded and without secrets.
"""

SERVER_TEXT_LENGTH = 300


def clean_server_text(text, secrets=()):
    """Make a server's text fit to be stored, logged and shown.

    Some servers repeat the refused command, password included, in their answer.

    :param text: what the server said, as bytes or str
    :param secrets: strings that must not appear in the result
    :return: one printable line of at most :data:`SERVER_TEXT_LENGTH` characters
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = "".join(char if char.isprintable() else " " for char in text[: 4 * SERVER_TEXT_LENGTH])
    return " ".join(text.split())[:SERVER_TEXT_LENGTH]


class MailboxError(Exception):
    """Anything that keeps a mailbox from doing what was asked.

    :ivar server_text: what the server said, cleaned (see :func:`clean_server_text`)
    :ivar retry_after: seconds the server asked to wait, or None where it said nothing
    """

    def __init__(self, message="", *, server_text="", retry_after=None):
        super().__init__(message or type(self).__doc__.splitlines()[0])
        self.server_text = clean_server_text(server_text)
        self.retry_after = retry_after

    def __str__(self):
        text = super().__str__()
        return f"{text} ({self.server_text})" if self.server_text else text


class AuthenticationError(MailboxError):
    """The server refuses the credentials; only the user can help.

    :ivar reason: ``refused``, ``app_password`` (the provider wants a password made for this
        program), ``web_login`` (the provider wants the user to sign in on its site), ``expired``,
        ``disabled`` (the account or its IMAP access is off) or ``unsupported`` (no way to sign in
        that both sides know)
    """

    def __init__(self, message="", *, reason="refused", **kwargs):
        super().__init__(message, **kwargs)
        self.reason = reason


class TransientError(MailboxError):
    """An outage; trying again later is right."""


class HostNotFoundError(TransientError):
    """The host name has no address."""


class ConnectionRefusedByHostError(TransientError):
    """The host answers, but nothing listens on the port."""


class ConnectionTimeoutError(TransientError):
    """No answer in time."""


class ConnectionLostError(TransientError):
    """The connection broke off."""


class ServerBusyError(TransientError):
    """The server says that it cannot do it now."""


class ThrottledError(TransientError):
    """The server asks for fewer requests; ``retry_after`` holds its own seconds, if it said any."""


class DailyBudgetError(ThrottledError):
    """So much was read within a day as the provider allows; ``retry_after`` says until when."""


class PartialAnswerError(TransientError):
    """The server's answer is shorter than it says itself; nothing may be concluded from it."""


class CertificateError(MailboxError):
    """The server's certificate is not trusted.

    :ivar reason: ``expired``, ``not_yet_valid``, ``self_signed``, ``unknown_authority``,
        ``wrong_host``, ``changed`` (it is not the pinned one) or ``other``
    :ivar fingerprint: SHA-256 of the certificate in DER form, as 64 hexadecimal digits, or None
    :ivar subject: who it was issued to, as RFC 4514 text
    :ivar issuer: who issued it, as RFC 4514 text
    :ivar not_after: end of validity, as an aware UTC datetime or None
    """

    def __init__(self, message="", *, reason="other", certificate=None, **kwargs):
        super().__init__(message, **kwargs)
        self.reason = reason
        self.describe(certificate)

    def describe(self, certificate):
        """Take over the fields of a :class:`.tls.Certificate`, or None where there is none."""
        self.fingerprint = certificate.fingerprint if certificate else None
        self.subject = certificate.subject if certificate else ""
        self.issuer = certificate.issuer if certificate else ""
        self.not_after = certificate.not_after if certificate else None


class TlsUnavailableError(MailboxError):
    """The connection cannot be encrypted as asked.

    :ivar suggestion: the security that this port seems to speak (``tls``, ``starttls``), or None
    """

    def __init__(self, message="", *, suggestion=None, **kwargs):
        super().__init__(message, **kwargs)
        self.suggestion = suggestion


class NetworkForbiddenError(MailboxError):
    """The policy of this installation does not allow to reach this address or port."""


class ProtocolError(MailboxError):
    """The server's answer is not understood or exceeds every bound."""


class CommandRefusedError(MailboxError):
    """The server refuses this command, with no reason that has a class of its own."""


class FolderError(MailboxError):
    """Something about one folder; others are not concerned.

    :ivar folder: name of the folder
    """

    def __init__(self, message="", *, folder=None, **kwargs):
        super().__init__(message, **kwargs)
        self.folder = folder


class FolderGoneError(FolderError):
    """The folder does not exist or cannot be opened."""


class FolderReadOnlyError(FolderError):
    """The folder, or this flag in it, cannot be changed with these rights."""


class FolderFullError(FolderError):
    """The mailbox has no space left for this."""


class FolderResetError(FolderError):
    """UIDVALIDITY changed: known UIDs mean nothing any more.

    :ivar uidvalidity: the new value
    """

    def __init__(self, message="", *, uidvalidity=None, **kwargs):
        super().__init__(message, **kwargs)
        self.uidvalidity = uidvalidity


class MessageError(MailboxError):
    """Something about one message; others are not concerned.

    :ivar uid: its UID, or None for a message that is being sent
    """

    def __init__(self, message="", *, uid=None, **kwargs):
        super().__init__(message, **kwargs)
        self.uid = uid


class MessageUnreadableError(MessageError):
    """The server lists this message but cannot deliver it; try it again another day."""


class MessageGoneError(MessageError):
    """The message left the folder before it could be read."""


class MessageTooLargeError(MessageError):
    """The message is larger than what is allowed.

    :ivar size: bytes of the message
    :ivar limit: bytes allowed, or None where unknown
    """

    def __init__(self, message="", *, size=None, limit=None, **kwargs):
        super().__init__(message, **kwargs)
        self.size = size
        self.limit = limit


class SendError(MailboxError):
    """The server refuses for good to send this message."""


class SenderRefusedError(SendError):
    """The server does not let this login send from this address."""


class RecipientsRefusedError(SendError):
    """No recipient was accepted.

    :ivar refused: ``{address: (SMTP code, cleaned text)}``
    """

    def __init__(self, message="", *, refused=None, **kwargs):
        super().__init__(message, **kwargs)
        self.refused = refused or {}


class DeliveryUnknownError(SendError):
    """The connection broke after the message was handed over: it may or may not have been sent.

    Sending it again could deliver it twice; a person has to decide.
    """
