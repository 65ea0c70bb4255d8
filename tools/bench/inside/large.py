"""Large mail: what it takes."""

from .first_sync import connect, run_lane
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
