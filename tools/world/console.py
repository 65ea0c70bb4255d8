"""What the commands print: one line per step, and plain sentences when something is in the way."""

import contextlib
import sys
import time


class WorldError(Exception):
    """Something the reader can act on; its text is shown as it is, without a traceback."""


@contextlib.contextmanager
def step(title):
    """Print ``title``, run the block, then print the seconds it took.

    The block may call the yielded function with a short remark (``note("already there")``).
    """
    remark = []
    started = time.monotonic()
    print(f"  {title:<52}", end="", flush=True)
    try:
        yield remark.append
    except BaseException:
        print(f"failed after {time.monotonic() - started:5.1f} s", flush=True)
        raise
    seconds = f"{time.monotonic() - started:6.1f} s"
    print("  ".join([seconds, *remark]), flush=True)


def say(*lines):
    """Print ``lines`` to the reader."""
    print(*lines, sep="\n", flush=True)


def complain(error):
    """Print ``error`` (a :class:`WorldError`) on standard error."""
    print(f"\n{error}", file=sys.stderr, flush=True)
