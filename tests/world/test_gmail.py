"""The Gmail-speaking server behaves as Google documents Gmail's IMAP; other tests build on it."""

import contextlib
import ssl

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tools.world.certificates import certificates
from tools.world.gmail.server import MOST_CONNECTIONS, GmailServer

ALL = "[Gmail]/All Mail"
TRASH = "[Gmail]/Trash"
SOURCE = b"From: a@a.example\r\nSubject: Hello\r\nMessage-ID: <1@a.example>\r\n\r\nHello\r\n"
ANSWER = SOURCE.replace(b"<1@", b"<2@").replace(
    b"Subject", b"In-Reply-To: <1@a.example>\r\nSubject"
)


@pytest.fixture(scope="module")
def gmail(tmp_path_factory):
    files = certificates(tmp_path_factory.mktemp("gmail"))
    with GmailServer("secret", files) as server:
        yield server


@pytest.fixture
def connect(gmail, request):
    def connect(password="secret"):
        context = ssl.create_default_context(cafile=str(gmail.ca_file))
        client = IMAPClient("localhost", gmail.imaps_port, ssl_context=context, timeout=10)
        stack.callback(client.shutdown)
        client.login(f"{request.node.name}@gmail.example", password)
        return client

    with contextlib.ExitStack() as stack:
        yield connect


def mails_of(client, folder, *items):
    """Return ``{UID: {item: value}}`` of a folder."""
    client.select_folder(folder, readonly=True)
    return client.fetch(client.search(), ["FLAGS", "X-GM-MSGID", "X-GM-THRID", *items])


def ids_of(client, folder):
    return {mail[b"X-GM-MSGID"] for mail in mails_of(client, folder).values()}


def test_a_mail_with_labels_is_one_mail_in_all_of_their_folders(connect):
    client = connect()
    client.create_folder("Büro")
    client.append("INBOX", SOURCE)
    client.select_folder("INBOX")
    client.copy([1], "Büro")
    (number,) = ids_of(client, "INBOX")
    assert ids_of(client, "Büro") == ids_of(client, ALL) == {number}
    (mail,) = mails_of(client, "Büro", "X-GM-LABELS", "BODY.PEEK[]").values()
    assert set(mail[b"X-GM-LABELS"]) == {b"\\Inbox", b"B&APw-ro"}
    assert mail[b"BODY[]"] == SOURCE


def test_flags_belong_to_the_mail_and_stars_are_a_folder(connect):
    client = connect()
    client.append("INBOX", SOURCE)
    client.select_folder("INBOX")
    client.add_flags([1], ["\\Seen", "\\Flagged"])
    (mail,) = mails_of(client, ALL).values()
    assert set(mail[b"FLAGS"]) == {b"\\Seen", b"\\Flagged"}
    assert len(mails_of(client, "[Gmail]/Starred")) == 1


def test_marked_as_deleted_it_loses_the_label_and_stays_in_all_mail(connect):
    client = connect()
    client.append("INBOX", SOURCE)
    client.select_folder("INBOX")
    client.delete_messages([1])
    assert not ids_of(client, "INBOX")
    assert len(ids_of(client, ALL)) == 1


def test_in_the_trash_it_is_nowhere_else_and_expunged_there_it_is_gone(connect):
    client = connect()
    client.append("INBOX", SOURCE)
    client.select_folder("INBOX")
    client.move([1], TRASH)
    assert not ids_of(client, "INBOX") | ids_of(client, ALL)
    assert len(ids_of(client, TRASH)) == 1
    client.select_folder(TRASH)
    client.delete_messages([1])
    assert not ids_of(client, TRASH)


def test_labels_are_stored_and_an_answer_is_of_the_same_thread(connect):
    client = connect()
    client.create_folder("Work")
    client.append("INBOX", SOURCE)
    client.append("[Gmail]/Sent Mail", ANSWER)
    client.select_folder("INBOX")
    client.add_gmail_labels([1], ["Work"])
    client.remove_gmail_labels([1], ["\\Inbox"])
    assert not ids_of(client, "INBOX")
    assert len(ids_of(client, "Work")) == 1
    threads = [mail[b"X-GM-THRID"] for mail in mails_of(client, ALL).values()]
    assert len(threads) == 2 and len(set(threads)) == 1


def test_an_open_folder_is_told_what_others_do(connect):
    client, other = connect(), connect()
    client.append("INBOX", SOURCE)
    client.select_folder("INBOX")
    client.idle()
    other.append("INBOX", ANSWER)
    assert (2, b"EXISTS") in client.idle_check(timeout=10)
    other.select_folder("INBOX")
    other.delete_messages([1])
    assert (1, b"EXPUNGE") in client.idle_check(timeout=10)
    client.idle_done()


def test_a_store_is_refused_where_others_changed_the_mail(connect):
    """RFC 7162, 3.1.3."""
    client = connect()
    client.append("INBOX", SOURCE)
    client.select_folder("INBOX")
    (before,) = client.fetch([1], ["MODSEQ"]).values()
    client.add_flags([1], ["\\Seen"])
    modifier = f"(UNCHANGEDSINCE {before[b'MODSEQ'][0]})"
    text, _data = client._imap.uid("STORE", "1", modifier, "+FLAGS.SILENT", "(\\Answered)")
    assert text == "OK"
    (after,) = client.fetch([1], ["FLAGS", "MODSEQ"]).values()
    assert b"\\Answered" not in after[b"FLAGS"]
    assert after[b"MODSEQ"] > before[b"MODSEQ"]
    assert client.fetch([1], ["FLAGS"], [f"CHANGEDSINCE {before[b'MODSEQ'][0]}"])
    assert not client.fetch([1], ["FLAGS"], [f"CHANGEDSINCE {after[b'MODSEQ'][0]}"])


def test_signing_in(connect):
    with pytest.raises(LoginError):
        connect("wrong")
    for _number in range(MOST_CONNECTIONS):
        connect()
    with pytest.raises(LoginError, match="Too many simultaneous connections"):
        connect()
