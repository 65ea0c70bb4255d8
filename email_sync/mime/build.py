"""The body of a mail that is sent: texts, pictures and files as MIME parts (RFC 2045, RFC 2046)."""

import base64
import binascii
import mimetypes
import re
import secrets
from dataclasses import dataclass

from .encoding import make_safe
from .headers import clean_filename
from .text import html_to_text

_LINE = 76
_TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]+")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_CID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send.

    :ivar name: file name
    :ivar content: bytes of the file
    :ivar content_type: media type; guessed from the name when ''
    :ivar content_id: for a picture that the HTML shows as ``cid:…``; '' for an attachment
    """

    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""


def build_body(html, text, files):
    """Return the MIME fields and the body of a mail, from the Content-Type field on.

    :param str html: body
    :param text: the body as plain text; made from the HTML when None
    :param files: list of :class:`Attachment`
    :rtype: bytes
    :raises ValueError: a Content-ID that cannot be written
    """
    pictures = [file for file in files if file.content_id]
    attached = [file for file in files if not file.content_id]
    plain = html_to_text(html, references=True) if text is None else make_safe(text)
    body = _build_text(html, "html")
    if pictures:
        body = _build_multipart("related", [body, *map(_build_file, pictures)], 'type="text/html"')
    body = _build_multipart("alternative", [_build_text(plain, "plain"), body])
    if attached:
        body = _build_multipart("mixed", [body, *map(_build_file, attached)])
    return body


def _build_multipart(subtype, parts, parameter=""):
    content = b"".join(parts)
    boundary = f"=_{secrets.token_hex(15)}"
    while boundary.encode("ascii") in content:
        boundary = f"=_{secrets.token_hex(15)}"
    parameter = f"; {parameter}" if parameter else ""
    header = f'Content-Type: multipart/{subtype}{parameter};\r\n boundary="{boundary}"\r\n\r\n'
    delimiter = f"--{boundary}".encode("ascii")
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
    return header.encode("ascii") + body + delimiter + b"--\r\n"


def _build_text(text, subtype):
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    text = "\r\n".join(lines) + "\r\n"
    if text.isascii() and max(map(len, lines)) < _LINE + 2 and not _needs_encoding(lines):
        encoding, body = "7bit", text.encode("ascii")
    else:
        encoding, body = _encode_body(text)
    header = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return header.encode("ascii") + body


def _needs_encoding(lines):
    # 'From ' and a lone '.' are changed by mail stores and SMTP relays, trailing space is lost.
    return any(
        line.startswith("From ") or line == "." or line[-1:] in " \t" for line in lines if line
    )


def _encode_body(text):
    data = text.encode("utf-8", "replace")
    quoted = _encode_quoted_printable(data)
    # Scripts beyond Latin are shorter, and no less readable, in base64.
    if len(quoted) * 3 > len(data) * 5:
        return "base64", _encode_base64(data)
    return "quoted-printable", quoted


def _encode_quoted_printable(data):
    lines = []
    for line in data.split(b"\r\n"):
        line = binascii.b2a_qp(line, istext=False).replace(b"=\n", b"=\r\n")
        if line.startswith((b"From ", b".")):
            line = b"=%02X" % line[0] + line[1:]
            line = line if len(line.partition(b"\r\n")[0]) <= _LINE else _rewrap(line)
        lines.append(line)
    return b"\r\n".join(lines)


def _rewrap(line):
    first, separator, rest = line.partition(b"=\r\n")
    # Not inside of an encoded byte.
    cut = 60 if b"=" not in first[58:60] else 58
    return first[:cut] + b"=\r\n" + first[cut:] + separator + rest


def _encode_base64(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def _build_file(file):
    name = clean_filename(file.name) or "attachment"
    content_type = (file.content_type or mimetypes.guess_type(name)[0] or "").lower()
    if not _MEDIA_TYPE.fullmatch(content_type) or content_type.startswith("multipart/"):
        content_type = "application/octet-stream"
    lines = [
        f"Content-Type: {content_type};\r\n {_format_parameter('name', name)}",
        "Content-Transfer-Encoding: base64",
    ]
    if file.content_id:
        if not _CID.fullmatch(file.content_id):
            raise ValueError(f"{file.content_id!r} is no Content-ID")
        lines += [f"Content-ID: <{file.content_id}>"]
    disposition = "inline" if file.content_id else "attachment"
    lines.append(f"Content-Disposition: {disposition};\r\n {_format_parameter('filename', name)}")
    header = "\r\n".join(lines) + "\r\n\r\n"
    if content_type.startswith("message/"):
        # RFC 2046 section 5.2.1 forbids to encode messages: other types say the same, encoded.
        header = header.replace(content_type, "application/octet-stream", 1)
    return header.encode("ascii") + _encode_base64(file.content)


def _format_parameter(name, value):
    if _TOKEN.fullmatch(value) and len(value) < 60:
        return f'{name}="{value}"'
    if value.isascii() and len(value) < 60:
        escaped = re.sub(r'([\\"])', r"\\\1", value)
        return f'{name}="{escaped}"'
    # RFC 2231, in segments that fit a line.
    encoded = [f"%{i:02X}" if chr(i) not in _ATTRIBUTE else chr(i) for i in value.encode()]
    segments, segment = [], "utf-8''"
    for character in encoded:
        if len(segment) + len(character) > 50:
            segments.append(segment)
            segment = ""
        segment += character
    segments.append(segment)
    if len(segments) == 1:
        return f"{name}*={segments[0]}"
    return ";\r\n ".join(f"{name}*{i}*={text}" for i, text in enumerate(segments))


_ATTRIBUTE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
