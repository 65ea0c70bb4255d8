"""HTML of a mail as a tree of bounded size, without what is no content."""

import re

from lxml import etree

from .encoding import make_safe

ELEMENTS_LIMIT = 20_000
_ATTRIBUTES_LIMIT = 100
_DEPTH_LIMIT = 250
_NAME = re.compile(r"[a-z][a-z0-9]{0,30}")
_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}")
# Not content, or dangerous wherever it stands: left out with what it holds.
_REMOVED = frozenset(
    "script style link meta title head iframe frame frameset noframes object embed applet param"
    " svg math video audio source track canvas template noscript noembed xml map area dialog button"
    " input select textarea option optgroup datalist output progress meter keygen portal isindex"
    " bgsound layer ilayer command menuitem plaintext xmp listing slot".split()
)
# Only what these hold is of interest.
_UNWRAPPED = frozenset("form fieldset label picture marquee blink nobr base".split())
# What browsers make of them, or what stands in for them inside of a page.
_RENAMED = {"image": "img", "body": "div"}

# A tag with a hundred attributes. The lookahead makes each attribute match in one way only.
_MANY_ATTRIBUTES = re.compile(
    r"<[a-zA-Z][^\s>/]*(?:(?=([\s/]*[^\s=>/]+\s*(?:=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?))\1){100}"
)
_TAG_WITH_ATTRIBUTES = re.compile(r"<[a-zA-Z][^\s<>/]*[\s/][^<>]*>?")
_HARMLESS_LENGTH = 20_000  # characters


def limit_attributes(html):
    """Return HTML without the tags that have attributes if one has a hundred of them.

    Parsing takes time that grows with the square of their number (libxml2 before 2.14).
    """
    if len(html) > _HARMLESS_LENGTH and _MANY_ATTRIBUTES.search(html):
        return _TAG_WITH_ATTRIBUTES.sub("", html)
    return html


class Tree:
    """A parsed mail.

    :ivar body: lxml element ``div`` with the content; None when there is none
    :ivar base: what relative addresses are relative to; ''
    :ivar is_cut: whether something was left out for its size
    """

    def __init__(self, html):
        target = _Target()
        parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True)
        try:
            root = etree.fromstring(limit_attributes(html).encode("utf-8", "replace"), parser)
        except etree.XMLSyntaxError:
            # libxml2 gives up on what has no element at all.
            root = None
        self.base = target.base
        self.is_cut = target.is_cut
        self.body = root


class _Target:
    """Builds the tree from the events of lxml's HTML parser, which itself knows no bound."""

    def __init__(self):
        self.base = ""
        self.is_cut = False
        self._builder = etree.TreeBuilder()
        # Names of the elements that are open, None for those that are not built.
        self._open = []
        self._depth = 0
        self._count = 0
        self._skip = 0
        self._builder.start("div", {})

    def start(self, tag, attributes):
        if tag == "base" and not self.base:
            href = attributes.get("href", "").strip()
            if href[:8].lower().startswith(("http://", "https://")):
                self.base = href
        if self._skip or tag in _REMOVED or self._count >= ELEMENTS_LIMIT:
            self.is_cut = self.is_cut or self._count >= ELEMENTS_LIMIT
            self._skip += 1
            return
        if tag in _UNWRAPPED or tag == "html" or self._depth >= _DEPTH_LIMIT:
            self._open.append(None)
            return
        # 'o:p' and its like, of Office, have names that are none.
        name = _RENAMED.get(tag, tag) if _NAME.fullmatch(tag) else "span"
        self._open.append(name)
        self._depth += 1
        self._count += 1
        self._builder.start(name, _filter(attributes))

    def end(self, _tag):
        if self._skip:
            self._skip -= 1
        elif self._open:
            name = self._open.pop()
            if name:
                self._depth -= 1
                self._builder.end(name)

    def data(self, text):
        # Character references stand for what the source itself must not hold.
        if not self._skip and not self.is_cut:
            self._builder.data(make_safe(text))

    def close(self):
        while self._open:
            self.end("")
        self._builder.end("div")
        root = self._builder.close()
        # One element around the content is enough: the body's, with its colours.
        if (
            len(root) == 1
            and root[0].tag == "div"
            and not (root.text or root[0].tail or "").strip()
        ):
            root = root[0]
            root.tail = None
        return root if len(root) or root.text else None


def _filter(attributes):
    if len(attributes) > _ATTRIBUTES_LIMIT:
        return {}
    return {
        name: make_safe(value)
        for name, value in attributes.items()
        if _ATTRIBUTE_NAME.fullmatch(name)
    }
