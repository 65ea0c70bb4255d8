"""What in HTML would make a reader's browser fetch something: found, and held back.

Loading a picture tells its sender that, when and where a mail is read. Nothing of a mail loads
before the reader asks; what never needs to load (style sheets, fonts, media, frames) is removed.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urljoin

# Holds the address of a picture until it is wanted: Odoo's sanitiser keeps this attribute.
HELD_BACK = "data-original-src"

_URL_LIMIT = 4_000  # characters
_ATTRIBUTE_LIMIT = 2_000  # characters
_STYLE_LIMIT = 20_000  # characters, of a style that has addresses
_DATA_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,", re.IGNORECASE)
_DATA_LIMIT = 100_000  # characters of one picture
_DATA_TOTAL = 300_000  # characters of all
# What CSS fetches with, and how it hides that: escapes, comments, functions that yield addresses.
_CSS_ADDRESS = re.compile(r"url\(([^()\\]{0,4000})\)", re.IGNORECASE)
_CSS_FETCHING = re.compile(
    r"url\(|image\s*\(|image-set|src\s*\(|cross-fade|element\s*\(|paint\s*\(|@|expression|behavior"
    r"|binding|\\|/\*|var\s*\(|attr\s*\(|env\s*\(|javascript",
    re.IGNORECASE,
)
_CSS_DECLARATION = re.compile(r"(?:[^;\"'(]|\"[^\"]*\"|'[^']*'|\([^()]*\)|[\"'(])+")
_CSS_PICTURES = ("background", "background-image", "list-style", "list-style-image")
# Attributes a browser fetches from, or that reach beyond the mail; everything else of HTML that
# is worth showing has no address.
_ADDRESS_ATTRIBUTES = frozenset(
    "action archive background cite classid code codebase data dynsrc formaction icon imagesizes"
    " imagesrcset longdesc lowsrc manifest object ping poster profile sizes srcdoc srcset usemap"
    " xlink:href xml:base is slot part exportparts".split()
)
_LINK_SCHEMES = ("http", "https", "mailto", "tel", "sms", "callto", "sip", "xmpp", "geo", "ftp")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30}):", re.IGNORECASE)


@dataclass
class RemoteContent:
    """Rewrites the addresses of one mail.

    :ivar images: callable that gives the address of the mail's own picture for a Content-ID, None
        when the mail has no such picture
    :ivar allowed: whether pictures from elsewhere may load
    :ivar base: address that relative ones are relative to; '' when the mail names none
    :ivar found: whether something from elsewhere was met
    """

    images: object
    allowed: bool = False
    base: str = ""
    found: bool = False
    _data_length: int = field(default=0, repr=False)

    def rewrite(self, element):
        """Make one element safe to show."""
        attributes = element.attrib
        source = attributes.pop("src", None)
        background = attributes.pop("background", None)
        for name in attributes.keys():
            self._rewrite_attribute(element, name)
        if element.tag == "img":
            self._rewrite_image(element, source)
        if background:
            self._add_background(element, background)
        if element.tag in ("a", "area"):
            self._rewrite_link(element)
        elif "href" in attributes:
            del attributes["href"]

    def _rewrite_attribute(self, element, name):
        value = element.attrib[name]
        lower = name.lower()
        if name in _ADDRESS_ATTRIBUTES or lower.startswith(("on", "data-", "form")) or ":" in name:
            del element.attrib[name]
        elif lower == "style":
            style = self.rewrite_style(value)
            if style:
                element.set(name, style)
            else:
                del element.attrib[name]
        elif lower != "href" and ("<" in value or ">" in value or len(value) > _ATTRIBUTE_LIMIT):
            # Odoo's sanitiser works on the text of tags as well: it must find their ends.
            element.set(name, re.sub("[<>]", "", value[:_ATTRIBUTE_LIMIT]))

    # ------------------------------------------------------------
    # PICTURES
    # ------------------------------------------------------------

    def _rewrite_image(self, element, source):
        if _is_tracking_pixel(element):
            return
        url = self.resolve(source or "")
        if not url:
            return
        if self._is_remote(url) and not self.allowed:
            element.set(HELD_BACK, url)
        else:
            element.set("src", url)

    def _add_background(self, element, background):
        url = self.resolve(background)
        if (
            url
            and (self.allowed or not self._is_remote(url))
            and "url" not in element.get("style", "")
        ):
            style = element.get("style", "").rstrip("; ")
            element.set("style", f"{style};background-image:url('{url}')".lstrip(";"))

    def resolve(self, url):
        """Return the address a picture may have in the page, '' when it must not have any.

        Relative addresses would be asked of Odoo itself, with the reader's session: never.
        """
        url = _clean_url(url)
        if url[:4].lower() == "cid:":
            return self.images(unquote(url[4:])) or ""
        if url[:5].lower() == "data:":
            return self._resolve_data(url)
        if url.startswith("//"):
            url = "https:" + url
        elif self.base and not _SCHEME.match(url):
            url = _join(self.base, url)
        if len(url) > _URL_LIMIT or not url[:8].lower().startswith(("http://", "https://")):
            return ""
        self.found = True
        return url

    def _resolve_data(self, url):
        self._data_length += len(url)
        too_long = len(url) > _DATA_LIMIT or self._data_length > _DATA_TOTAL
        return "" if too_long or not _DATA_PICTURE.match(url) else url

    def _is_remote(self, url):
        # The mail's own pictures have a path on Odoo.
        return url[:4].lower() == "http"

    # ------------------------------------------------------------
    # STYLES AND LINKS
    # ------------------------------------------------------------

    def rewrite_style(self, style):
        """Return a style attribute without what fetches; pictures stay where they may load."""
        if not _CSS_FETCHING.search(style):
            return re.sub("[<>]", "", style[:_ATTRIBUTE_LIMIT])
        declarations = _CSS_DECLARATION.findall(style[:_STYLE_LIMIT])
        declarations = map(self._rewrite_declaration, declarations)
        return re.sub("[<>]", "", ";".join(filter(None, declarations)))

    def _rewrite_declaration(self, declaration):
        if not _CSS_FETCHING.search(declaration):
            return declaration.strip()
        addresses = _CSS_ADDRESS.findall(declaration)
        name = declaration.partition(":")[0].strip().lower()
        if (
            name not in _CSS_PICTURES
            or _CSS_FETCHING.search(_CSS_ADDRESS.sub("", declaration))
            or len(addresses) != 1
        ):
            return ""
        url = self.resolve(addresses[0].strip(" \t\r\n\"'"))
        if not url or (self._is_remote(url) and not self.allowed):
            return ""
        return _CSS_ADDRESS.sub(lambda _match: f"url('{_css_escape(url)}')", declaration).strip()

    def _rewrite_link(self, element):
        href = _clean_url(element.attrib.pop("href", ""))
        if self.base and href and not _SCHEME.match(href) and not href.startswith("#"):
            href = _join(self.base, href)
        scheme = _SCHEME.match(href)
        # Relative links and fragments would lead into Odoo.
        if scheme and scheme.group(1).lower() in _LINK_SCHEMES and len(href) <= _URL_LIMIT:
            element.set("href", href)
            element.set("target", "_blank")
            element.set("rel", "noopener noreferrer nofollow")


def _is_tracking_pixel(element):
    """Return whether a picture is too small to be seen: it only reports that the mail is read."""
    width, height = element.get("width", "").strip(), element.get("height", "").strip()
    if width in _INVISIBLE_SIZES and height in _INVISIBLE_SIZES:
        return True
    sizes = dict(_STYLE_SIZE.findall(element.get("style", "").lower()))
    return {"width", "height"} == sizes.keys()


_INVISIBLE_SIZES = ("0", "1", "0px", "1px")
_STYLE_SIZE = re.compile(r"(?<![\w-])(width|height)\s*:\s*([01](?:px)?)\s*(?:;|!|$)")


def _clean_url(url):
    """Return an address as a browser reads it: no line breaks and controls, spaces encoded."""
    url = _CONTROLS.sub("", url).strip()
    for character, encoded in _ENCODED:
        url = url.replace(character, encoded)
    return url


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ENCODED = ((" ", "%20"), ("<", "%3C"), (">", "%3E"), ('"', "%22"), ("\\", "/"))


def _join(base, url):
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def _css_escape(url):
    return url.replace("'", "%27").replace("(", "%28").replace(")", "%29")
