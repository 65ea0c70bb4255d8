"""Sets of UIDs as RFC 3501 writes them."""

import pytest

from email_sync.mailbox import uidset
from email_sync.mailbox.errors import ProtocolError


def test_neighbours_become_ranges():
    assert uidset.format_ranges(uidset.fold([7, 2, 4, 5, 6, 2])) == "2,4:7"


def test_no_line_is_longer_than_the_server_takes():
    uids = list(range(1, 100_000, 2))
    parts = uidset.split(uids, uidset.SHORT_LINE)
    assert max(map(len, parts)) <= 980
    assert sorted(uid for part in parts for uid in uidset.expand(part.encode())) == uids


def test_whole_folder_is_one_short_set():
    assert uidset.split(range(1, 300_001)) == ["1:300000"]


def test_nothing_is_no_set():
    assert uidset.split([]) == []


def test_reversed_range_means_the_same():
    assert uidset.expand(b"4:2,9") == [2, 3, 4, 9]


@pytest.mark.parametrize("text", [b"", b"0", b"1:0", b"a", b"1,", b"*", b"1:4294967295"])
def test_what_is_no_set_or_out_of_bounds_is_refused(text):
    with pytest.raises(ProtocolError):
        uidset.expand(text)


def test_gaps_are_all_other_uids():
    assert uidset.gaps([2, 3, 7]) == [(1, 1), (4, 6), (8, 2**32 - 1)]
    assert uidset.gaps([]) == [(1, 2**32 - 1)]
    assert uidset.gaps([1, 2**32 - 1]) == [(2, 2**32 - 2)]
