"""Write mail: values in, the bytes that are sent out (RFC 5322, RFC 2045, RFC 2047, RFC 2231)."""

import base64
import re
import secrets
import time
from datetime import datetime, timezone
from email.utils import format_datetime

from .build import Attachment, build_body
from .encoding import make_safe
from .headers import clean_line
from .normalize import normalize_domain
from .threading import parse_message_ids

_LINE = 76
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_LOCAL_PART = re.compile(r"[^\s\x00-\x1f\x7f<>()\[\]:;@\\,\"]+")
_MESSAGE_ID = re.compile("<[!-;=?-~]{1,900}>")
_REFERENCES = 30


def compose(
    from_,
    to,
    subject,
    html,
    *,
    cc=(),
    bcc=(),
    reply_to=(),
    text=None,
    message_id=None,
    in_reply_to="",
    references=(),
    date=None,
    attachments=(),
    headers=(),
):
    """Return a mail ready for SMTP and for the Sent folder.

    :param Address from_: who writes
    :param to: list of :class:`.message.Address`
    :param str subject: in Unicode
    :param str html: body; must not be empty, may be ``<p></p>``
    :param cc: list of addresses
    :param bcc: list of addresses; they belong to the envelope and are not written (RFC 5322
        section 3.6.3), only that there are hidden recipients is, where there are no others
    :param reply_to: list of addresses
    :param text: the body as plain text; made from the HTML when None
    :param str message_id: made when None
    :param str in_reply_to: identifier of the mail answered to
    :param references: identifiers, oldest first
    :param datetime date: aware; now when None
    :param attachments: list of :class:`Attachment` or (name, bytes, media type)
    :param headers: further (name, value) pairs, ASCII
    :return: the mail with CRLF line ends, lines of at most 998 bytes, all of it ASCII
    :rtype: bytes
    :raises ValueError: nobody to send to, an address that cannot be written, a malformed header
    """
    if not (to or cc or bcc):
        raise ValueError("a mail needs a recipient")
    files = [file if isinstance(file, Attachment) else Attachment(*file) for file in attachments]
    domain = from_.email.rpartition("@")[2]
    fields = [
        ("Date", _format_date(date)),
        ("From", _format_addresses([from_], len("From: "))),
        *_get_address_fields(to, cc, reply_to),
        ("Subject", encode_text(clean_line(subject), len("Subject: "))),
        ("Message-ID", _check_message_id(message_id or make_message_id(domain))),
        *_get_reference_fields(in_reply_to, references),
        ("MIME-Version", "1.0"),
        *map(_check_header, headers),
    ]
    body = build_body(make_safe(html), text, files)
    header = b"".join(f"{name}: {value}\r\n".encode("ascii") for name, value in fields)
    return header + body


def add_bcc(source, bcc):
    """Return a composed mail with a Bcc field: for the sender's own copy, never to be sent.

    RFC 5322 section 3.6.3 lets the sender's copy name the hidden recipients. What follows the
    header stays byte for byte.

    :param bytes source: what :func:`compose` returned
    :param bcc: list of addresses
    :raises ValueError: an address that cannot be written
    """
    if not bcc:
        return source
    return f"Bcc: {_format_addresses(bcc, len('Bcc: '))}\r\n".encode("ascii") + source


def make_message_id(domain):
    """Return a new Message-ID under a domain; one that says nothing about where it was made."""
    domain = normalize_domain(domain) or "localhost.localdomain"
    return f"<{int(time.time()):x}.{secrets.token_hex(12)}@{domain}>"


# ------------------------------------------------------------
# HEADER
# ------------------------------------------------------------


def _format_date(date):
    date = date or datetime.now(timezone.utc)
    return format_datetime(date.astimezone(timezone.utc))


def _get_address_fields(to, cc, reply_to):
    for name, addresses in (("To", to), ("Cc", cc), ("Reply-To", reply_to)):
        if addresses:
            yield name, _format_addresses(addresses, len(name) + 2)
    if not to and not cc:
        # Hidden recipients only: some servers refuse a mail without any destination.
        yield "To", "undisclosed-recipients:;"


def _check_message_id(message_id):
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} is no Message-ID")
    return message_id


def _get_reference_fields(in_reply_to, references):
    """Yield In-Reply-To and References, without what is no identifier.

    The mail answered to may have anything in place of one, and is answered all the same.
    """
    answered = _pick_message_ids(in_reply_to or "", 1)
    if answered:
        yield "In-Reply-To", answered[0]
    known = _pick_message_ids(" ".join([*references, *answered]), _REFERENCES)
    if known:
        yield "References", _fold(known, " ", len("References: "))


def _pick_message_ids(value, limit):
    return [text for text in parse_message_ids(value, limit) if _MESSAGE_ID.fullmatch(text)]


def _check_header(header):
    name, value = header
    if not re.fullmatch(r"[A-Za-z0-9-]{1,70}", name) or not re.fullmatch("[ -~]{1,900}", value):
        raise ValueError(f"{name!r} is no header that can be written")
    return name, value


def _format_addresses(addresses, offset):
    return _fold([_format_address(address) for address in addresses], ", ", offset)


def _format_address(address):
    email = _encode_email(address.email)
    name = clean_line(address.name)
    if not name or name == address.email:
        return email
    if not name.isascii() or len(name) > 60 or "=?" in name:
        return f"{encode_text(name, 0, phrase=True)} <{email}>"
    if not _ATOM.fullmatch(name):
        name = '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'
    return f"{name} <{email}>"


def _encode_email(email):
    local, _at, domain = email.strip().rpartition("@")
    domain = normalize_domain(domain)
    # "=?" begins an encoded word, which some programs decode also in addresses
    if not domain or not local or not local.isascii() or len(local) > 200 or "=?" in local:
        raise ValueError(f"{email!r} is no address that mail can be sent to")
    if _LOCAL_PART.fullmatch(local):
        return f"{local}@{domain}"
    if re.fullmatch(r'"(?:[ !#-\[\]-~]|\\[ -~])*"', local):
        return f"{local}@{domain}"
    raise ValueError(f"{email!r} is no address that mail can be sent to")


def _fold(items, separator, offset):
    """Join items, folding in front of one that would make its line too long."""
    lines, width = [], offset
    for number, item in enumerate(items):
        item = item + (separator.rstrip() if number < len(items) - 1 else "")
        first_line = len(item.partition("\r\n")[0])
        if number and width + 1 + first_line > _LINE:
            lines.append("\r\n ")
            width = 1
        elif number:
            lines.append(" ")
            width += 1
        lines.append(item)
        last_line = item.rpartition("\r\n")[2]
        width = len(last_line) if "\r\n" in item else width + len(item)
    return "".join(lines)


def encode_text(text, offset, phrase=False):
    """Return unstructured text, or a phrase, as header text: folded, RFC 2047 where needed.

    :param str text: on one line
    :param int offset: characters that stand in front of it on its line
    :param bool phrase: whether the rules of display names hold (RFC 2047 section 5)
    """
    is_plain = text.isascii() and "=?" not in text and text == text.strip()
    words = text.split(" ")
    if is_plain and not phrase and max(map(len, words)) < _LINE:
        return _fold(words, " ", offset)
    return "\r\n ".join(_encode_words(text, offset))


def _encode_words(text, offset):
    """Yield encoded words of at most 75 characters; no character is cut in two."""
    room = 75 - len("=?utf-8?b??=")
    chunk, available = b"", max(16, (room - offset) // 4 * 3)
    for character in text:
        data = character.encode("utf-8", "replace")
        if len(chunk) + len(data) > available:
            yield f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?="
            chunk, available = b"", room // 4 * 3
        chunk += data
    yield f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?="
