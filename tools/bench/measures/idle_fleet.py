from tools.bench.mailbox import PASSWORD
from tools.bench.measure import Figure, Measure
from tools.world.dovecot import DovecotServer

ACCOUNTS = 1000
# A server for so many people: a process a connection, and no others for each sign-in. Linux gives
# a user 128 instances of inotify, so Dovecot looks at most of the mailboxes by the clock.
CONFIGURATION = f"""
default_client_limit = {4 * ACCOUNTS}
default_process_limit = {2 * ACCOUNTS}
mailbox_idle_check_interval = 1 s
service imap {{
  process_limit = {2 * ACCOUNTS}
}}
"""


class IdleFleet(Measure):
    """One worker watches all mailboxes of a company."""

    name = "idle_fleet"
    title = f"{ACCOUNTS} mailboxes watched by one worker over TLS"
    figures = (
        Figure("seconds", "seconds until all are watched"),
        Figure("connect_cpu", "CPU ms of the worker a connection"),
        Figure("memory", "MB above the worker without connections", at_most=200),
        Figure("cpu", "percent of a processor while nothing happens", at_most=5),
        Figure("wait", "ms from a delivery until the account is due"),
        Figure("longest_wait", "the same, the longest of 20", at_most=2000),
    )
    rounds = 1

    def run(self, bench):
        directory = bench.directory / "idle_fleet"
        dovecot = DovecotServer(directory, any_user_password=PASSWORD, extra=CONFIGURATION)
        # The authority is the one that the bench's Odoo trusts.
        dovecot.certificates = bench.dovecot.certificates
        with dovecot, bench.database() as database:
            return bench.call(
                database,
                "tools.bench.inside.idle_fleet:watch",
                logins=[f"idle{number:04}@bench.example" for number in range(ACCOUNTS)],
                password=PASSWORD,
                port=dovecot.imaps_port,
                plain_port=dovecot.imap_port,
            )
