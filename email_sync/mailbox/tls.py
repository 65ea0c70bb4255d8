"""TLS as a mail client has to do it: verified, or pinned to one certificate."""

import functools
import hashlib
import hmac
import os
import ssl
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timezone

from cryptography import x509

from .errors import (
    CertificateError,
    ConnectionLostError,
    ConnectionTimeoutError,
    TlsUnavailableError,
)

# X509_V_ERR_… of OpenSSL's x509_vfy.h
_REASONS = {
    9: "not_yet_valid",
    10: "expired",
    18: "self_signed",
    19: "self_signed",
    20: "unknown_authority",
    21: "unknown_authority",
    62: "wrong_host",
    64: "wrong_host",
}


_reading = threading.Lock()


@dataclass(frozen=True)
class Certificate:
    """What a person needs to know about a certificate to decide about it."""

    fingerprint: str
    subject: str
    issuer: str
    not_after: datetime | None

    @classmethod
    def from_der(cls, der):
        """Read a certificate in DER form; one that cannot be read still has its fingerprint."""
        fingerprint = hashlib.sha256(der).hexdigest()
        try:
            parsed = x509.load_der_x509_certificate(der)
            return cls(
                fingerprint,
                parsed.subject.rfc4514_string()[:200],
                parsed.issuer.rfc4514_string()[:200],
                _not_after(parsed),
            )
        except ValueError:
            return cls(fingerprint, "", "", None)


class UntrustedCertificate(Exception):
    """OpenSSL rejected the certificate and, as always then, did not keep it."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason

    def as_mailbox_error(self, certificate):
        return CertificateError(reason=self.reason, certificate=certificate)


def secure(sock, endpoint, deadline):
    """Do the TLS handshake on a connected socket.

    :return: the encrypted socket; it replaces ``sock``
    :raise UntrustedCertificate: it does not verify
    :raise CertificateError: it is not the pinned one
    :raise TlsUnavailableError: the other side does not speak TLS
    """
    if not endpoint.fingerprint:
        # Many visits begin at once: one of them reads, the others wait for it.
        with _reading:
            context = _verified_context(os.environ.get("SSL_CERT_FILE"), time.monotonic() // 600)
        return _handshake(context, sock, endpoint.host, deadline)
    secured = _handshake(_unverified_context(), sock, endpoint.host, deadline)
    certificate = Certificate.from_der(secured.getpeercert(binary_form=True))
    expected = endpoint.fingerprint.replace(":", "").replace(" ", "").lower()
    if not hmac.compare_digest(certificate.fingerprint.encode(), expected.encode()):
        secured.close()
        raise CertificateError(reason="changed", certificate=certificate)
    return secured


def read_certificate(sock, host, deadline):
    """Return the certificate that the other side shows, trusted or not."""
    with _handshake(_unverified_context(), sock, host, deadline) as secured:
        return Certificate.from_der(secured.getpeercert(binary_form=True))


@functools.lru_cache(maxsize=1)
def _verified_context(_certificates, _ten_minutes):
    """Return a context that is shared: reading all authorities takes longer than a handshake."""
    return ssl.create_default_context()


def _unverified_context():
    # the caller compares the fingerprint, which is stricter than any authority, or only looks
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _handshake(context, sock, host, deadline):
    # do_handshake takes the timeout of the socket as the time for the whole handshake
    sock.settimeout(deadline.remaining())
    try:
        return context.wrap_socket(sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise UntrustedCertificate(_REASONS.get(error.verify_code, "other")) from error
    except TimeoutError as error:
        raise ConnectionTimeoutError() from error
    except ssl.SSLEOFError as error:
        raise ConnectionLostError() from error
    except ssl.SSLError as error:
        raise _as_mailbox_error(error) from error
    except OSError as error:
        raise ConnectionLostError() from error


def _as_mailbox_error(error):
    # what OpenSSL says when the first bytes are a text greeting: the names differ by version
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"):
        return TlsUnavailableError(
            "The port answers, but not with TLS from the start", suggestion="starttls"
        )
    return TlsUnavailableError(f"The TLS handshake failed: {error.reason}")


def _not_after(certificate):
    # cryptography 42 named the aware form; Debian 12 has an older one
    aware = getattr(certificate, "not_valid_after_utc", None)
    return aware or certificate.not_valid_after.replace(tzinfo=timezone.utc)
