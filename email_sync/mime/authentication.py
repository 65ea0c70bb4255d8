"""Whether the reader's own mail provider found a mail to be from whom it says (RFC 8601)."""

import re
from dataclasses import dataclass, field

from .normalize import domain_of
from .warnings import Finding, organisation

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[();]|"|[^"\\();]+', re.DOTALL)
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
# How often, and for how many organisations, a provider is seen to stamp mail before it is believed.
_STAMPED_SHARE = 0.8
_STAMPED_SENDERS = 5
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


def find_forgery(parsed, authentication, own_domains=()):
    """Return what the provider's findings say against the sender of a mail.

    :param ParsedMessage parsed: the mail
    :param Authentication authentication: of :func:`authentication_results`
    :param own_domains: domains of the reader's organisation
    :return: at most one :class:`.warnings.Finding`
    :rtype: list[Finding]
    """
    sender = parsed.from_[0].normalized if parsed.from_ else ""
    domain = domain_of(sender)
    if not sender or not authentication.is_checked or authentication.confirms(domain):
        return []
    address = parsed.from_[0].email
    if authentication.dmarc == "fail":
        is_own = organisation(domain) in {organisation(own) for own in own_domains}
        if parsed.list_id and authentication.domains and not is_own:
            # Lists add a footer to what they pass on, which breaks the author's signature.
            return [Finding("changed-by-list", address, parsed.list_id)]
        return [Finding("not-genuine", address, domain)]
    if "fail" in (authentication.spf, authentication.dkim) and "pass" not in (
        authentication.spf,
        authentication.dkim,
    ):
        return [Finding("unverified", address, domain)]
    return [Finding("unproven", address, domain)]


def known_authserv_id(host):
    """Return the identifier of a well-known provider, '' for others.

    :param str host: the IMAP server of the mailbox
    """
    return AUTHSERV_IDS.get(organisation(host.lower().rstrip(".")), "")


def learn_authserv_id(mails):
    """Return the identifier that a provider writes into the mail of a mailbox.

    A provider that checks mail stamps all of it, whoever sent it. A field that only some senders'
    mail bears was written by these senders.

    :param mails: parsed mails that reached one mailbox from outside
    :return: the identifier; '' where the provider writes none, or too little mail was seen
    :rtype: str
    """
    senders = {}
    for parsed in mails:
        sender = parsed.from_[0].normalized if parsed.from_ else ""
        if sender:
            found = senders.setdefault(organisation(sender.rpartition("@")[2]), [])
            found.append(_get_topmost_identifier(parsed.trace))
    # One vote an organisation, of what stands in all of its mail.
    votes = [found[0] if len(set(found)) == 1 else "" for found in senders.values()]
    winner = max(filter(None, votes), key=votes.count, default="")
    if votes.count(winner) < max(_STAMPED_SENDERS, _STAMPED_SHARE * len(votes)):
        return ""
    return winner


def _get_topmost_identifier(trace):
    received = 0
    for name, value in trace:
        if name == "received":
            received += 1
        elif received < 2:  # above what the mail had when it reached the provider
            return _split_identifier(value)[0]
    return ""


def _split_identifier(value):
    """Return the identifier, '' where there is none, and the results that follow it."""
    statements = _split_statements(value)
    words = statements[0].split()
    identifier = words[0].lower() if words and "=" not in words[0] else ""
    return identifier, statements[1:] if identifier else statements


def _get_trusted(trace, authserv_id):
    if not authserv_id:
        return []
    received = 0
    for name, value in trace:
        if name == "received":
            received += 1
            # The topmost one is by the server that holds the mailbox.
            if received > 1 and not _is_own(value, authserv_id):
                break
        else:
            found, results = _split_identifier(value)
            if found == authserv_id or (not found and authserv_id in _WITHOUT_IDENTIFIER):
                return results
    return []


def _is_own(received, authserv_id):
    by = _RECEIVED_BY.search(" ".join(_split_statements(received)))
    host = by.group(1).lower().rstrip(".") if by else ""
    # Gmail's inner hops name an IPv6 address of theirs instead of a host.
    return host.startswith("2002:") or organisation(host) == organisation(authserv_id)


def _split_statements(value):
    """Return what semicolons separate, without comments; text in quotes separates nothing.

    What follows a quote or a comment that does not end is left out: it may be the sender's.
    """
    statements, level = [""], 0
    for lexeme in _TOKEN.findall(value):
        if lexeme == "(":
            level += 1
        elif lexeme == ")":
            level = max(0, level - 1)
        elif lexeme == '"':
            break
        elif level:
            continue
        elif lexeme == ";":
            statements.append("")
        else:
            statements[-1] += lexeme
    return statements


def _read_results(statements, methods, domains):
    for statement in statements:
        match = _METHOD.match(statement)
        if not match:
            continue
        method, result, rest = match[1].lower(), match[2].lower(), match[3]
        if result not in _RESULTS:
            continue
        # Of several signatures one has to be good; the sender's policy is judged once.
        if method not in methods or (method == "dkim" and result == "pass"):
            methods[method] = result
        if result == "pass" and method in ("dkim", "spf"):
            domains += _get_domains(rest)


def _get_domains(text):
    for name, value in _PROPERTY.findall(text):
        if name.lower() in ("header.d", "header.i", "smtp.mailfrom"):
            domain = value.strip('"').rpartition("@")[2].lower().rstrip(".")
            if domain:
                yield domain
