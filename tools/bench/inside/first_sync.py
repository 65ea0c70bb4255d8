"""A first sync as the scheduler runs it."""

import time

from tools.bench import corpus

LANE = "email_sync.ir_cron_sync_lane_1"
# When the transaction was committed that a row is of.
SECONDS_TO = (
    "SELECT extract(epoch FROM {pick}(pg_xact_commit_timestamp(xmin))) - %s FROM {table} "
    "WHERE account_id = %s"
)


def connect(env, login, password, port, **vals):
    """Connect a mailbox of this machine to a new account of the salesperson; return the account."""
    parameters = env["ir.config_parameter"]
    parameters.set_param("email_sync.allowed_networks", "127.0.0.0/8, ::1/128")
    parameters.set_param("email_sync.allowed_ports", str(port))
    owner = env["res.users"].search([("login", "=", "owner")])
    account = env["email.sync.account"].create(
        {
            "email": corpus.OWNER,
            "owner_id": owner.id,
            "member_ids": [(6, 0, owner.ids)],
            "visibility": "shared",
            "sync_range": "everything",
            "login": login,
            "imap_host": "localhost",
            "imap_port": port,
            "imap_security": "tls",
            **vals,
        }
    )
    account._set_secret(password)
    env.cr.commit()
    return account


def run_lane(env, account):
    """Run the scheduled action until the first sync of an account is done."""
    while not account.first_sync_done:
        env.ref(LANE).method_direct_trigger()
        env.cr.commit()
        env.invalidate_all()
        if account.error_message:
            raise RuntimeError(account.error_message)


def first_sync(env, login, password, port, count):
    """Sync a mailbox for the first time.

    :param count: how many mails it has
    :return: seconds until the first 50 mails were committed, until all of them were, with their
        conversations, links and chatter entries, and the account said so, and until no chatter
        entry waited for its text; how many conversations, links and entries there are
    """
    # What an earlier round synced into the same database is nobody's any more.
    for earlier in env["email.sync.account"].search([("email", "=", corpus.OWNER)]):
        earlier.write({"email": f"{earlier.id}@earlier.example", "state": "stopped"})
    account = connect(env, login, password, port)
    started = time.time()
    run_lane(env, account)
    rendered = time.time() - started
    stored = env["email.sync.placement"].search_count(
        [("account_id", "=", account.id), ("outcome", "=", "stored")]
    )
    if stored != count:
        raise RuntimeError(f"{stored} of {count} mails are stored")
    return {
        "first": _seconds_to(env, "min", "email_sync_placement", account, started),
        "all": _seconds_to(env, "max", "email_sync_run", account, started),
        "rendered": rendered,
        **_count(env),
    }


def _seconds_to(env, pick, table, account, started):
    env.cr.execute(SECONDS_TO.format(pick=pick, table=table), [started, account.id])
    return float(env.cr.fetchone()[0])


def _count(env):
    env.cr.execute(
        "SELECT (SELECT count(*) FROM email_sync_conversation), "
        "(SELECT count(*) FROM email_sync_conversation_res_partner_rel), "
        "(SELECT count(*) FROM email_sync_conversation_crm_lead_rel), "
        "(SELECT count(mail_message_id) FROM email_sync_message)"
    )
    return dict(zip(("conversations", "contacts", "leads", "entries"), env.cr.fetchone()))
