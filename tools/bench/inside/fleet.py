"""Idle mailboxes, visited as the scheduler does it."""

import time

from odoo.addons.email_sync.mailbox.imap import ImapSession

from tools.bench.inside.first_sync import connect


def _connect_all(env, logins, password, port):
    accounts = env["email.sync.account"]
    for login in logins:
        accounts |= connect(env, login, password, port, email=login)
    for _time in range(2):
        # The second run notes what the first one stored; after it a poll finds nothing to do.
        accounts.write({"next_sync": "2020-01-01 00:00:00"})
        _sweep(env)
    failed = accounts.filtered(lambda account: account.health != "ok")
    if failed:
        raise RuntimeError(failed[0].error_message or "A first sync does not end")
    return accounts


def _sweep(env):
    """Run one lane until nothing is due; return the seconds until the last account was done."""
    engine = env["email.sync.engine"]
    started = last = time.monotonic()
    env.cr.commit()
    while engine._find_due_accounts(limit=1):
        engine._cron_sync()
        last = time.monotonic()
    return last - started


def sweep(env, logins, password, port, hung_port):
    """Visit many idle mailboxes, and one whose server accepts the connection and says nothing.

    :return: seconds until all but the hung one were done, over a single lane; the longest time
        between two of them
    """
    accounts = _connect_all(env, logins, password, port)
    parameters = env["ir.config_parameter"]
    parameters.set_param("email_sync.allowed_ports", f"{port} {hung_port}")
    hung = connect(env, "hung@bench.example", password, hung_port, email="hung@bench.example")
    parameters.set_param("email_sync.allowed_ports", f"{port} {hung_port}")
    accounts.write({"next_sync": "2020-01-01 00:00:00"})
    hung.next_sync = "2019-01-01 00:00:00"
    env.cr.commit()
    done = []
    engine = type(env["email.sync.engine"])
    finish_idle = engine._finish_idle

    def note(engine, idle):
        finish_idle(engine, idle)
        done.extend([time.monotonic()] * len(idle))

    engine._finish_idle = note
    started = time.monotonic()
    _sweep(env)
    if len(done) != len(accounts):
        raise RuntimeError(f"{len(done)} of {len(accounts)} mailboxes were found idle")
    pauses = [later - earlier for earlier, later in zip([started, *done], done)]
    return {"seconds": done[-1] - started, "pause": max(pauses)}


def poll(env, login, password, port):
    """Visit one idle mailbox.

    :return: commands after the sign-in, bytes received for them, round trips with connection and
        sign-in, SQL statements of a lane's call beside those of a call without accounts, and
        milliseconds of this process
    """
    (account,) = _connect_all(env, [login], password, port)
    told = {}
    session_poll = ImapSession.poll

    def note(session, names=()):
        before = session.commands_sent, session.bytes_received
        answer = session_poll(session, names)
        told["commands"] = session.commands_sent - before[0]
        told["bytes"] = session.bytes_received - before[1]
        told["folders"] = len(answer.folders)
        return answer

    ImapSession.poll = note
    engine = env["email.sync.engine"]

    def measure(due):
        account.next_sync = due
        env.cr.commit()
        before = env.cr.sql_log_count, time.process_time()
        engine._cron_sync()
        return env.cr.sql_log_count - before[0], time.process_time() - before[1]

    measure("2020-01-01 00:00:00")
    statements, seconds = measure("2020-01-01 00:00:00")
    without, _seconds = measure("2099-01-01 00:00:00")
    return {**told, "statements": statements - without, "cpu": 1000 * seconds}
