"""Addresses made comparable."""

import re
from functools import lru_cache

import idna

# Letters of any script, digits and what RFC 5321 allows in domains; underscores exist in the wild.
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.)*[\w-]{1,63}", re.ASCII)
_ADDRESS_LITERAL = re.compile(r"\[[0-9A-Fa-f.:IPvx]{2,60}\]")
# U+3002, U+FF0E and U+FF61 stand for the full stop (RFC 3490 section 3.1).
_FULL_STOPS = re.compile("[\u3002\uff0e\uff61]")
_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f<>(),;:\\\"\[\]\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@lru_cache(maxsize=4096)
def normalize_domain(domain):
    """Return a domain in lower-case ASCII (IDNA), '' when it is none.

    :param str domain: in Unicode or ASCII, any case
    """
    domain = domain.lower().rstrip(".")
    if not domain.isascii():
        domain = _FULL_STOPS.sub(".", domain)
        try:
            # UTS 46: the mapping of browsers, so that what is typed and what is sent compare.
            domain = idna.encode(domain, uts46=True, std3_rules=False).decode("ascii")
        except (idna.IDNAError, UnicodeError, IndexError):
            return ""
    if len(domain) > 253:
        return ""
    if _DOMAIN.fullmatch(domain) or _ADDRESS_LITERAL.fullmatch(domain):
        return domain
    return ""


@lru_cache(maxsize=8192)
def normalize_address(email):
    """Return an address for comparing: lower case, domain in ASCII; '' when it is unusable.

    The local part is compared without regard to case although RFC 5321 section 2.4 leaves that to
    the receiver: no mail provider tells addresses apart by case, people do not either.
    """
    local, at, domain = email.strip().rpartition("@")
    if not at or not local or len(email) > 320:
        return ""
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        unquoted = re.sub(r"\\(.)", r"\1", local[1:-1])
        # "john.doe"@example.com is john.doe@example.com (RFC 5321 section 4.1.2).
        local = local if _FORBIDDEN.search(unquoted) or "@" in unquoted else unquoted
        if "\0" in local:
            return ""
    elif _FORBIDDEN.search(local) or "@" in local:
        return ""
    domain = normalize_domain(domain)
    return f"{local.lower()}@{domain}" if domain else ""


def domain_of(normalized):
    """Return the domain of a normalised address, '' for ''."""
    return normalized.rpartition("@")[2]


def address_forms(email):
    """Return the ways to write an address that a contact may be stored under.

    :param str email: an address
    :return: the normalised address and, for a domain with letters beyond ASCII, the same with
        its domain in Unicode; empty when the address is unusable
    :rtype: list[str]
    """
    normalized = normalize_address(email)
    if not normalized:
        return []
    local, _at, domain = normalized.rpartition("@")
    if "xn--" not in domain:
        return [normalized]
    try:
        return [normalized, f"{local}@{idna.decode(domain)}"]
    except (idna.IDNAError, UnicodeError):
        return [normalized]
