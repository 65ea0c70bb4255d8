"""What servers are known to do, from a script: nothing is lost, and nothing concluded too early."""

import threading
import time

import pytest

from email_sync.mailbox import errors
from email_sync.mailbox.endpoint import OAuthCredentials, PasswordCredentials
from tests.mailbox.servers import CAPABILITIES, SELECTED, ScriptedServer

PLAIN = CAPABILITIES.replace(" ESEARCH", "")


def selected(server, folder="INBOX"):
    session = server.connect()
    session.select(folder)
    return session


def metadata(uid, size=5, flags=""):
    date = '"01-Mar-2025 08:30:00 +0000"'
    items = f"UID {uid} RFC822.SIZE {size} INTERNALDATE {date} FLAGS ({flags})"
    return f"* {uid} FETCH ({items})\r\n"


def body(uid, text="Hello"):
    return f"* {uid} FETCH (UID {uid} BODY[] {{{len(text)}}}\r\n{text})\r\n"


def uids_asked(command):
    """Return the UIDs of a FETCH command such as ``UID FETCH 1:3,5 (…)``."""
    uids = []
    for part in command.split()[2].split(","):
        low, _colon, high = part.partition(":")
        uids += range(int(low), int(high or low) + 1)
    return uids


def sources_of(outcomes):
    return {outcome.uid: outcome.source for outcome in outcomes if outcome.source is not None}


# -- answers that say less than they seem to ------------------------------------------------------


def test_message_left_out_of_a_good_answer_is_not_deleted():
    """Exchange Online answers OK and leaves out some messages it lists."""

    def fetch(_conversation, _tag, command):
        asked = [uid for uid in uids_asked(command) if uid != 7]
        if "RFC822.SIZE" in command:
            return "".join(map(metadata, uids_asked(command))) + "{tag} OK done"
        return "".join(map(body, asked)) + "{tag} OK done"

    answers = {"UID FETCH": fetch, "UID SEARCH": "* SEARCH 7\r\n{tag} OK done"}
    with ScriptedServer(answers, PLAIN) as server, selected(server) as session:
        outcomes = list(session.fetch_sources(session.fetch_metadata(range(1, 51))))
    assert len(sources_of(outcomes)) == 49
    (missing,) = (outcome for outcome in outcomes if outcome.error)
    assert missing.uid == 7
    assert type(missing.error) is errors.MessageUnreadableError


@pytest.mark.parametrize(
    "stand_in",
    [
        "Subject: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n\r\nx",
        "",
    ],
)
def test_stand_in_is_not_taken_for_the_message(stand_in):
    def fetch(_conversation, _tag, command):
        if "RFC822.SIZE" in command:
            return metadata(1, size=9000) + "{tag} OK done"
        return body(1, stand_in) + "{tag} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        (outcome,) = session.fetch_sources([1])
    assert type(outcome.error) is errors.MessageUnreadableError


def test_nil_in_place_of_a_body():
    def fetch(_conversation, _tag, command):
        if "RFC822.SIZE" in command:
            return metadata(1) + metadata(2) + "{tag} OK done"
        found = "* 1 FETCH (UID 1 BODY[] NIL)\r\n" if 1 in uids_asked(command) else ""
        return found + (body(2) if 2 in uids_asked(command) else "") + "{tag} OK done"

    answers = {"UID FETCH": fetch, "UID SEARCH": "* SEARCH 1\r\n{tag} OK done"}
    with ScriptedServer(answers, PLAIN) as server, selected(server) as session:
        outcomes = {outcome.uid: outcome for outcome in session.fetch_sources([1, 2])}
    assert type(outcomes[1].error) is errors.MessageUnreadableError
    assert outcomes[2].source == b"Hello"


def test_one_refused_message_costs_itself_only():
    def fetch(_conversation, _tag, command):
        asked = uids_asked(command)
        if "RFC822.SIZE" in command:
            return "".join(map(metadata, asked)) + "{tag} OK done"
        if 33 in asked:
            before = [uid for uid in asked if uid < 33]
            return "".join(map(body, before)) + "{tag} NO [SERVERBUG] Internal error occurred."
        return "".join(map(body, asked)) + "{tag} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        outcomes = list(session.fetch_sources(session.fetch_metadata(range(1, 61))))
        assert session.reconnections == 0
    assert len(sources_of(outcomes)) == 59
    (refused,) = (outcome for outcome in outcomes if outcome.error)
    assert refused.uid == 33
    assert "Internal error" in refused.error.server_text


def test_message_larger_than_the_server_says_does_not_stand_in_memory():
    text = "x" * 300_000

    def fetch(_conversation, _tag, command):
        if "RFC822.SIZE" in command:
            return metadata(1, size=100) + "{tag} OK done"
        if "<" not in command:
            return body(1, text) + "{tag} OK done"
        origin = int(command.split("<")[1].split(".")[0])
        part = text[origin : origin + 1024 * 1024]
        return f"* 1 FETCH (UID 1 BODY[]<{origin}> {{{len(part)}}}\r\n{part})\r\n{{tag}} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        (outcome,) = session.fetch_sources([1], spool_above=1000)
        with outcome.file:
            assert outcome.file.read() == text.encode()
        (outcome,) = session.fetch_sources([1], spool_above=1000, max_message_bytes=200_000)
        assert (type(outcome.error), outcome.error.size) == (errors.MessageTooLargeError, 300_000)


def test_answer_that_cannot_be_read_costs_one_message():
    def fetch(_conversation, _tag, command):
        asked = uids_asked(command)
        if "RFC822.SIZE" in command:
            return "".join(map(metadata, asked)) + "{tag} OK done"
        answers = [body(uid) if uid != 3 else "?? what is this\r\n" for uid in asked]
        return "".join(answers) + "{tag} OK done"

    answers = {
        "UID FETCH": fetch,
        "UID SEARCH": '* ESEARCH (TAG "{tag}") UID ALL 3 COUNT 1\r\n{tag} OK done',
    }
    with ScriptedServer(answers) as server, selected(server) as session:
        outcomes = list(session.fetch_sources(session.fetch_metadata(range(1, 10))))
    assert len(sources_of(outcomes)) == 8
    assert [outcome.uid for outcome in outcomes if outcome.error] == [3]


def test_server_that_says_goodbye_at_one_message():
    def fetch(conversation, _tag, command):
        asked = uids_asked(command)
        if "RFC822.SIZE" in command:
            return "".join(map(metadata, asked)) + "{tag} OK done"
        if 3 in asked:
            conversation.send("".join(map(body, [uid for uid in asked if uid < 3])))
            conversation.send("* BYE Internal error occurred. Refer to server log.")
            conversation.hang_up()
        return "".join(map(body, asked)) + "{tag} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        outcomes = list(session.fetch_sources(session.fetch_metadata(range(1, 10))))
    assert len(sources_of(outcomes)) == 8
    assert [outcome.uid for outcome in outcomes if outcome.error] == [3]


def test_server_that_refuses_everything_does_not_make_every_message_bad():
    def fetch(_conversation, _tag, command):
        if "RFC822.SIZE" in command:
            return "".join(map(metadata, uids_asked(command))) + "{tag} OK done"
        return "{tag} NO [SERVERBUG] Internal error occurred."

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        outcomes = session.fetch_sources(session.fetch_metadata(range(1, 61)))
        with pytest.raises(errors.ServerBusyError):
            list(outcomes)


def test_short_list_of_uids_is_no_list_of_deletions():
    answers = {"UID SEARCH": "* SEARCH 1 3\r\n{tag} OK done"}
    with ScriptedServer(answers, PLAIN) as server, selected(server) as session:
        with pytest.raises(errors.PartialAnswerError):
            session.existing_uids()


def test_extended_search_without_an_answer_has_not_found_nothing():
    with ScriptedServer({"UID SEARCH": "{tag} OK done"}) as server, selected(server) as session:
        with pytest.raises(errors.PartialAnswerError):
            session.search(uid_from=4)


def test_extended_search_that_lost_results_on_the_way():
    answers = {"UID SEARCH": '* ESEARCH (TAG "{tag}") UID ALL 1:2 COUNT 3\r\n{tag} OK done'}
    with ScriptedServer(answers) as server, selected(server) as session:
        with pytest.raises(errors.PartialAnswerError):
            session.search()


def test_search_without_an_answer_finds_nothing():
    """Some servers send no SEARCH line when there is nothing to list."""
    with ScriptedServer({}, PLAIN) as server, selected(server) as session:
        assert session.search(uid_from=9) == []


def test_search_is_continued_where_the_server_stopped():
    """RFC 9738: one command looks at so many messages only, the newest first."""

    def search(_conversation, _tag, command):
        if "1:2" in command:
            return "* SEARCH 1 2\r\n{tag} OK done"
        return "* SEARCH 3\r\n{tag} OK [MESSAGELIMIT 1 3] done"

    with ScriptedServer({"UID SEARCH": search}, PLAIN) as server, selected(server) as session:
        assert session.existing_uids() == [1, 2, 3]


def test_search_that_stops_without_saying_where():
    answers = {"UID SEARCH": "* SEARCH 3\r\n{tag} OK [MESSAGELIMIT 1000] done"}
    with ScriptedServer(answers, PLAIN) as server, selected(server) as session:
        with pytest.raises(errors.PartialAnswerError):
            session.search()


def test_commands_keep_to_the_number_of_messages_the_server_takes():
    asked = []

    def fetch(_conversation, _tag, command):
        asked.append(len(uids_asked(command)))
        return "".join(map(metadata, uids_asked(command))) + "{tag} OK done"

    limited = PLAIN + " MESSAGELIMIT=10"
    with ScriptedServer({"UID FETCH": fetch}, limited) as server, selected(server) as session:
        assert len(list(session.fetch_metadata(range(1, 36)))) == 35
    assert max(asked) == 10


# -- numbers that are missing or wrong ------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    ["", "* OK [UIDVALIDITY 0] .\r\n* OK [UIDNEXT 0] .\r\n* OK [HIGHESTMODSEQ 0] .\r\n",
     "* OK [NOMODSEQ] no such thing\r\n", "* OK [UIDVALIDITY x] .\r\n"],
)  # fmt: skip
def test_numbers_the_server_does_not_know_are_unknown(lines):
    answers = {"EXAMINE": "* 1 EXISTS\r\n" + lines + "{tag} OK [READ-ONLY] done"}
    with ScriptedServer(answers, CAPABILITIES + " CONDSTORE") as server:
        with selected(server) as session:
            status = session.selected
            assert (status.uidvalidity, status.uidnext, status.highestmodseq) == (None, None, None)
            assert session.changed_since(5) is None


def test_status_with_large_and_unknown_items():
    answer = (
        '* STATUS "INBOX" (MESSAGES 2 UIDVALIDITY 4294967295 X-ODD (1 2) UNSEEN 0)\r\n{tag} OK .'
    )
    with ScriptedServer({"STATUS": answer}) as server, server.connect() as session:
        status = session.status_of(["INBOX"])["INBOX"]
    assert (status.messages, status.uidvalidity, status.unseen) == (2, 4294967295, 0)


LISTED = '* LIST () "/" INBOX\r\n* LIST () "/" Sent\r\n* LIST () "/" Broken\r\n'


def tell_status(_conversation, _tag, command):
    if "Broken" in command:
        return "{tag} NO [SERVERBUG] cannot open"
    return f"* {command.rsplit(' (', 1)[0]} (MESSAGES 1 UIDNEXT 2)\r\n{{tag}} OK done"


def test_a_poll_without_list_status_is_still_one_round_trip():
    answers = {"LIST": LISTED + "{tag} OK done", "STATUS": tell_status}
    with ScriptedServer(answers) as server, server.connect() as session:
        before = session.round_trips
        told = session.poll(["INBOX", "Sent"])
        assert session.round_trips == before + 1
    assert {folder.name for folder in told.folders} == {"INBOX", "Sent", "Broken"}
    assert {name: status.uidnext for name, status in told.statuses.items()} == {
        "INBOX": 2, "Sent": 2,
    }  # fmt: skip


def test_a_poll_asks_again_for_what_list_status_leaves_out():
    listing = LISTED + "* STATUS INBOX (MESSAGES 1 UIDNEXT 2)\r\n{tag} OK done"
    answers = {"LIST": listing, "STATUS": tell_status}
    capabilities = CAPABILITIES + " LIST-EXTENDED LIST-STATUS"
    with ScriptedServer(answers, capabilities) as server, server.connect() as session:
        told = session.poll(["INBOX", "Sent", "Broken", "Gone"])
        asked = [command for command in server.commands if command.startswith("STATUS")]
    assert set(told.statuses) == {"INBOX", "Sent"}
    assert [command.split()[1] for command in asked] == ['"Sent"', '"Broken"']


def test_a_poll_falls_back_where_list_status_is_promised_but_not_known():
    answers = {
        "LIST": ["{tag} BAD what?", LISTED + "{tag} OK done"],
        "STATUS": tell_status,
    }
    capabilities = CAPABILITIES + " LIST-EXTENDED LIST-STATUS"
    with ScriptedServer(answers, capabilities) as server, server.connect() as session:
        assert set(session.poll(["INBOX"]).statuses) == {"INBOX"}


def test_a_throttled_poll_waits():
    answer = "{tag} NO Request is throttled. Suggested Backoff Time: 1000 milliseconds"
    for capabilities in (CAPABILITIES, CAPABILITIES + " LIST-EXTENDED LIST-STATUS"):
        with ScriptedServer({"LIST": answer}, capabilities) as server, server.connect() as session:
            with pytest.raises(errors.ThrottledError) as caught:
                session.poll(["INBOX"])
            assert caught.value.retry_after == 1


def test_one_folder_that_refuses_does_not_hide_the_others():
    def status(_conversation, _tag, command):
        if "Broken" in command:
            return "{tag} NO [SERVERBUG] cannot open"
        return f"* {command.rsplit(' (', 1)[0]} (MESSAGES 1)\r\n{{tag}} OK done"

    with ScriptedServer({"STATUS": status}) as server, server.connect() as session:
        assert set(session.status_of(["INBOX", "Broken", "Sent"])) == {"INBOX", "Sent"}


def test_qresync_that_the_server_does_not_confirm_is_not_trusted():
    capabilities = CAPABILITIES + " ENABLE CONDSTORE QRESYNC"
    answers = {
        "EXAMINE": SELECTED.replace("{tag}", "* OK [HIGHESTMODSEQ 9] .\r\n{tag}"),
        "UID FETCH": "* 2 FETCH (UID 2 FLAGS (\\Seen) MODSEQ (8))\r\n{tag} OK done",
    }
    with ScriptedServer(answers, capabilities) as server, selected(server) as session:
        changes = session.changed_since(5)
    assert list(changes.flags.uids) == [2]
    assert changes.vanished is None
    assert not any("VANISHED" in command for command in server.commands)


def test_icloud_is_not_asked_for_what_it_gets_wrong():
    capabilities = CAPABILITIES + " ENABLE CONDSTORE QRESYNC XAPPLELITERAL"
    with ScriptedServer({}, capabilities) as server, selected(server):
        pass
    assert "ENABLE CONDSTORE" in server.commands
    assert not any("QRESYNC" in command for command in server.commands)


def test_server_that_wants_to_know_who_asks_is_told_before_a_folder_is_opened():
    with ScriptedServer({}, CAPABILITIES + " ID") as server, selected(server):
        pass
    names = [command.split()[0] for command in server.commands]
    assert names.index("ID") < names.index("EXAMINE")


# -- answers in odd shapes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        '* 1 FETCH (FLAGS (\\Seen) RFC822.SIZE 5 INTERNALDATE " 1-Mar-2025 09:30:00 +0100" UID 1)',
        '* 1 FETCH (RFC822.SIZE 5 UID 1 FLAGS (\\SEEN) INTERNALDATE "01-Mar-2025 08:30:00 +0000")',
        '* 1 fetch (uid 1 rfc822.size 5 flags (\\Seen) internaldate "01-mar-2025 08:30:00 +0000")',
        '* 1 FETCH (UID 1 FLAGS (\\Seen)) RFC822.SIZE 5 INTERNALDATE "01-Mar-2025 08:30:00 +0000")',
        '* 1 FETCH (UID 1 X-ODD (("a)" NIL) {3}\r\nx)y) FLAGS (\\Seen) RFC822.SIZE 5 '
        'INTERNALDATE "01-Mar-2025 08:30:00 +0000")',
    ],
)
def test_items_in_any_order_case_and_company(answer):
    answers = {"UID FETCH": answer + "\r\n{tag} OK done"}
    with ScriptedServer(answers) as server, selected(server) as session:
        (item,) = session.fetch_metadata([1])
    assert (item.uid, item.size, item.flags) == (1, 5, {"\\Seen"})
    assert item.internal_date.isoformat() == "2025-03-01T08:30:00+00:00"


@pytest.mark.parametrize(
    "date", ["", "yesterday", "99-Mar-2025 25:61:00 +0000", "1-Foo-2025 1:2:3 +0"]
)
def test_impossible_date_of_arrival_is_none(date):
    items = f'* 1 FETCH (UID 1 RFC822.SIZE 5 FLAGS () INTERNALDATE "{date}")'
    answers = {"UID FETCH": items + "\r\n{tag} OK done"}
    with ScriptedServer(answers) as server, selected(server) as session:
        (item,) = session.fetch_metadata([1])
    assert item.internal_date is None


def test_gmail_says_what_copies_and_conversations_have_in_common():
    items = (
        "* 1 FETCH (X-GM-THRID 1266894439832287888 X-GM-MSGID 1278455344230334865 X-GM-LABELS "
        '("\\\\Inbox" "Entw&APw-rfe" {4}\r\nA")b Work) UID 1 RFC822.SIZE 5 FLAGS () '
        'INTERNALDATE "01-Mar-2025 08:30:00 +0000")'
    )
    answers = {"UID FETCH": items + "\r\n{tag} OK done"}
    with ScriptedServer(answers, CAPABILITIES + " X-GM-EXT-1") as server:
        with selected(server) as session:
            (item,) = session.fetch_metadata([1])
    assert item.email_id == "1278455344230334865"
    assert item.thread_id == "1266894439832287888"
    assert item.labels == ("\\Inbox", "Entwürfe", 'A")b', "Work")


def test_identifiers_of_rfc_8474():
    items = (
        "* 1 FETCH (UID 1 RFC822.SIZE 5 FLAGS () EMAILID (M6d99ac3275bb4e) THREADID NIL "
        'INTERNALDATE "01-Mar-2025 08:30:00 +0000")'
    )
    answers = {"UID FETCH": items + "\r\n{tag} OK done"}
    with ScriptedServer(answers, CAPABILITIES + " OBJECTID") as server:
        with selected(server) as session:
            (item,) = session.fetch_metadata([1])
    assert (item.email_id, item.thread_id) == ("M6d99ac3275bb4e", None)


@pytest.mark.parametrize(
    ("told", "mailbox_id"), [("(F2212ea87)", "F2212ea87"), ("NIL", None), ("()", None)]
)
def test_identity_of_a_folder_of_rfc_8474(told, mailbox_id):
    answers = {"STATUS": f"* STATUS INBOX (MESSAGES 2 MAILBOXID {told})\r\n{{tag}} OK done"}
    with ScriptedServer(answers, CAPABILITIES + " OBJECTID") as server, server.connect() as session:
        status = session.status_of(["INBOX"])["INBOX"]
    assert (status.messages, status.mailbox_id) == (2, mailbox_id)


def test_news_in_the_middle_of_a_fetch():
    """Flags, arrivals and removals by others are told whenever the server likes."""

    def fetch(_conversation, _tag, command):
        if "RFC822.SIZE" in command:
            return metadata(1) + metadata(2) + "{tag} OK done"
        news = "* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* 9 EXISTS\r\n* 3 EXPUNGE\r\n* 0 RECENT\r\n"
        return body(1) + news + "* OK Still here\r\n" + body(2) + "{tag} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        assert sources_of(session.fetch_sources([1, 2])) == {1: b"Hello", 2: b"Hello"}
        assert session.client.exists == 8


LISTS = [
    ('(\\HasNoChildren) "/" "Entw&APw-rfe"', "Entwürfe", "drafts", True),
    ('(\\HasNoChildren) "/" Entw\u00fcrfe', "Entwürfe", "drafts", True),
    ('(\\Noselect \\HasChildren) "/" "[Gmail]"', "[Gmail]", None, False),
    ('(\\HasNoChildren \\Sent) "/" "[Gmail]/Gesendet"', "[Gmail]/Gesendet", "sent", True),
    ('(\\HasNoChildren) "." INBOX.Spam', "INBOX.Spam", "junk", True),
    ('(\\NonExistent) "/" {4}\r\nold"', 'old"', None, False),
    ('() NIL "007"', "007", None, True),
    ('() "/" NIL', "NIL", None, True),
    ('() "/" inbox', "INBOX", "inbox", True),
    ('(\\Noselect) "/" "Public/"', "Public", None, False),
    ('(\\AllMail) "/" "[Gmail]/All Mail"', "[Gmail]/All Mail", "all", True),
]


@pytest.mark.parametrize(("line", "name", "special_use", "selectable"), LISTS)
def test_folders_in_odd_shapes(line, name, special_use, selectable):
    with ScriptedServer({"LIST": f"* LIST {line}\r\n{{tag}} OK done"}) as server:
        with server.connect() as session:
            (folder,) = session.list_folders()
    assert (folder.name, folder.special_use, folder.selectable) == (name, special_use, selectable)


def test_folder_whose_name_does_not_lead_back_is_opened_by_its_own_bytes():
    answers = {"LIST": '* LIST () "/" Entw\u00fcrfe\r\n{tag} OK done'}
    with ScriptedServer(answers) as server, server.connect() as session:
        session.list_folders()
        session.select("Entwürfe")
    (command,) = (command for command in server.commands if command.startswith("EXAMINE"))
    assert command.endswith("\r\nEntwürfe")


# -- throttling -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ("NO [OVERQUOTA] Account exceeded command or bandwidth limits. 12", None),
        ("NO [LIMIT] Too many commands", None),
        ("NO Request is throttled. Suggested Backoff Time: 299961 milliseconds", 299.961),
        ("BAD Request is throttled. Suggested Backoff Time: 4000 milliseconds", 4.0),
        ("NO Request is throttled. Suggested Backoff Time: 999999999 milliseconds", 3600.0),
        ("NO [THROTTLED] Please retry in 30 seconds", 30.0),
    ],
)
def test_throttling_is_told_with_the_time_the_server_names(answer, seconds):
    with ScriptedServer({"UID FETCH": "{tag} " + answer}) as server, selected(server) as session:
        with pytest.raises(errors.ThrottledError) as caught:
            list(session.fetch_sources([1]))
    assert caught.value.retry_after == seconds


def test_throttling_in_the_middle_ends_the_run_without_new_sign_ins():
    def fetch(_conversation, _tag, command):
        if "RFC822.SIZE" in command:
            return "".join(map(metadata, uids_asked(command))) + "{tag} OK done"
        return body(1) + "{tag} NO Request is throttled. Suggested Backoff Time: 1000 milliseconds"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        outcomes = session.fetch_sources(session.fetch_metadata([1, 2, 3]))
        assert next(outcomes).uid == 1
        with pytest.raises(errors.ThrottledError):
            next(outcomes)
    assert server.connections == 1


def test_goodbye_says_why():
    def fetch(conversation, _tag, _command):
        conversation.send("* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.")
        conversation.hang_up()

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        with pytest.raises(errors.ThrottledError):
            list(session.fetch_metadata([1]))


def test_throttled_status_is_not_a_missing_folder():
    answer = "{tag} NO Request is throttled. Suggested Backoff Time: 1000 milliseconds"
    with ScriptedServer({"STATUS": answer}) as server, server.connect() as session:
        with pytest.raises(errors.ThrottledError):
            session.status_of(["INBOX"])


# -- changes --------------------------------------------------------------------------------------


def test_folder_that_keeps_no_keywords():
    answers = {"SELECT": "* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen)] .\r\n{tag} OK [READ-WRITE]"}
    with ScriptedServer(answers) as server, server.connect() as session:
        session.select("INBOX", readonly=False)
        assert session.storable_flags(["\\seen", "$Label1"]) == {"\\seen"}
        with pytest.raises(errors.FolderReadOnlyError):
            session.store_flags([1], add=["$Label1"])
    assert not any("STORE" in command for command in server.commands)


def test_rights_that_do_not_suffice():
    answers = {"UID STORE": "{tag} NO Permission denied", "UID MOVE": "{tag} NO [NOPERM] denied"}
    with ScriptedServer(answers) as server, server.connect() as session:
        session.select("INBOX", readonly=False)
        with pytest.raises(errors.FolderReadOnlyError):
            session.store_flags([1], add=["\\Seen"])
        with pytest.raises(errors.FolderReadOnlyError):
            session.move([1], "Archive")


def test_all_messages_left_alone_may_be_told_with_no():
    answers = {
        "SELECT": SELECTED.replace("READ-ONLY", "READ-WRITE").replace(
            "{tag}", "* OK [HIGHESTMODSEQ 9] .\r\n{tag}"
        ),
        "UID STORE": "{tag} NO [MODIFIED 1:2] changed meanwhile",
    }
    with ScriptedServer(answers, CAPABILITIES + " CONDSTORE") as server:
        with server.connect() as session:
            session.select("INBOX", readonly=False)
            assert session.store_flags([1, 2], add=["\\Seen"], unchanged_since=5) == {1, 2}


def test_nothing_is_ever_removed_by_plain_expunge():
    with ScriptedServer({}, "IMAP4rev1 AUTH=PLAIN SASL-IR") as server, server.connect() as session:
        session.select("INBOX", readonly=False)
        session.delete([1])
        session.move([2], "Archive")
    assert not any("EXPUNGE" in command or "CLOSE" in command for command in server.commands)


def test_full_mailbox_and_too_large_message():
    answers = {"APPEND": "{tag} NO [OVERQUOTA] Quota exceeded"}
    with ScriptedServer(answers, CAPABILITIES + " APPENDLIMIT=1000") as server:
        with server.connect() as session:
            with pytest.raises(errors.FolderFullError):
                session.append("Sent", b"Subject: x\r\n\r\n")
            with pytest.raises(errors.MessageTooLargeError) as caught:
                session.append("Sent", b"x" * 2000)
    assert (caught.value.size, caught.value.limit) == (2000, 1000)


def test_literal_is_announced_to_servers_that_want_to_be_asked():
    with ScriptedServer({}, "IMAP4rev1 AUTH=PLAIN SASL-IR") as server, server.connect() as session:
        assert session.append("Sent", b"Subject: x\r\n\r\n") is None
    assert server.commands[-2 if server.commands[-1] == "LOGOUT" else -1].startswith("APPEND")


def test_idle_is_not_ended_by_a_sign_of_life():
    def idle(conversation, tag, _command):
        conversation.send("+ idling\r\n* OK Still here\r\n* OK Still here\r\n* 4 EXISTS")
        assert conversation.line() == "DONE"
        return f"{tag} OK done"

    with ScriptedServer({"IDLE": idle}) as server, selected(server) as session:
        assert session.idle(timeout=5) is True


# -- hostile answers ------------------------------------------------------------------------------


def flood(text):
    def answer(conversation, _tag, _command):
        while True:
            conversation.send_raw(text)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        "* 1 FETCH (UID 1 BODY[] {99999999999}",
        "* SEARCH " + "9" * 50,
        "* LIST " + "(" * 1000,
        "* 1 FETCH (UID x RFC822.SIZE 5)",
        "\x00\x01\x02",
        "(((",
        "* ESEARCH ALL 1:4294967295 COUNT 4294967295",
        "* VANISHED x",
        "* 5 FETCH ((UID) (1))",
    ],
)
def test_nonsense_is_an_error_not_a_crash(answer):
    answers = {"UID": answer + "\r\n{tag} OK done", "LIST": answer + "\r\n{tag} OK done"}
    with ScriptedServer(answers) as server, server.connect(timeout=1) as session:
        session.select("INBOX")
        for attempt in (
            lambda: list(session.fetch_metadata([1])),
            lambda: session.search(),
            lambda: session.list_folders(),
        ):
            try:
                attempt()
            except errors.MailboxError:
                session.reconnect()


@pytest.mark.parametrize("text", [b"x" * 65536, b"* OK wait a moment\r\n" * 3000])
def test_answer_without_end_is_cut_off(text, monkeypatch):
    monkeypatch.setattr("email_sync.mailbox.client._ALLOWANCE", 5_000_000)
    with ScriptedServer({"UID SEARCH": flood(text)}) as server, selected(server) as session:
        with pytest.raises(errors.ProtocolError):
            session.search()
        assert session.bytes_received < 8_000_000


def test_server_that_drips_is_left_in_time():
    """A byte now and then must not renew the patience for ever."""
    stop = threading.Event()

    def search(conversation, _tag, _command):
        for _byte in range(1000):
            conversation.send_raw(b"*")
            if stop.wait(0.02):
                break

    with ScriptedServer({"UID SEARCH": search}, PLAIN) as server:
        with server.connect(timeout=0.1) as session:
            session.select("INBOX")
            started = time.monotonic()
            with pytest.raises(errors.ConnectionTimeoutError):
                session.search()
            assert time.monotonic() - started < 3
        stop.set()


def test_list_of_300000_uids_in_one_line():
    """imaplib gives up at a million bytes."""
    uids = range(1_000_000, 1_300_000)
    line = "* SEARCH " + " ".join(map(str, uids))
    answers = {"EXAMINE": "* 300000 EXISTS\r\n{tag} OK .", "UID SEARCH": line + "\r\n{tag} OK ."}
    with ScriptedServer(answers, PLAIN) as server, selected(server) as session:
        assert session.existing_uids() == list(uids)


def test_server_that_stalls_in_the_middle_of_a_message():
    def fetch(conversation, _tag, command):
        if "RFC822.SIZE" in command:
            return metadata(1, size=1000) + "{tag} OK done"
        conversation.send_raw(b"* 1 FETCH (UID 1 BODY[] {1000}\r\nonly so much")
        return None

    with ScriptedServer({"UID FETCH": fetch}) as server:
        with server.connect(timeout=0.3) as session:
            session.select("INBOX")
            (outcome,) = session.fetch_sources([1])
    assert type(outcome.error) is errors.MessageUnreadableError
    assert server.connections <= 3


# -- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "credentials",
    [PasswordCredentials("ann", "pl4nted-secret"), OAuthCredentials("ann", "pl4nted-secret")],
)
def test_secrets_and_mail_stand_in_no_log_and_no_error(credentials, caplog, capfd):
    """Some servers repeat the refused command in their answer."""
    caplog.set_level(0)

    def refuse(_conversation, _tag, command):
        return "{tag} NO cannot " + command + " pl4nted-secret"

    def fetch(_conversation, _tag, command):
        return metadata(1) + body(1, "pl4nted-mail") + "{tag} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, server.connect(credentials) as session:
        session.select("INBOX")
        list(session.fetch_sources([1]))
    with ScriptedServer({"AUTHENTICATE": refuse}) as server:
        with pytest.raises(errors.AuthenticationError) as caught:
            server.connect(credentials)
    said = [repr(credentials), str(caught.value), repr(caught.value), caught.value.server_text]
    cause = caught.value.__cause__
    while cause:
        said += [str(cause), repr(cause)]
        cause = cause.__cause__
    output = capfd.readouterr()
    for text in (*said, caplog.text, output.out, output.err):
        assert "pl4nted" not in text
        assert "cGw0bnRlZC1zZWNyZXQ" not in text
