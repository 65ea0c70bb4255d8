"""Where a mail server is and how one signs in to it."""

from dataclasses import dataclass, field

SECURITIES = ("tls", "starttls", "none")


@dataclass(frozen=True)
class Endpoint:
    """A mail server.

    :ivar host: name or address
    :ivar port: TCP port
    :ivar security: ``tls`` (from the first byte, RFC 8314), ``starttls`` (RFC 3501, RFC 3207) or
        ``none``
    :ivar fingerprint: SHA-256 (hexadecimal, colons allowed) of the one certificate to accept
        instead of verifying against authorities; None to verify
    :ivar timeout: seconds to connect and sign in, and seconds of silence that end a command
    """

    host: str
    port: int
    security: str = "tls"
    fingerprint: str | None = None
    timeout: float = 30

    def __post_init__(self):
        if self.security not in SECURITIES:
            raise ValueError(f"security is one of {', '.join(SECURITIES)}")


@dataclass(frozen=True)
class PasswordCredentials:
    """A user name and a password."""

    login: str
    password: str = field(repr=False)

    @property
    def secrets(self):
        return (self.password,)


@dataclass(frozen=True)
class OAuthCredentials:
    """A user name and an OAuth 2 access token (SASL XOAUTH2)."""

    login: str
    access_token: str = field(repr=False)

    @property
    def secrets(self):
        return (self.access_token,)
