import hashlib
from contextlib import closing
from typing import NamedTuple

from ..mime.message import ParsedMessage
from ..mime.parse import parse
from ..mime.text import snippet

SNIPPET_SOURCE = 2_000  # characters that are looked at for the few that lists show
SNIPPET_LENGTH = 200


class Reading(NamedTuple):
    """What reading a mail takes time for.

    :ivar parsed: what it says
    :ivar snippet: what lists show of its text
    :ivar checksum: as Odoo names the file of its source (SHA-1), None of a large mail
    """

    parsed: ParsedMessage
    snippet: str
    checksum: str | None


def read(source):
    """Read a mail.

    :param source: bytes, or a :class:`..mime.source.Source`
    :rtype: Reading
    """
    parsed = parse(source)
    checksum = None
    if isinstance(source, bytes):
        checksum = hashlib.sha1(source).hexdigest()  # noqa: S324 - the name that core gives
    return Reading(parsed, snippet(parsed.text[:SNIPPET_SOURCE], SNIPPET_LENGTH), checksum)


def parse_ahead(sources):
    """Read mails while those before them are stored: in the thread that reads ahead.

    The database works without the interpreter for a third of the time that storing takes. Here it
    is used, a mail at a time, between two reads of the network: the store never waits for longer.

    :param sources: iterator of :class:`..mailbox.fetch.FetchedMessage`, closed with this one
    :return: iterator of the same, those in memory with their :class:`Reading`
    """
    with closing(sources):
        for fetched in sources:
            yield fetched._replace(parsed=_try_read(fetched.source)) if fetched.source else fetched


def _try_read(source):
    try:
        return read(source)
    except Exception:
        # Read once more where it is stored: what is raised there quarantines this mail alone.
        return None
