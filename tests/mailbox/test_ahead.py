"""What is read ahead comes in order, within its bounds, and leaves nothing running."""

import threading

import pytest

from email_sync.mailbox.ahead import ReadAhead


def read(items, max_bytes=1000):
    return ReadAhead(items, len, max_bytes)


def test_everything_comes_in_order():
    with read(iter_of(str(number) for number in range(500))) as ahead:
        assert list(ahead) == [str(number) for number in range(500)]


def test_an_error_comes_after_what_was_read_before_it():
    def fail():
        yield "a"
        raise ConnectionError("cut")

    got = []
    with read(fail()) as ahead, pytest.raises(ConnectionError, match="cut"):
        for item in ahead:
            got.append(item)
    assert got == ["a"]


def test_no_more_is_kept_than_the_bound():
    taken = []

    def count():
        for number in range(100):
            taken.append(number)
            yield "x" * 10

    with read(count(), max_bytes=50) as ahead:
        items = iter(ahead)
        for used in range(1, 20):
            next(items)
            # five lie in the buffer, one is on its way into it
            assert len(taken) <= used + 6


def test_a_user_who_leaves_early_gets_the_source_back_closed():
    closed = []

    def source():
        try:
            while True:
                yield "x" * 10
        finally:
            closed.append(threading.current_thread().name)

    with pytest.raises(ValueError), read(source(), max_bytes=50) as ahead:
        for _item in ahead:
            raise ValueError
    assert closed == ["email_sync_ahead"]
    assert "email_sync_ahead" not in [thread.name for thread in threading.enumerate()]


def iter_of(items):
    yield from items
