"""Header sections: fields, their text and their parameters (RFC 5322, RFC 2045, RFC 2231)."""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from .encoding import CONTROLS, decode, decode_encoded_words

# Field names are printable ASCII without the colon (RFC 5322 section 3.6.8); a space before the
# colon is obsolete and exists. A continuation line starts with white space.
_SECTION = re.compile(rb"(?:[!-9;-~]+[ \t]*:.*\n?(?:[ \t].*\n?)*)*")
_FIELD = re.compile(r"^(?:([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)|(.+))", re.MULTILINE)
_LINE_END = re.compile(r"\r?\n[ \t]*")
_EMPTY_LINES = (b"\r\n", b"\n")
_MBOX_LINE = re.compile(rb">?From .*\n?")
_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_CONTINUED = re.compile(r"(.+?)\*(?:(\d{1,3})(\*)?)?")
_TRACE_FIELDS = ("received", "authentication-results")
_TRACE_LENGTHS = tuple(map(len, _TRACE_FIELDS))
_PARAMETERS_LIMIT = 20_000  # characters
# Marks that reverse the text after them: a name must not use them to look like another.
DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def read_section(source, start, end, limit):
    """Read a header section.

    It ends at an empty line, or in front of the first line that can be no field.

    :param bytes source: the mail
    :param int start: where the entity begins
    :param int end: where the entity ends
    :param int limit: bytes of header to look at
    :return: the fields, the offset of the body, whether the empty line was missing
    :rtype: tuple[Headers, int, bool]
    """
    stop = source.find(b"\r\n\r\n", start, min(end, start + limit))
    if stop > start and source.find(b"\n\n", start, stop) < 0 and source[start] not in b"\r\n":
        headers = Headers(source, start, stop)
        if headers.is_clean:
            return headers, stop + 4, False
    stop, body, missing = _find_section(source, start, end, limit)
    return Headers(source, start, stop), body, missing


def _find_section(source, start, end, limit):
    """Return the offset behind the last field, the offset of the body, and whether there is no
    empty line between them."""
    last = min(end, start + limit)
    position = start
    while True:
        position = _SECTION.match(source, position, last).end()
        if source.startswith(_EMPTY_LINES, position, end):
            return position, position + (2 if source[position] == 13 else 1), False
        # Mailbox files leave their separator line in front of the header or, quoted, inside of it.
        mbox_line = _MBOX_LINE.match(source, position, last)
        if not mbox_line:
            break
        position = mbox_line.end()
    if position >= last and last < end:
        # The header goes on beyond what is read of it.
        return position, _find_body(source, max(start, position - 1), end), False
    return position, min(position, end), position < end


def _find_body(source, start, end):
    """Return the offset behind the first empty line, ``end`` where there is none."""
    found = (
        (position + len(empty_line), position)
        for empty_line in (b"\n\n", b"\n\r\n")
        if (position := source.find(empty_line, start, end)) >= 0
    )
    return min(found, key=lambda ends: ends[1], default=(end, end))[0]


class Headers:
    """The fields of one header section.

    Names are lower case. Values are unfolded; RFC 2047 words are still encoded in what
    :meth:`get` and :meth:`get_all` return, for a decoded word may hold what delimits words.

    :ivar is_clean: whether all of the section is fields
    :ivar charset: Python codec of 8-bit fields that are not UTF-8; '' when nothing hints at one
    """

    __slots__ = ("_fields", "_sequence", "charset", "is_clean")

    def __init__(self, source, start, end):
        self.charset = ""
        self.is_clean = True
        # Latin-1 keeps every byte as it is; 8-bit values are decoded when they are asked for.
        section = source[start:end].translate(None, _CONTROLS_BUT_ESCAPE).decode("latin-1")
        self._fields = fields = {}
        self._sequence = _FIELD.findall(section)
        for name, value, garbage in self._sequence:
            if garbage:
                self.is_clean = False
                continue
            name = name.lower()
            if name in fields:
                fields[name].append(value)
            else:
                fields[name] = [value]

    def __contains__(self, name):
        return name in self._fields

    def get(self, name, limit=10_000):
        """Return the first field of a (lower-case) name, '' when there is none."""
        values = self._fields.get(name)
        return self._to_text(values[0], limit) if values else ""

    def get_all(self, name, limit=1_000_000):
        """Return all fields of a name, topmost first."""
        return [self._to_text(value, limit) for value in self._fields.get(name, ())]

    def get_text(self, name, limit=10_000):
        """Return the first non-empty field of a name, RFC 2047 decoded, on one line."""
        for value in self._fields.get(name, ()):
            text = clean_line(decode_encoded_words(self._to_text(value, limit)))
            if text:
                return text
        return ""

    def get_trace(self, limit=50):
        """Return (name, value, folded) of the fields that servers on the way put on top."""
        return [
            (name.lower(), value)
            for name, value, _garbage in self._sequence
            if len(name) in _TRACE_LENGTHS and name.lower() in _TRACE_FIELDS
        ][:limit]

    def _to_text(self, value, limit):
        if len(value) > limit:
            value = value[:limit]
        if "\n" in value:
            value = _LINE_END.sub(" ", value)
        value = value.strip(" \t\r")
        if value.isascii() and "\x1b" not in value:
            return value
        # Not allowed outside of RFC 6532, and common: most often in the charset of the body.
        return decode(value.encode("latin-1"), "", fallback=self.charset or "cp1252")


_CONTROLS_BUT_ESCAPE = CONTROLS.replace(b"\x1b", b"")


def clean_line(text):
    """Return text on one line, without controls, direction overrides and repeated white space."""
    if text.isascii():
        if text.isprintable() and "  " not in text:
            return text.strip()
    else:
        text = DIRECTION_CONTROLS.sub("", text)
    text = " ".join(text.split())
    return text if text.isprintable() else _UNPRINTABLE.sub("", text)


_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f]")


@lru_cache(maxsize=1024)
def parse_parameters(value):
    """Split a Content-Type or Content-Disposition value.

    :param str value: unfolded field
    :return: the value in lower case and its parameters, names in lower case, decoded by RFC 2231
        and, as many senders write them so, RFC 2047; shared: not to be changed
    :rtype: tuple[str, dict[str, str]]
    """
    main, semicolon, _rest = value.partition(";")
    main = main.strip().lower()
    if not semicolon:
        return main, {}
    plain, continued = {}, {}
    for name, text in _PARAMETER.findall(value[:_PARAMETERS_LIMIT]):
        name = name.lower()
        if "*" in name:
            _collect_continued(continued, name, _unquote(text))
        else:
            plain.setdefault(name, _decode_parameter(_unquote(text)))
    for name, segments in continued.items():
        plain[name] = _join_segments(segments)
    return main, plain


def _unquote(text):
    text = text.strip()
    if text.startswith('"'):
        text = text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:]
        if "\\" in text:
            # Windows programs write paths without escaping their backslashes.
            text = re.sub(r'\\(["\\])', r"\1", text)
    return text


def _decode_parameter(text):
    return decode_encoded_words(text) if "=?" in text else text


def _collect_continued(continued, name, text):
    match = _CONTINUED.fullmatch(name)
    if match:
        base, number, encoded = match.groups()
        is_encoded = encoded is not None or number is None
        continued.setdefault(base, {}).setdefault(int(number or 0), (is_encoded, text))


def _join_segments(segments):
    charset, pieces = "", []
    for number in sorted(segments):
        is_encoded, text = segments[number]
        if is_encoded and number == 0 and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        data = text.encode("utf-8", "replace")
        pieces.append(unquote_to_bytes(data) if is_encoded else data)
    text = decode(b"".join(pieces), charset)
    return _decode_parameter(text)


def clean_filename(name):
    """Return an attachment's name that is safe to show and to save.

    :return: the last component of what may be a path, without controls and direction overrides,
        at most 200 characters with its extension kept; '' when nothing is left
    """
    name = clean_line(name).replace("\\", "/").rpartition("/")[2]
    name = re.sub('[<>:"|?*]', "_", name).strip(" .")
    if len(name) > 200:
        stem, dot, extension = name.rpartition(".")
        name = stem[: 199 - len(extension)] + dot + extension if len(extension) < 20 else name[:200]
    return name
