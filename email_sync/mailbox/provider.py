"""Recognise a provider from an address, and suggest its servers."""

import re
from dataclasses import dataclass

from .endpoint import Endpoint
from .provider_table import TABLE

#: What a person has to know before signing in:
#: ``app_password``: the provider wants a password made for this program;
#: ``authorization_code``: the provider's settings show a code to use in place of the password;
#: ``email_password``: mail has a password of its own, not that of the customer's account;
#: ``enable_imap``: IMAP has to be switched on in the provider's web mail first;
#: ``oauth``: passwords are not accepted, one signs in on the provider's page;
#: ``bridge``: the provider's own program has to run on the server;
#: ``paid``: only paid accounts have IMAP;
#: ``unavailable``: the provider offers no IMAP;
#: ``guessed``: the servers are guessed from the domain.
NOTES = (
    "app_password",
    "authorization_code",
    "email_password",
    "enable_imap",
    "oauth",
    "bridge",
    "paid",
    "unavailable",
    "guessed",
)

_COUNTRY = r"(?:com?\.)?[a-z]{2,3}"
_GOOGLE = re.compile(r"gmail\.com|googlemail\.com|google\.com")
_MICROSOFT = re.compile(
    rf"(?:outlook|hotmail|live)\.{_COUNTRY}|msn\.com|windowslive\.com|passport\.com"
    r"|(?:[^.]+\.)*onmicrosoft\.com"
)
_YAHOO = re.compile(rf"yahoo\.{_COUNTRY}|ymail\.com|rocketmail\.com|myyahoo\.com")
_PROTON = re.compile(r"proton\.me|protonmail\.(?:com|ch)|pm\.me")
_TUTA = re.compile(r"tuta\.(?:com|io)|tutanota\.(?:com|de)|tutamail\.com|keemail\.me")


@dataclass(frozen=True)
class Provider:
    """A provider and its servers.

    :ivar key: ``google``, ``microsoft`` or ``other``
    :ivar name: its name, or the domain where it is not known
    :ivar imap: :class:`.endpoint.Endpoint`
    :ivar smtp: :class:`.endpoint.Endpoint`
    :ivar login_is_address: whether one signs in with the whole address, else with what stands
        before the @
    :ivar note: one of :data:`NOTES`, or ``""``
    """

    key: str
    name: str
    imap: Endpoint
    smtp: Endpoint
    login_is_address: bool = True
    note: str = ""

    def get_login(self, address):
        """Return the user name to suggest for an address."""
        return address if self.login_is_address else address.rpartition("@")[0]


def recognise(address):
    """Return the :class:`Provider` of an address; for an unknown domain, a guess.

    :param address: e-mail address
    """
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    for key, name, pattern, imap, smtp, note in (
        ("google", "Google", _GOOGLE, "imap.gmail.com", "smtp.gmail.com", "app_password"),
        ("microsoft", "Microsoft", _MICROSOFT, "outlook.office365.com", _smtp(domain), "oauth"),
        ("other", "Proton", _PROTON, "127.0.0.1:1143", "127.0.0.1:1025", "bridge"),
        ("other", "Tuta", _TUTA, "", "", "unavailable"),
    ):
        if pattern.fullmatch(domain):
            return Provider(key, name, _endpoint(imap, 993), _endpoint(smtp, 465), True, note)
    if domain in _PROVIDERS:
        return _PROVIDERS[domain]
    if _YAHOO.fullmatch(domain):
        imap, smtp = Endpoint("imap.mail.yahoo.com", 993), Endpoint("smtp.mail.yahoo.com", 465)
        return Provider("other", "Yahoo", imap, smtp, True, "app_password")
    imap, smtp = Endpoint(f"imap.{domain}", 993), Endpoint(f"smtp.{domain}", 465)
    return Provider("other", domain, imap, smtp, True, "guessed")


def _smtp(domain):
    # business accounts send through another host than the free ones
    business = domain.endswith("onmicrosoft.com")
    return "smtp.office365.com:587" if business else "smtp-mail.outlook.com:587"


def _endpoint(text, tls_port):
    host, _colon, port = text.partition(":")
    return Endpoint(host, int(port or tls_port), "starttls" if port else "tls")


def _read_table():
    providers = {}
    for line in TABLE.strip().splitlines():
        name, imap, smtp, notes, domains = (part.strip() for part in line.split("|"))
        words = notes.split()
        provider = Provider(
            key="other",
            name=name,
            imap=_endpoint(imap, 993),
            smtp=_endpoint(smtp, 465),
            login_is_address="local" not in words,
            note=next((word for word in words if word != "local"), ""),
        )
        providers.update((domain, provider) for domain in domains.split())
    return providers


_PROVIDERS = _read_table()
