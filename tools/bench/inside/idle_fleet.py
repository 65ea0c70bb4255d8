"""Mailboxes that are watched, as the worker beside Odoo does it."""

import gc
import statistics
import time

from imapclient import IMAPClient

from odoo.addons.email_sync.watcher import Watcher

from tools.bench import corpus
from tools.bench.inside.memory import get_resident

SECONDS_TO_CONNECT = 600
SECONDS_OF_QUIET = 30  # the accounts are looked at twice meanwhile
DELIVERIES = 20
MAIL = b"Subject: New\r\nMessage-ID: <%d@idle.example>\r\n\r\nHello\r\n"


def _connect(env, logins, password, port):
    """Connect accounts as if their first sync were done; return them."""
    parameters = env["ir.config_parameter"]
    parameters.set_param("email_sync.allowed_networks", "127.0.0.0/8, ::1/128")
    parameters.set_param("email_sync.allowed_ports", str(port))
    owner = env["res.users"].search([("login", "=", "owner")])
    accounts = env["email.sync.account"].create(
        [
            {
                "email": login,
                "owner_id": owner.id,
                "login": login,
                "imap_host": "localhost",
                "imap_port": port,
                "first_sync_done": corpus.START.replace(tzinfo=None),
                "next_sync": "2099-01-01 00:00:00",
            }
            for login in logins
        ]
    )
    accounts._set_secret(password)
    env.cr.commit()
    return accounts


def watch(env, logins, password, port, plain_port):
    """Watch mailboxes, let time pass, and deliver mail to some of them.

    :param port: for IMAP over TLS
    :param plain_port: for the other program that delivers
    :return: seconds until all are watched, and of the processor meanwhile; mebibytes above what
        the process had before; percent of a processor while nothing happens; milliseconds from the
        delivery of a mail until its account is due, at the median and at most
    """
    accounts = _connect(env, logins, password, port)
    gc.collect()
    memory, started, cpu = get_resident(), time.monotonic(), time.process_time()
    with Watcher(env.cr.dbname) as watcher:
        while watcher.watch.idle_count < len(accounts):
            watcher.run_once()
            if time.monotonic() > started + SECONDS_TO_CONNECT:
                raise RuntimeError(f"Only {watcher.watch.idle_count} mailboxes are watched")
        figures = {
            "seconds": time.monotonic() - started,
            "connect_cpu": 1000 * (time.process_time() - cpu) / len(accounts),
            "memory": (get_resident() - memory) / 2**20,
            "cpu": 100 * _be_quiet(watcher) / SECONDS_OF_QUIET,
        }
        waits = [
            _deliver(watcher, account, password, plain_port, number)
            for number, account in enumerate(accounts[:DELIVERIES])
        ]
    return {**figures, "wait": statistics.median(waits), "longest_wait": max(waits)}


def _be_quiet(watcher):
    """Return the seconds of processor that watching costs while nothing happens."""
    end, cpu = time.monotonic() + SECONDS_OF_QUIET, time.process_time()
    while time.monotonic() < end:
        watcher.run_once()
    return time.process_time() - cpu


def _deliver(watcher, account, password, port, number):
    """Return the milliseconds from handing a mail to the server until its account is due."""
    with IMAPClient("127.0.0.1", port, ssl=False) as client:
        client.plain_login(account.login, password)
        started = time.monotonic()
        client.append("INBOX", MAIL % number)
        while account.id not in watcher.run_once():
            if time.monotonic() > started + SECONDS_TO_CONNECT:
                raise RuntimeError("A mail was not told of")
        return 1000 * (time.monotonic() - started)
