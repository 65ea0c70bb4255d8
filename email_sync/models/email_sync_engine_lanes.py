import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, config, str2bool

from ..mailbox import errors
from ..mailbox.visits import Visits
from .discretion import describe_traceback

_logger = logging.getLogger(__name__)

# A call of the scheduled action begins nothing new after so long, and ends what it has begun;
# Odoo's own limit for a scheduled action is two minutes.
SECONDS_A_CALL = 8
SECONDS_TO_END = 30
SECONDS_TO_SPARE = 15  # between the last wait for a server and the end that Odoo sets
SECONDS_A_VISIT = 3  # one account's turn while others wait
SECONDS_A_LOOK = 0.5  # how often a lane that waits for servers looks for what is due
SECONDS_TO_GATHER = 0.05  # arrivals within it are noted together
PLACES = 16  # visits at once; those of slow servers keep no place
AHEAD = 16  # accounts that are leased before there is a place for them, so that none stays empty
CONFLICT_ATTEMPTS = 5


class EmailSyncEngine(models.AbstractModel):
    """The lanes: several scheduled actions that look after all accounts, none twice at a time.

    A lane leases accounts that are due and lets threads open and poll them, many at once; the
    threads know nothing but the mail servers. What comes back is handled here: where nothing
    changed, one statement says so for all; where something did, the account is synced over the
    session that is open already. A server that is slow or silent is waited for aside. Accounts
    with a backlog, such as a first sync, come one at a time, between the others.
    """

    _inherit = "email.sync.engine"

    @api.model
    def _cron_sync(self):
        """Sync what is due, within the time of one call."""
        if self._is_paused():
            return
        deadline = time.monotonic() + SECONDS_A_CALL
        lane = self.with_context(email_sync_deadline=deadline)
        with Visits(PLACES, AHEAD) as visits, lane._leases() as leased:
            lane._run_lane(visits, leased)
        lane._work_off(lane._commit())
        if lane._find_due_accounts(limit=1) or lane._has_waiting():
            # Not left to the scheduler, which would look again after a minute.
            self.env["email.sync.account"]._trigger_crons()
        # Calls in a row would keep other scheduled actions waiting: this one is done, and comes
        # again by its trigger.
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _run_lane(self, visits, leased):
        """Begin visits, and handle those that arrive, until nothing is left to wait for."""
        deadline = self.env.context["email_sync_deadline"]
        while True:
            # While a server is waited for, the others are looked after in the meantime.
            end = deadline + SECONDS_TO_END if visits else deadline
            if time.monotonic() < end:
                self._begin_visits(visits, leased)
            else:
                self._release(leased, visits.withdraw())
            if not visits:
                return
            # Ends the transaction, which holds back vacuum, for as long as servers take.
            self.env.cr.commit()  # pylint: disable=invalid-commit
            if arrived := visits.wait(SECONDS_A_LOOK, SECONDS_TO_GATHER):
                self._handle_visits(arrived, visits, leased, deadline + 2 * SECONDS_TO_END)

    @api.model
    def _begin_visits(self, visits, leased):
        """Lease what is due and let it be polled: up to a number, of backlogs one at a time."""
        silent = visits.silent_hosts
        self._release(leased, visits.withdraw(silent))
        accounts = self._lease(leased, visits.room, silent)
        if visits.room and not any(lease.has_backlog for lease in leased.values()):
            accounts |= self._lease(leased, 1, silent, has_backlog=True)
        for account in accounts:
            try:
                target = account._get_visit_target(leased[account.id].names)
                visits.start(account.id, target.endpoint.host, target.poll)
            except UserError as error:
                self._finish(account, self._new_progress(), error)
                self._release(leased, account.ids)

    @api.model
    def _handle_visits(self, arrived, visits, leased, end):
        """Note what is idle at once, sync the others in turn, those with a backlog last.

        :param arrived: list of :class:`..mailbox.visits.Visit`
        :param end: monotonic time after which no sync begins any more
        """
        accounts = self.env["email.sync.account"]
        try:
            idle = self._find_idle(arrived, leased)
            self._finish_idle(idle)
            self._release(leased, list(idle))
            others = [visit for visit in arrived if visit.key not in idle]
            if others:
                # Syncing takes its time: other lanes may have what has not begun.
                self._release(leased, visits.withdraw())
            others.sort(key=lambda visit: leased[visit.key].has_backlog)
            while others and time.monotonic() < end:
                visit = others.pop(0)
                if visit.session:
                    visit.session.end_at(self._get_last_moment())
                seconds = self._get_turn(visits, others)
                self.with_context(email_sync_deadline=time.monotonic() + seconds)._sync_visited(
                    accounts.browse(visit.key), visit
                )
                self._release(leased, [visit.key])
            self._release(leased, [visit.key for visit in others])
        finally:
            for visit in arrived:
                visit.close()

    @api.model
    def _find_idle(self, arrived, leased):
        """Return the accounts of visits whose mailbox is as it was left.

        :return: ``{account id: idle_digest}``
        """
        accounts = self.env["email.sync.account"].browse([visit.key for visit in arrived])
        busy_ids = self._find_busy(accounts)
        idle = {}
        for visit in arrived:
            if visit.error or visit.key in busy_ids:
                continue
            lease = leased[visit.key]
            digest = lease.get_digest(visit.told)
            if digest == lease.digest or accounts.browse(visit.key)._is_idle(visit.told):
                visit.close()
                idle[visit.key] = digest
        return idle

    @api.model
    def _get_turn(self, visits, others):
        """Return the seconds that one account gets: few while somebody waits."""
        left = self.env.context["email_sync_deadline"] - time.monotonic()
        # The account itself is due, too.
        if visits or others or len(self._find_due_accounts(limit=2)) > 1:
            return SECONDS_A_VISIT
        return max(left, SECONDS_A_VISIT)

    @api.model
    def _get_last_moment(self):
        """Return the monotonic time after which this call waits for no server.

        Odoo kills a scheduled action that takes too long, with all accounts that it holds; a
        server that never stops talking is to cost its own account only.
        """
        limit = config["limit_time_real_cron"]
        limit = config["limit_time_real"] if limit < 0 else limit
        started = self.env.context["email_sync_deadline"] - SECONDS_A_CALL
        return started + limit - SECONDS_TO_SPARE if limit else float("inf")

    @api.model
    def _sync_visited(self, account, visit):
        if visit.error:
            if not isinstance(visit.error, errors.MailboxError):
                # An error of ours, met in a thread that cannot log for the account.
                _logger.error(
                    "Visiting email account %s failed:\n%s",
                    account.id,
                    describe_traceback(visit.error),
                )
            self._finish(account, self._new_progress(), visit.error)
        else:
            self._sync_account(account, visit)

    @api.model
    def _find_busy(self, accounts):
        """Return the ids of the accounts that have something to do whatever their server tells."""
        found = (
            query.subselect(SQL.identifier(query.table, "account_id"))
            for query in self._get_busy_queries(accounts)
        )
        rows = self.env.execute_query(
            SQL("SELECT account_id FROM (%s) AS busy", SQL(" UNION ").join(found))
        )
        return {account_id for (account_id,) in rows}

    @api.model
    def _get_busy_queries(self, accounts):
        """Return what has to be empty for accounts to have nothing to do.

        :return: list of :class:`odoo.tools.Query` of models that have an ``account_id``
        """
        changes = self.env["email.sync.change"]._search(
            [
                ("account_id", "in", accounts.ids),
                ("is_kept_here", "=", False),
                # What lies nowhere waits until it is met again.
                ("message_id.is_removed", "=", False),
            ]
        )
        return [changes]

    @api.model
    def _finish_idle(self, idle):
        """Write that nothing changed, for all of these at once.

        :param idle: ``{account id: idle_digest}``
        """
        if not idle:
            return
        accounts = self.env["email.sync.account"].browse(idle)

        def write():
            now = fields.Datetime.now()
            accounts.flush_recordset()
            # Who asked for a sync meanwhile gets one.
            self.env.cr.execute(
                """
                UPDATE email_sync_account account
                   SET next_sync = %s, last_sync = %s, idle_digest = idle.digest
                  FROM unnest(%s, %s) AS idle(id, digest)
                 WHERE account.id = idle.id AND account.is_requested IS NOT TRUE
                """,
                [
                    now + timedelta(minutes=self._get_interval()),
                    now,
                    list(idle),
                    list(idle.values()),
                ],
            )
            accounts.invalidate_recordset(["next_sync", "last_sync", "idle_digest"])

        self._persist(write, len(idle))

    @api.model
    def _persist(self, write, processed=0):
        """Write and commit, anew where somebody else changed the same rows meanwhile.

        :param write: a function without arguments that does nothing but write
        """
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                write()
                return self._commit(processed)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                if attempt == CONFLICT_ATTEMPTS:
                    raise

    @api.model
    def _is_paused(self):
        # sudo: ir.config_parameter - read by the scheduled action
        return str2bool(
            self.env["ir.config_parameter"].sudo().get_param("email_sync.paused"), False
        )

    @api.model
    def _find_due_accounts(self, limit):
        return self.env["email.sync.account"].search(
            [("state", "=", "running"), ("next_sync", "<=", fields.Datetime.now())],
            order="is_requested desc, next_sync, id",
            limit=limit,
        )

    @api.model
    def _has_waiting(self):
        conversations = self.env["email.sync.conversation"]
        messages = self.env["email.sync.message"]
        return bool(
            conversations.search_count([("to_publish", "=", True)], limit=1)
            or conversations.search_count([("to_link", "=", True)], limit=1)
            or messages.search_count(
                [("mail_message_id", "!=", False), ("is_rendered", "=", False)], limit=1
            )
        )
