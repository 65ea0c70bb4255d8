"""What FETCH and SEARCH ask of a mail: RFC 3501, RFC 7162 and Gmail's own items."""

import re
from datetime import datetime, timezone

from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7

from .store import SYSTEM_LABELS, TRASH

_SECTION = re.compile(r"BODY(\.PEEK)?\[(.*?)\](?:<(\d+)\.(\d+)>)?", re.IGNORECASE | re.DOTALL)
_SET_PART = re.compile(r"(\d+|\*)(?::(\d+|\*))?")
_LABELS = {label.lower(): name for name, label in SYSTEM_LABELS.items()} | {"\\trash": TRASH}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class SyntaxRefusedError(Exception):
    """A command that is answered with BAD; the text says why."""


def text_of(value):
    """Return an argument as text, whatever the parser took it for."""
    return value.decode() if isinstance(value, bytes) else str(value)


def quote(text):
    """Return the quoted string (RFC 3501) of a text, in bytes."""
    data = text if isinstance(text, bytes) else text.encode()
    return b'"%s"' % data.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def read_set(value, numbers):
    """Return which of these numbers, ascending, a sequence set names.

    :param value: a set of sequence numbers or UIDs, such as ``b"1:3,7:*"``
    """
    last = numbers[-1] if numbers else 0
    wanted = []
    for first, second in _SET_PART.findall(text_of(value)):
        ends = [last if end == "*" else int(end) for end in (first, second or first)]
        wanted.append((min(ends), max(ends)))
    return [n for n in numbers if any(low <= n <= high for low, high in wanted)]


# ---- FETCH ----


def fetch_item(item, folder, uid):
    """Return one FETCH item of a mail, its name before it, in bytes."""
    mail = folder.mails[uid]
    name = item.upper()
    if match := _SECTION.fullmatch(item):
        return _body(match, mail)
    values = {
        "UID": lambda: b"%d" % uid,
        "FLAGS": lambda: b"(%s)" % " ".join(sorted(folder.flags_of(uid))).encode(),
        "INTERNALDATE": lambda: quote(_internal_date(mail.date)),
        "RFC822.SIZE": lambda: b"%d" % len(mail.source),
        "MODSEQ": lambda: b"(%d)" % mail.modseq,
        "X-GM-MSGID": lambda: b"%d" % mail.id,
        "X-GM-THRID": lambda: b"%d" % mail.thread_id,
        "X-GM-LABELS": lambda: b"(%s)" % b" ".join(map(_label, sorted(mail.labels))),
    }
    if name not in values:
        raise SyntaxRefusedError(f"Could not parse command: {item}")
    return b"%s %s" % (name.encode(), values[name]())


def reads_body(item):
    """Whether to FETCH this item sets ``\\Seen``."""
    match = _SECTION.fullmatch(item)
    return bool(match and not match[1])


def read_label(value):
    """Return the name of the folder that a label of STORE X-GM-LABELS stands for."""
    text = text_of(value)
    return _LABELS.get(text.lower()) or decode_utf7(text.encode())


def _label(name):
    system = SYSTEM_LABELS.get(name)
    return system.encode() if system else quote(encode_utf7(name))


def _internal_date(date):
    date = date.astimezone(timezone.utc)
    return f"{date.day:02d}-{_MONTHS[date.month - 1]}-{date:%Y %H:%M:%S} +0000"


def _body(match, mail):
    section, start, length = match[2].upper(), match[3], match[4]
    head, separator, _text = mail.source.partition(b"\r\n\r\n")
    if section == "":
        data = mail.source
    elif section == "HEADER":
        data = head + separator
    elif section.startswith("HEADER.FIELDS ("):
        data = _fields(mail, section[len("HEADER.FIELDS (") : -1].split())
    else:
        raise SyntaxRefusedError(f"BODY[{section}] is not served here")
    label = b"BODY[%s]" % match[2].encode()
    if start is not None:
        data = data[int(start) : int(start) + int(length)]
        label += b"<%s>" % start.encode()
    return b"%s {%d}\r\n%s" % (label, len(data), data)


def _fields(mail, names):
    found = [f"{name}: {value}\r\n" for name, value in mail.header.items() if name.upper() in names]
    return "".join(found).encode() + b"\r\n"


# ---- SEARCH ----


def search(criteria, folder):
    """Return the UIDs of a folder that meet all criteria (list of parsed arguments)."""
    criteria = list(criteria)
    if criteria[:1] and text_of(criteria[0]).upper() == "CHARSET":
        del criteria[:2]
    tests = []
    while criteria:
        tests.append(_take_key(criteria, folder))
    return [uid for uid in folder.mails if all(test(uid) for test in tests)]


def _take_key(criteria, folder):
    """Take one search key with its arguments off the list; return its test of a UID."""
    key = text_of(criteria.pop(0)).upper()

    def of(uid):
        return folder.mails[uid]

    def argument():
        return text_of(criteria.pop(0))

    if key == "ALL":
        return lambda uid: True
    if key == "NOT":
        inner = _take_key(criteria, folder)
        return lambda uid: not inner(uid)
    if key == "OR":
        either, other = _take_key(criteria, folder), _take_key(criteria, folder)
        return lambda uid: either(uid) or other(uid)
    if key == "UID":
        wanted = set(read_set(argument(), list(folder.mails)))
        return wanted.__contains__
    if key == "SINCE":
        since = datetime.strptime(argument(), "%d-%b-%Y").date()
        return lambda uid: of(uid).date.astimezone(timezone.utc).date() >= since
    if key == "X-GM-MSGID":
        number = int(argument())
        return lambda uid: of(uid).id == number
    if key in ("SEEN", "UNSEEN", "FLAGGED", "UNFLAGGED", "DELETED", "UNDELETED"):
        flag, is_set = f"\\{key.removeprefix('UN').title()}", not key.startswith("UN")
        return lambda uid: (flag in folder.flags_of(uid)) == is_set
    if key in ("SUBJECT", "FROM", "HEADER"):
        name = argument() if key == "HEADER" else key
        text = argument().lower()
        return lambda uid: text in str(of(uid).header[name] or "").lower()
    raise SyntaxRefusedError(f"Could not parse command: {key}")
