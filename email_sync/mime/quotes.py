"""Which lines of a mail are its own, and which repeat earlier mail.

Works on lines of text, whether they come from a plain text or from an HTML tree
(:mod:`.folding`); knows the words of mail programs in many languages.
"""

import re
from enum import Enum

from . import words
from .words import alternatives, longest

LINES_LIMIT = 20_000


class Kind(Enum):
    """What a line is."""

    TEXT = "text"
    ATTRIBUTION = "attribution"  # 'On Monday, Ann wrote:'
    QUOTE = "quote"  # '> …'
    HISTORY = "history"  # the mail answered to, unmarked, to the end
    FORWARD = "forward"  # a forwarded mail: what the sender wants read
    SIGNATURE = "signature"  # from '-- ' on


_WROTE = re.compile(
    rf"(?:{alternatives(words.WROTE)}|{alternatives(words.WROTE_EARLIER)}\b[^:]{{0,150}})"
    r"[ \u00a0\u200f]{0,3}[:：]$",
    re.IGNORECASE,
)
_DATE_HINT = re.compile(r"\d|@")
_TIME_OR_ADDRESS = re.compile(r"\d{1,2}[:.h]\d\d|@")
_ORIGINAL = re.compile(
    rf"[-_=*\s]{{2,80}}{alternatives(words.ORIGINAL_MESSAGE)}[-_=*\s]{{2,80}}", re.IGNORECASE
)
_FORWARDED = re.compile(
    rf"[-_=*>\s]{{0,80}}{alternatives(words.FORWARDED_MESSAGE)}\s?[-_=:：\s]{{0,80}}",
    re.IGNORECASE,
)
_FROM_LINE = re.compile(
    rf"[*\s]{{0,5}}{alternatives(words.FROM)}\s{{0,3}}\*?\s?[:：]", re.IGNORECASE
)
_SENT_LINE = re.compile(
    rf"[*\s]{{0,5}}{alternatives(words.SENT)}\s{{0,3}}\*?\s?[:：]", re.IGNORECASE
)
# What may stand around the words of a forwarding line, every white space included.
_AROUND = "-_=*>:：" + "".join(filter(str.isspace, map(chr, range(0x3001))))
_LONGEST_FORWARDED = longest(words.FORWARDED_MESSAGE)
_HEADER_LINES = 6
_COLONS = (":", "：")
_QUOTE_MARKS = (">", "＞")
_RULES = ("-", "_", "=", "*")  # what a row in front of an earlier mail is made of


def has_content(line):
    """Return whether a line shows anything."""
    return bool(line.strip(" \t\r\n\u00a0\u200b\u200c\u200d\u2007\u034f\ufeff\u00ad"))


def classify(lines, quoted=None):
    """Return the :class:`Kind` of each line.

    :param list[str] lines: of a mail, in order
    :param quoted: list of booleans, which lines are known to be quoted; None when none are known
    :rtype: list[Kind]
    """
    stripped = [line.strip() for line in lines]
    marked = [line[:1] in _QUOTE_MARKS for line in stripped]
    if quoted:
        marked = [is_marked or is_known for is_marked, is_known in zip(marked, quoted, strict=True)]
    kinds = [Kind.TEXT] * len(lines)
    last_quote = max(
        (i for i, is_marked in enumerate(marked[:LINES_LIMIT]) if is_marked), default=-1
    )
    suspects, openings = _find_suspects(stripped, marked)
    begin = 0
    for index in sorted(suspects):
        if not begin <= index < min(len(lines), LINES_LIMIT):
            continue
        line = stripped[index]
        if marked[index]:
            kinds[index] = Kind.QUOTE
        elif _is_forwarded(line):
            _fill(kinds, index, Kind.FORWARD)
            break
        elif _is_original(line) or _is_header(lines, index):
            _fill(kinds, index, Kind.HISTORY)
            break
        elif line == "--" and len(lines) - index <= 30:
            _fill_signature(kinds, lines, marked, index)
        elif kinds[index] is Kind.TEXT and line and index in openings:
            length = _get_attribution_length(lines, index)
            follows = _next_content(lines, index + length) if length else None
            if not length:
                pass
            elif follows is not None and marked[follows]:
                kinds[index : index + length] = [Kind.ATTRIBUTION] * length
            elif last_quote < index and _TIME_OR_ADDRESS.search(line):
                # Programs of telephones repeat the mail answered to without marking it.
                _fill(kinds, index, Kind.HISTORY)
                break
            begin = index + length
    return kinds


def _find_suspects(stripped, marked):
    """Return which lines may be more than text: few, for what is looked for in all languages.

    :return: set of the indexes of all of them; of those that may open an attribution, which ends
        in a colon at most two lines below
    """
    colons = [i for i, line in enumerate(stripped) if line[-1:] in _COLONS]
    openings = {i - above for i in colons for above in range(3)}
    suspects = {
        i
        for i, line in enumerate(stripped)
        if marked[i]
        or ":" in line
        or "：" in line
        or (line and (len(line) <= _LONGEST_FORWARDED or line[0] in _AROUND or line[-1] in _AROUND))
    }
    return suspects | openings, openings


def fold(lines, quoted=None):
    """Return which lines a reader who knows the earlier mail can do without.

    Empty lines count with their neighbours. Nothing is folded where nothing would be left.

    :rtype: list[bool]
    """
    kinds = classify(lines, quoted)
    folded = [kind not in (Kind.TEXT, Kind.FORWARD) for kind in kinds]
    if not any(folded):
        return folded
    content = [has_content(line) for line in lines]
    if not any(content[i] and not folded[i] for i in range(len(lines))):
        return [False] * len(lines)
    following = True
    for i in range(len(lines) - 1, -1, -1):
        if content[i]:
            following = folded[i]
        elif not folded[i]:
            folded[i] = following and _is_folded_before(folded, content, i)
    return folded


def _is_folded_before(folded, content, index):
    for i in range(index - 1, max(index - 50, -1), -1):
        if content[i]:
            return folded[i]
    return False


def visible_lines(lines):
    """Return the lines of a mail that are its own."""
    return [line for line, is_folded in zip(lines, fold(lines), strict=True) if not is_folded]


def is_attribution(line):
    """Return whether a line introduces a quote: 'On Monday at 10:00, Ann wrote:'."""
    line = line.strip()
    return (
        8 < len(line) < 400
        and line[-1] in ":："
        and bool(_WROTE.search(line[-200:]))
        and bool(_DATE_HINT.search(line))
    )


def _is_forwarded(line):
    beginning = line[:300]
    # Most lines are longer: trying the words of all languages is dear.
    return (
        len(line) > 10
        and len(beginning.strip(_AROUND)) <= _LONGEST_FORWARDED
        and bool(_FORWARDED.fullmatch(beginning))
    )


def _is_original(line):
    return line[:1] in _RULES and bool(_ORIGINAL.fullmatch(line[:300]))


def _fill(kinds, index, kind):
    kinds[index:] = [kind if k is not Kind.QUOTE else k for k in kinds[index:]]


def _fill_signature(kinds, lines, marked, index):
    for i in range(index, len(lines)):
        if marked[i] or _get_attribution_length(lines, i):
            break
        kinds[i] = Kind.SIGNATURE


def _get_attribution_length(lines, index):
    """Return over how many lines an attribution goes that begins here, 0 when there is none."""
    if is_attribution(lines[index]):
        return 1
    # Plain texts are wrapped.
    for length in (2, 3):
        if index + length > len(lines) or not lines[index + length - 1].strip():
            break
        if lines[index + length - 1].rstrip()[-1:] in ":：":
            joined = " ".join(lines[index : index + length])
            # The date or the sender begins it: else it is a sentence in front of an attribution.
            if is_attribution(joined) and _DATE_HINT.search(lines[index]):
                return length
            break
    return 0


def _next_content(lines, index):
    for i in range(index, min(index + 20, len(lines))):
        if has_content(lines[i]):
            return i
    return None


def _is_header(lines, index):
    beginning = lines[index][:60]
    if not (":" in beginning or "：" in beginning) or not _FROM_LINE.match(beginning):
        return False
    following = [
        line[:60] for line in lines[index + 1 : index + 1 + 3 * _HEADER_LINES] if has_content(line)
    ]
    return any(_SENT_LINE.match(line) for line in following[:_HEADER_LINES])
