"""The HTML that is shown of a mail.

What comes out is meant for Odoo's ``html_sanitize`` (with attributes, styles and classes cleaned),
which stays the one judge of what is safe; it is shaped so that nothing loads from elsewhere, quotes
fold, and the sanitiser's own work stays bounded.
"""

from html import escape

from lxml import etree

from .folding import MARK, mark_quotes
from .invitation import parse_invitation
from .remote import RemoteContent
from .text import text_to_html
from .threading import is_forward_subject
from .tree import Tree

HTML_LIMIT = 500_000  # characters
_SHORTENED = "This message is too long to be shown in full."
_UNFOLDED_QUOTE = "margin-left:8px;padding-left:8px;border-left-width:2px;border-left-style:solid"


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
    tree = Tree(source)
    remote_content = RemoteContent(
        images=_get_finder(parsed, image_url), allowed=remote, base=tree.base
    )
    shown = ""
    if tree.body is not None:
        for element in tree.body.iter(etree.Element):
            remote_content.rewrite(element)
        mark_quotes(tree.body, forwarded=is_forward_subject(parsed.subject))
        _settle(tree.body)
        shown = etree.tostring(tree.body, encoding="unicode", method="html", with_tail=False)
    if parsed.calendar:
        shown = parse_invitation(parsed.calendar).to_html(invitation_labels) + shown
    if is_cut or tree.is_cut:
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


def _settle(root):
    """Leave nothing for Odoo's own marking of quotes to do over again.

    It goes by classes and tags, folds all there is, and takes time that grows with the square of
    the elements. Classes and identifiers could also reach Odoo's own styles and scripts.
    """
    etree.strip_attributes(root, "class", "id", "name")
    for element in list(root.iter(etree.Element)):
        if element.tag == "blockquote" and not _is_marked(element):
            element.tag = "div"
            element.set("style", _UNFOLDED_QUOTE)
        elif element.text and element.text.rstrip().endswith("--"):
            span = etree.Element("span")
            span.text, element.text = element.text.rstrip(), None
            element.insert(0, span)


def _is_marked(element):
    return element.get(MARK) or any(parent.get(MARK) for parent in element.iterancestors())
