"""Mailboxes watched on a real Dovecot: news at once, nobody lost, nobody disturbed."""

import time

import pytest

from email_sync.mailbox import visits as visits_module
from email_sync.mailbox import watch as watch_module
from email_sync.mailbox.endpoint import PasswordCredentials
from email_sync.mailbox.imap import ImapSession
from email_sync.mailbox.visits import Target
from email_sync.mailbox.watch import Watch
from tests.mailbox.conftest import Account, loopback_policy, message
from tests.mailbox.servers import CAPABILITIES, ScriptedServer

SECONDS = 20  # an upper bound; news ends the waiting


def target(account, password=None):
    credentials = account.credentials
    if password:
        credentials = PasswordCredentials(account.login, password)
    return Target(account.endpoint, credentials, account.policy, ())


def wait_until_idle(watch, count):
    end = time.monotonic() + SECONDS
    while watch.idle_count < count:
        assert time.monotonic() < end, "the mailboxes were not opened"
        assert watch.wait(0.02) == set()


@pytest.fixture
def watch():
    with Watch() as watch:
        yield watch


def test_only_the_mailbox_with_new_mail_is_told(dovecot, watch):
    accounts = [Account(dovecot) for _ in range(3)]
    for number, account in enumerate(accounts):
        watch.put(number, target(account), 1)
    wait_until_idle(watch, 3)
    accounts[1].append(message(1))
    assert watch.wait(SECONDS) == {1}


def test_mail_read_elsewhere_is_news(account, watch):
    account.append(message(1))
    watch.put("box", target(account), 1)
    wait_until_idle(watch, 1)
    with account.other() as other:
        other.select_folder("INBOX")
        other.add_flags([1], [r"\Seen"])
    assert watch.wait(SECONDS) == {"box"}


def test_a_burst_is_told_once(account, watch, monkeypatch):
    monkeypatch.setattr(watch_module, "QUIET_SECONDS", 3600)
    watch.put("box", target(account), 1)
    wait_until_idle(watch, 1)
    account.append(message(1))
    assert watch.wait(SECONDS) == {"box"}
    account.append(message(2))
    assert watch.wait(0.2) == set()


def test_idle_is_renewed_over_the_same_connection(account, watch):
    watch.put("box", target(account), 1)
    wait_until_idle(watch, 1)
    watched = watch._watched["box"]
    session, commands = watched.session, watched.session.commands_sent
    watched.due_at = 0
    assert watch.wait(0.02) == set()
    wait_until_idle(watch, 1)
    assert watched.session is session
    assert session.commands_sent == commands + 1
    account.append(message(1))
    assert watch.wait(SECONDS) == {"box"}


def test_mail_that_came_while_the_connection_was_lost_is_news(dovecot, account, watch, monkeypatch):
    monkeypatch.setattr(watch_module, "BACK_OFF_SECONDS", (0,))
    watch.put("box", target(account), 1)
    wait_until_idle(watch, 1)
    account.append(message(1))
    assert watch.wait(SECONDS) == {"box"}
    monkeypatch.setattr(watch_module, "QUIET_SECONDS", 0)
    dovecot.kick(account.login)
    account.append(message(2))
    assert watch.wait(SECONDS) == {"box"}


def test_a_refused_sign_in_is_not_tried_again_before_the_account_changes(account, watch):
    server = ScriptedServer({"AUTHENTICATE": "{tag} NO [AUTHENTICATIONFAILED] no"})
    with server:
        refused = Target(server.endpoint(), PasswordCredentials("ann", "no"), server.policy, ())
        watch.put("box", refused, 1)
        watch.put("other", target(account), 1)
        wait_until_idle(watch, 1)
        end = time.monotonic() + SECONDS
        while watch._watched["box"].failure_count == 0 and time.monotonic() < end:
            watch.wait(0.02)
        assert watch.wait(0.2) == set()
        assert server.connections == 1
        watch.put("box", refused, 2)
        while server.connections < 2 and time.monotonic() < end:
            watch.wait(0.02)
        assert server.connections == 2


def test_a_server_that_ends_the_connection_gets_a_minute_of_rest(watch):
    idle = ["+ idling\r\n* BYE restarting"]
    with ScriptedServer({"IDLE": idle}, CAPABILITIES + " IDLE") as server:
        policy = loopback_policy(server.port)
        watch.put("box", Target(server.endpoint(), PasswordCredentials("a", "b"), policy, ()), 1)
        end = time.monotonic() + SECONDS
        watched = watch._watched["box"]
        while not server.commands and time.monotonic() < end:
            watch.wait(0.02)
        # it says goodbye, and the connection ends
        server.__exit__()
        while watched.failure_count == 0 and time.monotonic() < end:
            watch.wait(0.02)
        assert watched.due_at - time.monotonic() > 55


def test_removed_mailboxes_are_closed(account, watch):
    watch.put("box", target(account), 1)
    wait_until_idle(watch, 1)
    watch.remove("box")
    assert watch.idle_count == 0
    account.append(message(1))
    assert watch.wait(0.1) == set()


def test_renewals_of_a_fleet_are_spread_and_come_before_servers_end_idle(dovecot, watch):
    for number in range(8):
        watch.put(number, target(Account(dovecot)), 1)
    wait_until_idle(watch, 8)
    now = time.monotonic()
    minutes = sorted((watched.due_at - now) / 60 for watched in watch._watched.values())
    assert 20 < minutes[0] and minutes[-1] < 29
    assert all(later > earlier for earlier, later in zip(minutes, minutes[1:]))
    assert minutes[-1] - minutes[0] > 0.1


def test_an_outage_of_a_server_is_not_met_by_all_at_once(watch, monkeypatch):
    """While several wait for a server in vain, the other mailboxes on it are not tried."""
    monkeypatch.setattr(visits_module, "SECONDS_TO_BE_SLOW", 0.3)
    with ScriptedServer(greeting="") as hung:
        credentials = PasswordCredentials("ann", "secret")
        for number in range(60):
            watch.put(number, Target(hung.endpoint(), credentials, hung.policy, ()), 1)
        end = time.monotonic() + SECONDS
        while hung.connections < 16 and time.monotonic() < end:
            watch.wait(0.02)
        watch.wait(0.8)
        # Sixteen at once, or a few more where it took them long to begin.
        assert 16 <= hung.connections < 40


def test_an_error_of_ours_at_one_mailbox_is_told_and_the_others_go_on(dovecot, watch, monkeypatch):
    broken, other = Account(dovecot), Account(dovecot)
    idle_changed = ImapSession.idle_changed

    def fail_at_one(session):
        if session._credentials == broken.credentials:
            raise ZeroDivisionError
        return idle_changed(session)

    monkeypatch.setattr(ImapSession, "idle_changed", fail_at_one)
    watch.put("broken", target(broken), 1)
    watch.put("other", target(other), 1)
    wait_until_idle(watch, 1)
    other.append(message(1))
    assert watch.wait(SECONDS) == {"other"}
    ((key, error),) = watch.unexpected
    assert key == "broken" and isinstance(error, ZeroDivisionError)
    assert watch._watched["broken"].due_at - time.monotonic() > 55
