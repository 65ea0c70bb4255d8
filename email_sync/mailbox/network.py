"""Reach a mail server without letting its name lead into the own network.

The host name is resolved once; every address it has must be allowed, and the connection goes to one
of exactly these, so that a name that answers differently the second time gains nothing.
"""

import functools
import ipaddress
import socket
import time
from dataclasses import dataclass

from . import starttls, tls
from .errors import (
    ConnectionLostError,
    ConnectionRefusedByHostError,
    ConnectionTimeoutError,
    HostNotFoundError,
    MailboxError,
    NetworkForbiddenError,
)

MAIL_PORTS = (25, 143, 465, 587, 993, 2525)
# RFC 6052 and RFC 3056: addresses that a gateway turns into the IPv4 address they carry
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class NetworkPolicy:
    """Which addresses and ports may be reached.

    :ivar allowed_networks: networks that are allowed although they are private, as
        ``ipaddress`` networks
    :ivar allowed_ports: TCP ports
    """

    allowed_networks: tuple = ()
    allowed_ports: tuple = MAIL_PORTS

    @classmethod
    @functools.lru_cache(maxsize=16)
    def from_text(cls, networks="", ports=""):
        """Read the policy from two lists, separated by commas, semicolons or white space.

        :param networks: networks such as ``10.0.0.0/8``, or single addresses, allowed in addition
            to the public ones
        :param ports: ports allowed in addition to :data:`MAIL_PORTS`
        :raise ValueError: an entry is neither
        """
        networks = tuple(ipaddress.ip_network(entry, strict=False) for entry in _entries(networks))
        return cls(networks, MAIL_PORTS + tuple(int(entry) for entry in _entries(ports)))

    def check_port(self, port):
        """:raise NetworkForbiddenError: mail is not spoken on this port"""
        if port not in self.allowed_ports:
            raise NetworkForbiddenError(f"Port {port} is not one of the allowed ports")

    def check_address(self, address):
        """:raise NetworkForbiddenError: the address (as text) is not allowed"""
        # a scope (fe80::1%eth0) says through which interface, not where
        address = ipaddress.ip_address(address.partition("%")[0])
        for target in _targets(address):
            if any(target in network for network in self.allowed_networks):
                continue
            if not target.is_global or target.is_multicast or target.is_reserved:
                raise NetworkForbiddenError(f"The address {address} is not a public one")


def _entries(text):
    return (text or "").replace(",", " ").replace(";", " ").split()


def _targets(address):
    """Return where packets to an address end: itself, or the IPv4 addresses it carries."""
    if address.version == 4:
        return (address,)
    embedded = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        embedded.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(target for target in embedded if target) or (address,)


class Deadline:
    """A point in time by which a whole exchange has to be over, however the bytes drip."""

    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    def remaining(self):
        """Return the seconds left.

        :raise ConnectionTimeoutError: there are none
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise ConnectionTimeoutError()
        return seconds


def resolve(host, port, policy):
    """Look up a host and check every address it has.

    :return: ``socket.getaddrinfo`` entries, in the order to try them
    :raise HostNotFoundError: no such name
    :raise NetworkForbiddenError: one of the addresses, or the port, is not allowed
    """
    policy.check_port(port)
    if not host or len(host) > 253 or any(char.isspace() or char in "/\\@\0" for char in host):
        raise HostNotFoundError(f"{host!r} is not a host name")
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # UnicodeError: a label that is empty or too long for the IDNA encoding
    except (socket.gaierror, UnicodeError) as error:
        raise HostNotFoundError(f"The host {host} has no address") from error
    for *_others, address in entries:
        policy.check_address(address[0])
    return entries


def open_socket(endpoint, policy, protocol):
    """Connect to a server, up to and including its TLS handshake.

    :param Endpoint endpoint: where
    :param NetworkPolicy policy: what may be reached
    :param protocol: ``imap`` or ``smtp``, for the words that lead to STARTTLS
    :return: ``(socket, deadline)``; the deadline is what is left of ``endpoint.timeout`` seconds
    :raise TransientError: see its subclasses
    :raise CertificateError: the certificate is not trusted, with what there is to know about it
    :raise TlsUnavailableError: the server does not do TLS as asked
    :raise NetworkForbiddenError: see :func:`resolve`
    """
    deadline = Deadline(endpoint.timeout)
    addresses = resolve(endpoint.host, endpoint.port, policy)
    sock = _connect(addresses, deadline)
    try:
        if endpoint.security == "starttls":
            starttls.negotiate(sock, protocol, deadline)
        if endpoint.security != "none":
            sock = tls.secure(sock, endpoint, deadline)
    except tls.UntrustedCertificate as error:
        sock.close()
        raise _explain(error, endpoint, addresses, protocol) from error
    except BaseException:
        sock.close()
        raise
    return sock, deadline


def _explain(error, endpoint, addresses, protocol):
    """Return the certificate error with the certificate in it, read over a second connection."""
    deadline = Deadline(min(endpoint.timeout, 10))
    try:
        sock = _connect(addresses, deadline)
        try:
            if endpoint.security == "starttls":
                starttls.negotiate(sock, protocol, deadline)
            certificate = tls.read_certificate(sock, endpoint.host, deadline)
        finally:
            sock.close()
    except (OSError, MailboxError, tls.UntrustedCertificate):
        certificate = None
    return error.as_mailbox_error(certificate)


def _connect(entries, deadline):
    failure = None
    for position, (family, kind, proto, _name, address) in enumerate(entries):
        sock = socket.socket(family, kind, proto)
        try:
            # a dead address must not use up the time of those after it
            sock.settimeout(deadline.remaining() / (len(entries) - position))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # a connection that waits for new mail shall notice when the other side is gone
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    if isinstance(failure, ConnectionRefusedError):
        raise ConnectionRefusedByHostError() from failure
    if isinstance(failure, TimeoutError):
        raise ConnectionTimeoutError() from failure
    raise ConnectionLostError("The network does not lead to the host") from failure
