"""The database or the disk fails under a run: the batch is lost, nothing else, and not for long."""

import random

import pytest

from tests.faults.points import DATABASE_ERRORS
from tests.faults.seeds import seeds, some
from tests.faults.test_kills import started, work


@pytest.mark.parametrize("seed", seeds(20, 1))
@pytest.mark.parametrize("strike", some(["full", "terminate", *DATABASE_ERRORS], 2))
def test_database_fails_at_random_points(connect, strike, seed):
    """Whatever fails, and wherever, the next runs bring everything, without a manual step."""
    rng = random.Random(f"{strike}{seed}")
    model = started(connect)
    for _number in range(3):
        work(model, rng)
        model.run_with(at=["", "", rng.randrange(30, 300)], strike=strike)
    model.step_run(0, 0, 0)


@pytest.mark.parametrize("strike", ["terminate", "disk full"])
def test_next_account_is_synced_although_this_one_failed(connect, strike):
    """An error at the mail of one account does not keep another account waiting."""
    model, other = started(connect), connect()
    rng = random.Random(3)
    work(model, rng)
    for _number in range(3):
        model.run_with(at=["INSERT email_sync_message", "before", 1], strike=strike)
    state = other.converge()
    assert state["account"]["health"] == "ok"
    model.step_run(0, 0, 0)


def test_full_disk_is_told_and_forgotten(connect):
    """The account says what is wrong while the disk is full, and nothing any more afterwards."""
    model = started(connect)
    work(model, random.Random(5))
    model.run_with(at=["file", "before", 1], strike="full")
    account = model.synced.state()["account"]
    assert account["health"] == "failing"
    assert account["error_message"]
    assert account["state"] == "running"
    model.step_run(0, 0, 0)
    account = model.synced.state()["account"]
    assert (account["health"], account["error_message"]) == ("ok", "")
