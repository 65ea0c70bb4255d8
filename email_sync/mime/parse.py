"""From the bytes of a mail to its values. Nothing raises: what cannot be read is left out."""

import hashlib
import re

from . import tnef
from .addresses import parse_addresses
from .body import Body
from .dates import parse_date
from .encoding import decode, find_codec
from .message import Limits, ParsedMessage
from .structure import StructureReader, find_entity
from .text import html_to_text
from .threading import parse_message_id, parse_message_ids
from .transfer import decode_chunks

_ADDRESS_FIELDS = {
    "from_": "from",
    "sender": "sender",
    "reply_to": "reply-to",
    "to": "to",
    "cc": "cc",
    "bcc": "bcc",
}
_LIST_FIELDS = ("list-id", "list-unsubscribe", "list-post", "list-help", "mailing-list")
_AUTOMATIC_FIELDS = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-failed-recipients")
_LIST_ID = re.compile(r"<([^<>]{1,250})>")
_DIGEST_CHUNK = 1 << 20


def parse(source, limits=Limits()):  # noqa: B008 - immutable
    """Read a mail.

    :param source: the mail as a server delivers it, of any content: bytes, or a
        :class:`.source.Source`
    :param Limits limits: how much work it may cause
    :rtype: ParsedMessage
    """
    source = _with_line_feeds(source)
    reader = StructureReader(source, limits)
    root = reader.read_message()
    parsed = ParsedMessage()
    body = Body(root, limits)
    root.headers.charset = _get_header_charset(body)
    _read_headers(parsed, root.headers, limits)
    _read_body(parsed, body)
    if root.content_type == "multipart/report":
        parsed.auto_submitted = True
    parsed.digest = get_digest(source, root.body)
    parsed.defects = reader.defects
    if body.truncated:
        parsed.defects.append("text is longer than what is read of it")
    return parsed


def parse_headers(source, limits=Limits()):  # noqa: B008 - immutable
    """Read the header section of a mail only: texts, parts and digest stay empty.

    :param bytes source: a mail, or its header section alone
    :rtype: ParsedMessage
    """
    source = _with_line_feeds(source)
    end = min(len(source), limits.header_bytes)
    reader = StructureReader(source[:end], Limits(header_bytes=limits.header_bytes, depth=0))
    parsed = ParsedMessage()
    _read_headers(parsed, reader.read_message().headers, limits)
    return parsed


def part_content(source, section, limits=Limits()):  # noqa: B008 - immutable
    """Return the decoded content of a part.

    :param bytes source: the mail
    :param str section: as :attr:`.message.Part.section`; also of parts that :func:`parse` does not
        list: those of enclosed messages
    :rtype: bytes
    :raises KeyError: when the mail has no such part
    """
    source = _with_line_feeds(source)
    reader = StructureReader(source, limits)
    root = reader.read_message()
    entity = find_entity(reader, root, section)
    if entity is not None:
        return entity.content
    container, zero, number = section.rpartition(".0.")
    entity = find_entity(reader, root, container) if zero else None
    if entity is None or not number.isdecimal():
        raise KeyError(section)
    files = tnef.read_tnef(entity.content).files
    if not 0 < int(number) <= len(files):
        raise KeyError(section)
    return files[int(number) - 1].content


def part_chunks(source, section, limits=Limits()):  # noqa: B008 - immutable
    """Yield the decoded content of a part, a piece at a time; as :func:`part_content`.

    :param source: the mail: bytes, or a :class:`.source.Source`, of which little is in memory
    """
    source = _with_line_feeds(source)
    reader = StructureReader(source, limits)
    entity = find_entity(reader, reader.read_message(), section)
    if entity is None or isinstance(entity.source, bytes):
        yield part_content(source, section, limits)
    else:
        yield from decode_chunks(entity.source.chunks(entity.body, entity.end), entity.encoding)


def _with_line_feeds(source):
    # Line ends of a Macintosh of old: carriage returns only.
    if b"\n" not in source[:100_000] and b"\r" in source[:100_000]:
        return source.replace(b"\r", b"\n")
    return source


def _get_header_charset(body):
    """Return the codec that 8-bit header fields are most likely in: that of the text."""
    for plain, html in body.segments:
        for entity in (plain, html):
            codec = find_codec(entity.parameters.get("charset", "")) if entity is not None else ""
            if codec not in ("", "utf-8", "ascii"):
                return codec
    return ""


# ------------------------------------------------------------
# HEADER
# ------------------------------------------------------------


def _read_headers(parsed, headers, limits):
    parsed.subject = headers.get_text("subject", limits.header_value)
    parsed.date = parse_date(headers.get("date", 500))
    for attribute, name in _ADDRESS_FIELDS.items():
        if name in headers:
            setattr(parsed, attribute, _read_addresses(headers, name, limits))
    _read_identifiers(parsed, headers, limits)
    _read_automation(parsed, headers)
    if "authentication-results" in headers:
        parsed.trace = headers.get_trace()


def _read_addresses(headers, name, limits):
    result = []
    for value in headers.get_all(name):
        result += parse_addresses(value, limits.addresses - len(result))
        if len(result) >= limits.addresses:
            break
    return result


def _read_identifiers(parsed, headers, limits):
    for value in headers.get_all("message-id", limits.header_value):
        parsed.message_id = parse_message_id(value)
        if parsed.message_id:
            break
    if "x-microsoft-original-message-id" in headers:
        value = headers.get("x-microsoft-original-message-id", limits.header_value)
        parsed.original_message_id = parse_message_id(value)
    if "in-reply-to" in headers:
        value = headers.get("in-reply-to", limits.header_value)
        parsed.in_reply_to = parse_message_ids(value, limits.references)
    if "references" in headers:
        value = headers.get("references", limits.header_bytes)
        parsed.references = parse_message_ids(value, limits.references)
    parsed.thread_topic = headers.get_text("thread-topic", limits.header_value)
    parsed.thread_index = headers.get("thread-index", 1_000)
    parsed.odoo_objects = headers.get("x-odoo-objects", 500)


def _read_automation(parsed, headers):
    if "list-id" in headers:
        value = headers.get_text("list-id", 1_000)
        found = _LIST_ID.search(value)
        parsed.list_id = (found.group(1) if found else value)[:250]
    precedence = headers.get("precedence", 100).lower()
    parsed.bulk = precedence in ("bulk", "list", "junk") or any(
        name in headers for name in _LIST_FIELDS
    )
    # RFC 3834 section 5; the other fields are older than it.
    automatic = headers.get("auto-submitted", 200).partition(";")[0].strip().lower()
    parsed.auto_submitted = (
        automatic not in ("", "no")
        or precedence == "auto_reply"
        or headers.get("return-path", 200) == "<>"
        or any(name in headers for name in _AUTOMATIC_FIELDS)
    )


# ------------------------------------------------------------
# BODY
# ------------------------------------------------------------


def _read_body(parsed, body):
    parsed.html = body.html
    parsed.text = body.text
    parsed.parts = body.get_parts(parsed.html)
    for number, entity in reversed(list(enumerate(body.attached))):
        if entity.content_type == "text/calendar":
            parsed.calendar = _read_calendar(entity)
        elif tnef.is_tnef(entity) and entity.end - entity.body <= _WINMAIL_LIMIT:
            _read_winmail(parsed, number, entity)


def _read_calendar(entity):
    content, _is_cut = entity.get_beginning(_CALENDAR_LIMIT)
    return decode(content, entity.parameters.get("charset", "utf-8"))


_CALENDAR_LIMIT = 200_000  # bytes
_WINMAIL_LIMIT = 16 << 20  # bytes; a larger winmail.dat stays what it is


def _read_winmail(parsed, number, entity):
    """Put what a winmail.dat holds in its place; one that cannot be read stays an attachment."""
    content = tnef.read_tnef(entity.content)
    if content.text and not parsed.text.strip():
        parsed.text = content.text
    if content.html and not parsed.html:
        parsed.html = content.html
        if not parsed.text.strip():
            parsed.text = html_to_text(content.html)
    if content.files or content.is_complete:
        parsed.parts[number : number + 1] = [
            tnef.make_part(file, f"{entity.section}.0.{i}")
            for i, file in enumerate(content.files, 1)
        ]


def get_digest(source, start):
    """Return the digest of a mail's body.

    Servers that copy a mail keep its body, but for white space. The header changes on its way
    (Received, X-…), so it is left out.

    :param bytes source: the mail
    :param int start: offset of the body
    :return: SHA-256 of what is not white space, hexadecimal
    :rtype: str
    """
    digest = hashlib.sha256()
    for position in range(start, len(source), _DIGEST_CHUNK):
        chunk = source[position : position + _DIGEST_CHUNK]
        digest.update(chunk.translate(None, b" \t\r\n"))
    return digest.hexdigest()
