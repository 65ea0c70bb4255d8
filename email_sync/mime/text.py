"""Between HTML and plain text."""

import html as html_module
import re

from lxml import etree

from .encoding import make_safe
from .quotes import LINES_LIMIT, Kind, classify, has_content, visible_lines
from .tree import limit_attributes

_SKIPPED = frozenset("head style script title template noscript object svg math select".split())
_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre figure".split())
_BLOCKS = _PARAGRAPHS | frozenset(
    "div tr li dt dd section article header footer main nav aside address center form fieldset hr"
    " caption thead tbody tfoot body html legend figcaption details summary".split()
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt)?\s*(?:;|$)",
    re.IGNORECASE,
)
_QUOTE_DEPTH = 5
# What newsletters pad their preview with, and what hides in it.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe0f\ufeff\uffa0\ufffc]"
)
_LINK = re.compile(
    r"(?P<url>\b(?:https?://|www\.)[^\s<>\"]{2,2000})"
    r"|(?P<email>(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}\b)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'\"*_~…。，、！？"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def html_to_text(html, references=False):
    """Return HTML as plain text: what is shown, line by line, quotes behind ``>``.

    :param str html: as a mail holds it
    :param bool references: write out what links lead to and what pictures show
    :rtype: str
    """
    if not html or not html.strip():
        return ""
    parser = etree.HTMLParser(
        target=_TextTarget(references), encoding="utf-8", remove_pis=True, no_network=True
    )
    try:
        return etree.fromstring(limit_attributes(html).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        # libxml2 gives up on what has no element at all.
        return ""


class _TextTarget:
    """Collects text from the events of lxml's HTML parser."""

    def __init__(self, references):
        self._references = references
        self._lines = []
        self._line = []
        self._skip = 0
        self._pre = 0
        self._quote = 0
        self._level = 0
        self._space = False
        self._gap = False
        self._lists = []
        self._links = []

    def start(self, tag, attributes):
        if self._skip or tag in _SKIPPED:
            self._skip += 1
            return
        if attributes and "style" in attributes and _HIDDEN.search(attributes["style"]):
            self._skip = 1
            return
        if tag == "br":
            self._break(forced=True)
        elif tag in _BLOCKS:
            self._start_block(tag)
        elif tag in ("td", "th"):
            if self._line:
                self._space = True
        elif self._references:
            self._start_reference(tag, attributes)

    def _start_block(self, tag):
        self._break()
        if tag in _PARAGRAPHS:
            self._gap = True
        if tag == "blockquote":
            self._quote += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._start_item()
        elif tag == "hr":
            self._line.append("_" * 20)
            self._break()

    def _start_item(self):
        indent = "  " * min(len(self._lists) - 1, _QUOTE_DEPTH)
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            self._line.append(f"{indent}{self._lists[-1]}. ")
        else:
            self._line.append(f"{indent}- ")

    def _start_reference(self, tag, attributes):
        if tag == "a":
            self._links.append((attributes.get("href", "").strip(), len(self._line)))
        elif tag == "img" and attributes.get("alt", "").strip():
            self.data(f"[{attributes['alt'].strip()}]")

    def end(self, tag):
        if self._skip:
            self._skip -= 1
            return
        if tag in _BLOCKS:
            self._break()
            if tag in _PARAGRAPHS:
                self._gap = True
            if tag == "blockquote":
                self._quote = max(0, self._quote - 1)
            elif tag == "pre":
                self._pre = max(0, self._pre - 1)
            elif tag in ("ul", "ol") and self._lists:
                self._lists.pop()
        elif tag == "a" and self._links:
            self._end_link()

    def _end_link(self):
        href, start = self._links.pop()
        shown = "".join(self._line[start:]).strip()
        if href.lower().startswith(("http://", "https://", "mailto:")):
            target = href[7:] if href.lower().startswith("mailto:") else href
            if target.rstrip("/") not in (shown, shown.rstrip("/")):
                self._line.append(f" <{target}>" if shown else f"<{target}>")

    def data(self, text):
        if self._skip:
            return
        if self._pre:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in others:
                self._break(forced=True)
                self._line.append(line)
            return
        words = text.split()
        if not words:
            self._space = self._space or bool(self._line)
            return
        if self._line and (self._space or text[0].isspace()) and self._line[-1][-1:] != " ":
            self._line.append(" ")
        self._line.append(" ".join(words))
        self._space = text[-1].isspace()

    def _break(self, forced=False):
        line = "".join(self._line).rstrip()
        self._line.clear()
        self._space = False
        if not line and not forced:
            return
        level = min(self._quote, _QUOTE_DEPTH)
        if self._gap and self._lines:
            self._lines.append(("> " * min(level, self._level)).rstrip())
        self._gap = False
        self._level = level
        self._lines.append(f"{'> ' * level}{line}".rstrip())

    def close(self):
        self._break()
        text = "\n".join(self._lines)
        if "\n\n\n" in text:
            text = re.sub(r"\n{3,}", "\n\n", text)
        # Character references stand for what the source itself must not hold.
        return make_safe(text.replace("\u00a0", " ").strip("\n"))


def unflow(text, delete_space=False):
    """Join the lines that format=flowed broke (RFC 3676), quoted ones on their level.

    :param str text: with line feeds
    :param bool delete_space: whether the space at the break was added (DelSp=yes)
    """
    result, depth, pieces = [], 0, []
    for line in text.split("\n"):
        content = line.lstrip(">")
        level = len(line) - len(content)
        content = content.removeprefix(" ")
        is_signature = content == "-- "
        if pieces and (level != depth or is_signature):
            result.append(_requote("".join(pieces), depth))
            pieces.clear()
        depth = level
        is_broken = content.endswith(" ") and not is_signature
        pieces.append(content[:-1] if is_broken and delete_space else content)
        if not is_broken:
            result.append(_requote("".join(pieces), depth))
            pieces.clear()
    if pieces:
        result.append(_requote("".join(pieces), depth))
    return "\n".join(result)


def _requote(line, depth):
    return f"{'>' * depth} {line}" if depth else line


def snippet(text, length=200):
    """Return the beginning of what a mail says itself, on one line.

    :param str text: plain text
    :param int length: characters at most
    :return: without quotes, signature and invisible characters; cut at a word, with an ellipsis
    """
    lines = text[: length * 50].split("\n")[:200]
    words = " ".join(line for line in visible_lines(lines) if has_content(line))
    words = " ".join(_INVISIBLE.sub("", words).split())
    if len(words) <= length:
        return words
    cut = words.rfind(" ", length // 2, length)
    return words[: cut if cut > 0 else length - 1].rstrip(" ,;:-") + "…"


def text_to_html(text):
    """Return plain text as HTML: paragraphs, clickable links, quotes as ``blockquote``."""
    lines = text.strip("\n").split("\n")
    kinds = classify(lines)
    result, paragraph, depth = [], [], 0
    previous = None
    for number, line in enumerate(lines):
        level = 0
        if number < LINES_LIMIT and kinds[number] is Kind.QUOTE:
            level, line = _split_quote_marks(line)
        if level != depth or kinds[number] is not previous or not has_content(line):
            _close_paragraph(result, paragraph)
        result += ["<blockquote>"] * (level - depth) + ["</blockquote>"] * (depth - level)
        depth, previous = level, kinds[number]
        if has_content(line):
            paragraph.append(_line_to_html(line))
    _close_paragraph(result, paragraph)
    result += ["</blockquote>"] * depth
    return "".join(result)


def _close_paragraph(result, paragraph):
    if paragraph:
        result.append(f"<p>{'<br>'.join(paragraph)}</p>")
        paragraph.clear()


def _split_quote_marks(line):
    level = 0
    while level < _QUOTE_DEPTH:
        stripped = line.lstrip()
        if stripped[:1] not in (">", "＞"):
            break
        level, line = level + 1, stripped[1:]
    return level, line.removeprefix(" ")


def _line_to_html(line):
    line = line.expandtabs(4).rstrip()
    result, position = [], 0
    for match in _LINK.finditer(line):
        shown = _trim_link(match[0])
        result.append(html_module.escape(line[position : match.start()]))
        if match.lastgroup == "email":
            href = f"mailto:{shown}"
        else:
            href = shown if shown[:4].lower() == "http" else f"https://{shown}"
        result.append(
            f'<a href="{html_module.escape(href)}" target="_blank" rel="noopener noreferrer">'
            f"{html_module.escape(shown)}</a>"
        )
        position = match.start() + len(shown)
    result.append(html_module.escape(line[position:]))
    # Indentation and columns of plain text mean something.
    return "".join(result).replace("  ", "\u00a0 ")


def _trim_link(link):
    """Return a link without the punctuation of the sentence around it."""
    while link:
        last = link[-1]
        if last in _TRAILING or (
            last in _BRACKETS and link.count(last) > link.count(_BRACKETS[last])
        ):
            link = link[:-1]
        else:
            break
    return link
