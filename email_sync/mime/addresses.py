"""Address fields (RFC 5322 section 3.4), also as the world writes them."""

import re
from functools import lru_cache

from .encoding import decode_encoded_words, make_safe
from .headers import clean_line
from .message import Address
from .normalize import address_forms, domain_of, normalize_address, normalize_domain

__all__ = [
    "address_forms",
    "domain_of",
    "format_address",
    "format_addresses",
    "normalize_address",
    "normalize_domain",
    "parse_addresses",
]

_REMEMBERED = 200  # characters
_NAME_LIMIT = 300
_EMAIL_LIMIT = 320
_TEXT_LIMIT = 2_000  # of one mailbox; longer ones are no mailboxes
# The form of nearly all addresses: name <local@domain> or local@domain, without comments and
# quoted pairs.
_PLAIN = re.compile(
    r'(?:"([^"\\<>@]*)"\s*<|([^"\\<>@(),;:\[]*)<)?\s*([^\s"\\<>@(),;:=\[]+@[\w.-]+)\s*(>?)'
    r"\s*(?:,\s*|\Z)"
)
_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*(?:"|\Z))
    |(?P<comment>\()
    |<(?P<angle>[^<>]*)(?:>|\Z)
    |(?P<separator>[,;])
    |(?P<group>:)
    |(?P<literal>\[[^\[\]]*\])
    |(?P<text>[^"(<>,;:\[]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_STEP = re.compile(r"\\.|[()]", re.DOTALL)
_BARE_ADDRESS = re.compile(r"[^\s<>()\",;:]+@[^\s<>()\",;:@]+")
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')


def parse_addresses(value, limit=10_000):
    """Return the mailboxes of an address field.

    Members of groups come without their group. Comments stand in for a missing name. A bare word
    becomes an address without ``email``.

    :param str value: unfolded field, RFC 2047 words still encoded
    :param int limit: mailboxes to read
    :rtype: list[Address]
    """
    if len(value) <= _REMEMBERED and limit > _REMEMBERED:
        return list(_parse_short(value))
    return _parse(value, limit)


@lru_cache(maxsize=2048)
def _parse_short(value):
    # The people of a mailbox are few, and their addresses are written alike in mail after mail.
    return tuple(_parse(value, _REMEMBERED))


def _parse(value, limit):
    value = value.strip()
    result, position = [], 0
    while position < len(value) and len(result) < limit:
        match = _PLAIN.match(value, position)
        if not match:
            break
        quoted, bare, email, bracket = match.groups()
        name = quoted if bare is None else bare
        if (name is None) is bool(bracket):
            break
        result.append(Address(_clean_name(decode_encoded_words(name)) if name else "", email))
        position = match.end()
    if position < len(value):
        for mailbox in _split_mailboxes(value[position:]):
            if len(result) >= limit:
                break
            _append(result, mailbox)
    return result


class _Mailbox:
    """The tokens between two separators."""

    __slots__ = ("angle", "comments", "words")

    def __init__(self):
        self.words = []
        self.comments = []
        self.angle = None

    def __bool__(self):
        return self.angle is not None or any(word.strip() for word in self.words)


def _split_mailboxes(value):
    mailbox = _Mailbox()
    position = 0
    while position < len(value):
        match = _TOKEN.match(value, position)
        position = match.end()
        kind, text = match.lastgroup, match[match.lastgroup]
        if kind == "separator":
            yield mailbox
            mailbox = _Mailbox()
        elif kind == "group":
            # 'undisclosed-recipients:;', 'Team: a@b.example, c@d.example;', 'mailto:a@b.example'.
            mailbox = _Mailbox()
        elif kind == "comment":
            end = _find_comment_end(value, position)
            mailbox.comments.append(value[position : end - 1])
            position = end
        elif kind == "angle":
            if mailbox.angle is not None and "@" in mailbox.angle:
                # '<a@b.example> <c@d.example>': the comma is missing.
                yield mailbox
                mailbox = _Mailbox()
            elif mailbox.angle is not None:
                mailbox.words.append(mailbox.angle)
            mailbox.angle = text
        else:
            mailbox.words.append(text)
    yield mailbox


def _find_comment_end(value, position):
    """Return the offset behind the comment that begins at ``position``, comments in it included."""
    level = 1
    for match in _COMMENT_STEP.finditer(value, position):
        if match[0] == "(":
            level += 1
        elif match[0] == ")":
            level -= 1
            if not level:
                return match.end()
    return len(value) + 1


def _append(result, mailbox):
    if not mailbox:
        return
    if mailbox.angle is not None:
        email = _clean_email(mailbox.angle)
        name = _get_name(mailbox)
        if "@" in email:
            result.append(Address(name, email))
        elif "@" in name:
            # 'john@example.com <John>', or the address encoded along with its name.
            _append_decoded(result, name)
        elif name or email:
            result.append(Address(name or email, ""))
        return
    text = "".join(mailbox.words)[:_TEXT_LIMIT].strip()
    decoded = decode_encoded_words(text)
    if "@" not in decoded:
        result.append(Address(_clean_name(decoded), ""))
    elif text != decoded:
        _append_decoded(result, decoded)
    else:
        _append_bare(result, mailbox, text)


def _append_decoded(result, text):
    # Once only: what was decoded is not decoded again.
    found = _BARE_ADDRESS.search(text)
    if not found:
        result.append(Address(_clean_name(text), ""))
        return
    name = _clean_name((text[: found.start()] + text[found.end() :]).strip(' <>"'))
    result.append(Address(name, _clean_email(found[0])))


def _append_bare(result, mailbox, text):
    if " " not in text or re.fullmatch(r'"[^@]*"\s*@\s*\S+|\S+\s*@\s*\S+', text):
        result.append(Address(_clean_name(" ".join(mailbox.comments)), _clean_email(text)))
        return
    found = _BARE_ADDRESS.findall(text)
    if len(found) > 1:
        # 'a@b.example c@d.example': the comma is missing.
        result.extend(Address("", _clean_email(email)) for email in found)
    else:
        _append_decoded(result, text)


def _get_name(mailbox):
    words = []
    for word in mailbox.words:
        if word.startswith('"'):
            word = re.sub(r"\\(.)", r"\1", word[1:].removesuffix('"'))
        words.append(word)
    name = "".join(words).strip() or " ".join(mailbox.comments)
    return _clean_name(decode_encoded_words(name[:_TEXT_LIMIT]))


def _clean_name(name):
    name = clean_line(name)
    # 'Name' and "'Name'": quotes that programs put around the names they quote.
    if len(name) > 2 and name[0] in "'\"" and name[-1] == name[0]:
        name = name[1:-1].strip()
    return name[:_NAME_LIMIT]


def _clean_email(email):
    email = email.strip()
    if "=?" in email:
        email = decode_encoded_words(email)
    if email[:1] == "@" and ":" in email:
        # A source route (RFC 5322 section 4.4) says nothing today.
        email = email.rpartition(":")[2]
    if email[:7].lower() == "mailto:":
        email = email[7:]
    if not email.startswith('"'):
        email = "".join(email.split())
    return make_safe(clean_line(email))[:_EMAIL_LIMIT]


def format_address(address):
    """Return ``name <email>`` for reading and for typing into an address line, in Unicode."""
    name = address.name
    if not name or name == address.email:
        return address.email or name
    if _SPECIALS.search(name):
        name = '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'
    return f"{name} <{address.email}>" if address.email else name


def format_addresses(addresses):
    """Return addresses as one line, for reading and for an address line."""
    return ", ".join(format_address(address) for address in addresses)
