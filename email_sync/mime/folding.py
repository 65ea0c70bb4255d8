"""Marks in an HTML tree what repeats earlier mail, as Odoo's client folds it away.

The client hides elements with ``data-o-mail-quote="1"`` behind an ellipsis button
(``mail/static/src/core/web_portal/message_patch.js``). Odoo's own marking (``tag_quote`` in
``odoo/tools/mail.py``) knows the wrappers of a few programs, by class; here the tree is read as
lines and judged by :mod:`.quotes`, whatever program wrote it.
"""

import re

from lxml import etree

from .quotes import fold

MARK = "data-o-mail-quote"
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody"
    " td tfoot th thead tr ul caption".split()
)
_VOID_CONTENT = frozenset({"img", "hr"})
# Wrappers that programs put around the mail answered to: Gmail, Yahoo, Proton, Zoho, Tuta,
# GMX and web.de, Fastmail, Zimbra, Mailspring, Front, Naver, Tencent.
_QUOTE_CLASSES = re.compile(
    r"(?:^|\s)(?:gmail_quote|gmail_extra|yahoo_quoted|protonmail_quote|zmail_extra|tutanota_quote"
    r"|moz-cite-prefix|mcntgmailquote|front-blockquote|x_gmail_quote|x_yahoo_quoted|qt)(?:\s|$)",
    re.IGNORECASE,
)
_QUOTE_IDS = ("olk_src_body_section", "mail-editor-reference-message-container", "replysplit")
_SIGNATURE_CLASSES = re.compile(
    r"(?:^|\s)(?:gmail_signature|odoo_signature_wrapper|moz-signature|protonmail_signature_block"
    r"|x_gmail_signature)(?:\s|$)"
)
_SIGNATURE_IDS = ("signature", "x_signature")
# Outlook's own mark in front of the mail answered to; all that follows is history.
_HISTORY_IDS = ("divrplyfwdmsg", "x_divrplyfwdmsg", "appendonsend", "x_appendonsend")
# Gmail's button for indenting makes a blockquote that quotes nobody.
_INDENT = re.compile(r"border\s*:\s*(?:none|medium none|0)", re.IGNORECASE)
_FORWARDED_BY = re.compile(r"[-\s]*forwarded message", re.IGNORECASE)
_DEPTH_LIMIT = 200


class _Line:
    """What stands between two line breaks.

    :ivar container: the element whose content it is part of
    :ivar items: what it is made of, in order: (child or None for the container's text, whether
        the text behind that child is meant)
    """

    __slots__ = ("container", "items", "marker", "quoted", "text")

    def __init__(self, container, quoted):
        self.container = container
        self.quoted = quoted
        self.items = []
        self.text = ""
        self.marker = False


def mark_quotes(root, forwarded=False):
    """Mark what repeats earlier mail and signatures, where something else is left to read.

    :param root: lxml element; changed in place
    :param bool forwarded: whether the mail forwards another: its history is what it is about
    """
    lines = _LineReader(root, forwarded).lines
    texts = [line.text for line in lines]
    folded = fold(texts, [line.quoted for line in lines])
    if forwarded:
        folded = [
            fold_ and line.quoted == _SIGNATURE for fold_, line in zip(folded, lines, strict=True)
        ]
    if any(folded):
        _mark(root, lines, folded)


_QUOTE, _SIGNATURE = 1, 2


class _LineReader:
    """Reads a tree as lines.

    :ivar lines: list of :class:`_Line`
    """

    def __init__(self, root, forwarded):
        self.lines = []
        self._forwarded = forwarded
        self._history = 0
        self._breaking = _get_breaking(root)
        self._read(root, 0, 0)

    def _read(self, element, quoted, depth):
        quoted = quoted or self._get_quoted(element)
        line = self._start(element, quoted)
        if element.text:
            self._add(line, (None, False), element.text)
        for child in element:
            tag = child.tag if isinstance(child.tag, str) else ""
            if tag == "br":
                line = self._start(element, quoted)
                line.items.append((child, False))
            elif depth < _DEPTH_LIMIT and (tag in _BLOCKS or child in self._breaking):
                self._read(child, quoted, depth + 1)
                line = self._start(element, quoted)
            elif tag:
                self._add(line, (child, False), _get_text(child))
            if child.tail:
                self._add(line, (child, True), child.tail)

    def _start(self, element, quoted):
        line = _Line(element, quoted or self._history)
        self.lines.append(line)
        return line

    def _add(self, line, item, text):
        line.items.append(item)
        text = " ".join(text.split())
        line.text = f"{line.text} {text}".strip() if line.text else text

    def _get_quoted(self, element):
        identifier = (element.get("id") or "").lower()
        classes = element.get("class") or ""
        if identifier in _SIGNATURE_IDS or _SIGNATURE_CLASSES.search(classes):
            return _SIGNATURE
        if self._forwarded:
            return 0
        if identifier in _HISTORY_IDS:
            self._history = _QUOTE
        if element.tag == "blockquote":
            return 0 if _INDENT.search(element.get("style") or "") else _QUOTE
        if identifier in _QUOTE_IDS or _QUOTE_CLASSES.search(classes):
            text = "".join(_first_texts(element))
            return 0 if _FORWARDED_BY.match(text) else _QUOTE
        return self._history


def _get_breaking(root):
    """Return the inline elements that hold line breaks or blocks."""
    breaking = set()
    for element in reversed(list(root.iter(etree.Element))):
        if element.tag == "br" or element.tag in _BLOCKS or element in breaking:
            parent = element.getparent()
            if parent is not None:
                breaking.add(parent)
    return breaking


def _get_text(element):
    # A picture is content, although it has no text.
    if element.tag in _VOID_CONTENT or element.find(".//img") is not None:
        return "\ufffc" + "".join(element.itertext())
    return "".join(element.itertext())


def _first_texts(element, length=60):
    for text in element.itertext():
        yield text
        length -= len(text.strip())
        if length <= 0:
            return


def _mark(root, lines, folded):
    open_lines, folded_lines = {}, {}
    for line, is_folded in zip(lines, folded, strict=True):
        counts = folded_lines if is_folded else open_lines
        if is_folded or line.text:
            counts[line.container] = counts.get(line.container, 0) + 1
    # From the leaves up: an element whose lines are all folded is folded as a whole.
    for element in reversed(list(root.iter(etree.Element))):
        parent = element.getparent()
        if parent is None or element is root:
            continue
        for counts in (open_lines, folded_lines):
            if element in counts:
                counts[parent] = counts.get(parent, 0) + counts[element]
    by_container = {}
    for line, is_folded in zip(lines, folded, strict=True):
        if is_folded:
            by_container.setdefault(line.container, []).append(line)
    stack = [root]
    while stack:
        element = stack.pop()
        if element is not root and element in folded_lines and element not in open_lines:
            element.set(MARK, "1")
            continue
        # Items first: they are found by their elements, which marking leaves in place.
        children = list(element)
        for line in by_container.get(element, ()):
            _mark_items(line)
        stack += children


def _mark_items(line):
    for child, is_tail in line.items:
        if child is None:
            text, line.container.text = line.container.text, None
            span = _make_span(text)
            if span is not None:
                line.container.insert(0, span)
        elif is_tail:
            text, child.tail = child.tail, None
            span = _make_span(text)
            if span is not None:
                child.addnext(span)
        elif child.tag != "br":
            child.set(MARK, "1")


def _make_span(text):
    if not text or not text.strip():
        return None
    span = etree.Element("span")
    span.text = text
    span.set(MARK, "1")
    return span
