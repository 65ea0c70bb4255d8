"""Read what an IMAP server answers (RFC 9051 section 9, with what servers make of it)."""

import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from imapclient.imap_utf7 import decode as decode_utf7

from .errors import ProtocolError

_DEEPEST_LIST = 50
# No number of IMAP has more than 64 bits (RFC 9051 section 9)
_MOST_DIGITS = 20
# Texts such as "* SEARCH" apart, an answer of more values than this is not believed
_MOST_VALUES = 100_000
LARGEST_NUMBER = 2**32 - 1
LARGEST_NUMBER_64 = 2**63 - 1
# RFC 8474 section 4: what identifies messages, threads and mailboxes
_OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
_LITERAL_SIZE = re.compile(rb"\{(\d+)\+?\}$")
_HEAD = re.compile(rb"(\*|\+|[^\s+*]+)(?: (\d+)(?= [A-Za-z]))?(?: ([A-Za-z][A-Za-z-]*))?(?: |$)")
# Repetitions are bounded: each takes two hundred bytes while it is tried. A quote that nothing
# closes ends what can be read; to try again at each quote behind it would take the square of time.
_TOKEN = re.compile(
    rb"""\s*(?:
        (?P<open>\() | (?P<close>\))
        | "(?P<quoted>[^"\\]*(?:\\.[^"\\]*){0,10000})"
        | (?P<atom>(?:[^\s()"\[]+|\[[^\[\]]*\]|\[){1,1000})
        | (?P<unclosed>".*)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
# The items we ask for, in whatever order; anything else goes through the slow, general way
_FETCH = re.compile(
    rb"""\*[ ](?P<number>\d+)[ ]FETCH[ ]\((?:(?:
        UID[ ](?P<uid>\d+)
        | FLAGS[ ]\((?P<flags>[^()"]*)\)
        | RFC822\.SIZE[ ](?P<size>\d+)
        | INTERNALDATE[ ]"(?P<date>[^"\\]*)"
        | MODSEQ[ ]\((?P<modseq>\d+)\)
        | X-GM-MSGID[ ](?P<gmail_message>\d+)
        | X-GM-THRID[ ](?P<gmail_thread>\d+)
        | BODY\[(?:HEADER(?:\.FIELDS[ ]\(MESSAGE-ID\))?)?\](?:<\d+>)?[ ](?P<body>\{\d+\})
    )[ ]?)+\)$""",
    re.VERBOSE | re.IGNORECASE,
)
# What is asked most comes first; to compare a character with one is faster than with several.
_SIMPLE_FETCHES = re.compile(
    rb"(?:\* [0-9]+ FETCH \("
    rb"(?:UID [0-9]+ FLAGS \([^)\0]*\)\)"
    rb"|[^\r\n\0\"{]*(?:\"[^\r\n\0\"\\{]*\"[^\r\n\0\"{]*)*\))\r\n)*"
)
# Of what the expression above found. They begin with what is the same in every line: that is found
# fastest.
_UID_FLAGS = re.compile(
    rb" FETCH \(UID ([0-9]{1,10}) FLAGS \(([^)]*)\)(?:\)| MODSEQ \([0-9]+\)\))\r\n"
)
_FLAGS_UID = re.compile(rb" FETCH \(FLAGS \(([^)]*)\) UID ([0-9]{1,10})\)\r\n")
_DATE = re.compile(rb"\s*(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_SYSTEM_FLAGS = {
    flag.lower(): flag for flag in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
}
_known_flags = {}


class Response(NamedTuple):
    """One answer of the server.

    :ivar tag: ``b"*"``, ``b"+"`` or the tag of a command
    :ivar number: the number before the name (``* 23 EXISTS``), or None
    :ivar name: what it is, in upper case: ``OK``, ``FETCH``, ``LIST`` …
    :ivar fragments: text, literal, text, literal, …, text
    :ivar start: where in the first text the data after the name begins
    """

    tag: bytes
    number: int | None
    name: bytes
    fragments: list
    start: int

    @property
    def text(self):
        """The data after the name, up to the first literal."""
        return self.fragments[0][self.start :]

    def values(self):
        """The data as nested lists of bytes and None (NIL)."""
        return parse_values([self.text, *self.fragments[1:]])


class SkippedLiteral(NamedTuple):
    """Stands for a literal that was larger than the reader wanted to hold."""

    size: int


class MessageFlags(NamedTuple):
    """The flags of a message.

    :ivar uid: its UID
    :ivar flags: set of str, the system flags as RFC 9051 writes them (``\\Seen``)
    :ivar modseq: its mod-sequence (RFC 7162), or None
    """

    uid: int
    flags: frozenset
    modseq: int | None = None


class Fetched(NamedTuple):
    """The items of one FETCH response; None for what it does not contain."""

    uid: int | None
    flags: frozenset | None = None
    size: int | None = None
    internal_date: datetime | None = None
    modseq: int | None = None
    body: bytes | SkippedLiteral | None = None
    email_id: str | None = None
    thread_id: str | None = None
    labels: tuple | None = None


def number(text, largest=LARGEST_NUMBER_64):
    """Return a number that a server tells.

    :param bytes text: digits
    :raise ProtocolError: no number, or one beyond all that IMAP knows
    """
    if not text.isdigit() or len(text) > _MOST_DIGITS or int(text) > largest:
        raise ProtocolError("A number out of bounds", server_text=text)
    return int(text)


def positive_number(text, largest=LARGEST_NUMBER):
    """Return a positive number, or None: servers say 0 for what they do not know.

    :raise ProtocolError: a number beyond all that IMAP knows
    """
    return number(text, largest) or None if text and text.isdigit() else None


def object_id(value):
    """Return the text of an identifier (RFC 8474), or None where it is none."""
    value = value[0] if isinstance(value, list) and value else value
    is_id = isinstance(value, bytes) and _OBJECT_ID.fullmatch(value)
    return value.decode() if is_id else None


def literal_size(line):
    """Return the size of the literal that a line announces at its end, or None."""
    if not line.endswith(b"}"):
        return None
    match = _LITERAL_SIZE.search(line)
    return number(match[1]) if match else None


def parse_head(line):
    """Return ``(tag, number, name, start)`` of the first line of a response."""
    match = _HEAD.match(line)
    if not match:
        raise ProtocolError("This is not an IMAP response", server_text=line[:80])
    tag, told, name = match.groups()
    told = number(told, LARGEST_NUMBER) if told else None
    return tag, told, (name or b"").upper(), match.end()


def parse_values(fragments):
    """Read data items.

    A parenthesis too many or too few is forgiven: some servers close their lists early.

    :param fragments: text, literal, text, …; a text before a literal ends with its ``{size}``
    :return: nested lists of bytes, None for NIL, :class:`SkippedLiteral`
    :raise ProtocolError: lists in lists without end, or more values than are believed
    """
    stack, count = [[]], 0
    for index in range(0, len(fragments), 2):
        text = fragments[index]
        literal_follows = index + 1 < len(fragments)
        if literal_follows:
            text = text[: text.rindex(b"{")]
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            count += 1
            if count > _MOST_VALUES:
                raise ProtocolError("An answer of too many values")
            if kind == "open":
                if len(stack) > _DEEPEST_LIST:
                    raise ProtocolError("Lists too deep")
                stack.append([])
                stack[-2].append(stack[-1])
            elif kind == "close":
                if len(stack) > 1:
                    stack.pop()
            elif kind == "quoted":
                stack[-1].append(_ESCAPE.sub(rb"\1", token[kind]))
            elif kind == "atom":
                atom = token[kind]
                stack[-1].append(None if atom.upper() == b"NIL" else atom)
        if literal_follows:
            stack[-1].append(fragments[index + 1])
    return stack[0]


def simple_fetches_end(block):
    """Return where the complete FETCH lines without literals at the start of a block end."""
    return _SIMPLE_FETCHES.match(block).end()


def split_flags_block(block):
    """Take FETCH responses apart that have nothing but UID and FLAGS, and MODSEQ behind them.

    :param block: complete lines, see :func:`simple_fetches_end`
    :return: tuples of the UIDs and of the flags, as the server writes them; None if there is more
        in them, or if they do not have the same order throughout
    """
    count = block.count(b"\n")
    found = _UID_FLAGS.findall(block)
    if found and len(found) == count:
        uids, flags = zip(*found)
        return uids, flags
    found = _FLAGS_UID.findall(block)
    if found and len(found) == count:
        flags, uids = zip(*found)
        return uids, flags
    return None


def parse_fetches(part):
    """Read FETCH responses: a block as of :func:`simple_fetches_end`, or the fragments of one.

    :return: list of :class:`Fetched`
    """
    if isinstance(part, list):
        return [parse_fetch(part)]
    return [parse_fetch([line]) for line in part[:-2].split(b"\r\n")]


def parse_fetch(fragments):
    """Read one FETCH response.

    :param fragments: the whole response, as in :class:`Response`
    :rtype: Fetched
    :raise ProtocolError: an item that cannot be read
    """
    text = fragments[0] if len(fragments) == 1 else b"".join(fragments[::2])
    match = _FETCH.match(text)
    if not match or len(fragments) > 3 or (match["body"] and len(fragments) == 1):
        return _parse_any_fetch(fragments)
    _number, uid, flags, size, date, modseq, message_id, thread_id, body = match.groups()
    return Fetched(
        _uid(uid) if uid else None,
        parse_flags(flags) if flags is not None else None,
        number(size) if size else None,
        parse_internal_date(date) if date else None,
        number(modseq) if modseq else None,
        fragments[1] if body else None,
        message_id.decode() if message_id else None,
        thread_id.decode() if thread_id else None,
    )


def parse_flags(text):
    """Return flags as a set of str, the system flags written as RFC 9051 writes them.

    \\Recent is left out: it tells which session was first, not anything about the message.
    """
    flags = _known_flags.get(text)
    if flags is None:
        # no column holds NUL
        words = text.decode("utf-8", "replace").replace("\0", "\ufffd").split()
        flags = frozenset(
            _SYSTEM_FLAGS.get(word.lower(), word) for word in words if word.lower() != "\\recent"
        )
        # a mailbox has a handful of combinations; a hostile server has not the memory to fill
        if len(_known_flags) < 4096 and len(text) < 1000:
            _known_flags[text] = flags
    return flags


def parse_internal_date(text):
    """Return an INTERNALDATE as an aware datetime in UTC, or None where it is no date."""
    match = _DATE.match(text)
    if not match:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    offset = int(zone_hours) * 60 + int(zone_minutes)
    try:
        local = datetime(
            int(year),
            _MONTHS.get(month.lower(), 0),
            int(day),
            int(hour),
            int(minute),
            # a leap second has no place in datetime
            min(int(second), 59),
            tzinfo=timezone.utc,
        )
        if not offset:
            return local
        return local - timedelta(minutes=offset if sign == b"+" else -offset)
    except (ValueError, OverflowError):
        return None


def _parse_any_fetch(fragments):
    values = parse_values(fragments)
    # * 12 FETCH (…); an early closing parenthesis leaves items beside the list
    items = values[3] + values[4:] if values[3:] and isinstance(values[3], list) else []
    found = {}
    for key, value in zip(items[::2], items[1::2]):
        if not isinstance(key, bytes):
            raise ProtocolError("A FETCH response that cannot be read", server_text=fragments[0])
        key = key.upper()
        found["BODY" if key.startswith(b"BODY[") else key.decode("ascii", "replace")] = value
    try:
        return _fetched_from_items(found)
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise ProtocolError(
            "A FETCH response that cannot be read", server_text=fragments[0]
        ) from error


def _uid(text):
    # 0 is the UID of no message
    return number(text, LARGEST_NUMBER) or None


def _fetched_from_items(found):
    def integer(key, read=number):
        value = found.get(key)
        value = value[0] if isinstance(value, list) else value
        return read(value) if value is not None else None

    def identifier(*keys):
        return next((text for key in keys if (text := object_id(found.get(key)))), None)

    flags, labels, date = (found.get(key) for key in ("FLAGS", "X-GM-LABELS", "INTERNALDATE"))
    body = found.get("BODY", found.get("RFC822", found.get("RFC822.HEADER")))
    if not isinstance(body, (bytes, SkippedLiteral, type(None))):
        raise ProtocolError("A body that is no text")
    return Fetched(
        integer("UID", _uid),
        parse_flags(b" ".join(flags)) if flags is not None else None,
        integer("RFC822.SIZE"),
        parse_internal_date(date) if date else None,
        integer("MODSEQ"),
        # a NIL body is a message the server cannot deliver, not an empty one
        body,
        identifier("X-GM-MSGID", "EMAILID"),
        identifier("X-GM-THRID", "THREADID"),
        tuple(decode_utf7(label) for label in labels) if labels is not None else None,
    )
