"""How much is tried: everything, or the slice that is part of ``make test``.

``make test-faults`` sets ``FAULTS=long``. ``SEED`` tries one seed alone.
"""

import os

IS_LONG = os.environ.get("FAULTS") == "long"
SEED = os.environ.get("SEED")
STEPS = int(os.environ.get("STEPS") or (250 if IS_LONG else 30))  # of a mailbox


def seeds(long, short):
    """Return the seeds to try: so many of the long run, so many of the slice."""
    return [int(SEED)] if SEED else list(range(1, (long if IS_LONG else short) + 1))


def some(values, step):
    """Return all values, or every ``step``-th of them for the slice."""
    values = list(values)
    return values if IS_LONG or SEED else values[::step]


SEEDS_OF_STEPS = seeds(40, 2)
SEEDS_OF_KILLS = seeds(14, 1)
KILLS = 50 if IS_LONG else 4  # of a mailbox
