"""What holds for every mail, whatever is in it."""

import random
import re

from email_sync.mime.authentication import authentication_results
from email_sync.mime.display import display_html
from email_sync.mime.parse import parse, parse_headers, part_content
from email_sync.mime.reply import reply_headers, reply_recipients
from email_sync.mime.text import snippet
from email_sync.mime.threading import normalize_subject, thread_keys
from email_sync.mime.warnings import find_warnings

UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
SECTION = re.compile(r"[1-9]\d*(\.\d+)*")


def exercise(source, contents=20):
    """Do with a mail all that is done with mail; return it parsed.

    :param int contents: attachments to decode at most
    """
    parsed = parse(source)
    for text in all_texts(parsed):
        # PostgreSQL stores neither NUL nor what UTF-8 cannot say.
        assert not UNSAFE.search(text), repr(text[:200])
    assert parse(source) == parsed
    html, _held_back = display_html(parsed, lambda part: f"/part/{part.section}")
    assert not UNSAFE.search(html)
    assert len(snippet(parsed.text, 200)) <= 200
    assert all(len(key.encode()) < 2_000 for key in thread_keys(parsed))
    normalize_subject(parsed.subject)
    find_warnings(parsed, ["example.com"])
    authentication_results(parsed, "mx.example.com")
    reply_headers(parsed)
    reply_recipients(parsed, {"a@example.com"}, reply_all=True)
    assert parse_headers(source).message_id == parsed.message_id
    for part in parsed.parts[:contents]:
        assert SECTION.fullmatch(part.section)
        assert "/" not in part.filename
        part_content(source, part.section)
    return parsed


def all_texts(parsed):
    """Yield every text of a parsed mail."""
    yield from (parsed.subject, parsed.text, parsed.html or "", parsed.message_id, parsed.list_id)
    yield from (parsed.calendar, parsed.thread_topic, parsed.thread_index, parsed.odoo_objects)
    yield from (*parsed.references, *parsed.in_reply_to, *parsed.defects, parsed.digest)
    for name in ("from_", "sender", "reply_to", "to", "cc", "bcc"):
        for address in getattr(parsed, name):
            yield from (address.name, address.email, address.normalized)
    for part in parsed.parts:
        yield from (part.filename, part.content_type, part.content_id, part.charset)


_TOKENS = [
    b"\r\n", b"\n", b"\r", b"\x00", b"--", b"--b", b"=?utf-8?B?", b"?=", b'"', b"<", b">", b"(",
    b"@", b";", b":", b"=", b"=00", b"\xff\xfe", b"\xe4\xf6", b"\xed\xa0\x80", b"\x1b$B", b"&#0;",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"Content-Type: text/html\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Transfer-Encoding: base64\r\n\r\n",
    b"charset=utf-16", b"charset=utf-7", b"charset=iso-2022-jp", b"<div><table><td>", b"<!--",
    b"style='background:url(http://t.example/x)'", b"filename*0*=utf-8''%00%ff", b"\t \r\n",
]  # fmt: skip


def mutate(source, rng, changes=8):
    """Return a mail with some of its bytes cut, doubled, moved or replaced.

    :param random.Random rng: where chance comes from
    """
    data = bytearray(source)
    for _change in range(rng.randint(1, changes)):
        position = rng.randint(0, len(data))
        length = rng.choice((1, 2, 10, 100))
        kind = rng.randrange(6)
        if kind == 0:
            del data[position : position + length]
        elif kind == 1:
            data[position:position] = rng.choice(_TOKENS)
        elif kind == 2:
            data[position:position] = data[position : position + length]
        elif kind == 3:
            data[position : position + length] = rng.randbytes(length)
        elif kind == 4:
            other = rng.randint(0, len(data))
            data[position:position] = data[other : other + length]
        else:
            data[position:] = (
                data[position + length :][::-1] if rng.random() < 0.05 else data[position:]
            )
    return bytes(data)


def seeded(*parts):
    """Return a generator of chance that is the same in every run."""
    return random.Random(repr(parts))
