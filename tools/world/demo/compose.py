"""Writes a mail as the mail programs of this world do: their headers, their HTML, their quoting."""

import html
import re
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from zoneinfo import ZoneInfo

PROGRAMS = {
    "gmail": {},
    "outlook": {"X-Mailer": "Microsoft Outlook 16.0", "Thread-Topic": "%(subject)s"},
    "apple": {"X-Mailer": "Apple Mail (2.3826.700.81)"},
    "thunderbird": {"User-Agent": "Mozilla Thunderbird"},
    "text": {"User-Agent": "Mutt/2.2.9"},
}
# Programs that send HTML beside the text.
RICH = {"gmail", "outlook", "apple", "thunderbird"}


@dataclass
class Mail:
    """What is to be written.

    :ivar sender: a :class:`.people.Person`; :ivar to: and :ivar cc: lists of them
    :ivar date: aware datetime
    :ivar message_id: with its angle brackets
    :ivar answers: the :class:`Mail` this one answers, or None
    :ivar files: attachments as ``(name, type, bytes)``; :ivar inline: pictures, likewise
    """

    subject: str
    sender: object
    to: list
    cc: list
    date: object
    text: str
    message_id: str
    answers: object = None
    files: list = field(default_factory=list)
    inline: list = field(default_factory=list)
    plain_only: bool = False
    headers: dict = field(default_factory=dict)

    @property
    def references(self):
        """The message ids of the thread so far, oldest first."""
        return [*self.answers.references, self.answers.message_id] if self.answers else []

    def body(self):
        """Return the text with its signature, without what it quotes."""
        return f"{self.text}\n\n{self.sender.signature}".strip()


def source(mail):
    """Return ``mail`` as it travels: bytes with CRLF."""
    message = EmailMessage(policy=SMTP)
    _set_headers(message, mail)
    charset = mail.sender.charset
    message.set_content(_plain(mail), charset=charset, cte=_transfer_encoding(charset))
    if mail.sender.client in RICH and not mail.plain_only:
        message.add_alternative(_html(mail), subtype="html", charset=charset)
        for number, (name, content_type, data) in enumerate(mail.inline):
            maintype, _, subtype = content_type.partition("/")
            message.get_payload()[1].add_related(
                data, maintype, subtype, cid=f"<{_cid(mail, number)}>", filename=name
            )
    for name, content_type, data in mail.files:
        maintype, _, subtype = content_type.partition("/")
        message.add_attachment(data, maintype, subtype, filename=name)
    return message.as_bytes()


def _set_headers(message, mail):
    message["Date"] = format_datetime(mail.date.astimezone(ZoneInfo(mail.sender.zone)))
    message["From"] = _address(mail.sender)
    message["To"] = [_address(person) for person in mail.to]
    if mail.cc:
        message["Cc"] = [_address(person) for person in mail.cc]
    message["Subject"] = mail.subject
    message["Message-ID"] = mail.message_id
    if mail.answers:
        message["In-Reply-To"] = mail.answers.message_id
        message["References"] = " ".join(mail.references)
    for name, value in {**PROGRAMS[mail.sender.client], **mail.headers}.items():
        message[name] = value % {"subject": mail.subject}


def _address(person):
    return Address(person.name, addr_spec=person.address)


def _transfer_encoding(charset):
    # Japanese mail in ISO-2022-JP goes as it is: it is made of seven bits (RFC 1468).
    return "7bit" if charset == "iso-2022-jp" else None


# ---- plain text ----


def _plain(mail):
    text = mail.body()
    if mail.sender.client == "text" or mail.plain_only:
        text = text.replace(f"\n\n{mail.sender.signature}", f"\n\n-- \n{mail.sender.signature}")
    if not mail.answers:
        return f"{text}\n"
    if mail.sender.client == "outlook":
        return f"{text}\n\n{_outlook_head(mail.answers)}\n\n{mail.answers.body()}\n"
    quoted = "\n".join(f"> {line}".rstrip() for line in mail.answers.body().splitlines())
    return f"{text}\n\n{_attribution(mail)}\n\n{quoted}\n"


def _attribution(mail):
    answered = mail.answers
    day = answered.date.astimezone(ZoneInfo(mail.sender.zone))
    if mail.sender.client == "gmail":
        return f"On {day:%a, %b %-d, %Y at %-I:%M %p} {answered.sender.header} wrote:"
    if mail.sender.client == "apple":
        return f"> On {day:%-d %b %Y, at %H:%M}, {answered.sender.header} wrote:"
    return f"On {day:%m/%d/%y %H:%M}, {answered.sender.name} wrote:"


def _outlook_head(answered):
    people = "; ".join(person.header for person in answered.to)
    return (
        "-----Original Message-----\n"
        f"From: {answered.sender.header}\n"
        f"Sent: {answered.date:%A, %B %-d, %Y %-I:%M %p}\n"
        f"To: {people}\nSubject: {answered.subject}"
    )


# ---- HTML ----


def _html(mail):
    parts = [_to_html(mail.text)]
    parts += [
        f'<p><img src="cid:{_cid(mail, number)}" alt="{html.escape(name)}" width="480"></p>'
        for number, (name, _, _) in enumerate(mail.inline)
    ]
    parts.append(_signature(mail))
    if mail.answers:
        parts.append(QUOTES[mail.sender.client](mail))
    return f"<html><head></head><body>{''.join(parts)}</body></html>\n"


def _cid(mail, number):
    return f"picture{number}.{mail.message_id.strip('<>')}"


def _signature(mail):
    lines = "<br>".join(html.escape(line) for line in mail.sender.signature.splitlines())
    if not lines:
        return ""
    if mail.sender.client == "gmail":
        return f'<br><div dir="ltr" class="gmail_signature">{lines}</div>'
    return f'<p style="color:#555555">{lines}</p>'


def _to_html(text):
    """Return paragraphs, lists (``* …``) and tables (``| … | … |``) of a text as HTML."""
    blocks = re.split(r"\n{2,}", text)
    direction = ' dir="rtl"' if re.search(r"[\u0600-\u06ff]", text) else ""
    return f"<div{direction}>{''.join(map(_block, blocks))}</div>"


def _block(text):
    lines = text.splitlines()
    if all(line.startswith("* ") for line in lines):
        return f"<ul>{''.join(f'<li>{html.escape(line[2:])}</li>' for line in lines)}</ul>"
    if all(line.startswith("|") for line in lines):
        rows = "".join(f"<tr>{_cells(line)}</tr>" for line in lines)
        return f'<table border="1" cellpadding="6" cellspacing="0">{rows}</table>'
    return f"<p>{'<br>'.join(html.escape(line) for line in lines)}</p>"


def _cells(line):
    return "".join(f"<td>{html.escape(cell.strip())}</td>" for cell in line.strip("|").split("|"))


def _quoted(answered):
    return _to_html(answered.text) + _signature(answered)


def _gmail_quote(mail):
    return (
        f'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f"{html.escape(_attribution(mail))}<br></div>"
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;'
        f'padding-left:1ex">{_quoted(mail.answers)}</blockquote></div>'
    )


def _outlook_quote(mail):
    head = "<br>".join(
        f"<b>{html.escape(name)}:</b> {html.escape(value)}"
        for name, _, value in (
            line.partition(": ") for line in _outlook_head(mail.answers).splitlines()[1:]
        )
    )
    return (
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
        f'<p class="MsoNormal">{head}</p></div>{_quoted(mail.answers)}'
    )


def _cited_quote(mail):
    return (
        f'<div class="moz-cite-prefix">{html.escape(_attribution(mail).lstrip("> "))}<br></div>'
        f'<blockquote type="cite">{_quoted(mail.answers)}</blockquote>'
    )


QUOTES = {
    "gmail": _gmail_quote,
    "outlook": _outlook_quote,
    "apple": _cited_quote,
    "thunderbird": _cited_quote,
}
