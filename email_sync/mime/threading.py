"""Which mails belong together (RFC 5322 section 3.6.4, RFC 5256 section 2.1)."""

import re
from hashlib import sha256

from . import words
from .headers import clean_line
from .words import alternatives

_COUNT = r"(?:\s?[\[(]\s?\d{1,4}\s?[\])]|\s?\*\d{1,4}|\^\d{1,4}|\d{1,2})?"
_REPLY = rf"\s*{alternatives(words.REPLY_PREFIXES)}{_COUNT}\s?[:：︰]\s*"
_FORWARD = rf"\s*(?:{alternatives(words.FORWARD_PREFIXES)}{_COUNT}\s?[:：︰]|\[\s*fwd?\s*:)\s*"
_REPLY_PREFIX = re.compile(_REPLY, re.IGNORECASE)
_FORWARD_PREFIX = re.compile(_FORWARD, re.IGNORECASE)
_PREFIX = re.compile(f"{_REPLY}|{_FORWARD}", re.IGNORECASE)
# '[list] Re: [list] subject' is what list servers leave in front of an answer.
_LIST_TAG = re.compile(r"\s*\[[^\[\]]{1,60}\]\s*")
_MARKED_EXTERNAL = re.compile(
    r"\s*(?:\[(?:ext|extern|external|externe|externo|external email|warning: external)\]"
    r"|\*{2,}\s?(?:spam|ext)\s?\*{2,})\s*",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"<([^<>]{1,2000})>")
_MESSAGE_ID_LENGTH = 500


def normalize_subject(subject):
    """Return a subject without the prefixes of answers and forwards, in lower case.

    :return: for comparing; '' when nothing but prefixes is left
    :rtype: str
    """
    return " ".join(strip_prefixes(subject).lower().split())


def strip_prefixes(subject):
    """Return a subject without the prefixes of answers and forwards, as it was written."""
    subject = clean_line(subject[:2_000])
    while True:
        match = _PREFIX.match(subject) or _MARKED_EXTERNAL.match(subject)
        if not match:
            tag = _LIST_TAG.match(subject)
            # A tag in front of a prefix: '[sales] AW: offer' stays '[sales] offer'.
            prefix = tag and _PREFIX.match(subject, tag.end())
            if not prefix:
                break
            rest = subject[prefix.end() :]
            subject = rest if rest.startswith(tag[0].strip()) else tag[0] + rest
            continue
        subject = subject[match.end() :]
        if "fw" in match[0].lower() and match[0].lstrip().startswith("["):
            subject = subject.removesuffix("]")
    return subject.strip()


def is_reply_subject(subject):
    """Return whether a subject begins as programs begin the subject of an answer."""
    subject = _skip_tags(subject)
    return bool(_REPLY_PREFIX.match(subject))


def is_forward_subject(subject):
    """Return whether a subject begins as programs begin the subject of a forwarded mail."""
    subject = _skip_tags(subject)
    return bool(_FORWARD_PREFIX.match(subject)) and not _REPLY_PREFIX.match(subject)


def _skip_tags(subject):
    subject = clean_line(subject[:2_000])
    for pattern in (_MARKED_EXTERNAL, _LIST_TAG):
        match = pattern.match(subject)
        if match and not _FORWARD_PREFIX.match(subject):
            subject = subject[match.end() :]
    return subject


def thread_keys(parsed):
    """Return the identifiers that tie a mail to its conversation.

    :param parsed: a :class:`.message.ParsedMessage`
    :return: of its ancestors, oldest first, then its own; without repetition; empty when it has
        none at all
    :rtype: list[str]
    """
    keys = dict.fromkeys(parsed.references)
    keys.update(dict.fromkeys(parsed.in_reply_to))
    for own in (parsed.original_message_id, parsed.message_id):
        if own:
            keys.pop(own, None)
            keys[own] = None
    return list(keys)


def parse_message_ids(value, limit=100):
    """Return the message identifiers of a field.

    :param str value: unfolded Message-ID, In-Reply-To or References
    :param int limit: identifiers to keep; of a longer list the first tenth and the last ones
    :return: each as ``<…>``, without white space, once
    :rtype: list[str]
    """
    if "<" in value:
        found = _MESSAGE_ID.findall(value)
    else:
        # Without the angle brackets that RFC 5322 asks for.
        found = [word.strip(",;>\"'") for word in value.split() if "@" in word]
    identifiers = list(dict.fromkeys(map(_clean_message_id, found)))
    if "" in identifiers:
        identifiers.remove("")
    if len(identifiers) > limit:
        first = limit // 10
        identifiers = identifiers[:first] + identifiers[first - limit :]
    return identifiers


def parse_message_id(value):
    """Return the identifier of a Message-ID field as ``<…>``, '' when there is none."""
    identifiers = parse_message_ids(value)
    if identifiers:
        return identifiers[0]
    return _clean_message_id(value.strip("<> ")) if value.strip("<> ") else ""


def _clean_message_id(identifier):
    identifier = "".join(identifier.split())
    if not identifier:
        return ""
    if len(identifier) > _MESSAGE_ID_LENGTH:
        # An index of PostgreSQL refuses long values.
        digest = sha256(identifier.encode("utf-8", "replace")).hexdigest()
        identifier = f"{identifier[:100]}~{digest}"
    return f"<{identifier}>"
