"""Flags that others changed in a large folder whose mail is all stored."""

import contextlib
import time
from dataclasses import replace
from unittest.mock import patch

from odoo.addons.email_sync.mailbox.imap import ImapSession

from tools.bench import raw
from tools.bench.mailbox import Mailbox

from .first_sync import connect

CHANGED = 10
EXTENSIONS = {"CONDSTORE", "QRESYNC", "ENABLE", "LIST-STATUS", "ESEARCH", "COMPRESS=DEFLATE"}
STORED = """
WITH conversation AS (
    INSERT INTO email_sync_conversation (account_id, visibility, subject, last_date)
    SELECT %(account)s, 'private', n::text, now() AT TIME ZONE 'UTC'
      FROM generate_series(1, %(count)s) n
    RETURNING id, subject
), message AS (
    INSERT INTO email_sync_message (account_id, conversation_id, message_id, digest, date, is_read,
                                    is_flagged, is_answered)
    SELECT %(account)s, id, '<' || subject || '@bench.example>', subject,
           now() AT TIME ZONE 'UTC', FALSE, FALSE, FALSE
      FROM conversation
    RETURNING id, digest::int AS uid
)
INSERT INTO email_sync_placement (account_id, folder_id, uid, message_id, outcome, flags)
SELECT %(account)s, %(folder)s, uid, id, 'stored', '' FROM message
"""
TABLES = ("email_sync_placement", "email_sync_message", "email_sync_conversation")


def compare(env, login, password, port, ca_file, count, rounds=8):
    """Measure how long it takes, in an open folder, to find and write 10 changed flags.

    :param ca_file: path of what a bare socket trusts
    :param rounds: an even number, so that the flags are in the end as they were
    :return: seconds of each round, with the server's extensions and without any, and those in which
        a bare socket reads all flags; and the most statements
    """
    mailbox = Mailbox(login, port, ca_file, count, password)
    account = connect(env, login, password, port)
    with account._open_imap() as session:
        account._update_folders(session.list_folders())
        folder = account.folder_ids.filtered(lambda folder: folder.special_use == "inbox")
        status = session.status_of([folder.name])[folder.name]
    env.cr.execute(STORED, {"account": account.id, "folder": folder.id, "count": count})
    env["email.sync.engine"]._complete(folder, status)
    folder.server_count = status.messages
    env.cr.commit()
    env.cr.execute(f"ANALYZE {', '.join(TABLES)}")
    found = {"with": [], "without": [], "raw": []}
    statements = 0
    for number in range(rounds):
        for name in ("with", "without"):
            taken, written, asked = _compare_once(env, account, folder, name, number)
            if written != CHANGED:
                raise RuntimeError(f"{written} of {CHANGED} changed flags were written")
            found[name].append(taken)
            statements = max(statements, asked)
        # In turn: another moment is another load of the machine.
        found["raw"].append(raw.run(mailbox, "UID FETCH 1:* (UID FLAGS)"))
    return {**found, "statements": statements}


def _compare_once(env, account, folder, name, number):
    engine = env["email.sync.engine"]
    with account._open_imap() as session:
        status = session.select(folder.name, readonly=False)
        # What a run of its own would have noted before the change.
        folder.highestmodseq = str(status.highestmodseq) if name == "with" else False
        folder.server_count = status.messages
        uids = [2000 * number - (1000 if name == "with" else 0) for number in range(1, CHANGED + 1)]
        change = {"remove" if number % 2 else "add": ("\\Flagged",)}
        session.store_flags(uids, **change)
    with _hidden(EXTENSIONS if name == "without" else ()), account._open_imap() as session:
        status = session.status_of([folder.name])[folder.name]
        # How long a server takes to open a folder is its own.
        engine._open(folder, session)
        if name == "without":
            session.selected = replace(session.selected, highestmodseq=None)
            folder.flags_compared = False
        env.flush_all()
        rows, statements = _count_rows(env), env.cr.sql_log_count
        started = time.perf_counter()
        engine._sync_changes(folder, session, status)
        env.flush_all()
        seconds = time.perf_counter() - started
        counted = seconds, _count_rows(env) - rows, env.cr.sql_log_count - statements
    env.cr.commit()
    return counted


def _count_rows(env):
    env.cr.execute(
        "SELECT sum(n_tup_upd) FROM pg_stat_xact_user_tables WHERE relname = 'email_sync_placement'"
    )
    return int(env.cr.fetchone()[0] or 0)


@contextlib.contextmanager
def _hidden(names):
    has_capability = ImapSession.has_capability
    with patch.object(
        ImapSession,
        "has_capability",
        lambda session, name: name not in names and has_capability(session, name),
    ):
        yield
