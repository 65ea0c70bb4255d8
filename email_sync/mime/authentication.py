"""Whether the reader's own mail provider found a mail to be from whom it says (RFC 8601)."""

import re
from dataclasses import dataclass, field

from .warnings import organisation

_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(
    r"\s*([a-z0-9-]{1,40})(?:/\d+)?\s*=\s*([a-z]{1,20})(.*)", re.IGNORECASE | re.DOTALL
)
_PROPERTY = re.compile(r"([a-z]{1,20}\.[a-z0-9-]{1,40})\s*=\s*(\"[^\"]*\"|[^\s;]+)", re.IGNORECASE)
_RECEIVED_BY = re.compile(r"\bby\s+([^\s;()]{1,255})", re.IGNORECASE)
_RESULTS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy")

# Identifiers of providers, by the domain of their IMAP servers.
AUTHSERV_IDS = {
    "gmail.com": "mx.google.com",
    "googlemail.com": "mx.google.com",
    "office365.com": "outlook.com",
    "outlook.com": "outlook.com",
    "fastmail.com": "mx.messagingengine.com",
}
# Exchange Online leaves its identifier out, and removes the fields it is sent.
_WITHOUT_IDENTIFIER = ("outlook.com",)


@dataclass(frozen=True, slots=True)
class Authentication:
    """What one's own provider found out about a mail's sender.

    :ivar spf: result of SPF: 'pass', 'fail', 'softfail', 'neutral', 'none', 'temperror',
        'permerror', 'policy'; '' when it was not checked
    :ivar dkim: best result of DKIM, as above
    :ivar dmarc: result of DMARC, as above
    :ivar domains: domains that a passing DKIM signature or SPF check stands for
    """

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    domains: list[str] = field(default_factory=list)

    @property
    def is_checked(self):
        return bool(self.spf or self.dkim or self.dmarc)

    def confirms(self, domain):
        """Return whether the From domain is shown to be genuine (RFC 7489, relaxed alignment).

        :param str domain: of the normalised From address
        """
        if self.dmarc:
            return self.dmarc == "pass"
        return any(organisation(found) == organisation(domain) for found in self.domains)


def authentication_results(parsed, authserv_id):
    """Return what the reader's own provider wrote into a mail.

    Anybody can write an Authentication-Results field. Only the topmost one counts that carries the
    provider's identifier, and only above the first Received field of another organisation: a
    provider puts its fields on top of what it was sent.

    :param ParsedMessage parsed: the mail
    :param str authserv_id: identifier of the provider (RFC 8601 section 2.5), see
        :data:`AUTHSERV_IDS`; '' trusts nothing
    :rtype: Authentication
    """
    methods, domains = {}, []
    _read_results(_get_trusted(parsed.trace, authserv_id.lower()), methods, domains)
    return Authentication(
        spf=methods.get("spf", ""),
        dkim=methods.get("dkim", ""),
        dmarc=methods.get("dmarc", ""),
        domains=list(dict.fromkeys(domains)),
    )


def _get_trusted(trace, authserv_id):
    if not authserv_id:
        return ""
    received = 0
    for name, value in trace:
        if name == "received":
            received += 1
            # The topmost one is by the server that holds the mailbox.
            if received > 1 and not _is_own(value, authserv_id):
                break
        else:
            identifier, _semicolon, results = value.partition(";")
            words = identifier.split()
            found = words[0].lower() if words and "=" not in words[0] else ""
            if found == authserv_id:
                return results
            if not found and authserv_id in _WITHOUT_IDENTIFIER:
                return value
    return ""


def _is_own(received, authserv_id):
    by = _RECEIVED_BY.search(_COMMENT.sub(" ", received))
    host = by.group(1).lower().rstrip(".") if by else ""
    # Gmail's inner hops name an IPv6 address of theirs instead of a host.
    return host.startswith("2002:") or organisation(host) == organisation(authserv_id)


def _read_results(value, methods, domains):
    for statement in _COMMENT.sub(" ", value).split(";"):
        match = _METHOD.match(statement)
        if not match:
            continue
        method, result, rest = match[1].lower(), match[2].lower(), match[3]
        if result not in _RESULTS:
            continue
        if method not in methods or result == "pass":
            methods[method] = result
        if result == "pass" and method in ("dkim", "spf"):
            domains += _get_domains(rest)


def _get_domains(text):
    for name, value in _PROPERTY.findall(text):
        if name.lower() in ("header.d", "header.i", "smtp.mailfrom"):
            domain = value.strip('"').rpartition("@")[2].lower().rstrip(".")
            if domain:
                yield domain
