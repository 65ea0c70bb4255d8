"""Content-Transfer-Encoding (RFC 2045 section 6) and uuencode."""

import binascii
import string

from .encoding import decode_base64

_BASE64_LINE = 76


def decode_transfer(data, encoding):
    """Return the decoded content of a body; of a damaged one, as far as it can be read.

    :param bytes data: body as it stands in the mail
    :param str encoding: Content-Transfer-Encoding, lower case
    :rtype: bytes
    """
    if encoding == "base64":
        return decode_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in _UUENCODE:
        return decode_uuencode(data)
    return data


def decode_chunks(chunks, encoding):
    """Yield the decoded content of a body that comes in chunks; as :func:`decode_transfer`.

    A uuencoded body, which hardly anybody sends, is put together first.

    :param chunks: iterable of bytes
    :param str encoding: Content-Transfer-Encoding, lower case
    """
    if encoding == "base64":
        yield from _decode_base64_chunks(chunks)
    elif encoding == "quoted-printable":
        rest = b""
        for chunk in chunks:
            lines, line_end, rest = (rest + chunk).rpartition(b"\n")
            yield binascii.a2b_qp(lines + line_end)
        yield binascii.a2b_qp(rest)
    elif encoding in _UUENCODE:
        yield decode_uuencode(b"".join(chunks))
    else:
        yield from chunks


def _decode_base64_chunks(chunks):
    rest = b""
    for chunk in chunks:
        text = rest + chunk.translate(None, _NOT_BASE64)
        if b"=" in text:
            # Padding is the end.
            yield decode_base64(text)
            return
        whole = len(text) // 4 * 4
        yield decode_base64(text[:whole])
        rest = text[whole:]
    yield decode_base64(rest)


_NOT_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + b"0123456789+/="))
_UUENCODE = ("x-uuencode", "uuencode", "uue", "x-uue")


def decode_uuencode(data):
    """Return the file of a uuencoded body; lines that are none of it are skipped."""
    lines = iter(data.splitlines())
    for line in lines:
        if line.startswith(b"begin "):
            break
    else:
        return data
    result = []
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            if line.strip() == b"end":
                break
            continue
        try:
            result.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders of old leave bits behind the last byte (the standard library does so too).
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                result.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                continue
    return b"".join(result)


def decoded_size(source, start, end, encoding):
    """Return how many bytes a body has once decoded, without decoding it: close, not exact.

    :param bytes source: the mail
    :param int start: offset of the body
    :param int end: offset behind the body
    :param str encoding: Content-Transfer-Encoding, lower case
    """
    length = max(0, end - start)
    if encoding == "base64":
        lines = source.count(b"\n", start, end)
        # Line ends in mail are CRLF unless the source lost its carriage returns.
        line_end = 2 if source.find(b"\r\n", start, min(end, start + 2 * _BASE64_LINE)) >= 0 else 1
        padding = source.count(b"=", max(start, end - 4), end)
        return max(0, (length - lines * line_end) * 3 // 4 - padding)
    if encoding == "quoted-printable":
        return max(0, length - 2 * source.count(b"=", start, end))
    if encoding in _UUENCODE:
        return length * 3 // 4
    return length


def encoded_prefix(data, encoding, limit):
    """Return the beginning of an encoded body that decodes to about ``limit`` bytes, as a whole
    number of encoded groups."""
    if encoding == "base64":
        limit = limit * 4 // 3 + limit // 36
    elif encoding == "quoted-printable":
        limit *= 3
    if len(data) <= limit:
        return data
    cut = data.rfind(b"\n", 0, limit)
    return data[: cut + 1 if cut > 0 else limit // 4 * 4]
