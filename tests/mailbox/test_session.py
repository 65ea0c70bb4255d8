"""A session on a real Dovecot: folders, searches, changes both ways."""

import datetime

import pytest

from email_sync.mailbox import errors, uidset
from tests.mailbox.conftest import flags_by_uid, message

UTC = datetime.timezone.utc
DIFFICULT_NAMES = [
    "Entwürfe & Co/日本",
    "&",
    "&AOQ-",
    'with "quotes"',
    "back\\slash",
    "per%cent",
    "st*r",
    "trailing ",
    "123",
    "007",
    "NIL",
    "INBOX/below",
    "a.b",
    "(list) {3}",
    "[Gmail]",
    "🚀",
    "x" * 200,
]


# -- folders --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIFFICULT_NAMES)
def test_any_folder_name_survives_the_round_trip(account, session, name):
    session.create_folder(name)
    assert name in {folder.name for folder in session.list_folders()}
    assert session.status_of([name])[name].messages == 0
    assert session.append(name, message(1))[1] == 1
    assert session.select(name).messages == 1


def test_creating_a_folder_that_exists(session):
    session.create_folder("Project")
    session.append("Project", message(1))
    session.create_folder("Project")
    assert session.select("Project").messages == 1


def test_all_difficult_names_in_one_status(account, session):
    for name in DIFFICULT_NAMES:
        session.create_folder(name)
        session.append(name, message(1))
    statuses = session.status_of(DIFFICULT_NAMES)
    assert {name: status.messages for name, status in statuses.items()} == dict.fromkeys(
        DIFFICULT_NAMES, 1
    )


def test_parents_that_hold_no_messages_are_not_selectable(session):
    session.create_folder("Parent/Child")
    folders = {folder.name: folder for folder in session.list_folders()}
    assert not folders["Parent"].selectable
    assert folders["Parent/Child"].selectable
    assert folders["Parent/Child"].delimiter == "/"


def test_special_use_comes_from_the_server(session):
    uses = {folder.special_use: folder.name for folder in session.list_folders()}
    assert uses["inbox"] == "INBOX"
    assert {uses[use] for use in ("sent", "drafts", "trash", "junk", "archive")} == {
        "Sent", "Drafts", "Trash", "Junk", "Archive",
    }  # fmt: skip


def test_twenty_folders_are_asked_in_one_command(account, session):
    names = [f"Folder {number}" for number in range(20)]
    for name in names:
        session.create_folder(name)
    session.status_of(["INBOX"])
    before = session.commands_sent, session.round_trips, session.bytes_received
    assert len(session.status_of(names)) == 20
    assert session.commands_sent == before[0] + 1
    assert session.round_trips == before[1] + 1
    assert session.bytes_received - before[2] <= 3 * 1024


def test_a_poll_of_twenty_folders_is_the_only_command_after_the_sign_in(account, session):
    names = [f"Folder {number}" for number in range(14)]
    with account.other() as other:
        for name in names:
            other.create_folder(name)
    account.append(message(1), message(2), flags=[r"\Seen"])
    before = session.commands_sent, session.round_trips, session.bytes_received
    told = session.poll(names)
    assert session.commands_sent == before[0] + 1
    assert session.round_trips == before[1] + 1
    assert session.bytes_received - before[2] <= 3 * 1024
    assert len(told.folders) == 20
    assert set(told.statuses) == {folder.name for folder in told.folders}
    assert told.statuses["INBOX"].messages == 2
    assert {folder.name: folder.special_use for folder in told.folders}["Sent"] == "sent"


def test_a_poll_tells_the_same_as_opening_the_folder(account, session):
    account.append(message(1), message(2), flags=[r"\Seen"])
    status = session.poll().statuses["INBOX"]
    selected = session.select("INBOX")
    assert status.highestmodseq
    assert (status.uidvalidity, status.uidnext, status.messages, status.highestmodseq) == (
        selected.uidvalidity, selected.uidnext, selected.messages, selected.highestmodseq,
    )  # fmt: skip


def test_a_flag_changed_by_another_client_shows_in_the_next_poll(account, session):
    account.append(message(1))
    before = session.poll().statuses["INBOX"]
    with account.other() as other:
        other.select_folder("INBOX")
        other.add_flags([1], [r"\Flagged"])
    assert session.poll().statuses["INBOX"].highestmodseq > before.highestmodseq


def test_a_poll_finds_any_folder_by_its_name(session):
    for name in DIFFICULT_NAMES:
        session.create_folder(name)
        session.append(name, message(1))
    statuses = session.poll(DIFFICULT_NAMES).statuses
    assert {name: statuses[name].messages for name in DIFFICULT_NAMES} == dict.fromkeys(
        DIFFICULT_NAMES, 1
    )


def test_folder_that_is_gone_is_missing_from_the_status(session):
    assert set(session.status_of(["INBOX", "Gone", "Gone too"])) == {"INBOX"}


def test_opening_a_folder_that_is_gone(session):
    with pytest.raises(errors.FolderGoneError) as caught:
        session.select("Gone")
    assert caught.value.folder == "Gone"
    assert session.select("INBOX").messages == 0


def test_status_and_select_agree_and_tell_mod_sequences_from_the_start(account, session):
    account.append(message(1), message(2), flags=[r"\Seen"])
    status = session.status_of(["INBOX"])["INBOX"]
    selected = session.select("INBOX")
    assert (status.messages, status.unseen, status.uidnext) == (2, 0, 3)
    assert status.highestmodseq
    assert (selected.uidvalidity, selected.uidnext, selected.highestmodseq) == (
        status.uidvalidity, status.uidnext, status.highestmodseq,
    )  # fmt: skip


# -- searches -------------------------------------------------------------------------------------


def test_star_does_not_bring_back_the_last_message(account, session):
    account.append(*map(message, range(10)))
    session.select("INBOX")
    assert session.search(uid_from=500) == []
    assert session.search(uid_from=10) == [10]
    assert session.search(uid_from=3, uid_to=5) == [3, 4, 5]


def test_search_since_returns_a_day_more_than_asked(account, session):
    days = [datetime.datetime(2025, 3, day, 23, 59, tzinfo=UTC) for day in (1, 9, 10, 11)]
    account.server.append_many(
        account.login, "INBOX", [(message(day.day), (), day) for day in days]
    )
    session.select("INBOX")
    assert session.search(since=datetime.date(2025, 3, 10)) == [2, 3, 4]


def test_search_in_an_empty_folder(session):
    session.select("INBOX")
    assert session.search() == session.existing_uids() == []
    assert list(session.fetch_metadata([])) == list(session.scan_flags().uids) == []


def test_search_by_message_id(account, session):
    account.append(message(1), message(12), message(2))
    session.select("INBOX")
    assert session.search_message_id("<12@test.example>") == [2]


def test_existing_uids_after_others_deleted(account, session):
    account.append(*map(message, range(6)))
    session.select("INBOX")
    with account.other() as other:
        other.select_folder("INBOX")
        other.delete_messages([2, 4])
        other.expunge()
    assert session.existing_uids() == [1, 3, 5, 6]


# -- metadata -------------------------------------------------------------------------------------


def test_metadata(account, session):
    moment = datetime.datetime(2024, 2, 29, 23, 30, tzinfo=UTC)
    flags = [r"\Seen", r"\Flagged", "$Label1"]
    account.server.append(account.login, "INBOX", message(1), flags, moment)
    session.select("INBOX")
    (metadata,) = session.fetch_metadata([1, 99])
    assert metadata.uid == 1
    assert metadata.size == len(message(1))
    assert metadata.internal_date == moment
    assert metadata.flags == set(flags)
    assert metadata.modseq


def test_news_about_other_messages_do_not_disturb_reading(account, session):
    uids = account.append(*map(message, range(50)))
    session.select("INBOX")
    with account.other() as other:
        other.select_folder("INBOX")
        other.add_flags(uids, [r"\Flagged"])
        other.delete_messages([50])
        other.expunge()
    metadata = list(session.fetch_metadata(range(1, 26)))
    assert sorted(item.uid for item in metadata) == list(range(1, 26))
    assert all(r"\Flagged" in item.flags for item in metadata)
    assert session.existing_uids() == uids[:-1]


def test_no_command_line_is_too_long_for_any_server(account, session):
    """Every second of 20,000 UIDs: one set would be 60,000 bytes, which Dovecot refuses."""
    account.append(message(1))
    session.select("INBOX")
    lines = []
    send = session.client.wire.send
    session.client.wire.send = lambda data: (lines.append(len(data)), send(data))
    assert [item.uid for item in session.fetch_metadata(range(1, 20_000, 2))] == [1]
    assert len(lines) > 5
    assert max(lines) <= 8192


# -- changes by others ----------------------------------------------------------------------------


def test_changes_since(account, session):
    account.append(*map(message, range(8)))
    modseq = session.select("INBOX").highestmodseq
    with account.other() as other:
        other.select_folder("INBOX")
        other.add_flags([3], [r"\Seen"])
        other.delete_messages([2, 4])
        other.expunge()
        other.move([5, 6], "Archive")
        other.append("INBOX", message(9))
    session.select("INBOX")
    changes = session.changed_since(modseq)
    assert flags_by_uid(changes.flags) == {3: r"\Seen", 9: ""}
    assert changes.vanished == [(2, 2), (4, 6)]


def test_nothing_changed_is_one_small_answer(account, session):
    account.append(*map(message, range(100)))
    modseq = session.select("INBOX").highestmodseq
    before = session.bytes_received
    changes = session.changed_since(modseq)
    assert (flags_by_uid(changes.flags), changes.vanished) == ({}, [])
    assert session.bytes_received - before < 200


def test_recreated_folder_is_told_by_uidvalidity(account, session):
    """Dovecot answers a stale mod-sequence with nothing, as if nothing had changed."""
    session.create_folder("Project")
    session.append("Project", message(1))
    before = session.select("Project")
    with account.other() as other:
        other.delete_folder("Project")
        other.create_folder("Project")
        other.append("Project", message(2))
    session.select("INBOX")
    after = session.select("Project")
    assert after.uidvalidity != before.uidvalidity
    assert session.status_of(["Project"])["Project"].uidvalidity == after.uidvalidity


def test_reconnecting_to_another_folder_of_that_name_is_noticed(account, session):
    session.create_folder("Project")
    session.append("Project", message(1))
    session.select("Project")
    with account.other() as other:
        other.delete_folder("Project")
        other.create_folder("Project")
    with pytest.raises(errors.FolderResetError) as caught:
        session.reconnect()
    assert caught.value.uidvalidity == session.selected.uidvalidity


# -- changes by us --------------------------------------------------------------------------------


def flags_seen_by(account, folder="INBOX"):
    with account.other() as other:
        other.select_folder(folder, readonly=True)
        found = other.fetch(other.search(), ["FLAGS"])
    flags = {uid: {flag.decode() for flag in data[b"FLAGS"]} for uid, data in found.items()}
    return {uid: found - {r"\Recent"} for uid, found in flags.items()}


def test_store_flags(account, session):
    account.append(message(1), message(2), flags=[r"\Flagged"])
    session.select("INBOX", readonly=False)
    session.store_flags([1, 2], add=[r"\Seen", "$Forwarded"], remove=[r"\Flagged"])
    assert flags_seen_by(account) == dict.fromkeys([1, 2], {r"\Seen", "$Forwarded"})


def test_thousand_read_marks_are_few_commands(account, session):
    uids = account.append(*(message(number) for number in range(1000)))
    session.select("INBOX", readonly=False)
    before = session.commands_sent, session.round_trips
    session.store_flags(uids[::3] + uids[1::3], add=[r"\Seen"])
    assert session.commands_sent - before[0] <= 10
    assert session.round_trips - before[1] <= 1


def test_change_of_another_is_not_overwritten(account, session):
    """Dovecot says OK to the command, and in brackets that it did nothing."""
    account.append(message(1), message(2))
    modseq = session.select("INBOX", readonly=False).highestmodseq
    with account.other() as other:
        other.select_folder("INBOX")
        other.add_flags([1], [r"\Flagged"])
    left_alone = session.store_flags([1, 2], add=[r"\Seen"], unchanged_since=modseq)
    assert left_alone == {1}
    assert flags_seen_by(account) == {1: {r"\Flagged"}, 2: {r"\Seen"}}


def test_adding_and_removing_at_once_under_the_same_guard(account, session):
    account.append(message(1), message(2), flags=["$Old"])
    modseq = session.select("INBOX", readonly=False).highestmodseq
    with account.other() as other:
        other.select_folder("INBOX")
        other.add_flags([2], [r"\Flagged"])
    left_alone = session.store_flags(
        [1, 2], add=[r"\Seen"], remove=["$Old"], unchanged_since=modseq
    )
    assert left_alone == {2}
    assert flags_seen_by(account) == {1: {r"\Seen"}, 2: {"$Old", r"\Flagged"}}


def test_folder_opened_for_reading_takes_no_flags(account, session):
    account.append(message(1))
    session.select("INBOX")
    assert session.storable_flags([r"\Seen"]) == frozenset()
    with pytest.raises(errors.FolderReadOnlyError):
        session.store_flags([1], add=[r"\Seen"])


@pytest.mark.parametrize("flag", ["", "two words", "a)", '"', "{3}", "x\r\nA1 LOGOUT", "ü", "*"])
def test_what_is_no_flag_never_reaches_the_server(account, session, flag):
    account.append(message(1))
    session.select("INBOX", readonly=False)
    with pytest.raises(ValueError):
        session.store_flags([1], add=[flag])
    with pytest.raises(ValueError):
        session.append("INBOX", message(1), flags=[flag])


def test_move_tells_the_new_uids(account, session):
    account.append(*map(message, range(5)))
    session.append("Archive", message(0))
    session.select("INBOX", readonly=False)
    moved = session.move([2, 4, 99], "Archive")
    assert moved.uids == {2: 2, 4: 3}
    assert session.existing_uids() == [1, 3, 5]
    assert session.select("Archive").uidvalidity == moved.uidvalidity


def test_move_without_the_extension(account, session):
    """COPYUID then stands in the tagged answer, and the rest is done by hand."""
    account.append(*map(message, range(5)))
    session.select("INBOX", readonly=False)
    session.client._cached_capabilities = tuple(
        name for name in session.client.capabilities() if name != b"MOVE"
    )
    moved = session.move([2, 4], "Archive")
    assert set(moved.uids) == {2, 4}
    assert session.existing_uids() == [1, 3, 5]
    assert set(flags_seen_by(account, "Archive")) == set(moved.uids.values())


def test_move_to_a_folder_that_is_gone(account, session):
    account.append(message(1))
    session.select("INBOX", readonly=False)
    with pytest.raises(errors.FolderGoneError):
        session.move([1], "Gone")
    assert session.existing_uids() == [1]


def test_delete_spares_what_another_program_marked(account, session):
    account.append(*map(message, range(4)))
    with account.other() as other:
        other.select_folder("INBOX")
        other.add_flags([1, 3], [r"\Deleted"])
    session.select("INBOX", readonly=False)
    assert session.delete([2]) is True
    assert session.existing_uids() == [1, 3, 4]


def test_delete_without_uidplus_only_marks(account, session):
    account.append(*map(message, range(3)))
    session.select("INBOX", readonly=False)
    session.client._cached_capabilities = tuple(
        name for name in session.client.capabilities() if name != b"UIDPLUS"
    )
    assert session.delete([2]) is False
    assert flags_seen_by(account)[2] == {r"\Deleted"}


def test_append(account, session):
    moment = datetime.datetime(2024, 12, 31, 23, 0, tzinfo=UTC)
    place = session.append("Sent", b"Subject: x\n\nbody\n", [r"\Seen"], moment)
    assert place == (session.select("Sent").uidvalidity, 1)
    (fetched,) = session.fetch_sources([1])
    assert fetched.source == b"Subject: x\r\n\r\nbody\r\n"
    assert fetched.metadata.internal_date == moment
    assert fetched.metadata.flags == {r"\Seen"}


def test_append_to_a_folder_that_is_gone(session):
    with pytest.raises(errors.FolderGoneError):
        session.append("Gone", message(1))
    assert session.select("INBOX").messages == 0


def test_large_append(account, session):
    source = message(1, size=3_000_000)
    assert session.append("Sent", source)
    session.select("Sent")
    assert next(session.fetch_sources([1])).source == source


# -- waiting --------------------------------------------------------------------------------------


def test_idle_ends_with_new_mail(account, session):
    session.select("INBOX")
    session.idle_start()
    assert session.idle_changed() is False
    account.append(message(1))
    assert session.idle_changed(timeout=5) is True
    session.idle_stop()
    assert session.existing_uids() == [1]


def test_idle_ends_in_time_when_nothing_happens(session):
    session.select("INBOX")
    assert session.idle(timeout=0.05) is False
    assert session.status_of(["INBOX"])


def test_idle_notices_that_the_server_is_gone(account, session):
    session.select("INBOX")
    session.idle_start()
    account.server.kick(account.login)
    with pytest.raises(errors.TransientError):
        session.idle_changed(timeout=5)


# -- economy --------------------------------------------------------------------------------------


def test_round_trips_of_a_run_with_nothing_to_do(account):
    """Greeting, sign-in, and one command for all folders; goodbye is not waited for."""
    with account.connect() as session:
        session.status_of(["INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"])
        assert session.round_trips <= 2
    assert uidset.LONG_LINE <= 8192
