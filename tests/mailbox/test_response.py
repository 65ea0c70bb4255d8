"""Whatever a server sends is read, or refused as an answer: never anything else."""

import contextlib
import datetime
import random
import time

import pytest

from email_sync.mailbox import folders, messages, poll, refusal, response, uidset
from email_sync.mailbox.errors import MailboxError, ProtocolError, clean_server_text

SAMPLES = [
    b"* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (5))",
    b'* 1 FETCH (UID 1 RFC822.SIZE 5 INTERNALDATE "01-Mar-2025 08:30:00 +0000" FLAGS ())',
    b'* 1 FETCH (X-GM-LABELS ("\\\\Inbox" "a b") X-GM-MSGID 5 UID 3 EMAILID (M1) THREADID NIL)',
    b'* LIST (\\HasNoChildren \\Sent) "/" "Sent &AOQ- Items"',
    b'* STATUS "INBOX" (MESSAGES 2 UIDVALIDITY 7 UIDNEXT 9 UNSEEN 0 HIGHESTMODSEQ 3)',
    b'* ESEARCH (TAG "S1") UID COUNT 3 ALL 2,4:6',
    b"* SEARCH 1 2 3 (MODSEQ 917162500)",
    b"* VANISHED (EARLIER) 41,43:116,118",
    b"* OK [COPYUID 38505 304,319:320 3956:3958] done",
    b"S1 NO [AUTHENTICATIONFAILED] Authentication failed.",
]


def read_as_anything(line):
    """Yield functions that read the line, each as something else."""
    tag, number, name, start = response.parse_head(line)
    whole = response.Response(tag, number, name, [line], start)
    yield lambda: response.parse_fetches(line + b"\r\n")
    yield lambda: response.split_flags_block(line + b"\r\n")
    yield lambda: response.parse_fetch([line + b" {3}", b"x\0y", b")"])
    yield lambda: folders.parse_list(whole.values())
    yield lambda: messages._parse_esearch(whole.values())
    yield lambda: poll._parse_status(whole.values())
    yield lambda: list(messages._parse_search(whole.text))
    yield lambda: uidset.expand(whole.text.split()[-1] if whole.text.split() else b"")
    yield lambda: refusal.error_from_refusal(whole.text, folder="x" if number else None)


def damaged(line, generator):
    line = bytearray(line)
    for _change in range(generator.randint(0, 6)):
        position = generator.randrange(len(line) + 1)
        change = generator.choice([b"(", b")", b'"', b"\\", b"NIL", b" ", b"{9}", b"\xff", b"0"])
        line[position : position + generator.randint(0, 3)] = change
    return bytes(line)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_answers_are_refused_in_one_way(seed):
    generator = random.Random(seed)
    for _attempt in range(200):
        line = damaged(generator.choice(SAMPLES), generator)
        try:
            readers = list(read_as_anything(line))
        except MailboxError:
            continue
        for reader in readers:
            try:
                reader()
            except MailboxError:
                continue


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b'a "b c" NIL "NIL" (d (e) ())', [b"a", b"b c", None, b"NIL", [b"d", [b"e"], []]]),
        (
            b'"q\\"\\\\" BODY[HEADER.FIELDS (TO CC)]<0>',
            [b'q"\\', b"BODY[HEADER.FIELDS (TO CC)]<0>"],
        ),
        (b"\\Seen \\* $x", [b"\\Seen", b"\\*", b"$x"]),
        (b") a) ((b", [b"a", [[b"b"]]]),
    ],
)
def test_values(text, values):
    assert response.parse_values([text]) == values


def test_literals_are_values_whatever_is_in_them():
    fragments = [b"a {5}", b') "(\n', b" (b {0}", b"", b") c"]
    assert response.parse_values(fragments) == [b"a", b') "(\n', [b"b", b""], b"c"]


def test_lists_in_lists_without_end():
    with pytest.raises(ProtocolError):
        response.parse_values([b"(" * 100_000])


def test_long_lines_are_read_in_time():
    """No expression goes back and forth over what it read."""
    for line in (
        b"* 1 FETCH (" + b"FLAGS (" * 20_000,
        b'* 1 FETCH (UID 1 INTERNALDATE "' + b"x" * 200_000,
        b"* 1 FETCH (" + b'"a" ' * 50_000,
        b"* LIST (" + b"\\A " * 50_000,
        b"[" * 100_000,
        b'* LIST () NIL "' + b'\\"' * 500_000,
        b"* LIST () NIL " + b'"\\' * 500_000,
        b"* 1 FETCH (BODY" + b"[a" * 500_000,
    ):
        started = time.process_time()
        response.simple_fetches_end(line)
        with contextlib.suppress(ProtocolError):
            response.parse_fetch([line])
        assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"17-Jul-1996 02:44:25 -0700", (1996, 7, 17, 9, 44, 25)),
        (b" 1-JAN-2025 00:30:00 +0530", (2024, 12, 31, 19, 0, 0)),
        (b"30-Jun-2012 23:59:60 +0000", (2012, 6, 30, 23, 59, 59)),
    ],
)
def test_internal_date(text, moment):
    expected = datetime.datetime(*moment, tzinfo=datetime.timezone.utc)
    assert response.parse_internal_date(text) == expected


@pytest.mark.parametrize("text", [b"31-Dec-9999 23:59:59 -1200", b"01-Jan-0001 00:00:00 +1200"])
def test_internal_date_beyond_the_calendar(text):
    assert response.parse_internal_date(text) is None


def test_flags_are_written_in_one_way():
    assert response.parse_flags(b"\\SEEN \\recent $Label1 \\x") == {"\\Seen", "$Label1", "\\x"}


def test_server_text_is_one_short_clean_line():
    text = clean_server_text(b"no\r\n\x1b[31m pass\xffword: hunter2 " + b"x" * 5000, ["hunter2"])
    assert len(text) <= 300
    assert text.isprintable()
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"Entw&APw-rfe &- Co", "Entwürfe & Co"),
        (b"&ZeVnLIqe-", "日本語"),
        (b"inbox", "INBOX"),
        (b"Entw\xc3\xbcrfe", "Entwürfe"),
        (b"Entw\xfcrfe", "Entwürfe"),
        (b"a&b", "a&b"),
        (b"&AGE-", "&AGE-"),
        (b"nul&AAA-", "nul&AAA-"),
        (b"lone&2D0-", "lone&2D0-"),
        (b"\x01x", "\ufffdx"),
    ],
)
def test_folder_names_can_be_stored_and_shown(raw, name):
    assert folders.decode_name(raw) == name
    name.encode()


def folder(name, attributes=(), delimiter="/"):
    values = [[a.encode() for a in attributes], delimiter.encode(), folders.encode_name(name)]
    return folders.parse_list(values)[1]


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("Gesendete Objekte", "sent"), ("Éléments envoyés", "sent"), ("ELEMENTOS ENVIADOS", "sent"),
        ("보낸메일함", "sent"), ("已发送", "sent"), ("Отправленные", "sent"),
        ("送信済みメール", "sent"),
        ("INBOX/Sent", "sent"), ("Papierkorb", "trash"), ("휴지통", "trash"),
        ("Corbeille", "trash"),
        ("Entwürfe", "drafts"), ("임시보관함", "drafts"), ("Brouillons", "drafts"),
        ("Spamverdacht", "junk"), ("스팸메일함", "junk"), ("Correo no deseado", "junk"),
        ("Archiv", "archive"), ("Projects/Archive", None), ("Customers", None), ("Sentences", None),
    ],
)  # fmt: skip
def test_special_folders_by_name(name, use):
    (found,) = folders.add_uses_by_name([folder(name)])
    assert found.special_use == use


def test_what_the_server_marks_wins_over_names():
    marked, named = folders.add_uses_by_name([folder("Out", ["\\Sent"]), folder("Sent")])
    assert (marked.special_use, named.special_use) == ("sent", None)


def test_best_name_wins():
    found = folders.add_uses_by_name([folder("Deleted"), folder("Trash"), folder("Bin")])
    assert [item.special_use for item in found] == [None, "trash", None]
