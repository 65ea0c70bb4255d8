"""Sources arrive whole and in bounded memory, whatever one message does to the server."""

import math
import os

import pytest

from email_sync.mailbox import errors, fetch
from tests.mailbox.conftest import message
from tests.mailbox.servers import Proxy


def sources_of(outcomes):
    return {outcome.uid: outcome.source for outcome in outcomes if outcome.source is not None}


def test_every_message_arrives_byte_for_byte(account, session):
    sources = [message(number, size=number * 37) for number in range(300)]
    uids = account.append(*sources)
    session.select("INBOX")
    fetched = sources_of(session.fetch_sources(session.fetch_metadata(uids)))
    assert fetched == dict(zip(uids, sources))


def test_reading_marks_nothing_as_read(account, session):
    account.append(message(1))
    session.select("INBOX", readonly=False)
    list(session.fetch_sources([1]))
    list(session.fetch_headers([1]))
    assert session.scan_flags().texts == [""]


def test_uids_alone_are_enough(account, session):
    uids = account.append(message(1), message(2))
    session.select("INBOX")
    (first, second) = session.fetch_sources(uids)
    assert (first.metadata.size, second.metadata.size) == (len(message(1)), len(message(2)))


def test_batches_come_in_the_order_asked(account, session):
    uids = account.append(*(message(number, size=1000) for number in range(20)))
    session.select("INBOX")
    metadata = {item.uid: item for item in session.fetch_metadata(uids)}
    wanted = [metadata[uid] for uid in reversed(uids)]
    outcomes = session.fetch_sources(wanted, max_batch_bytes=1500)
    assert [outcome.uid for outcome in outcomes] == uids[::-1]


def test_leaving_in_the_middle_leaves_a_usable_session(account, session):
    uids = account.append(*(message(number, size=5000) for number in range(200)))
    session.select("INBOX")
    outcomes = session.fetch_sources(session.fetch_metadata(uids), max_batch_bytes=20_000)
    next(outcomes)
    outcomes.close()
    assert session.existing_uids() == uids


def test_large_message_comes_in_chunks_as_a_file(account, session):
    source = message(1) + os.urandom(2_300_000).hex().encode() + b"\r\n"
    account.append(message(0), source, message(2))
    session.select("INBOX")
    outcomes = list(session.fetch_sources([1, 2, 3], spool_above=1_000_000))
    large = next(outcome for outcome in outcomes if outcome.file)
    assert large.uid == 2
    with large.file:
        assert large.file.read() == source
    assert sources_of(outcomes) == {1: message(0), 3: message(2)}


def test_large_message_as_bytes(account, session):
    source = message(1) + os.urandom(2_300_000).hex().encode() + b"\r\n"
    account.append(source)
    session.select("INBOX")
    (outcome,) = session.fetch_sources([1], max_batch_bytes=1_000_000)
    assert outcome.source == source


def test_too_large_message_is_named_and_its_header_can_be_read(account, session):
    account.append(message(1), message(2, size=50_000), message(3))
    session.select("INBOX")
    outcomes = list(session.fetch_sources([1, 2, 3], max_message_bytes=10_000))
    (refused,) = (outcome for outcome in outcomes if outcome.error)
    assert isinstance(refused.error, errors.MessageTooLargeError)
    assert (refused.uid, refused.error.size) == (2, len(message(2, size=50_000)))
    assert set(sources_of(outcomes)) == {1, 3}
    (header,) = session.fetch_headers([refused.metadata])
    assert header.source == message(2).split(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_beginnings_are_cut_where_asked_and_marked_as_such(account, session):
    uids = account.append(message(1, size=100_000), message(2, size=10))
    session.select("INBOX")
    metadata = list(session.fetch_metadata(uids))
    before = session.bytes_received
    long, short = session.fetch_beginnings(metadata, 1000)
    assert long.source == message(1, size=100_000)[:1000]
    assert short.source == message(2, size=10)
    assert long.is_beginning and long.size == 1000
    assert session.bytes_received - before < 2000


def test_expunged_meanwhile_is_gone_not_unreadable(account, session):
    account.append(message(1), message(2), message(3))
    session.select("INBOX")
    metadata = list(session.fetch_metadata([1, 2, 3]))
    with account.other() as other:
        other.select_folder("INBOX")
        other.delete_messages([2])
        other.expunge()
    outcomes = list(session.fetch_sources(metadata))
    assert set(sources_of(outcomes)) == {1, 3}
    (gone,) = (outcome for outcome in outcomes if outcome.error)
    assert gone.uid == 2
    assert isinstance(gone.error, errors.MessageGoneError)


@pytest.mark.parametrize("position", [1, 42, 100])
@pytest.mark.parametrize("max_batch_bytes", [4_000_000, 5_000])
def test_poison_message_costs_itself_only(account, position, max_batch_bytes):
    """A wrong size in the name of a Maildir file makes Dovecot drop the connection."""
    uids = account.append(*(message(number, size=200) for number in range(100)))
    damage_sizes(account, position)
    with account.connect() as session:
        session.select("INBOX")
        metadata = session.fetch_metadata(uids)
        outcomes = list(session.fetch_sources(metadata, max_batch_bytes=max_batch_bytes))
        assert len(sources_of(outcomes)) == 99
        (poison,) = (outcome for outcome in outcomes if outcome.error)
        assert poison.uid == position
        assert isinstance(poison.error, errors.MessageUnreadableError)
        assert session.reconnections <= math.log2(100) + 2


def test_several_poison_messages(account):
    uids = account.append(*(message(number, size=200) for number in range(40)))
    damage_sizes(account, 7, 8, 30)
    with account.connect() as session:
        session.select("INBOX")
        outcomes = list(session.fetch_sources(session.fetch_metadata(uids), max_batch_bytes=2_000))
    assert {outcome.uid for outcome in outcomes if outcome.error} == {7, 8, 30}
    assert len(sources_of(outcomes)) == 37


def damage_sizes(account, *uids):
    uid_list = (account.maildir / "dovecot-uidlist").read_text().splitlines()[1:]
    names = {int(line.split()[0]): line.split(":", 1)[1] for line in uid_list}
    for uid in uids:
        (path,) = account.maildir.glob(f"*/{names[uid].split(',')[0]}*")
        path.write_bytes(path.read_bytes()[:-100])


@pytest.fixture
def compression(monkeypatch):
    """Take every link for a slow one, from the first batch on."""
    monkeypatch.setattr(fetch, "_SLOW_LINK", math.inf)
    monkeypatch.setattr(fetch, "_MEASURED_BYTES", 1)


@pytest.mark.usefixtures("compression")
def test_slow_link_is_compressed(account, session):
    sources = [message(number, size=20_000) for number in range(50)]
    uids = account.append(*sources)
    session.select("INBOX")
    metadata = list(session.fetch_metadata(uids))
    before = session.bytes_received
    outcomes = session.fetch_sources(metadata, max_batch_bytes=30_000)
    assert sources_of(outcomes) == dict(zip(uids, sources))
    assert session.bytes_received - before < 500_000
    # the session goes on, packed in both directions
    assert session.append("Sent", message(1, size=100_000))
    assert session.existing_uids() == uids


def test_fast_link_is_not_compressed(account, session, monkeypatch):
    monkeypatch.setattr(fetch, "_MEASURED_BYTES", 1)
    uids = account.append(*(message(number, size=200_000) for number in range(30)))
    session.select("INBOX")
    list(session.fetch_sources(session.fetch_metadata(uids), max_batch_bytes=400_000))
    assert not session.client.wire.compressed


@pytest.mark.usefixtures("compression")
@pytest.mark.parametrize("cut", [3_000, 6_000, 11_500, 12_300, 12_350, 12_400, 12_500, 13_000])
def test_compressed_connection_cut_anywhere(account, cut):
    check_cut(account, cut)


@pytest.mark.parametrize("cut", [0, 20, 300, 900, 2_000, 2_100, 7_777, 15_000, 40_000])
def test_connection_cut_anywhere_loses_and_doubles_nothing(account, cut):
    check_cut(account, cut)


def check_cut(account, cut):
    sources = [message(number, size=number * 20) for number in range(60)]
    uids = account.append(*sources)
    outcomes = []
    # a connection that breaks while it is opened again is an outage: the next run goes on
    with Proxy(account.server.imap_port, cuts=[None, cut, cut + 500]) as proxy:
        with account.connect(proxy.port) as session:
            session.select("INBOX")
            metadata = list(session.fetch_metadata(uids))
        while len(outcomes) < len(uids) and proxy.connections < 10:
            known = {outcome.uid for outcome in outcomes}
            try:
                with account.connect(proxy.port) as session:
                    session.select("INBOX")
                    rest = [item for item in metadata if item.uid not in known]
                    outcomes.extend(session.fetch_sources(rest, max_batch_bytes=10_000))
            except errors.TransientError:
                continue
    assert len(outcomes) == len(uids)
    assert sources_of(outcomes) == dict(zip(uids, sources))


def test_large_message_goes_on_where_the_connection_broke(account):
    source = message(1) + os.urandom(4_000_000).hex().encode() + b"\r\n"
    account.append(source)
    with Proxy(account.server.imap_port) as proxy, account.connect(proxy.port) as session:
        session.select("INBOX")
        metadata = list(session.fetch_metadata([1]))
        session.client.wire.close()
        proxy.cuts = [5_000_000]
        (outcome,) = session.fetch_sources(metadata)
        assert outcome.source == source
        assert session.bytes_received < 1.6 * len(source)
