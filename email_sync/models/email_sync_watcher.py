import logging
import sys

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

WATCH_LOCK_CLASS = 0x45535749  # beside the lanes' one: watching and syncing go side by side


class EmailSyncWatcher(models.AbstractModel):
    """What the worker that watches mailboxes asks of the database, and tells it."""

    _name = "email.sync.watcher"
    _description = "Watcher of Mailboxes"

    @api.model
    def _take_over(self, known, most=sys.maxsize):
        """Say what is to be watched by this session of the database, and lock it.

        :param known: ``{account id: version}`` of what the session watches already
        :param most: how many accounts it may watch
        :return: ``{account id: (target, version)}`` of what is new or has changed; the ids of
            those that are to be let go, already unlocked; how many nobody watches for lack of room
        """
        self.env.invalidate_all()
        accounts = self._find_watched()
        gone = set(known).difference(accounts.ids)
        self._unlock(gone)
        room = most - len(known) + len(gone)
        found = self._lock(set(accounts.ids).difference(known), room)
        changed = {}
        for account in accounts.filtered(
            lambda account: account.id in known or account.id in found
        ):
            version = self._get_version(account)
            if known.get(account.id) == version:
                continue
            try:
                changed[account.id] = (account._get_visit_target(), version)
            except UserError:
                # Its next sync says so on the account; without its secret it cannot be watched.
                _logger.info("Email account %s cannot be watched", account.id)
                self._unlock({account.id})
        is_full = len(found) == room
        left_out = set(accounts.ids).difference(self._find_live()) if is_full else ()
        return changed, gone, len(left_out)

    @api.model
    def _find_watched(self):
        accounts = self.env["email.sync.account"]
        if self.env["email.sync.engine"]._is_paused():
            return accounts
        try:
            accounts._get_network_policy()
        except UserError as error:
            _logger.warning("No mailbox is watched. %s", error)
            return accounts
        # A first sync goes on by itself.
        return accounts.search([("state", "=", "running"), ("first_sync_done", "!=", False)])

    @api.model
    def _get_version(self, account):
        """Return what differs when the mailbox has to be opened anew; no secret is in it."""
        return (
            account._get_imap_endpoint(),
            account.login,
            account.sealed_secret,
            account._get_network_policy(),
        )

    @api.model
    def _lock(self, account_ids, most):
        """Lock accounts for this session; return the ids of those that no other worker holds.

        :param most: how many at most
        """
        self.env.cr.execute(
            """
            SELECT id
              FROM unnest(%s::int[]) AS wanted(id)
             WHERE pg_try_advisory_lock(%s, id)
             LIMIT %s
            """,
            [sorted(account_ids), WATCH_LOCK_CLASS, max(0, most)],
        )
        return {account_id for (account_id,) in self.env.cr.fetchall()}

    @api.model
    def _unlock(self, account_ids):
        self.env.cr.execute(
            "SELECT pg_advisory_unlock(%s, id) FROM unnest(%s::int[]) AS held(id)",
            [WATCH_LOCK_CLASS, list(account_ids)],
        )

    @api.model
    def _report(self, account_ids):
        """Let the lanes sync accounts in which something changed, before others."""
        self.env["email.sync.account"].browse(account_ids).exists()._request_sync()

    @api.model
    def _find_live(self):
        """Return the ids of the accounts that a running worker watches."""
        self.env.cr.execute(
            """
            SELECT objid::int
              FROM pg_locks
             WHERE locktype = 'advisory'
               AND classid = %s
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """,
            [WATCH_LOCK_CLASS],
        )
        return {account_id for (account_id,) in self.env.cr.fetchall()}
