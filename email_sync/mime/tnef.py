"""winmail.dat: what Outlook wraps mail in for others of its kind (MS-OXTNEF)."""

import struct
from dataclasses import dataclass, field

from .encoding import decode
from .headers import clean_filename
from .message import Part

_SIGNATURE = b"\x78\x9f\x3e\x22"
_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_ATTRIBUTES_LIMIT = 10_000
_PROPERTIES_LIMIT = 5_000
_FILES_LIMIT = 200
_TEXT_LIMIT = 2 << 20  # bytes

# Attributes (MS-OXTNEF section 2.1.3.3)
_BODY = 0x0002800C
_OEM_CODEPAGE = 0x00069007
_MESSAGE_PROPERTIES = 0x00069003
_ATTACHMENT_BEGIN = 0x00069002
_ATTACHMENT_DATA = 0x0006800F
_ATTACHMENT_TITLE = 0x00018010
_ATTACHMENT_PROPERTIES = 0x00069005

# Properties (MS-OXPROPS)
_PLAIN_BODY = 0x1000
_HTML_BODY = 0x1013
_CONTENT = 0x3701
_SHORT_NAME = 0x3704
_LONG_NAME = 0x3707
_DISPLAY_NAME = 0x3001
_MEDIA_TYPE = 0x370E
_CONTENT_IDENTIFIER = 0x3712

_FIXED_SIZES = {
    0x0001: 4, 0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4,
    0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
_VARIABLE_TYPES = (0x000D, 0x001E, 0x001F, 0x0102)
_STRING8, _UNICODE = 0x001E, 0x001F


@dataclass(slots=True)
class File:
    """A file in a winmail.dat."""

    name: str = ""
    content: bytes = b""
    media_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Content:
    """What a winmail.dat holds.

    :ivar is_complete: whether it was read to its end
    """

    files: list[File] = field(default_factory=list)
    text: str = ""
    html: str = ""
    is_complete: bool = False


def is_tnef(entity):
    """Return whether an entity (:class:`.structure.Entity`) is a winmail.dat."""
    return entity.content_type in _TYPES or (
        entity.content_type == "application/octet-stream"
        and entity.filename.lower() == "winmail.dat"
    )


def read_tnef(data):
    """Read a winmail.dat; a damaged one as far as it goes.

    :param bytes data: decoded content of the part
    :rtype: Content
    """
    content = Content()
    if not data.startswith(_SIGNATURE):
        return content
    try:
        _read_attributes(content, memoryview(data))
    except (struct.error, IndexError):
        content.is_complete = False
    content.files = [file for file in content.files if file.content or file.name]
    return content


def _read_attributes(content, data):
    codepage = "cp1252"
    position = len(_SIGNATURE) + 2
    for _number in range(_ATTRIBUTES_LIMIT):
        if position + 9 > len(data):
            content.is_complete = position >= len(data)
            return
        tag, length = struct.unpack_from("<II", data, position + 1)
        value = data[position + 9 : position + 9 + length]
        if len(value) < length:
            return
        position += 9 + length + 2
        if tag == _OEM_CODEPAGE and length >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif tag == _BODY:
            content.text = content.text or _to_text(value, codepage)
        elif tag == _MESSAGE_PROPERTIES:
            _read_message(content, dict(_read_properties(value)), codepage)
        elif tag == _ATTACHMENT_BEGIN:
            if len(content.files) >= _FILES_LIMIT:
                return
            content.files.append(File())
        elif content.files:
            _read_attachment(content.files[-1], tag, value, codepage)


def _read_message(content, properties, codepage):
    if _PLAIN_BODY in properties:
        content.text = _to_text(properties[_PLAIN_BODY][1], codepage, properties[_PLAIN_BODY][0])
    if _HTML_BODY in properties:
        kind, value = properties[_HTML_BODY]
        content.html = _to_text(value, "utf-8", kind)


def _read_attachment(file, tag, value, codepage):
    if tag == _ATTACHMENT_DATA:
        file.content = bytes(value)
    elif tag == _ATTACHMENT_TITLE:
        file.name = file.name or clean_filename(_to_text(value, codepage))
    elif tag == _ATTACHMENT_PROPERTIES:
        properties = dict(_read_properties(value))
        for name in (_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME):
            if name in properties:
                kind, text = properties[name]
                file.name = clean_filename(_to_text(text, codepage, kind)) or file.name
                break
        if _MEDIA_TYPE in properties:
            kind, text = properties[_MEDIA_TYPE]
            file.media_type = _to_text(text, codepage, kind).strip().lower()[:100]
        if _CONTENT_IDENTIFIER in properties:
            kind, text = properties[_CONTENT_IDENTIFIER]
            file.content_id = _to_text(text, codepage, kind).strip(" <>")[:200]
        if _CONTENT in properties and not file.content:
            file.content = bytes(properties[_CONTENT][1])


def _read_properties(data):
    """Yield (identifier, (type, first value)) of a property list (MS-OXTNEF section 2.1.3.4)."""
    (count,) = struct.unpack_from("<I", data)
    position = 4
    for _number in range(min(count, _PROPERTIES_LIMIT)):
        kind, identifier = struct.unpack_from("<HH", data, position)
        position += 4
        if identifier >= 0x8000:
            position = _skip_name(data, position)
        value, position = _read_value(data, position, kind)
        if value is None:
            return
        yield identifier, (kind & 0x0FFF, value)


def _skip_name(data, position):
    (is_string,) = struct.unpack_from("<I", data, position + 16)
    position += 20
    if not is_string:
        return position + 4
    (length,) = struct.unpack_from("<I", data, position)
    return position + 4 + length + -length % 4


def _read_value(data, position, kind):
    count, base = 1, kind & 0x0FFF
    if kind & 0x1000 or base in _VARIABLE_TYPES:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    if base in _FIXED_SIZES:
        size = _FIXED_SIZES[base]
        return data[position : position + size], position + size * count
    if base not in _VARIABLE_TYPES or count > _PROPERTIES_LIMIT:
        return None, position
    value = data[:0]
    for number in range(count):
        (length,) = struct.unpack_from("<I", data, position)
        if number == 0:
            value = data[position + 4 : position + 4 + length]
        position += 4 + length + -length % 4
    return value, position


def _to_text(value, codepage, kind=_STRING8):
    data = bytes(value[:_TEXT_LIMIT])
    if kind == _UNICODE:
        return decode(data[: len(data) // 2 * 2], "utf-16-le").rstrip("\0")
    return decode(data.rstrip(b"\0"), codepage)


def make_part(file, section):
    """Return a file of a winmail.dat as an attachment (:class:`.message.Part`)."""
    return Part(
        section=section,
        content_type=file.media_type or "application/octet-stream",
        filename=file.name,
        size=len(file.content),
        disposition="attachment",
        content_id=file.content_id,
    )
