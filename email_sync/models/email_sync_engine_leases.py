import contextlib
from typing import NamedTuple

from odoo import api, fields, models

from .email_sync_folder import MISSING_GRACE

ADVISORY_LOCK_CLASS = 0x45535943  # one number for the addon, so that no other lock is met


class Lease(NamedTuple):
    """What a lane knows of an account that it holds.

    :ivar has_backlog: whether it has more to fetch than fits into a turn
    :ivar names: names of the folders that are synced
    :ivar mark: differs when a row of a folder does
    :ivar digest: :attr:`idle_digest` of the account, None where its folders are to be looked at
    """

    has_backlog: bool
    names: list = ()
    mark: str | None = None
    digest: str | None = None

    def get_digest(self, told):
        """Return what the account's digest has to be for the mailbox to be as it was left.

        :param told: what :meth:`..mailbox.imap.ImapSession.poll` returned
        """
        return told.get_digest(self.names, self.mark)


class SessionChangedError(Exception):
    """Statements after a commit meet another session of PostgreSQL: it has not our locks."""

    def __init__(self):
        super().__init__(
            "Email Sync needs one session of PostgreSQL for each connection of Odoo, but a "
            "connection pooler hands out another one after every transaction, so that the locks "
            "by which mailboxes are shared among workers are lost. Set pool_mode = session in "
            "pgbouncer for this database, or let Odoo connect to PostgreSQL itself."
        )


class EmailSyncEngine(models.AbstractModel):
    """Leases: by which many lanes, on several machines, share the accounts.

    A lease is a lock of the session of PostgreSQL, see :meth:`_leases`. It comes with what a lane
    has to know of the account to poll it, and to tell that nothing changed, without a record.
    """

    _inherit = "email.sync.engine"

    @contextlib.contextmanager
    def _leases(self):
        """Hold accounts, so that no other worker on any machine syncs them.

        The locks are the session's, not the transaction's, as they have to outlive the commit of
        each batch. PostgreSQL releases them when the worker dies or loses the connection; the next
        statement then fails, and ends the lane.

        :return: ``{account id: Lease}`` of those that are held
        """
        leased = {}
        try:
            yield leased
        finally:
            # Whatever broke, the connection goes back to the pool without our locks; PostgreSQL
            # released them where the connection is no more.
            if not self._is_disconnected():
                self.env.cr.rollback()
                self._release(leased, list(leased))

    @api.model
    def _is_disconnected(self):
        """Whether the connection to the database is known to be lost."""
        return bool(self.env.cr.connection.closed)

    @api.model
    def _lease(self, leased, count, silent_hosts=(), has_backlog=False):
        """Lease accounts that are due, those first that somebody waits for, then the most overdue.

        Nothing is waited for: what another lane holds is passed over.

        :param leased: what :meth:`_leases` yielded; those got are added
        :param count: how many at most
        :param silent_hosts: mail servers to leave alone
        :param has_backlog: whether to look for those that have more to fetch than fits into a turn
        :return: the accounts, as another lane may have left them a moment ago
        """
        accounts = self.env["email.sync.account"]
        if not count:
            return accounts
        accounts.flush_model()
        self.env.cr.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT id
                  FROM email_sync_account
                 WHERE active
                   AND state = 'running'
                   AND next_sync <= %s
                   AND COALESCE(has_backlog, FALSE) = %s
                   AND id != ALL(%s)
                   AND COALESCE(imap_host, '') != ALL(%s)
              ORDER BY COALESCE(is_requested, FALSE) DESC, next_sync, id
            )
            SELECT id, pg_backend_pid() FROM due WHERE pg_try_advisory_lock(%s, id) LIMIT %s
            """,
            [
                fields.Datetime.now(),
                has_backlog,
                list(leased),
                list(silent_hosts),
                ADVISORY_LOCK_CLASS,
                count,
            ],
        )
        session = {account_id: pid for account_id, pid in self.env.cr.fetchall()}
        if not session:
            return accounts
        leased.update(dict.fromkeys(session, Lease(has_backlog)))
        # A new transaction: what another lane committed before it let go is seen.
        self.env.cr.commit()  # pylint: disable=invalid-commit
        due = self._read_leases(session)
        self._release(leased, set(session).difference(due))
        leased.update(due)
        accounts = accounts.browse(due)
        if requested := accounts.filtered("is_requested"):
            # Whoever asks from here on asks for another sync.
            self._persist(lambda: requested.write({"is_requested": False}))
        return accounts

    @api.model
    def _read_leases(self, session):
        """Read at once what a lane needs to know of accounts to poll them.

        :param session: ``{account id: process of PostgreSQL that locked it}``
        :return: ``{account id: Lease}`` of those that are due still, in the order to poll them
        :raise SessionChangedError: this is another session than the one that has the locks
        """
        self.env["email.sync.folder"].flush_model()
        now = fields.Datetime.now()
        self.env.cr.execute(
            """
            SELECT account.id,
                   pg_backend_pid(),
                   account.first_sync_done IS NULL
                       OR account.has_backlog IS TRUE
                       OR account.failure_count > 0
                       OR min(folder.next_audit) FILTER (WHERE folder.is_synced) <= %(now)s
                       OR min(folder.missing_since) FILTER (WHERE folder.is_missing) <= %(gone)s,
                   account.has_backlog IS TRUE,
                   COALESCE(array_agg(folder.name) FILTER (WHERE folder.is_synced), '{}'),
                   count(folder.id) || ' ' || sum(extract(epoch FROM folder.write_date)),
                   account.idle_digest
              FROM email_sync_account account
         LEFT JOIN email_sync_folder folder
                ON folder.account_id = account.id AND folder.successor_id IS NULL
             WHERE account.id = ANY(%(ids)s)
               AND account.active
               AND account.state = 'running'
               AND account.next_sync <= %(now)s
          GROUP BY account.id
          ORDER BY COALESCE(account.is_requested, FALSE) DESC, account.next_sync, account.id
            """,
            {"ids": list(session), "now": now, "gone": now - MISSING_GRACE},
        )
        leases = {}
        for account_id, pid, is_to_be_looked_at, *known, digest in self.env.cr.fetchall():
            if pid != session[account_id]:
                raise SessionChangedError()
            leases[account_id] = Lease(*known, None if is_to_be_looked_at else digest)
        return leases

    @api.model
    def _release(self, leased, account_ids):
        if account_ids := [key for key in account_ids if leased.pop(key, None) is not None]:
            self.env.cr.execute(
                "SELECT pg_advisory_unlock(%s, id) FROM unnest(%s) AS held(id)",
                [ADVISORY_LOCK_CLASS, account_ids],
            )
