"""Pictures, looked at without being unpacked."""

from io import BytesIO

from PIL import Image, UnidentifiedImageError

PIXELS_LIMIT = 50_000_000  # a browser unpacks four bytes for each
# What Pillow raises for what is damaged, hostile, or no picture at all.
PICTURE_ERRORS = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    SyntaxError,
)


def is_drawable(content):
    """Return whether content is a picture of a size that a browser can unpack.

    A few bytes can describe a picture that fills all memory. Only its header is read here.

    :param bytes content: a file
    """
    try:
        with Image.open(BytesIO(content)) as picture:
            width, height = picture.size
    except PICTURE_ERRORS:
        return False
    return width * height <= PIXELS_LIMIT
