"""The beginning of a mail that is too large to be kept: its header and its text."""

from .message import Limits
from .structure import StructureReader

_LONGEST_LINE = 1000  # RFC 5322 section 2.1.1, and who does not keep to it writes text


def keep_text(source, limits=Limits()):  # noqa: B008 - immutable
    """Return a mail without what is attached to it.

    :param bytes source: the beginning of a mail, cut off anywhere
    :param Limits limits: how much work it may cause
    :return: the same with the parts that are no text left out: header, structure and texts
    :rtype: bytes
    """
    # half a line of a header section would be taken for text
    last_line = source.rfind(b"\n") + 1
    if len(source) - last_line < _LONGEST_LINE:
        source = source[:last_line]
    root = StructureReader(source, limits).read_message()
    kept, position = [], 0
    for start, end in _find_other_parts(root):
        kept.append(source[position:start])
        position = end
    kept.append(source[position:])
    return b"".join(kept)


def _find_other_parts(entity):
    """Yield the extents of parts that are no text, ascending; with the delimiters before them."""
    if not entity.children:
        if not _is_text(entity):
            yield entity.body, entity.end
        return
    position = entity.body
    for child in entity.children:
        if child.children:
            yield from _find_other_parts(child)
        elif not _is_text(child):
            yield position, child.end
        position = child.end


def _is_text(entity):
    return entity.content_type.startswith("text/") and entity.disposition != "attachment"
