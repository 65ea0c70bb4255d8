"""Sets of message numbers as IMAP writes them (RFC 3501 ``sequence-set``)."""

from .errors import ProtocolError

# RFC 7162 section 4 lets a client send 8192 bytes to a server with CONDSTORE; RFC 2683 section
# 3.2.1.5 only 1000 to any other
LONG_LINE = 8000
SHORT_LINE = 980
# More messages in one folder than this are not believed
MOST_MESSAGES = 2_000_000
LAST_UID = 2**32 - 1  # RFC 3501 section 9: nz-number


def fold(uids):
    """Return the ``[first, last]`` ranges of numbers, ascending and without duplicates."""
    ranges = []
    for uid in sorted(set(uids)):
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ranges


def gaps(uids):
    """Return the ``(first, last)`` ranges of all the UIDs that are not given.

    :param uids: ascending, without duplicates
    """
    ranges, free = [], 1
    for uid in uids:
        if uid > free:
            ranges.append((free, uid - 1))
        free = uid + 1
    if free <= LAST_UID:
        ranges.append((free, LAST_UID))
    return ranges


def format_ranges(ranges):
    """Return the text of ranges: ``2,4:6``."""
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def split(uids, line_length=SHORT_LINE):
    """Cut numbers into as many sets as lines of this length need.

    :return: list of texts
    """
    texts, part, length = [], [], 0
    for bounds in fold(uids):
        added = len(format_ranges([bounds])) + 1
        if part and length + added > line_length:
            texts.append(format_ranges(part))
            part, length = [], 0
        part.append(bounds)
        length += added
    if part:
        texts.append(format_ranges(part))
    return texts


def ranges(text):
    """Return the ``(first, last)`` ranges of a set as a server sends it.

    :raise ProtocolError: this is no set
    """
    found = []
    if text.count(b",") >= MOST_MESSAGES:
        raise ProtocolError("A set of UIDs out of bounds", server_text=text)
    for part in text.strip().split(b","):
        low, _colon, high = part.partition(b":")
        bounds = _uid(low), _uid(high or low)
        # RFC 3501: 4:2 is the same set as 2:4
        found.append((min(bounds), max(bounds)))
    return found


def _uid(text):
    if not text.isdigit() or len(text) > 10 or not 0 < (uid := int(text)) <= LAST_UID:
        raise ProtocolError("A set of UIDs that cannot be read", server_text=text)
    return uid


def expand(text):
    """Return the numbers of a set, in its order.

    :param bytes text: the set as a server sends it
    :raise ProtocolError: this is no set, or one of more than :data:`MOST_MESSAGES`
    """
    numbers = []
    for low, high in ranges(text):
        if len(numbers) + high - low >= MOST_MESSAGES:
            raise ProtocolError("A set of UIDs out of bounds", server_text=text)
        numbers.extend(range(low, high + 1))
    return numbers
