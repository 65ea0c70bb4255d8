"""Random steps, compared after each run with a mailbox as simple as can be."""

import pytest

from tests.faults.model import make_steps, run_steps, shrink
from tests.faults.seeds import SEEDS_OF_STEPS, STEPS


@pytest.mark.parametrize("seed", SEEDS_OF_STEPS)
def test_random_steps(connect, seed):
    """After any steps, Odoo has what the mailbox has, and the mailbox what it should have."""
    steps = make_steps(seed, STEPS)
    try:
        run_steps(connect(), steps)
    except AssertionError as error:
        fewer = shrink(steps, lambda steps: _fails(connect, steps))
        words = "\n".join(map(str, fewer))
        raise AssertionError(
            f"{error}\nSEED={seed}, {len(fewer)} steps are enough:\n{words}"
        ) from (error)


def _fails(connect, steps):
    try:
        run_steps(connect(), steps)
    except AssertionError:
        return True
    return False
