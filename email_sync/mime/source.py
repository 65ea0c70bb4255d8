"""The source of a large mail: a file that is read like bytes, in bounded memory."""

import mmap
import tempfile

STEP = 1 << 20
SHORT_STEP = 4096


class Source(mmap.mmap):
    """A file, mapped: offers of ``bytes`` what reading a mail needs.

    Pages are given back as soon as they were read, so that a mail of any size takes a step or two
    of memory. A slice is a copy: cut no larger one than memory may hold.
    """

    def __new__(cls, file):
        """
        :param file: file opened for reading in binary, not empty; may be closed afterwards
        """
        return super().__new__(cls, file.fileno(), 0, access=mmap.ACCESS_READ)

    def __init__(self, file):
        """mmap does its work in ``__new__``."""

    def __getitem__(self, index):
        value = super().__getitem__(index)
        if isinstance(index, slice) and len(value) >= STEP // 4:
            self.madvise(mmap.MADV_DONTNEED)
        return value

    def chunks(self, start=0, end=None):
        """Yield the bytes between two offsets, a step at a time."""
        end = len(self) if end is None else end
        for position in range(start, end, STEP):
            yield self[position : min(position + STEP, end)]

    def find(self, wanted, start=0, end=None):
        """As ``bytes.find``, with offsets that are not negative."""
        end = len(self) if end is None else min(end, len(self))
        position, width = start, SHORT_STEP
        while position < end:
            # what begins in this step may end in the next one
            chunk = self[position : min(position + width + len(wanted) - 1, end)]
            found = chunk.find(wanted)
            if found >= 0:
                return position + found
            position += width
            # most of what is looked for is near, and a large copy for nothing is dear
            width = min(4 * width, STEP)
        return -1

    def count(self, byte, start=0, end=None):
        """As ``bytes.count``, of one byte."""
        end = len(self) if end is None else min(end, len(self))
        return sum(chunk.count(byte) for chunk in self.chunks(start, end))

    def startswith(self, prefixes, start=0, end=None):
        """As ``bytes.startswith``."""
        prefixes = prefixes if isinstance(prefixes, tuple) else (prefixes,)
        end = len(self) if end is None else min(end, len(self))
        return self[start : min(start + max(map(len, prefixes)), end)].startswith(prefixes)

    def replace(self, old, new):
        """As ``bytes.replace``, of one byte."""
        with tempfile.TemporaryFile() as file:
            for chunk in self.chunks():
                file.write(chunk.replace(old, new))
            file.flush()
            return Source(file)
