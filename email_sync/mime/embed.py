"""Let the pictures of an HTML text travel with the mail (RFC 2392)."""

import base64
import binascii
import hashlib
import re

from lxml import etree
from lxml import html as lxml_html

from .compose import Attachment

_DATA_URL = re.compile(r"data:(image/[a-z0-9.+-]{1,40});base64,(.*)", re.DOTALL | re.IGNORECASE)
_EXTENSIONS = {"image/jpeg": "jpg", "image/svg+xml": "svg"}


def embed_pictures(html, get_picture):
    """Return HTML whose pictures are parts of the mail, and these parts.

    ``data:`` addresses are taken out of the text as well: many mail programs show none.

    :param str html: a fragment
    :param get_picture: callable that gives (name, bytes, media type) for the address of a picture
        that has to travel along, None for one that is left as it is
    :return: the HTML, and a list of :class:`.compose.Attachment` with a ``content_id``
    :rtype: tuple[str, list[Attachment]]
    """
    if "<img" not in html.lower():
        return html, []
    root = lxml_html.fragment_fromstring(html, create_parent="div")
    # Editors put pictures between conditional comments, of which sanitising leaves the ends.
    etree.strip_elements(root, etree.Comment, with_tail=False)
    pictures = {}
    for element in root.iter("img"):
        source = element.get("src", "").strip()
        found = _read_data_url(source) or get_picture(source)
        if found:
            picture = _make_picture(*found)
            picture = pictures.setdefault(picture.content_id, picture)
            element.set("src", f"cid:{picture.content_id}")
    return etree.tostring(root, encoding="unicode", method="html"), list(pictures.values())


def _read_data_url(source):
    match = _DATA_URL.fullmatch(source)
    if not match:
        return None
    content_type = match[1].lower()
    try:
        content = base64.b64decode(match[2], validate=False)
    except binascii.Error:
        return None
    extension = _EXTENSIONS.get(content_type) or content_type.rpartition("/")[2]
    return f"picture.{extension}", content, content_type


def _make_picture(name, content, content_type):
    # The same picture twice, such as a logo in the text and in the quote, is one part.
    content_id = f"{hashlib.sha256(content).hexdigest()[:32]}@picture"
    return Attachment(name, content, content_type, content_id)
