"""The flags of a folder, as they are compared with those seen last."""

from email_sync.mailbox.folder_flags import FolderFlags
from email_sync.mailbox.response import MessageFlags

SEEN = frozenset({"\\Seen"})
FLAGGED = frozenset({"\\Seen", "\\Flagged"})


def told(*pairs):
    return FolderFlags(MessageFlags(uid, flags) for uid, flags in pairs)


def as_pairs(flags):
    return [(uid, flags.texts[number - 1]) for uid, number in zip(flags.uids, flags.numbers)]


def test_every_message_has_its_flags_and_each_combination_is_kept_once():
    found = told((2, SEEN), (9, frozenset()), (10, FLAGGED), (11, SEEN))
    assert as_pairs(found) == [(2, "\\Seen"), (9, ""), (10, "\\Flagged \\Seen"), (11, "\\Seen")]
    assert len(found.texts) == 3


def test_the_last_answer_for_a_message_counts():
    """Servers send news of flags in between, in whatever order."""
    found = told((5, SEEN), (2, SEEN), (5, FLAGGED))
    assert as_pairs(found) == [(2, "\\Seen"), (5, "\\Flagged \\Seen")]


def test_more_than_are_taken_apart_at_once():
    flags = {uid: FLAGGED if uid % 3 else SEEN for uid in range(1, 2502)}
    found = told(*flags.items())
    assert as_pairs(found) == [(uid, " ".join(sorted(flags[uid]))) for uid in flags]
    parts = list(found.split(1000))
    assert [len(uids) for uids, _numbers in parts] == [1000, 1000, 501]
    assert [uid for uids, _numbers in parts for uid in uids] == list(flags)


def test_impossible_uids_are_none():
    assert as_pairs(told((0, SEEN), (7, SEEN), (2**70, SEEN))) == [(7, "\\Seen")]
    assert as_pairs(told((0, SEEN))) == []


def test_nothing_told():
    found = told()
    assert list(found.uids) == found.texts == list(found.split(1000)) == []
