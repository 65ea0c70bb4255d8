"""The flags of a folder, neighbour by neighbour."""

from email_sync.mailbox.flag_runs import FlagRuns
from email_sync.mailbox.response import MessageFlags

SEEN = frozenset({"\\Seen"})
FLAGGED = frozenset({"\\Seen", "\\Flagged"})


def runs(*pairs):
    return FlagRuns(MessageFlags(uid, flags) for uid, flags in pairs)


def test_neighbours_with_the_same_flags_are_one_run():
    found = runs((2, SEEN), (3, SEEN), (9, SEEN), (10, FLAGGED), (11, SEEN))
    assert list(zip(found.firsts, found.lasts)) == [(2, 9), (10, 10), (11, 11)]
    assert [found.texts[number - 1] for number in found.numbers] == [
        "\\Seen",
        "\\Flagged \\Seen",
        "\\Seen",
    ]


def test_a_run_does_not_speak_for_uids_that_were_not_told():
    found = runs((2, SEEN), (9, SEEN))
    assert [uid for uid in range(12) if uid in found] == [2, 9]


def test_the_last_answer_for_a_message_counts():
    """Servers send news of flags in between, in whatever order."""
    found = runs((5, SEEN), (2, SEEN), (5, FLAGGED))
    assert list(found.uids) == [2, 5]
    assert list(zip(found.firsts, found.lasts)) == [(2, 2), (5, 5)]
    assert found.texts[found.numbers[1] - 1] == "\\Flagged \\Seen"


def test_impossible_uids_are_none():
    assert list(runs((0, SEEN), (7, SEEN), (2**70, SEEN)).uids) == [7]


def test_nothing_told():
    found = runs()
    assert list(found.uids) == list(found.firsts) == found.texts == []
