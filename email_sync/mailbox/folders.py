"""Folders as a server lists them, and what each is for."""

import re
import unicodedata
from dataclasses import dataclass, replace

from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7

from .folder_names import NAMES

# RFC 6154 section 2 and RFC 8457, by attribute in lower case; the last ones are XLIST's names
_ATTRIBUTES = {
    "\\all": "all",
    "\\archive": "archive",
    "\\drafts": "drafts",
    "\\flagged": "flagged",
    "\\important": "important",
    "\\junk": "junk",
    "\\sent": "sent",
    "\\trash": "trash",
    "\\allmail": "all",
    "\\spam": "junk",
    "\\starred": "flagged",
}

# Bytes; file systems and servers allow a quarter of it, and an index of the database a bit more
_LONGEST_NAME = 1000


@dataclass(frozen=True)
class RemoteFolder:
    """A folder as the server lists it.

    :ivar name: its full name, decoded; what every method of the session takes
    :ivar delimiter: what separates the levels in ``name``, or None for a server without levels
    :ivar attributes: attributes in lower case (``\\noselect``, ``\\haschildren``, …)
    :ivar special_use: ``inbox``, ``sent``, ``drafts``, ``trash``, ``junk``, ``archive``, ``all``,
        ``flagged``, ``important`` or None
    :ivar selectable: whether it can hold messages
    :ivar subscribed: whether the user subscribed to it, or None where the server did not say
    """

    name: str
    delimiter: str | None
    attributes: frozenset
    special_use: str | None
    selectable: bool
    subscribed: bool | None = None


@dataclass(frozen=True)
class FolderStatus:
    """What a server says about a folder without listing its messages.

    :ivar uidvalidity: while it stays the same, a UID means the same message; None where unknown
    :ivar uidnext: UID that the next new message will have at least; None where unknown
    :ivar messages: number of messages
    :ivar unseen: number of unread messages; None where unknown
    :ivar highestmodseq: grows with every change in the folder (RFC 7162); None where the server
        keeps no such number for it
    :ivar mailbox_id: what the folder keeps when it is renamed (RFC 8474); None where unknown
    :ivar permanent_flags: flags that can be stored, ``\\*`` for new keywords; only from ``select``
    :ivar read_only: whether the folder is open without the right to change it; only from ``select``
    """

    uidvalidity: int | None
    uidnext: int | None
    messages: int
    unseen: int | None = None
    highestmodseq: int | None = None
    mailbox_id: str | None = None
    permanent_flags: frozenset | None = None
    read_only: bool | None = None


def decode_name(raw):
    """Return the name of a folder as text that a database can hold.

    A name that is not proper modified UTF-7 (RFC 3501 section 5.1.3) is shown as UTF-8, or byte
    for byte; such a name does not lead back to the bytes, so the session keeps both.
    """
    try:
        name = decode_utf7(raw)
        proper = encode_utf7(name) == raw
    except ValueError:
        name, proper = "", False
    if proper and not _has_unstorable(name):
        return "INBOX" if name.upper() == "INBOX" else name
    try:
        name = raw.decode()
    except ValueError:
        name = ""
    if not name or _has_unstorable(name):
        name = "".join(char if char.isprintable() else "\ufffd" for char in raw.decode("latin-1"))
    return name


def encode_name(name):
    """Return the bytes that stand for a folder's name in modified UTF-7."""
    return encode_utf7(name)


def parse_list(values):
    """Read the data of a LIST response.

    :param values: as :meth:`.response.Response.values` returns it
    :return: ``(raw name, RemoteFolder)``, special use by attribute only; None without a name
        that can be asked for and kept
    """
    if len(values) < 3 or not isinstance(values[0], list):
        return None
    attributes = frozenset(
        attribute.decode("ascii", "replace").lower()
        for attribute in values[0]
        if isinstance(attribute, bytes)
    )
    delimiter = values[1].decode("ascii", "replace") if isinstance(values[1], bytes) else None
    if delimiter is not None and (len(delimiter) != 1 or not delimiter.isprintable()):
        # RFC 9051 section 9: one character or NIL
        delimiter = None
    # a folder may be called NIL
    raw = b"NIL" if values[2] is None else values[2]
    if not isinstance(raw, bytes) or b"\0" in raw or len(raw) > _LONGEST_NAME:
        return None
    # some servers end the names of folders that only hold folders with the delimiter
    if delimiter and len(raw) > 1 and raw.endswith(delimiter.encode()):
        raw = raw[: -len(delimiter)]
    name = decode_name(raw)
    return raw, RemoteFolder(
        name=name,
        delimiter=delimiter,
        attributes=attributes,
        special_use=_use_by_attribute(name, attributes),
        selectable=not attributes & {"\\noselect", "\\nonexistent"},
        subscribed=True if "\\subscribed" in attributes else None,
    )


def add_uses_by_name(folders):
    """Recognise by their names the special folders that the server did not mark.

    Only folders at the top or directly below INBOX count, and only for a use that no folder has
    yet, so that "Projects/Archive" and a user's second "Sent" stay what they are.

    :param folders: list of :class:`RemoteFolder`
    :return: the same, completed
    """
    taken = {folder.special_use for folder in folders}
    found = {}
    for folder in folders:
        if folder.special_use is None and folder.selectable:
            use, rank = _use_by_name(folder)
            if use and use not in taken and rank < found.get(use, (None, 10**6))[1]:
                found[use] = (folder.name, rank)
    uses = {name: use for use, (name, _rank) in found.items()}
    return [
        replace(folder, special_use=uses[folder.name]) if folder.name in uses else folder
        for folder in folders
    ]


def _use_by_attribute(name, attributes):
    if name == "INBOX" or "\\inbox" in attributes:
        return "inbox"
    return next((use for key, use in _ATTRIBUTES.items() if key in attributes), None)


def _use_by_name(folder):
    levels = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
    if len(levels) > 1 and levels[0].upper() in ("INBOX", "[GMAIL]", "[GOOGLE MAIL]"):
        levels = levels[1:]
    if len(levels) > 1:
        return None, 0
    use, rank = _USES_BY_NAME.get(_normalise(levels[0]), (None, 0))
    return use, rank


def _normalise(name):
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in decomposed if char.isalnum())


def _has_unstorable(name):
    return any(char == "\0" or unicodedata.category(char) in ("Cc", "Cs") for char in name)


_USES_BY_NAME = {
    _normalise(name): (use, rank)
    for use, names in NAMES.items()
    for rank, name in enumerate(re.split(r"\s*\|\s*", names.strip()))
}
