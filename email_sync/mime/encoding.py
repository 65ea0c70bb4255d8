"""From bytes to text: charsets as mail really uses them, and RFC 2047.

The labels of mail are those of browsers (https://encoding.spec.whatwg.org): ``gb2312`` means its
superset gb18030, ``iso-8859-1`` means windows-1252, and so on.
"""

import binascii
import codecs
import re
from encodings.aliases import aliases as _PYTHON_ALIASES
from functools import lru_cache

# Control characters but tab, line feed and carriage return: neither XML nor a reader wants them.
CONTROLS = bytes(i for i in (*range(32), 127) if i not in b"\t\n\r")
_CONTROLS_AND_RETURN = CONTROLS + b"\r"
# ISO-2022 switches its character sets with ESC, SO and SI.
_CONTROLS_ISO_2022 = bytes(i for i in _CONTROLS_AND_RETURN if i not in b"\x0e\x0f\x1b")
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_REPLACEMENT = "\ufffd"

_WEB_CHARSETS = {
    "cp1252": "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 windows-1252 x-cp1252 ansi cp-1252"
    " windows1252 iso-8859-1-windows-3.1-latin-1 iso8859_1 8859_1",
    "cp1254": "iso-8859-9 iso8859-9 latin5 windows-1254 x-cp1254",
    "cp874": "tis-620 tis620 iso-8859-11 windows-874 dos-874",
    "iso8859-8": "iso-8859-8-i iso-8859-8-e logical visual",
    "iso8859-6": "iso-8859-6-i iso-8859-6-e asmo-708",
    "gb18030": "gb2312 gbk gb_2312 gb_2312-80 gb2312-80 x-gbk cp936 ms936 windows-936 euc-cn"
    " gb18030 chinese csgb2312 iso-ir-58 csiso58gb231280",
    "hz": "hz hz-gb-2312 hz-gb",
    "cp949": "ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ks_c-5601-1987 ksc5601 ksc_5601 euc-kr euckr"
    " windows-949 ms949 uhc korean cseuckr csksc56011987 x-windows-949",
    "cp932": "shift_jis shift-jis sjis x-sjis windows-31j cswindows31j ms932 ms_kanji csshiftjis"
    " x-ms-cp932 windows-932",
    "cp950": "big5 big-5 big5-eten cn-big5 csbig5 x-x-big5 ms950 windows-950",
    "euc_jp": "euc-jp x-euc-jp eucjp cseucpkdfmtjapanese",
    "iso2022_jp_ext": "iso-2022-jp iso2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 cp50220"
    " cp50221 cp50222 _iso-2022-jp iso-2022-jp-ms",
    "iso2022_kr": "iso-2022-kr csiso2022kr",
    "utf-8": "utf8 utf-8 unicode-1-1-utf-8 utf_8 utf-8-sig utf8mb4 x-utf-8 cp65001 utf",
    "utf-7": "utf-7 unicode-1-1-utf-7 x-unicode-2-0-utf-7 csunicode11utf7",
    "utf-16": "utf-16 unicode ucs-2 iso-10646-ucs-2 csunicode",
    "utf-16-le": "utf-16le unicodelittle",
    "utf-16-be": "utf-16be unicodebig unicodefffe",
    "koi8-u": "koi8-u koi8-ru",
    "mac_roman": "macintosh mac x-mac-roman csmacintosh",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
}
_CODECS = {label: codec for codec, labels in _WEB_CHARSETS.items() for label in labels.split()}
# Python's own transforms are no charsets of mail, and some only exist on Windows.
_PYTHON_CODECS = frozenset(_PYTHON_ALIASES.values()) - frozenset(
    "base64_codec bz2_codec hex_codec quopri_codec rot_13 uu_codec zlib_codec mbcs".split()
)
_UTF_16 = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
_ISO_2022 = frozenset({"iso2022_jp_ext", "iso2022_kr"})
# A wrong label hides UTF-8 behind a single-byte charset; the reverse test cannot fail by chance.
_DOUBTED = frozenset({"", "cp1252", "ascii", "cp1254", "iso8859-15", "cp1250", "iso8859-2"})
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_ENCODED_WORD = re.compile(
    r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]{0,2000}(?:\?(?!=)[^?]{0,200}){0,9})\?="
)


@lru_cache(maxsize=512)
def find_codec(charset):
    """Return the Python codec for a charset label; '' when there is none that makes text."""
    label = charset.strip(" \t'\"").lower()
    if label in _CODECS:
        return _CODECS[label]
    # Only names Python knows are looked up: a name it does not know costs a search of the disk.
    for candidate in (label, re.sub("^(?:windows|cp)-", "cp", label), label.removeprefix("x-")):
        candidate = re.sub(r"[^a-z0-9]+", "_", candidate)
        name = _PYTHON_ALIASES.get(candidate, candidate)
        if name in _PYTHON_CODECS:
            name = codecs.lookup(name).name
            return _CODECS.get(name, name)
    return ""


def decode(data, charset="", fallback="cp1252"):
    """Return bytes as text that PostgreSQL and XML accept, with line feeds as line ends.

    :param bytes data: what the mail holds, transfer encoding removed
    :param str charset: label the mail gives, possibly wrong, possibly ''
    :param str fallback: Python codec for what is neither in ``charset`` nor UTF-8
    :rtype: str
    """
    codec = find_codec(charset) if charset else ""
    if data[:1] in (b"\xef", b"\xff", b"\xfe"):
        for mark, marked in _BYTE_ORDER_MARKS:
            if data.startswith(mark) and (codec in _UTF_16 or marked != "utf-16"):
                return _decode_wide(data, marked)
    if codec in _UTF_16:
        return _decode_utf_16(data, codec)
    if codec in _ISO_2022 or b"\x1b$" in data:
        return _decode_iso_2022(data, codec)
    data = data.translate(None, _CONTROLS_AND_RETURN)
    if codec == "utf-7":
        return make_safe(data.decode("utf-7", "replace"))
    if data.isascii() and codec in _ASCII_SUPERSETS:
        return data.decode("ascii")
    if codec == "utf-8" or codec in _DOUBTED:
        text = _decode_utf_8(data, codec, fallback)
    else:
        text = _decode_labelled(data, codec)
    if "\ufffe" in text or "\uffff" in text:
        text = make_safe(text)
    return text


_ASCII_SUPERSETS = frozenset(
    {"", "utf-8", "ascii", "cp1252", "cp1250", "cp1251", "gb18030", "cp949", "koi8-r", "iso8859-15"}
)


def make_safe(text):
    """Return text without what PostgreSQL or XML refuse."""
    if "\0" in text:
        text = text.replace("\0", "")
    return _UNSAFE.sub(_REPLACEMENT, text)


def _decode_utf_8(data, codec, fallback):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if codec == "utf-8" or not codec:
        # Damaged UTF-8 (cut in the middle of a character, say) still has mostly good sequences.
        text = data.decode("utf-8", "replace")
        bad = text.count(_REPLACEMENT)
        if bad <= (len(text) - len(text.encode("ascii", "ignore"))) // 2:
            return text
    return data.decode(fallback if codec in ("", "utf-8", "ascii") else codec, "replace")


def _decode_labelled(data, codec):
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        pass
    except (LookupError, ValueError):
        return data.decode("cp1252", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return make_safe(data.decode(codec, "replace"))


def _decode_utf_16(data, codec):
    if codec == "utf-16" and data[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        # Without a mark RFC 2781 says big endian; most senders are Windows programs.
        codec = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    if b"\0" not in data and data.isascii():
        return data.translate(None, _CONTROLS_AND_RETURN).decode("ascii")
    return _decode_wide(data, codec)


def _decode_wide(data, codec):
    text = data.decode(codec, "replace").removeprefix("\ufeff")
    return make_safe(text.replace("\r\n", "\n").replace("\r", "\n"))


def _decode_iso_2022(data, codec):
    data = data.translate(None, _CONTROLS_ISO_2022)
    for candidate in (codec, "iso2022_jp_2004") if codec in _ISO_2022 else ("iso2022_jp_ext",):
        try:
            return make_safe(data.decode(candidate))
        except (UnicodeDecodeError, LookupError):
            continue
    if codec == "iso2022_kr":
        return make_safe(data.decode(codec, "replace"))
    return make_safe(_decode_jis(data))


def _decode_jis(data):
    """Decode ISO-2022-JP leniently: characters of NEC and Windows, 8-bit text, bad escapes."""
    pieces = re.split(rb"(\x1b(?:\$\([A-Z]|\$[A-Z@]|\([A-Z])?)", data)
    text, double, half_width = [], False, False
    for piece in pieces:
        if piece.startswith(b"\x1b"):
            double = piece.startswith(b"\x1b$")
            half_width = piece == b"\x1b(I"
        elif double:
            lines = piece.split(b"\n")
            shifted = bytes(i | 0x80 if i > 0x20 else i for i in lines[0])
            text.append(shifted.decode("euc_jis_2004", "replace"))
            # A line end outside of an escape sequence ends it (RFC 1468).
            text += ["\n" + line.decode("ascii", "replace") for line in lines[1:]]
        elif half_width:
            text.append(
                bytes(i | 0x80 if i > 0x20 else i for i in piece).decode("cp932", "replace")
            )
        else:
            text.append(piece.decode("cp932", "replace"))
    return "".join(text)


def decode_encoded_words(value):
    """Return the text of an unstructured field or a phrase (RFC 2047).

    Lenient as the mail of the world needs: words inside of quotes or words, without white space
    between them, with spaces in them, cut in the middle of a character.
    """
    if "=?" not in value:
        return value
    pieces, position, pending = [], 0, None
    for match in _ENCODED_WORD.finditer(value):
        between = value[position : match.start()]
        position = match.end()
        charset, encoding, encoded = match.groups()
        data = _decode_word(encoding, encoded)
        if pending and not between.strip():
            if pending[0] == charset.lower():
                # One character may be spread over two words.
                pending[1].append(data)
                continue
            between = ""
        if pending:
            pieces.append(decode(b"".join(pending[1]), pending[0]))
        pieces.append(between)
        pending = (charset.lower(), [data])
    if pending:
        pieces.append(decode(b"".join(pending[1]), pending[0]))
    pieces.append(value[position:])
    return "".join(pieces)


def _decode_word(encoding, encoded):
    data = encoded.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    return decode_base64(data)


def decode_base64(data):
    """Return what base64 text stands for; characters that are none of it are skipped."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    # One character left over is less than a byte.
    data = data[:-1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
