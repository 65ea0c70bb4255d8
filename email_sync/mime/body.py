"""Which parts of a mail are its text, and which are attached to it."""

import re
from urllib.parse import unquote

from .encoding import decode
from .headers import Headers, clean_filename
from .message import Part
from .text import html_to_text, text_to_html, unflow
from .transfer import decoded_size

_CONTENT_ID_REFERENCE = re.compile(r"\bcid:([^\s\"'<>)]+)", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE
)
_MESSAGE_EXTENSION = ".eml"
_HTML_TYPES = ("text/html", "application/xhtml+xml")
# Reports for machines read well enough as text (RFC 3464, RFC 8098, RFC 5965).
_TEXT_TYPES = (
    "text/plain",
    "text/enriched",
    "text/markdown",
    "message/delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
)
# Forms of a text for particular programs, always beside others.
_UNUSED_FORMS = ("text/x-amp-html", "text/watch-html")


class Body:
    """Sorts the entities of a mail into text, HTML and attachments.

    :ivar segments: (plain entity or None, HTML entity or None), in the order of reading; where
        both are given they say the same
    :ivar attached: entities that are no text of the mail
    :ivar truncated: whether some text was left out for its size
    """

    def __init__(self, root, limits):
        self.segments = []
        self.attached = []
        self.truncated = False
        self._budget = limits.text_bytes
        self._texts = {}
        self._collect(root)

    @property
    def text(self):
        """The mail as plain text."""
        texts = [self._get_plain_text(plain, html) for plain, html in self.segments]
        return texts[0] if len(texts) == 1 else "\n\n".join(text for text in texts if text)

    @property
    def html(self):
        """The mail as HTML, unsanitised; None when no part of it is HTML."""
        if not any(html is not None for _plain, html in self.segments):
            return None
        texts = [
            self._get_text(html) if html is not None else text_to_html(self._get_text(plain))
            for plain, html in self.segments
        ]
        return texts[0] if len(texts) == 1 else "<hr>".join(f"<div>{text}</div>" for text in texts)

    # ------------------------------------------------------------
    # CHOICE
    # ------------------------------------------------------------

    def _collect(self, entity):
        if not entity.children:
            self._collect_leaf(entity)
        elif entity.content_type == "multipart/alternative":
            self._collect_alternative(entity)
        elif entity.content_type == "multipart/related":
            self._collect_related(entity)
        else:
            for child in entity.children:
                self._collect(child)

    def _collect_leaf(self, entity):
        if entity.content_type in _UNUSED_FORMS:
            return
        if not self._is_displayed(entity):
            self.attached.append(entity)
        elif entity.content_type in _HTML_TYPES:
            self.segments.append((None, entity))
        else:
            self.segments.append((entity, None))

    def _is_displayed(self, entity):
        content_type = entity.content_type
        if content_type.startswith("multipart/"):
            # Without parts or nested too deep: its source is better than nothing.
            return not self.segments
        if content_type not in _HTML_TYPES and content_type not in _TEXT_TYPES:
            return False
        if entity.disposition == "attachment":
            return False
        # Some programs name the text itself; Apple Mail shows attached text files in line.
        return not (entity.filename and (self.segments or entity.disposition))

    def _collect_alternative(self, entity):
        # The best form comes last (RFC 2046 section 5.1.4).
        segments, self.segments = self.segments, []
        forms = []
        for child in entity.children:
            self._collect(child)
            forms.append(self.segments)
            self.segments = []
        plain = [form for form in forms if form and all(html is None for _plain, html in form)]
        html = [form for form in forms if any(html is not None for _plain, html in form)]
        if plain and html:
            # One text in two forms: single parts pair up, composite ones keep the richer form.
            if len(plain[0]) == len(html[-1]) == 1:
                segments.append((plain[0][0][0], html[-1][0][1]))
            else:
                segments += html[-1]
        elif plain or html:
            segments += (html or plain)[-1]
        self.segments = segments

    def _collect_related(self, entity):
        start = entity.parameters.get("start", "").strip(" <>")
        root = entity.children[0]
        if start:
            for child in entity.children:
                if _get_content_id(child) == start:
                    root = child
        for child in entity.children:
            if child is root or child.children:
                self._collect(child)
            else:
                self.attached.append(child)

    # ------------------------------------------------------------
    # TEXT
    # ------------------------------------------------------------

    def _get_plain_text(self, plain, html):
        text = self._get_text(plain) if plain is not None else ""
        # Some programs send a form without content along with the HTML.
        if html is not None and (not text or text.isspace()):
            return html_to_text(self._get_text(html))
        return text

    def _get_text(self, entity):
        text = self._texts.get(entity.section)
        if text is None:
            text = self._texts[entity.section] = self._decode(entity)
        return text

    def _decode(self, entity):
        data, is_cut = entity.get_beginning(self._budget)
        self.truncated = self.truncated or is_cut
        self._budget = max(0, self._budget - len(data))
        charset = entity.parameters.get("charset", "")
        if entity.content_type in _HTML_TYPES:
            if not charset:
                match = _META_CHARSET.search(data, 0, 2_000)
                charset = match.group(1).decode("ascii") if match else ""
            return decode(data, charset)
        if b"\n" not in data and b"\r" in data:
            data = data.replace(b"\r", b"\n")
        text = decode(data, charset)
        if entity.parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delete_space=entity.parameters.get("delsp", "").lower() == "yes")
        return text

    # ------------------------------------------------------------
    # ATTACHMENTS
    # ------------------------------------------------------------

    def get_parts(self, html):
        """Return the attachments and pictures as values.

        :param html: of :attr:`html`, to tell the pictures in the text from attachments
        :rtype: list[Part]
        """
        parts = [make_part(entity) for entity in self.attached]
        if html and any(part.content_id for part in parts):
            shown = {unquote(found) for found in _CONTENT_ID_REFERENCE.findall(html)}
            for part in parts:
                part.embedded = part.content_id in shown and part.content_type[:6] == "image/"
        return parts


def make_part(entity):
    """Return an entity as an attachment."""
    filename = clean_filename(entity.filename)
    if not filename:
        filename = _get_missing_filename(entity)
    return Part(
        section=entity.section,
        content_type=entity.content_type,
        filename=filename,
        size=decoded_size(entity.source, entity.body, entity.end, entity.encoding),
        disposition=_get_disposition(entity),
        content_id=_get_content_id(entity),
        charset=entity.parameters.get("charset", "")[:60],
    )


def _get_disposition(entity):
    if not entity.disposition:
        return ""
    # RFC 2183 section 2.8: what is not known is an attachment.
    return "inline" if entity.disposition == "inline" else "attachment"


def _get_content_id(entity):
    if "content-id" not in entity.headers:
        return ""
    return entity.headers.get("content-id", 500).strip(" <>")


def _get_missing_filename(entity):
    if entity.content_type == "text/calendar":
        return "invite.ics"
    if not entity.is_message:
        return ""
    nested = _SUBJECT.search(entity.source, entity.body, min(entity.end, entity.body + 20_000))
    if not nested:
        return ""
    headers = Headers(entity.source, *nested.span())
    subject = clean_filename(headers.get_text("subject").replace("/", "-"))
    return subject[:100] + _MESSAGE_EXTENSION if subject else ""


_SUBJECT = re.compile(rb"^subject:.*(?:\n[ \t].*)*", re.MULTILINE | re.IGNORECASE)
