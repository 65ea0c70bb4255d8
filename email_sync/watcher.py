"""The worker of ``odoo-bin email_sync_idle``: between the watched mailboxes and the database."""

import logging
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .mailbox.watch import Watch

_logger = logging.getLogger(__name__)

# Within so long a new account, a new password, a stop or a pause is obeyed
RELOAD_SECONDS = 15
WAIT_SECONDS = 1
CONFLICT_ATTEMPTS = 5


class Watcher:
    """Holds a connection to each mailbox, and a lock on each account that it watches.

    The locks belong to a session of the database of its own: two workers never watch the same
    account, and those of a worker that dies are free at once. A lost session ends the worker,
    which is to be started again. Use it as a context manager.

    :param database: name of the database
    """

    def __init__(self, database):
        self.database = database
        self.watch = Watch()
        self._reload_at = 0.0
        self._locks = None

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
        return news

    def reload(self):
        """Take over new accounts and changed ones, and let go of those that are not synced."""
        Registry(self.database).check_signaling()
        known = self.watch.versions
        env = api.Environment(self._locks, SUPERUSER_ID, {})
        changed, gone = env["email.sync.watcher"]._take_over(known)
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
        self._reload_at = time.monotonic() + RELOAD_SECONDS

    def _in_transaction(self, work):
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                with Registry(self.database).cursor() as cr:
                    return work(api.Environment(cr, SUPERUSER_ID, {})["email.sync.watcher"])
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # A lane wrote the same account: its outcome stands, the request comes on top.
                if attempt == CONFLICT_ATTEMPTS:
                    raise
