"""The connection breaks, hangs or drips; the server is busy, full or refuses: nothing is lost."""

import random

import pytest

from tests.faults.check import assert_same
from tests.faults.proxy import (
    CutAt,
    DripAt,
    Fault,
    HangAt,
    ImapProxy,
    Refuse,
    RefuseConnection,
    Rewrite,
)
from tests.faults.seeds import seeds, some
from tests.faults.test_kills import started, work
from tests.mailbox.servers import Proxy

# Kinds of response that a connection is cut, hung or slowed at.
KINDS = {
    "greeting": rb"\* OK ",
    "sign-in": rb"S1 OK",
    "list": rb"\* LIST ",
    "search": rb"\* (E?SEARCH|STATUS)",
    "metadata": rb"\* \d+ FETCH \(UID \d+ RFC822|\* \d+ FETCH ",
    "body": rb"\* \d+ FETCH .*BODY\[\]",
    "completion": rb"S\d+ OK",
}
PATIENCE = 0.4


@pytest.fixture
def proxy(dovecot):
    with ImapProxy(dovecot.imap_port) as proxy:
        yield proxy


@pytest.fixture
def model(connect, proxy):
    """A mailbox behind the proxy, its first sync done, with work for the next run."""
    model = started(lambda: connect(port=proxy.port))
    work(model, random.Random(1))
    return model


def settle(model, proxy):
    """Take the fault away, converge, compare."""
    proxy.fault = Fault()
    model.step_run(0, 0, 0)


@pytest.mark.parametrize("seed", seeds(14, 1))
@pytest.mark.parametrize("kind", some(KINDS, 3))
def test_cut(model, proxy, kind, seed):
    """In the middle of a line or a literal, and right behind a response."""
    rng = random.Random(f"{kind}{seed}")
    for share in (0.0, rng.random(), 1.0):
        proxy.fault = CutAt(KINDS[kind], rng.randrange(1, 4), share)
        model.run_with(patience=PATIENCE)
        work(model, rng)
    settle(model, proxy)


@pytest.mark.parametrize("seed", seeds(5, 1))
@pytest.mark.parametrize("fault", [HangAt, DripAt])
@pytest.mark.parametrize("kind", some(["body", "sign-in", "search"], 3))
def test_hang_and_drip(model, proxy, fault, kind, seed):
    """A server that answers no more is left after its time; the account says so and waits."""
    rng = random.Random(f"{kind}{seed}")
    proxy.fault = fault(KINDS[kind], rng.randrange(1, 3), rng.choice((0.5, 0.9)))
    outcome = model.run_with(patience=PATIENCE)
    assert outcome.seconds < 15
    assert model.synced.state()["account"]["state"] == "running"
    settle(model, proxy)


@pytest.mark.parametrize("seed", seeds(10, 1))
def test_cut_during_tls(connect, dovecot, seed):
    """At any byte, those of the handshake among them."""
    rng = random.Random(seed)
    cuts = [rng.randrange(1, 12_000) for _number in range(4)]
    with Proxy(dovecot.imaps_port, cuts=cuts) as proxy:
        synced = connect(port=proxy.port, security="tls")
        for number in range(8):
            synced.mailbox.append(f"Subject: Mail {number}\r\n\r\n{number}\r\n".encode())
        for _number in range(4):
            synced.run(patience=2)
        assert synced.state()["account"]["state"] == "running"
    synced.worker.get("update", account_id=synced.account_id, vals={"imap_port": proxy.target_port})
    state = synced.converge()
    found = [place for place in state["placements"] if place["outcome"] != "stored"]
    assert (len(state["placements"]), found) == (8, [])


@pytest.mark.parametrize("seed", seeds(10, 1))
def test_left_out_of_a_good_answer(model, proxy, seed):
    """Exchange answers OK and leaves a mail out: not deleted, and there once it is delivered."""
    before = len(model.synced.state()["messages"])
    proxy.fault = Rewrite(rb"\* \d+ FETCH .*BODY\[\].*", b"", times=seed)
    model.run_with()
    state = model.synced.state()
    assert len(state["messages"]) >= before
    assert state["account"]["state"] == "running"
    proxy.fault = Fault()
    model.synced.worker.get("retry", account_id=model.synced.account_id)
    settle(model, proxy)


@pytest.mark.parametrize("seed", seeds(10, 1))
@pytest.mark.parametrize(
    "name, pattern, replacement",
    some(
        [
            ("half a SEARCH", rb"^(\* ESEARCH .*ALL )\d+[:,](\d+)(.*)", rb"\g<1>\2\3"),
            ("no SEARCH", rb"^\* ESEARCH .*", b""),
            ("half a STATUS", rb"MESSAGES \d+", b"MESSAGES 1"),
            ("no UIDNEXT", rb"UIDNEXT \d+ ?", b""),
            ("UIDNEXT 1", rb"UIDNEXT \d+", b"UIDNEXT 1"),
            ("no UIDVALIDITY", rb"UIDVALIDITY \d+ ?", b""),
            ("HIGHESTMODSEQ 1", rb"HIGHESTMODSEQ \d+", b"HIGHESTMODSEQ 1"),
            ("HIGHESTMODSEQ 0", rb"HIGHESTMODSEQ \d+", b"HIGHESTMODSEQ 0"),
            ("NOMODSEQ", rb"\[HIGHESTMODSEQ \d+\]", b"[NOMODSEQ]"),
            ("no VANISHED", rb"^\* VANISHED .*", b""),
            ("no EXISTS", rb"^\* \d+ EXISTS\r\n", b"* 0 EXISTS\r\n"),
        ],
        4,
    ),
)
def test_answers_that_say_less(model, proxy, name, pattern, replacement, seed):
    """Nothing is concluded from what a server does not mention."""
    rng = random.Random(f"{name}{seed}")
    removed = {m["id"] for m in model.synced.state()["messages"] if m["removed"]}
    # Nothing is removed in the mailbox: whatever looks so is the answer's fault.
    model.take_many("append", 3, rng)
    proxy.fault = Rewrite(pattern, replacement)
    for _number in range(3):
        model.run_with()
    state = model.synced.state()
    gone = {message["id"] for message in state["messages"] if message["removed"]} - removed
    assert gone <= model.get_removed_ids(state)
    settle(model, proxy)


@pytest.mark.parametrize("seed", seeds(5, 1))
def test_message_limit(model, proxy, seed):
    """A server that looks at a few messages a command only (RFC 9738) says so; all arrive."""
    model.take_many("append", 12, random.Random(seed))
    proxy.fault = Rewrite(rb"(CAPABILITY IMAP4rev1)", rb"\1 MESSAGELIMIT=%d" % (2 + seed % 5))
    model.run_with()
    settle(model, proxy)


@pytest.mark.parametrize(
    "text, least, most",
    [
        (b"NO [OVERQUOTA] Account exceeded command or bandwidth limits", 50, 120),
        (b"NO [LIMIT] Rate limit hit", 50, 120),
        (b"NO [UNAVAILABLE] Temporary authentication failure", 50, 120),
        (b"BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds", 295, 317),
        (b"NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded", 50, 120),
        (b"BAD User is authenticated but not connected.", 50, 120),
    ],
)
@pytest.mark.parametrize(
    "command", some([rb"AUTHENTICATE", rb"UID FETCH", rb"(UID SEARCH|LIST)"], 3)
)
def test_throttled(model, proxy, command, text, least, most):
    """The account waits as long as the server says, and is never switched off."""
    if text.startswith(b"BAD") and command == rb"AUTHENTICATE":
        text = text.replace(b"BAD", b"NO", 1)
    proxy.fault = Refuse(command, *[b"{tag} " + text + b"\r\n"] * 50)
    logins = proxy.logins
    model.run_with()
    account = model.synced.state()["account"]
    assert (account["state"], account["health"]) == ("running", "failing")
    assert least <= account["wait"] <= most
    assert proxy.logins - logins <= 2
    settle(model, proxy)


@pytest.mark.parametrize(
    "greeting",
    [
        b"",
        b"* BYE Too many simultaneous connections\r\n",
        b"* BYE [UNAVAILABLE] Server shutting down\r\n",
        b"* BYE Connection closed. 14\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)
def test_turned_away(model, proxy, greeting):
    """An outage, however it looks, is waited for; eight in a row stop nothing."""
    proxy.fault = RefuseConnection(greeting, times=8)
    for _number in range(8):
        model.run_with(patience=2)
    account = model.synced.state()["account"]
    assert (account["state"], account["health"]) == ("running", "failing")
    settle(model, proxy)
    account = model.synced.state()["account"]
    assert (account["health"], account["error_message"], account["failure_count"]) == ("ok", "", "")


def test_wrong_password_is_not_an_outage(model, proxy):
    """After three refusals nobody signs in any more until the owner does something."""
    proxy.fault = Refuse(rb"AUTHENTICATE", *[b"{tag} NO [AUTHENTICATIONFAILED] No.\r\n"] * 50)
    logins = proxy.logins
    for _number in range(6):
        model.run_with()
    assert model.synced.state()["account"]["state"] == "sign_in"
    assert proxy.logins - logins == 3
    proxy.fault = Fault()
    model.synced.worker.get("start", account_id=model.synced.account_id)
    settle(model, proxy)


def test_refusals_far_apart_do_not_add_up_with_outages(model, proxy):
    """Two refusals after an outage are two refusals, not many failures."""
    proxy.fault = RefuseConnection(b"", times=4)
    for _number in range(4):
        model.run_with(patience=2)
    proxy.fault = Refuse(rb"AUTHENTICATE", b"{tag} NO [AUTHENTICATIONFAILED] No.\r\n")
    model.run_with()
    assert model.synced.state()["account"]["state"] == "running"
    settle(model, proxy)


def test_message_at_which_the_server_hangs_up(connect):
    """Dovecot closes the connection at a file that lies about its size; the others arrive."""
    synced = connect()
    padding = "x" * 200
    uids = [
        synced.mailbox.append(
            f"From: a@outside.example\r\nSubject: Mail {number}\r\n\r\n{padding}\r\n".encode()
        )
        for number in range(30)
    ]
    mend = synced.mailbox.damage(uids[10])
    state = synced.converge()
    outcomes = {place["uid"]: place["outcome"] for place in state["placements"]}
    assert outcomes.pop(uids[10]) == "unreadable"
    assert set(outcomes.values()) == {"stored"} and len(outcomes) == 29
    # What is known to be broken costs no connection any more, and is fetched once it is mended.
    outcome = synced.run()
    assert outcome.passed["before AUTHENTICATE"] == 1
    mend()
    synced.worker.get("retry", account_id=synced.account_id)
    assert_same(synced, synced.converge())
