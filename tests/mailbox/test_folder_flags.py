"""The flags of a folder, as they are compared with those seen last."""

import pytest

from email_sync.mailbox.folder_flags import FolderFlags
from email_sync.mailbox.response import MessageFlags
from tests.mailbox.conftest import flags_by_uid

SEEN = frozenset({"\\Seen"})
FLAGGED = frozenset({"\\Seen", "\\Flagged"})


def told(*pairs):
    return FolderFlags(MessageFlags(uid, flags) for uid, flags in pairs)


def as_pairs(flags):
    return list(flags_by_uid(flags).items())


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


@pytest.mark.parametrize(
    "line",
    [
        "* {n} FETCH (UID {uid} FLAGS ({flags}))",
        "* {n} FETCH (FLAGS ({flags}) UID {uid})",
        "* {n} FETCH (UID {uid} FLAGS ({flags}) MODSEQ (77))",
        "* {n} FETCH (FLAGS ({flags}) MODSEQ (77) UID {uid})",
        "* {n} FETCH (UID {uid} RFC822.SIZE 5 FLAGS ({flags}))",
        "* {n} fetch (uid {uid} flags ({flags}))",
    ],
)
def test_whatever_the_order_of_items(line):
    """Servers may answer in any order, and with more than was asked (RFC 9051 section 7.5.2)."""
    told_as = {3: "\\Seen \\Recent", 5: "", 8: "$Label1 \\SEEN", 9: "\\seen $Label1"}
    block = "".join(
        line.format(n=n, uid=uid, flags=flags) + "\r\n"
        for n, (uid, flags) in enumerate(told_as.items(), 1)
    ).encode()
    found = FolderFlags.read([block])
    assert as_pairs(found) == [(3, "\\Seen"), (5, ""), (8, "$Label1 \\Seen"), (9, "$Label1 \\Seen")]
    assert len(found.texts) == 3


def test_news_without_a_uid_in_between_is_left_out():
    block = (
        b"* 1 FETCH (UID 4 FLAGS ())\r\n"
        b"* 9 FETCH (FLAGS (\\Deleted))\r\n"
        b"* 2 FETCH (UID 6 FLAGS (\\Seen))\r\n"
    )
    assert as_pairs(FolderFlags.read([block])) == [(4, ""), (6, "\\Seen")]


def test_blocks_and_single_answers_make_one_folder():
    answers = [
        b"* 2 FETCH (UID 7 FLAGS (\\Seen))\r\n* 3 FETCH (UID 9 FLAGS ())\r\n",
        [b"* 1 FETCH (UID 4 FLAGS (\\Seen))"],
        b"* 2 FETCH (UID 7 FLAGS (\\Flagged))\r\n",
    ]
    assert as_pairs(FolderFlags.read(answers)) == [(4, "\\Seen"), (7, "\\Flagged"), (9, "")]


def test_impossible_uids_in_blocks_are_none():
    block = b"".join(b"* 1 FETCH (UID %d FLAGS ())\r\n" % uid for uid in (0, 5, 2**32, 2**32 - 1))
    assert as_pairs(FolderFlags.read([block])) == [(5, ""), (2**32 - 1, "")]


def test_nothing_told():
    found = told()
    assert list(found.uids) == found.texts == list(found.split(1000)) == []
