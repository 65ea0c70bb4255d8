"""Try a server out before it is believed, with an answer for a person."""

from dataclasses import dataclass, field, replace

from . import tls
from .errors import (
    ConnectionLostError,
    ConnectionTimeoutError,
    MailboxError,
    ProtocolError,
    TlsUnavailableError,
)
from .imap import ImapSession
from .network import Deadline, open_socket
from .smtp import SmtpSession

_SECONDS = 15
_SECONDS_TO_LOOK_AGAIN = 4


@dataclass(frozen=True)
class ProbeResult:
    """What came of it.

    :ivar ok: whether one can connect and sign in
    :ivar error: the :class:`.errors.MailboxError` if not
    :ivar folders: list of :class:`.folders.RemoteFolder`, for IMAP
    :ivar capabilities: capabilities of the server after signing in, as a set of str
    """

    ok: bool
    error: MailboxError | None = None
    folders: list = field(default_factory=list)
    capabilities: frozenset = frozenset()


def probe_imap(endpoint, credentials, policy):
    """Connect, sign in and list the folders, within about 20 seconds.

    :return: :class:`ProbeResult`; never raises for what a server or the network does
    """
    endpoint = replace(endpoint, timeout=min(endpoint.timeout, _SECONDS))
    try:
        with ImapSession.connect(endpoint, credentials, policy) as session:
            return ProbeResult(True, None, session.list_folders(), session.capabilities)
    except MailboxError as error:
        return ProbeResult(False, _look_again(error, endpoint, policy))


def probe_smtp(endpoint, credentials, policy):
    """As :func:`probe_imap`, for a sending server; nothing is sent."""
    endpoint = replace(endpoint, timeout=min(endpoint.timeout, _SECONDS))
    try:
        with SmtpSession.connect(endpoint, credentials, policy) as session:
            return ProbeResult(True, None, [], session.capabilities)
    except MailboxError as error:
        return ProbeResult(False, _look_again(error, endpoint, policy))


def _look_again(error, endpoint, policy):
    """Return a better error if the port speaks TLS from the start and was not asked to."""
    silent = isinstance(error, (ConnectionTimeoutError, ConnectionLostError, ProtocolError))
    if endpoint.security == "tls" or not silent:
        return error
    plain = replace(endpoint, security="none", timeout=_SECONDS_TO_LOOK_AGAIN)
    try:
        sock, _deadline = open_socket(plain, policy, "imap")
        with sock:
            tls.read_certificate(sock, endpoint.host, Deadline(_SECONDS_TO_LOOK_AGAIN))
    except (MailboxError, OSError):
        return error
    return TlsUnavailableError("The port speaks TLS from the start", suggestion="tls")
