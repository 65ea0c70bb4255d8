"""The worker of ``odoo-bin email_sync_idle``: between the watched mailboxes and the database."""

import logging
import sys
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .mailbox.watch import Watch
from .models.discretion import describe_traceback
from .models.email_sync_engine_leases import SessionChangedError

try:
    import resource
except ImportError:  # Windows knows no such limit
    resource = None

_logger = logging.getLogger(__name__)

# Within so long a new account, a new password, a stop or a pause is obeyed
RELOAD_SECONDS = 15
WAIT_SECONDS = 1
CONFLICT_ATTEMPTS = 5
# Files that are no watched connection: those of Odoo, of the database, of sign-ins under way
OTHER_FILES = 100


class Watcher:
    """Holds a connection to each mailbox, and a lock on each account that it watches.

    The locks belong to a session of the database of its own: two workers never watch the same
    account, and those of a worker that dies are free at once. A lost session ends the worker,
    which is to be started again. Use it as a context manager.

    :param database: name of the database
    :ivar most: how many mailboxes fit into this process
    """

    def __init__(self, database):
        self.database = database
        self.watch = Watch()
        self.most = max(1, _raise_file_limit() - OTHER_FILES)
        self._reload_at = 0.0
        self._locks = None
        self._session = None
        self._left_out = 0

    def __enter__(self):
        self._locks = Registry(self.database).cursor()
        return self

    def __exit__(self, *exception):
        self.watch.__exit__(*exception)
        # The connection goes back to no pool: with it, the locks end.
        self._locks.connection.close()

    def run_once(self, seconds=WAIT_SECONDS):
        """Reload the accounts when it is time to, wait for news, and pass them on.

        :return: the ids of the accounts in which something changed (set of int)
        """
        if time.monotonic() >= self._reload_at:
            self.reload()
        news = self.watch.wait(seconds)
        if news:
            self._in_transaction(lambda watcher: watcher._report(news))
        while self.watch.unexpected:
            account_id, error = self.watch.unexpected.pop()
            _logger.error(
                "Watching email account %s failed:\n%s", account_id, describe_traceback(error)
            )
        return news

    def reload(self):
        """Take over new accounts and changed ones, and let go of those that are not synced."""
        Registry(self.database).check_signaling()
        known = self.watch.versions
        self._check_session()
        env = api.Environment(self._locks, SUPERUSER_ID, {})
        changed, gone, left_out = env["email.sync.watcher"]._take_over(known, self.most)
        # Ends the transaction, not the session: the locks stay.
        self._locks.commit()
        for account_id in gone:
            self.watch.remove(account_id)
        for account_id, (target, version) in changed.items():
            self.watch.put(account_id, target, version)
        if changed or gone:
            _logger.info(
                "%s mailboxes to watch: %s new or changed, %s let go",
                *(len(self.watch.versions), len(changed), len(gone)),
            )
        if left_out != self._left_out:
            self._tell_left_out(left_out)
        self._reload_at = time.monotonic() + RELOAD_SECONDS

    def _check_session(self):
        """Raise unless the session of the database is the one that holds the locks."""
        self._locks.execute("SELECT pg_backend_pid()")
        (session,) = self._locks.fetchone()
        if self._session not in (None, session):
            raise SessionChangedError()
        self._session = session

    def _tell_left_out(self, left_out):
        self._left_out = left_out
        if left_out:
            _logger.warning(
                "%s mailboxes are not watched and wait for the next sync, because this process may "
                "open only %s files, one a mailbox: raise the limit (LimitNOFILE of the systemd "
                "service, ulimit -n), or start another worker, which takes them over",
                *(left_out, self.most + OTHER_FILES),
            )

    def _in_transaction(self, work):
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                with Registry(self.database).cursor() as cr:
                    return work(api.Environment(cr, SUPERUSER_ID, {})["email.sync.watcher"])
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # A lane wrote the same account: its outcome stands, the request comes on top.
                if attempt == CONFLICT_ATTEMPTS:
                    raise


def _raise_file_limit():
    """Let this process open as many files as it may; return how many."""
    if not resource:
        return sys.maxsize
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return sys.maxsize if soft == resource.RLIM_INFINITY else soft
    # Services get 1,024, and may have far more (systemd.exec(5), LimitNOFILE).
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
