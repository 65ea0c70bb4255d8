"""Large mail and large mailboxes: what they take."""

import time
from unittest.mock import patch

from .first_sync import LANE, connect, run_lane
from .memory import measured


def sync_all(env, login, password, port, count, largest):
    """Sync a mailbox, up to the text of the last chatter entry.

    :param count: how many mails it has
    :param largest: the setting of the largest mail, in mebibytes
    :return: mebibytes taken at the peak, above those of the worker before
    """
    env["ir.config_parameter"].set_param("email_sync.max_size", str(largest))
    account = connect(env, login, password, port)
    with measured() as peak:
        run_lane(env, account)
    stored = env["email.sync.message"].search_count([("account_id", "=", account.id)])
    if stored != count:
        raise RuntimeError(f"{stored} of {count} mails are stored")
    return peak.mebibytes


def first_mails(env, login, password, port, count):
    """Run the scheduled action once on a mailbox that is new.

    :param count: how many mails are to be seen
    :return: seconds until they were committed; commands sent and bytes received until the first of
        them was stored
    """
    account = connect(env, login, password, port)
    told = {}
    engine = type(env["email.sync.engine"])
    sync_slice, store_batch = engine._sync_slice, engine._store_batch

    def note_session(engine, folder, session, *arguments):
        told.setdefault("session", session)
        return sync_slice(engine, folder, session, *arguments)

    def note_batch(engine, *arguments):
        told.setdefault("commands", told["session"].commands_sent)
        told.setdefault("bytes", told["session"].bytes_received)
        return store_batch(engine, *arguments)

    started = time.time()
    with (
        patch.object(engine, "_sync_slice", note_session),
        patch.object(engine, "_store_batch", note_batch),
    ):
        env.ref(LANE).method_direct_trigger()
    env.cr.commit()
    env.cr.execute(
        "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) - %s FROM email_sync_placement "
        "WHERE account_id = %s AND outcome = 'stored' ORDER BY 1 OFFSET %s LIMIT 1",
        [started, account.id, count - 1],
    )
    return {
        "seconds": float(env.cr.fetchone()[0]),
        "commands": told["commands"],
        "bytes": told["bytes"],
    }
