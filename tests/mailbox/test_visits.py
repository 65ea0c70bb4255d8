"""Many mailboxes polled at once over real sockets: who answers never waits for who does not."""

import threading
import time

import pytest

from email_sync.mailbox import visits as visits_module
from email_sync.mailbox.endpoint import PasswordCredentials
from email_sync.mailbox.errors import ConnectionTimeoutError, MailboxError
from email_sync.mailbox.visits import SILENT_COUNT, Target, Visits
from tests.mailbox.servers import ScriptedServer

SECONDS = 20  # an upper bound; what is waited for ends the waiting
POLLED = {"LIST": '* LIST () "/" INBOX\r\n{tag} OK done'}


@pytest.fixture
def server():
    with ScriptedServer(POLLED) as server:
        yield server


@pytest.fixture
def hung():
    """A server that accepts connections, as the kernel of a hung machine does, and says nothing."""
    with ScriptedServer(greeting="") as hung:
        yield hung


def target(server):
    return Target(server.endpoint(), PasswordCredentials("ann", "secret"), server.policy, ())


def wait_for(visits, count):
    """Wait until so many visits arrived; return them in the order in which they did."""
    arrived, end = [], time.monotonic() + SECONDS
    while len(arrived) < count:
        assert time.monotonic() < end, "the visits did not arrive"
        arrived += visits.wait(0.05)
    for visit in arrived:
        visit.close()
    return arrived


def test_all_are_polled_while_hung_servers_hang(server, hung, monkeypatch):
    """The hung ones begin first, and are more than may be young at once."""
    monkeypatch.setattr(visits_module, "SECONDS_TO_BE_SLOW", 0.1)
    with Visits(at_once=2, ahead=20) as visits:
        for number in range(SILENT_COUNT - 1):
            visits.start(f"hung {number}", "hung.example", target(hung).poll)
        for number in range(10):
            visits.start(number, "good.example", target(server).poll)
        arrived = wait_for(visits, 10)
        assert sorted(visit.key for visit in arrived) == list(range(10))
        assert [visit.error for visit in arrived] == [None] * 10
        assert all(visit.told.folders for visit in arrived)
        assert len(visits) == SILENT_COUNT - 1


def test_a_hung_server_is_an_error_of_its_own_mailbox_in_the_end(server, hung, monkeypatch):
    monkeypatch.setattr(visits_module, "SECONDS_TO_ANSWER", 0.2)
    with Visits() as visits:
        visits.start("hung", "hung.example", target(hung).poll)
        (visit,) = wait_for(visits, 1)
        assert isinstance(visit.error, ConnectionTimeoutError)
        assert not visits.keys


def test_a_server_that_several_wait_for_in_vain_is_silent(server, hung, monkeypatch):
    monkeypatch.setattr(visits_module, "SECONDS_TO_BE_SLOW", 0.0)
    with Visits() as visits:
        visits.start("good", "good.example", target(server).poll)
        for number in range(SILENT_COUNT - 1):
            visits.start(number, "hung.example", target(hung).poll)
        assert visits.silent_hosts == set(), "a mailbox or two may be slow"
        visits.start("one more", "hung.example", target(hung).poll)
        assert visits.silent_hosts == {"hung.example"}


def test_a_server_that_answers_somebody_is_not_silent(server, hung, monkeypatch):
    """Four slow mailboxes beside others that are polled are slow mailboxes, not an outage."""
    monkeypatch.setattr(visits_module, "SECONDS_TO_BE_SLOW", 0.0)
    with Visits() as visits:
        for number in range(SILENT_COUNT):
            visits.start(number, "busy.example", target(hung).poll)
        assert visits.silent_hosts == {"busy.example"}
        visits.start("good", "busy.example", target(server).poll)
        wait_for(visits, 1)
        assert visits.silent_hosts == set()


def test_a_refusal_is_no_answer_that_others_could_count_on(hung, monkeypatch):
    """A balancer that refuses at once, before machines that hang, is an outage, too."""
    monkeypatch.setattr(visits_module, "SECONDS_TO_BE_SLOW", 0.0)
    with ScriptedServer(greeting="* BYE no") as refusing, Visits() as visits:
        for number in range(SILENT_COUNT):
            visits.start(number, "hung.example", target(hung).poll)
        visits.start("refused", "hung.example", target(refusing).poll)
        (visit,) = wait_for(visits, 1)
        assert isinstance(visit.error, MailboxError)
        assert visits.silent_hosts == {"hung.example"}


def test_so_many_begin_at_once_and_the_others_wait_in_order(monkeypatch):
    monkeypatch.setattr(visits_module, "SECONDS_TO_BE_SLOW", SECONDS)
    gates = [threading.Event() for _number in range(6)]
    begun = [threading.Event() for _number in range(6)]

    def work(number):
        begun[number].set()
        assert gates[number].wait(SECONDS)
        return None, number

    with Visits(at_once=2, ahead=4) as visits:
        assert visits.room == 6
        for number in range(6):
            visits.start(number, "host", lambda number=number: work(number))
        assert visits.room == 0
        assert begun[0].wait(SECONDS) and begun[1].wait(SECONDS)
        gates[1].set()
        assert [visit.key for visit in wait_for(visits, 1)] == [1]
        visits.wait(0)
        assert begun[2].wait(SECONDS)
        assert not begun[3].is_set()
        assert visits.withdraw({"elsewhere"}) == []
        assert visits.withdraw() == [3, 4, 5]
        assert sorted(visits.keys) == [0, 2]
        gates[0].set()
        gates[2].set()
        wait_for(visits, 2)
        assert not visits


def test_arrivals_in_a_row_are_told_together():
    gate = threading.Event()

    def late():
        assert gate.wait(SECONDS)
        return None, "late"

    with Visits() as visits:
        visits.start("early", "host", lambda: (None, "early"))
        visits.start("late", "host", late)
        gate.set()
        arrived = visits.wait(SECONDS, gather=SECONDS)
        assert {visit.told for visit in arrived} == {"early", "late"}
