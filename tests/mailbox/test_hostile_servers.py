"""A server that means harm: what it says is refused in one way, in bounded time and memory.

What servers say by mistake is in ``test_odd_servers.py``.
"""

import re
import threading
import time
import tracemalloc
import zlib
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from email_sync.mailbox import errors
from email_sync.mailbox.messages import MessageMetadata
from tests.mailbox.conftest import flags_by_uid
from tests.mailbox.servers import CAPABILITIES, ScriptedServer
from tests.mailbox.test_odd_servers import PLAIN, selected

ALL = (
    f"{CAPABILITIES} ENABLE CONDSTORE QRESYNC LIST-EXTENDED LIST-STATUS SPECIAL-USE OBJECTID"
    " ID IDLE"
)
SINCE = datetime(2025, 3, 1, tzinfo=timezone.utc)
KNOWN = MessageMetadata(1, 5, SINCE, frozenset())
# Python's int() refuses more than 4300 digits, with an error of its own
ENDLESS = "9" * 5000
# What a synchroniser asks of a server
QUESTIONS = {
    "select": lambda session: session.select("INBOX"),
    "poll": lambda session: session.poll(["INBOX"]),
    "status": lambda session: session.status_of(["INBOX"]),
    "list": lambda session: session.list_folders(),
    "search": lambda session: session.search(),
    "count": lambda session: session.count(SINCE),
    "uids": lambda session: session.existing_uids(),
    "metadata": lambda session: list(session.fetch_metadata([1, 2])),
    "flags": lambda session: list(session.fetch_flags([1, 2])),
    "scan": lambda session: flags_by_uid(session.scan_flags()),
    "changes": lambda session: flags_by_uid(session.changed_since(5).flags),
    "sources": lambda session: list(session.fetch_sources([KNOWN])),
    "large": lambda session: list(session.fetch_sources([KNOWN._replace(size=9_000_000)])),
    "store": lambda session: session.store_flags([1], add=["\\Seen"], unchanged_since=4),
    "move": lambda session: session.move([1], "Archive"),
    "append": lambda session: session.append("INBOX", b"Subject: x\r\n\r\n"),
}
LIES = [
    f"* {ENDLESS} EXISTS",
    "* EXISTS",
    "* EXPUNGE",
    "* 99999999999999999999 EXISTS",
    f"* 1 FETCH (UID 1 BODY[] {{{ENDLESS}}}",
    f"* 1 FETCH (UID {ENDLESS} RFC822.SIZE 5)",
    f"* 1 FETCH (UID 1 RFC822.SIZE {ENDLESS})",
    f"* 1 FETCH (UID 1 FLAGS () MODSEQ ({ENDLESS}))",
    f"* 1 FETCH (FLAGS () UID {ENDLESS})",
    "* 1 FETCH (UID 1 RFC822.SIZE -5)",
    "* 1 FETCH (UID -1 FLAGS ())",
    "* 1 FETCH (UID 0 RFC822.SIZE 5 FLAGS ())",
    "* 1 FETCH (UID 4294967296 FLAGS ())",
    "* 1 FETCH (UID 1 RFC822.SIZE 99999999999999999999)",
    f"* 1 FETCH (UID 1 BODY[]<{ENDLESS}> {{1}}\r\nx)",
    "* 1 FETCH (UID 1 BODY[]<9223372036854775807> {1}\r\nx)",
    "* 1 FETCH (UID 1 BODY[]<99999999999> {1}\r\nx)",
    "* 1 FETCH (UID 1 BODY[]<0> (a list))",
    "* 1 FETCH (UID 1 BODY[] (a list))",
    "* 1 FETCH (UID 1 FLAGS (a (b)))",
    "* 1 FETCH (UID 1 FLAGS NIL)",
    "* 1 FETCH (UID 1 FLAGS (a\x00b))",
    "* 1 FETCH (UID 1 FLAGS (a\r\n* 2 FETCH (UID 2 FLAGS (b))",
    '* 1 FETCH (UID 1 FLAGS (a) EMAILID ("a\x00b"))',
    "* 1 FETCH (UID 1 X-GM-LABELS (NIL (x)))",
    "* 1 FETCH (UID 1 INTERNALDATE (x) FLAGS ())",
    f"* SEARCH {ENDLESS}",
    "* SEARCH 0",
    "* SEARCH 4294967296",
    "* SEARCH -1",
    "* SEARCH 99999999999999999999",
    f'* ESEARCH (TAG "S1") COUNT {ENDLESS}',
    "* ESEARCH COUNT (1)",
    "* ESEARCH ALL (1)",
    "* ESEARCH ALL 4294967296 COUNT 1",
    f"* ESEARCH ALL 1:{ENDLESS} COUNT 1",
    "* ESEARCH COUNT -1",
    f"* VANISHED {ENDLESS}",
    "* VANISHED",
    "* VANISHED (EARLIER)",
    "* VANISHED 1:99999999999999999999",
    f'* STATUS "INBOX" (UIDNEXT {ENDLESS})',
    '* STATUS "INBOX" (MESSAGES 99999999999 UIDNEXT 99999999999999999999 UNSEEN 99999999999)',
    f'* STATUS "INBOX" (UNSEEN {ENDLESS} MESSAGES {ENDLESS})',
    '* STATUS ("INBOX") (MESSAGES 1)',
    '* STATUS "INBOX" (MESSAGES 1 MAILBOXID (a\x00b))',
    f"* OK [UIDVALIDITY {ENDLESS}] .",
    "* OK [UIDVALIDITY 99999999999999999999] .",
    "* OK [PERMANENTFLAGS (\xff\xfe)] .",
    "* OK [PERMANENTFLAGS] .",
    "* OK [HIGHESTMODSEQ 99999999999999999999] .",
    '* LIST (NIL ("x")) "/" "INBOX"',
    '* LIST () "\x00" "a\x00b"',
    '* LIST () "\xff" "&"',
    '* LIST () "/" "' + "a" * 5000 + '"',
    '* LIST () "' + "/" * 5000 + '" "a"',
    '* LIST () "/" "a\\\r"',
    "* CAPABILITY IMAP4rev1 MESSAGELIMIT=" + ENDLESS,
    "* CAPABILITY IMAP4rev1 APPENDLIMIT=" + ENDLESS,
    "* CAPABILITY \xff\xfe",
    "* ENABLED \xff",
    "* BYE \x1b[2J",
    "{tag} OK [COPYUID " + ENDLESS + " 1 1] .",
    "{tag} OK [COPYUID 1 1 4294967296] .",
    "{tag} OK [APPENDUID " + ENDLESS + " 1] .",
    "{tag} OK [MODIFIED " + ENDLESS + "] .",
    "{tag} OK [REFERRAL imap://evil.example/] .",
    "+ " + ENDLESS,
    "* \xff\xff",
    "",
    "\x00",
]


def lie(server, said):
    for command in ("UID", "LIST", "STATUS", "EXAMINE", "APPEND"):
        server.answers[command] = said + "\r\n{tag} OK done"


@pytest.mark.parametrize("said", LIES, ids=lambda said: ascii(said)[:50])
def test_every_lie_is_refused_in_one_way_or_passed_over(said):
    """No other exception, and no number, character or hole that a database cannot hold."""
    for ask in QUESTIONS.values():
        with ScriptedServer(capabilities=ALL) as server, server.connect(timeout=0.3) as session:
            session.select("INBOX")
            session.selected = replace(session.selected, read_only=False, highestmodseq=4)
            lie(server, said)
            try:
                told = repr(ask(session))
            except errors.MailboxError:
                continue
        assert "\\x00" not in told
        assert not re.search(r"=-\d|\d{11}", told)


@pytest.mark.parametrize(
    "said",
    [
        ENDLESS,
        f"* OK {{{ENDLESS}}}",
        f"* 1 FETCH {{{ENDLESS}}}",
        "* CAPABILITY \xff",
        "* OK [CAPABILITY \xff\xfe] .",
        "* PREAUTH welcome",
        "* OK \x1b]0;title\x07",
        "",
    ],
)
def test_lies_before_the_sign_in(said):
    for greeting, answers in (
        (said, {}),
        ("* OK ready", {"CAPABILITY": f"{said}\r\n{{tag}} OK ."}),
    ):
        server = ScriptedServer(answers, greeting=greeting)
        with server:
            try:
                server.connect(timeout=0.3).logout()
            except errors.MailboxError as error:
                assert str(error).isprintable()


def test_capabilities_are_those_after_the_sign_in():
    """What was promised before it may be a proxy's word, or a stranger's."""
    welcome = "{tag} OK [CAPABILITY IMAP4rev1] welcome"
    with ScriptedServer({"AUTHENTICATE": welcome}, ALL) as server, server.connect() as session:
        assert session.capabilities == {"IMAP4REV1"}


# -- memory ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "* 1 FETCH (FLAGS (" + "() " * 3_000_000 + "))",
        "* 1 FETCH (UID 1 FLAGS (" + "a " * 3_000_000 + "))",
        "* LIST (" + "a " * 3_000_000 + ') "/" x',
        "* 1 FETCH (X {0}" + "\r\n {0}" * 1_000_000 + "\r\n)",
        "* VANISHED " + "1," * 4_000_000 + "1",
        "* ESEARCH ALL " + "1," * 4_000_000 + "1 COUNT 1",
        "* OK " + "x" * 8_000_000,
    ],
    ids=lambda said: said[:30],
)
def test_an_answer_takes_memory_like_its_length(said):
    """A line of millions of values would be fifty times as large once it is taken apart."""
    for name in ("list", "metadata", "search"):
        with ScriptedServer(capabilities=ALL) as server, selected(server) as session:
            lie(server, said)
            tracemalloc.start()
            try:
                QUESTIONS[name](session)
            except errors.MailboxError:
                # refused is as good as read
                pass
            finally:
                _now, most = tracemalloc.get_traced_memory()
                tracemalloc.stop()
            assert most < 80_000_000


def test_folders_without_end():
    lines = "".join(f"* LIST () NIL x{number}\r\n" for number in range(30_000))
    with ScriptedServer({"LIST": lines + "{tag} OK done"}) as server, selected(server) as session:
        with pytest.raises(errors.ProtocolError, match="More folders"):
            session.list_folders()


def test_a_chunk_that_was_not_asked_for_makes_no_hole():
    """One byte far behind would make a file of terabytes, to be read as a whole."""

    def fetch(_conversation, _tag, _command):
        return "* 1 FETCH (UID 1 BODY[]<99999999999> {1}\r\nx)\r\n{tag} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        (outcome,) = session.fetch_sources([KNOWN._replace(size=9_000_000)])
    assert isinstance(outcome.error, errors.MessageUnreadableError)


def test_compressed_flood_is_measured_unpacked(monkeypatch):
    """A thousand bytes on the network may be a million (RFC 4978)."""
    monkeypatch.setattr("email_sync.mailbox.client._ALLOWANCE", 5_000_000)
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(b"* OK " + b"x" * 50_000_000) + packer.flush(zlib.Z_SYNC_FLUSH)

    def compress(conversation, tag, _command):
        conversation.send(f"{tag} OK go")
        conversation.line()
        conversation.send_raw(bomb)
        conversation.hang_up()

    with ScriptedServer({"COMPRESS": compress}, PLAIN) as server, selected(server) as session:
        session.client.compress()
        assert session.client.wire.compressed
        tracemalloc.start()
        with pytest.raises(errors.MailboxError):
            session.search()
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 30_000_000


def test_mail_of_other_uids_than_asked_is_not_taken():
    def fetch(_conversation, _tag, _command):
        planted = "".join(f"* {n} FETCH (UID {n} BODY[] {{3}}\r\nbad)\r\n" for n in (2, 7, 99))
        return planted + "* 1 FETCH (UID 1 BODY[] {5}\r\nasked)\r\n{tag} OK done"

    with ScriptedServer({"UID FETCH": fetch}) as server, selected(server) as session:
        assert [(o.uid, o.source) for o in session.fetch_sources([KNOWN])] == [(1, b"asked")]


# -- time -----------------------------------------------------------------------------------------


def chatter(stop, text, pause):
    """Return an answer that goes on for ever, slowly or as fast as it is read."""

    def answer(conversation, _tag, command):
        if command == "IDLE":
            conversation.send("+ idling")
        while not stop.wait(pause):
            conversation.send_raw(text)

    return answer


def test_a_server_that_never_stops_talking_is_left_at_the_end():
    """Whoever says a bit more all the time is never silent, and never out of bounds."""
    stop = threading.Event()
    talk = {"UID SEARCH": chatter(stop, b"* OK wait, there is more to come\r\n", 0.01)}
    with ScriptedServer(talk) as server, selected(server) as session:
        started = time.monotonic()
        session.end_at(started + 0.5)
        with pytest.raises(errors.ConnectionTimeoutError):
            session.search()
        assert time.monotonic() - started < 2
        # the end holds for a connection that is opened anew
        with pytest.raises(errors.MailboxError):
            session.reconnect()
        stop.set()


@pytest.mark.parametrize("pause", [0, 0.01])
@pytest.mark.parametrize("text", [b"* OK Still here\r\n", b"* 4 EXISTS\r\n", b"x"])
def test_news_without_end_hold_up_nobody_who_waits(text, pause):
    """One thread waits for thousands of mailboxes."""
    stop = threading.Event()
    with ScriptedServer({"IDLE": chatter(stop, text, pause)}) as server:
        with selected(server) as session:
            session.client.patience = 0.3
            session.idle_start()
            started = time.monotonic()
            try:
                while time.monotonic() - started < 1:
                    asked = time.monotonic()
                    session.idle_changed()
                    assert time.monotonic() - asked < 0.9
            except errors.MailboxError:
                assert time.monotonic() - started < 2
            stop.set()
