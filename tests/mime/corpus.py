"""Mails for tests and for measuring: the mix of a business mailbox, made from a seed."""

import base64
import random
import textwrap
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

FIRST_DATE = datetime(2025, 1, 6, 8, 0, tzinfo=timezone.utc)
_WORDS = (
    "offer project delivery invoice meeting contract customer price quality schedule machine spare"
    " part order sample drawing team question answer week month please thank attached confirm"
    " discount warehouse transport customs quantity colour version update review Angebot Größe"
    " für Lieferung 견적서 회의 見積 заказ livraison réunion presupuesto"
).split()
_ASCII_WORDS = [word for word in _WORDS if word.isascii()]
_TRACE = (
    "Received: from mx{n}.example.net (mx{n}.example.net [192.0.2.{n}])\r\n"
    "\tby mail.example.com (Postfix) with ESMTPS id 4Wq{n:05}\r\n"
    "\tfor <sales@example.com>; {date}\r\n"
)
_SIGNATURE = (
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=s2048;\r\n"
    "\tt=1736150400; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
    "\th=From:To:Subject:Date:Message-ID; b="
    + "Qm9ndXMx" * 8
    + "\r\n\t "
    + "c2lnbmF0" * 32
    + "\r\n"
)


class BusinessMail:
    """Mails of the mix that is measured: 45 % plain, 35 % alternative, 20 % with attachments.

    Sizes follow a long-tailed distribution with a median of 8 KB and a mean of about 20 KB.
    """

    def __init__(self, seed=1):
        self._random = random.Random(seed)
        self._number = 0

    def make(self):
        """Return the next mail (bytes)."""
        self._number += 1
        size = min(425_000, max(900, int(self._random.lognormvariate(8.5, 1.5))))
        kind = self._random.random()
        if kind < 0.45:
            body = self._make_leaf("plain", size)
        elif kind < 0.80:
            body = self._make_alternative(size)
        else:
            body = self._make_mixed(size)
        return (self._make_header() + body).encode("utf-8")

    def make_many(self, count):
        return [self.make() for _number in range(count)]

    def _make_header(self):
        rng, number = self._random, self._number
        date = format_datetime(FIRST_DATE + timedelta(minutes=7 * number))
        words = rng.choices(_WORDS, k=rng.randint(2, 8))
        subject = " ".join(words)
        if not subject.isascii():
            encoded = base64.b64encode(subject.encode("utf-8")).decode("ascii")
            subject = "\r\n ".join(f"=?utf-8?B?{piece}?=" for piece in textwrap.wrap(encoded, 56))
        people = [f"{rng.choice(_ASCII_WORDS).title()} {rng.choice(_ASCII_WORDS).title()}"] * 3
        trace = "".join(_TRACE.format(n=rng.randint(1, 99), date=date) for _hop in range(4))
        references = "".join(
            f"\r\n <{rng.randrange(16**12):012x}@example.net>" for _i in range(rng.randint(0, 4))
        )
        return (
            f"Return-Path: <person{number % 400}@example.net>\r\n{trace}{_SIGNATURE}"
            f"Authentication-Results: mail.example.com;\r\n\tdkim=pass header.d=example.net\r\n"
            f'From: "{people[0]}" <person{number % 400}@example.net>\r\n'
            f"To: Sales <sales@example.com>, {people[1]} <other{number % 50}@example.org>\r\n"
            f"Cc: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.org>\r\n"
            f"Subject: {subject}\r\nDate: {date}\r\n"
            f"Message-ID: <{number}.{rng.randrange(16**12):012x}@example.net>\r\n"
            + (f"References:{references}\r\n" if references else "")
            + "X-Mailer: Example 1.0\r\nX-Spam-Status: No, score=-1.2 required=5.0\r\n"
            "Thread-Topic: offer\r\nX-Originating-IP: [198.51.100.7]\r\nMIME-Version: 1.0\r\n"
        )

    def _make_text(self, length):
        words = self._random.choices(_WORDS, k=max(4, length // 8))
        return "\r\n\r\n".join(
            textwrap.fill(" ".join(words[i : i + 60]), 76).replace("\n", "\r\n")
            for i in range(0, len(words), 60)
        )

    def _make_html(self, length):
        words = self._random.choices(_WORDS, k=max(4, length // 11))
        rows = "".join(
            f'<p style="margin:0 0 12px;font-size:14px">{" ".join(words[i : i + 25])}'
            f' <a href="https://example.com/{i}">more</a></p>\r\n'
            for i in range(0, len(words), 25)
        )
        return f"<html><head><title>x</title></head><body>{rows}</body></html>"

    def _make_leaf(self, subtype, size):
        text = self._make_text(size) if subtype == "plain" else self._make_html(size)
        return self._encode_leaf(subtype, text)

    def _encode_leaf(self, subtype, text):
        import quopri

        if self._random.random() < 0.5:
            encoding = "quoted-printable"
            body = quopri.encodestring(text.replace("\r\n", "\n").encode("utf-8"))
            content = body.decode("ascii").replace("\n", "\r\n")
        elif self._random.random() < 0.5:
            encoding, content = "8bit", text
        else:
            encoding = "base64"
            content = base64.encodebytes(text.encode("utf-8")).decode("ascii").replace("\n", "\r\n")
        return (
            f"Content-Type: text/{subtype}; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: {encoding}\r\n\r\n{content}\r\n"
        )

    def _make_multipart(self, subtype, parts):
        boundary = f"----=_Part_{self._random.randrange(10**12)}"
        body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
        return (
            f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'
            f"{body}--{boundary}--\r\n"
        )

    def _make_alternative(self, size):
        return self._make_multipart(
            "alternative",
            [self._make_leaf("plain", size // 3), self._make_leaf("html", size * 2 // 3)],
        )

    def _make_mixed(self, size):
        content = self._random.randbytes(size * 5 // 8)
        encoded = base64.encodebytes(content).decode("ascii").replace("\n", "\r\n")
        attachment = (
            f'Content-Type: application/pdf; name="offer{self._number}.pdf"\r\n'
            "Content-Transfer-Encoding: base64\r\n"
            f'Content-Disposition: attachment; filename="offer{self._number}.pdf"\r\n\r\n{encoded}'
        )
        return self._make_multipart("mixed", [self._make_alternative(4_000), attachment])
