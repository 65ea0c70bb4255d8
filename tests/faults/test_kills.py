"""Killed at any point, as often as one likes: what is there afterwards is what the server has."""

import random

import pytest

from tests.faults.model import Model, make_steps
from tests.faults.seeds import IS_LONG, KILLS, SEEDS_OF_KILLS, seeds, some

# What is to be done when the kill comes, so that every point is passed.
WORK = ("append", "append", "append", "mark_here", "store", "expunge", "send_here", "copy")
POINTS = [
    (name, when)
    for name in (
        "FETCH",
        "STORE",
        "APPEND",
        "SEARCH",
        "EXAMINE",
        "LIST",
        "COMMIT",
        "INSERT email_sync_message",
        "INSERT email_sync_placement",
        "INSERT email_sync_participant",
        "INSERT ir_attachment",
        "INSERT mail_message",
        "UPDATE email_sync_message",
        "UPDATE email_sync_folder",
        "UPDATE email_sync_account",
        "DELETE email_sync_change",
        "file",
    )
    for when in ("before", "after")
]


def work(model, rng):
    """Leave something to do for every part of a run."""
    for name in WORK:
        model.take(make_step(name, rng))


def kill(model, rng, **strike):
    """Run with a strike until it has killed, and compare; return whether it did."""
    for _attempt in range(10):
        work(model, rng)
        outcome = model.run_with(**strike)
        model.step_run(0, 0, 0)
        if outcome.ended == "killed":
            return True
    return False


def make_step(name, rng):
    return make_steps(rng.randrange(10**6), 1)[0]._replace(name=name)


def started(connect):
    """Return the model of a mailbox whose first sync is done."""
    model = Model(connect())
    rng = random.Random(0)
    for _number in range(6):
        model.take(make_step("append", rng))
    model.step_run(0, 0, 0)
    return model


@pytest.mark.parametrize("seed", SEEDS_OF_KILLS)
def test_killed_at_random_points(connect, seed):
    """Each time at another statement, command or file."""
    rng = random.Random(seed)
    model, longest = started(connect), 300
    killed = 0
    while killed < KILLS:
        for _number in range(2):
            work(model, rng)
            outcome = model.run_with(at=["", "", rng.randrange(1, longest)])
            if outcome.ended == "killed":
                killed += 1
            else:
                longest = outcome.passed["all"]
        model.step_run(0, 0, 0)


@pytest.mark.parametrize("seed", SEEDS_OF_KILLS)
def test_killed_at_random_times(connect, seed):
    rng = random.Random(seed)
    model, longest = started(connect), 0.2
    killed = 0
    while killed < KILLS // 2:
        for _number in range(2):
            work(model, rng)
            outcome = model.run_with(kill_after=rng.uniform(0, longest))
            if outcome.ended == "killed":
                killed += 1
            else:
                longest = max(0.05, outcome.seconds)
        model.step_run(0, 0, 0)


@pytest.mark.parametrize("seed", seeds(8, 1))
def test_killed_at_named_points(connect, seed):
    """Before and after every kind of thing that a run does, each time it does it."""
    rng = random.Random(seed)
    model = started(connect)
    for name, when in some(POINTS, 7):
        is_killed = kill(model, rng, at=[name, when, 1 + rng.randrange(seed)])
        assert is_killed or seed > 1, f"{when} {name} is never passed"


@pytest.mark.parametrize("seed", seeds(20, 1))
def test_killed_in_the_middle_of_a_file(connect, seed):
    """A source that was begun and not finished is no source, and in nobody's way."""
    rng = random.Random(seed)
    model = started(connect)
    assert kill(model, rng, at=["file", "before", 1 + seed % 3], strike="kill in file")


def test_killed_again_and_again(connect):
    """Kills in a row, without a whole run in between, lose and double nothing."""
    rng = random.Random(7)
    model = started(connect)
    for _number in range(20 if IS_LONG else 6):
        work(model, rng)
        model.run_with(at=["", "", rng.randrange(1, 300)])
    model.step_run(0, 0, 0)
