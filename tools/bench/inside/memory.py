"""Memory that a piece of work takes at its peak."""

import contextlib
import gc
from pathlib import Path

MEBIBYTE = 1024 * 1024


class Peak:
    """Mebibytes above what the process had before.

    :ivar mebibytes: after :func:`measured` has ended
    """

    mebibytes = None


@contextlib.contextmanager
def measured():
    """Yield a :class:`Peak` of the block."""
    gc.collect()
    # proc(5): the peak starts anew
    Path("/proc/self/clear_refs").write_text("5")
    before = get_resident()
    peak = Peak()
    yield peak
    peak.mebibytes = (_read("VmHWM") - before) / MEBIBYTE


def get_resident():
    """Return the bytes of memory that the process has now."""
    return _read("VmRSS")


def _read(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {name}")
