"""Runs in Odoo's shell: connects the demo mailboxes as their users would, and syncs them."""

from .people import MARC, MITCHELL, PASSWORD, SALES

# Who has which mailbox; the third one, Mitchell's own, is left for the visitor to connect.
ADDRESSES = {"demo": MARC, "admin": MITCHELL}
MAILBOXES = [
    {"login": "demo", "email": MARC, "account_type": "personal", "personal_visibility": "shared"},
    {"login": "admin", "email": SALES, "account_type": "team", "team_visibility": "shared"},
]
RUNS = 100


def allow_mail_servers(env, ports):
    """Allow mail servers on this machine, which the addon refuses unless an administrator does.

    :param ports: the ports they listen on (iterable of int)
    """
    parameters = env["ir.config_parameter"]
    parameters.set_param("email_sync.allowed_networks", "127.0.0.0/8, ::1/128")
    parameters.set_param("email_sync.allowed_ports", ", ".join(map(str, ports)))


def connect(env, ports):
    """Allow the mail servers of this machine, connect Marc's and the team's mailbox, sync both.

    :param env: Odoo's environment, the superuser's
    :param ports: ``{"imap": port, "imaps": …, "smtp": …, "smtps": …}`` of the mail servers
    """
    allow_mail_servers(env, ports.values())
    users = {login: _user(env, login) for login in ADDRESSES}
    for login, address in ADDRESSES.items():
        users[login].email = address
    for mailbox in MAILBOXES:
        _connect(env(user=users[mailbox["login"]].id), mailbox, ports, members=users.values())
    env.cr.commit()
    _sync(env)


def _user(env, login):
    return env["res.users"].search([("login", "=", login)])


def _connect(env, mailbox, ports, members):
    """Go through the set-up, step by step, as the user of ``env``."""
    setup = env["email.sync.setup"].create(
        {
            "email": mailbox["email"],
            "login": mailbox["email"],
            "imap_host": "localhost",
            "imap_port": ports["imap"],
            "imap_security": "starttls",
            "smtp_host": "localhost",
            "smtp_port": ports["smtp"],
            "smtp_security": "starttls",
            "recognised_email": mailbox["email"],
        }
    )
    setup.password = PASSWORD
    setup.action_next()
    setup.action_next()
    if setup.step != "type":
        raise RuntimeError(f"{mailbox['email']}: {setup.imap_answer} {setup.smtp_answer}")
    setup.write({name: value for name, value in mailbox.items() if name not in ("login", "email")})
    if mailbox["account_type"] == "team":
        setup.member_ids = env["res.users"].union(*members)
    setup.action_next()
    setup.write({"sync_range": "1_year", "folder_mode": "all"})
    setup.action_next()
    setup.action_start()


def _sync(env):
    """Let the engine run until both mailboxes are here."""
    accounts = env["email.sync.account"].search([])
    for _ in range(RUNS):
        env["email.sync.engine"]._cron_sync()
        env.invalidate_all()
        if all(accounts.mapped("first_sync_done")):
            env.cr.commit()
            return
    raise RuntimeError(f"The first sync does not end: {accounts.mapped('error_message')}")
