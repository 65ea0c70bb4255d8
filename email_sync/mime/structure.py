"""The tree of MIME entities of a mail (RFC 2046), found by offsets: nothing is copied."""

import re

from .headers import parse_parameters, read_section
from .transfer import decode_transfer, encoded_prefix

_MESSAGE_TYPES = ("message/rfc822", "message/global", "message/news")
_TYPE = re.compile(r"[!#$&^_.+%*'`{}|~\w-]+/[!#$&^_.+%*'`{}|~\w-]+", re.ASCII)
_IDENTITY = ("", "7bit", "8bit", "binary")
# Bytes searched for boundaries, beyond twice the mail: bounds multiparts in huge multiparts.
_SEARCH_BUDGET = 256 << 20
_PREAMBLE = 100_000  # bytes in which a boundary that is not named is looked for
# Lines that begin as a delimiter does and are none.
_FALSE_DELIMITERS = 100_000


class Entity:
    """A header section and a body inside of a mail.

    :ivar source: the bytes the offsets are of
    :ivar body: offset of the body
    :ivar end: offset behind the body
    :ivar section: part number as in IMAP; '' for a mail whose body is a multipart
    :ivar content_type: lower case, without parameters
    :ivar parameters: of the Content-Type, decoded
    :ivar encoding: Content-Transfer-Encoding, lower case
    :ivar children: entities of a multipart
    """

    __slots__ = (
        "body",
        "children",
        "content_type",
        "disposition",
        "disposition_parameters",
        "encoding",
        "end",
        "headers",
        "parameters",
        "section",
        "source",
    )

    def __init__(self, source, headers, body, end, section, default_type):
        self.source = source
        self.headers = headers
        self.body = body
        self.end = end
        self.section = section
        self.children = []
        value = headers.get("content-type", 20_000)
        if value:
            self.content_type, self.parameters = parse_parameters(value)
            if not _TYPE.fullmatch(self.content_type):
                self.content_type = _repair_type(self.content_type, default_type)
        else:
            self.content_type, self.parameters = default_type, {}
        if "content-disposition" in headers:
            value = headers.get("content-disposition", 20_000)
            self.disposition, self.disposition_parameters = parse_parameters(value)
        else:
            self.disposition, self.disposition_parameters = "", {}
        value = headers.get("content-transfer-encoding", 200)
        self.encoding = value.partition(";")[0].strip().lower() if value else ""

    @property
    def is_multipart(self):
        return bool(self.children)

    @property
    def is_message(self):
        return self.content_type in _MESSAGE_TYPES

    @property
    def filename(self):
        """The name as written, decoded; '' when there is none."""
        return self.disposition_parameters.get("filename") or self.parameters.get("name") or ""

    @property
    def raw_body(self):
        return self.source[self.body : self.end]

    @property
    def content(self):
        """The body, decoded."""
        return decode_transfer(self.raw_body, self.encoding)

    def get_beginning(self, limit):
        """Return the first bytes of the body, decoded, and whether there are more.

        :param int limit: bytes, about
        """
        # No encoding takes more than three characters for a byte, and a line end now and then.
        raw = self.source[self.body : min(self.end, self.body + 4 * limit + 1000)]
        if len(raw) > limit:
            raw = encoded_prefix(raw, self.encoding, limit)
        return decode_transfer(raw, self.encoding), len(raw) < self.end - self.body


def _repair_type(value, default_type):
    # 'text' alone, 'text/plain charset=…' without the semicolon, or nonsense (RFC 2045 section 5.2
    # says plain text then).
    match = _TYPE.match(value)
    if match:
        return match.group()
    return default_type if value in ("", "text") else "text/plain"


PARTS_LEFT_OUT = "too many parts"


class StructureReader:
    """Reads the entities of one mail within its limits.

    :ivar defects: what was wrong, for :attr:`.message.ParsedMessage.defects`
    """

    def __init__(self, source, limits):
        self.source = source
        self.limits = limits
        self.defects = []
        self._entities = 0
        self._budget = _SEARCH_BUDGET + 2 * len(source)

    def read_message(self, start=0, end=None, section=""):
        """Return the entity of a whole message.

        :param str section: part number of the message inside of its mail, '' for the mail itself
        """
        end = len(self.source) if end is None else end
        entity = self._read(start, end, section, "text/plain", 0)
        if not entity.children:
            entity.section = f"{section}.1" if section else "1"
        return entity

    def read_nested(self, entity):
        """Return the entity of the message that ``entity`` (message/rfc822) encloses."""
        if entity.encoding in _IDENTITY:
            reader = StructureReader(entity.source, self.limits)
            return reader.read_message(entity.body, entity.end, entity.section)
        # Forbidden by RFC 2046 section 5.2.1, written by several gateways.
        reader = StructureReader(entity.content, self.limits)
        return reader.read_message(section=entity.section)

    def _read(self, start, end, section, default_type, depth):
        self._entities += 1
        headers, body, missing = read_section(self.source, start, end, self.limits.header_bytes)
        if missing:
            self._note("no empty line between header and body")
        entity = Entity(self.source, headers, body, end, section, default_type)
        if entity.content_type.startswith("multipart/"):
            self._split(entity, depth)
        return entity

    def _note(self, defect):
        if defect not in self.defects:
            self.defects.append(defect)

    def _split(self, entity, depth):
        if depth >= self.limits.depth:
            self._note("too many levels of multiparts")
            return
        self._budget -= entity.end - entity.body
        if self._budget < 0:
            self._note("too large for so many levels of multiparts")
            return
        boundary = entity.parameters.get("boundary", "").rstrip()
        if not boundary:
            boundary = self._guess_boundary(entity)
            self._note("multipart without a boundary")
            if not boundary:
                return
        default = "message/rfc822" if entity.content_type == "multipart/digest" else "text/plain"
        prefix = f"{entity.section}." if entity.section else ""
        for number, (start, end) in enumerate(self._find_parts(entity, boundary), 1):
            if self._entities >= self.limits.parts:
                self._note(PARTS_LEFT_OUT)
                break
            child = self._read(start, end, f"{prefix}{number}", default, depth + 1)
            entity.children.append(child)
        if not entity.children:
            self._note("multipart without parts")

    def _guess_boundary(self, entity):
        match = re.compile(rb"\s*--([!-~](?:[ -~]{0,98}[!-~])?)[ \t]*\r?\n").match(
            self.source, entity.body, min(entity.end, entity.body + _PREAMBLE)
        )
        return match.group(1).decode("ascii") if match else ""

    def _find_parts(self, entity, boundary):
        """Return the extents of the parts between the delimiter lines (RFC 2046 section 5.1.1)."""
        source, end = self.source, entity.end
        # The boundary was decoded as text: 8-bit ones come back as the UTF-8 they most likely were.
        delimiter = b"--" + boundary.encode("utf-8", "replace")
        needle = b"\n" + delimiter
        extents, start, false_delimiters = [], None, 0
        if source.startswith(delimiter, entity.body, end):
            position = entity.body - 1
        else:
            position = source.find(needle, entity.body, end)
        while position >= 0:
            after = position + len(needle)
            line_end = source.find(b"\n", after, end)
            next_line = end if line_end < 0 else line_end + 1
            tail = source[after : min(next_line, after + 1_000)].strip()
            if not tail or tail == b"--":
                if start is not None:
                    stop = position - 1 if source[position - 1] == 13 else position
                    extents.append((start, max(start, stop)))
                    if len(extents) > self.limits.parts:
                        return extents
                start = None
                if tail:
                    break
                start = next_line
                after = next_line - 1
            else:
                false_delimiters += 1
                if false_delimiters > _FALSE_DELIMITERS:
                    break
            position = source.find(needle, after, end)
        if start is not None:
            extents.append((start, end))
            self._note("multipart is not closed")
        return extents


def find_entity(reader, root, section):
    """Return the entity with a part number, None when there is none.

    :param StructureReader reader: the one that read ``root``
    :param Entity root: the mail
    :param str section: as :attr:`Entity.section`
    """
    entity = root
    while True:
        for child in entity.children or [entity]:
            if child.section == section:
                return child
            if section.startswith(f"{child.section}."):
                break
        else:
            return None
        if child.children:
            entity = child
        elif child.is_message:
            entity = reader.read_nested(child)
        else:
            return None
