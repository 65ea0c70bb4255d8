"""The HTML that is shown of a mail.

What comes out is meant for Odoo's ``html_sanitize`` (with attributes, styles and classes cleaned),
which stays the one judge of what is safe; it is shaped so that nothing loads from elsewhere, quotes
fold, and the sanitiser's own work stays bounded.
"""

from html import escape

from lxml import etree
from lxml import html as lxml_html

from .folding import MARK, mark_quotes
from .invitation import parse_invitation
from .remote import RemoteContent
from .text import text_to_html
from .threading import is_forward_subject

HTML_LIMIT = 500_000  # characters
ELEMENTS_LIMIT = 20_000
_SHORTENED = "This message is too long to be shown in full."
# Not content, or dangerous wherever it stands: removed with what it holds.
_REMOVED = frozenset(
    "script style link meta base title head iframe frame frameset noframes object embed applet"
    " param svg math video audio source track canvas template noscript noembed xml map area dialog"
    " button input select textarea option optgroup datalist output progress meter keygen portal"
    " isindex bgsound layer ilayer command menuitem plaintext xmp listing slot".split()
)
# Only what these hold is of interest.
_UNWRAPPED = frozenset("form fieldset label picture marquee blink nobr".split())


def display_html(
    parsed,
    image_url,
    *,
    remote=False,
    invitation_labels=None,
    shortened=_SHORTENED,
):
    """Return a mail as HTML to sanitise and show.

    :param ParsedMessage parsed: the mail
    :param image_url: callable that gives the address of one of the mail's parts
        (:class:`.message.Part`)
    :param bool remote: let pictures from elsewhere load
    :param dict invitation_labels: translated words, see :data:`.invitation.LABELS`
    :param str shortened: translated sentence for the end of a mail that is cut
    :return: the HTML, and whether something from elsewhere was held back
    :rtype: tuple[str, bool]
    """
    source, is_cut = _get_source(parsed)
    remote_content = RemoteContent(images=_get_finder(parsed, image_url), allowed=remote)
    root = _parse(source)
    if root is not None:
        is_cut = _clean(root, remote_content) or is_cut
        mark_quotes(root, forwarded=is_forward_subject(parsed.subject))
        _settle(root)
    shown = _serialize(root)
    if parsed.calendar:
        shown = parse_invitation(parsed.calendar).to_html(invitation_labels) + shown
    if is_cut:
        shown += f"<p><em>{escape(shortened)}</em></p>"
    return shown, remote_content.found and not remote


def _get_source(parsed):
    if parsed.html and parsed.html.strip():
        source = parsed.html
    else:
        source = text_to_html(parsed.text[:HTML_LIMIT])
    if len(source) <= HTML_LIMIT:
        return source, len(parsed.text) > HTML_LIMIT and not parsed.html
    # Not within a tag: a cut attribute would swallow what follows.
    cut = max(source.rfind("<", 0, HTML_LIMIT), HTML_LIMIT // 2)
    return source[:cut], True


def _get_finder(parsed, image_url):
    by_content_id = {part.content_id: part for part in parsed.parts if part.content_id}

    def find(content_id):
        part = by_content_id.get(content_id)
        return image_url(part) if part and part.content_type.startswith("image/") else ""

    return find


def _parse(source):
    parser = lxml_html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        return lxml_html.document_fromstring(
            source.encode("utf-8", "replace"), parser=parser, ensure_head_body=True
        )
    except (etree.ParserError, etree.XMLSyntaxError):
        # Nothing but white space or comments.
        return None


def _clean(root, remote_content):
    """Remove what is not content and hold back what loads; return whether the mail was cut."""
    for base in root.iter("base"):
        href = base.get("href", "").strip()
        if href[:8].lower().startswith(("http://", "https://")):
            remote_content.base = href
        break
    etree.strip_elements(root, *_REMOVED, with_tail=False)
    elements = list(root.iter(etree.Element))
    for element in elements[:ELEMENTS_LIMIT]:
        if ":" in element.tag:
            # 'o:p' and its like, of Office.
            element.tag = "span"
        remote_content.rewrite(element)
    for element in elements[ELEMENTS_LIMIT:]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    return len(elements) > ELEMENTS_LIMIT


def _settle(root):
    """Leave nothing for Odoo's own marking of quotes to do over again.

    It goes by classes and tags, folds all there is, and takes time that grows with the square of
    the elements. Classes and identifiers could also reach Odoo's own styles and scripts.
    """
    etree.strip_attributes(root, "class", "id", "name")
    etree.strip_tags(root, *_UNWRAPPED)
    for element in list(root.iter(etree.Element)):
        if element.tag == "blockquote" and not _is_marked(element):
            element.tag = "div"
            element.set("style", _UNFOLDED_QUOTE)
        elif element.text and element.text.rstrip().endswith("--"):
            span = etree.Element("span")
            span.text, element.text = element.text.rstrip(), None
            element.insert(0, span)


_UNFOLDED_QUOTE = "margin-left:8px;padding-left:8px;border-left-width:2px;border-left-style:solid"


def _is_marked(element):
    return element.get(MARK) or any(parent.get(MARK) for parent in element.iterancestors())


def _serialize(root):
    if root is None:
        return ""
    body = root.find("body")
    if body is None:
        return ""
    body.tag = "div"
    for name in body.attrib.keys():
        if name not in ("style", "bgcolor", "dir", "align", "lang"):
            del body.attrib[name]
    return etree.tostring(body, encoding="unicode", method="html", with_tail=False)
