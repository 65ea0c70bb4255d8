import logging
import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import str2bool

from ..mailbox import errors
from .email_sync_secret_mixin import SecretUnreadableError

_logger = logging.getLogger(__name__)

ADVISORY_LOCK_CLASS = 0x45535943  # one number for the addon, so that no other lock is met
# The scheduler calls an action up to ten times in a row and counts on less than two minutes.
SECONDS_A_CALL = 8
SIGN_IN_ATTEMPTS = 3  # refusals in a row before the account asks its owner to sign in again
BACK_OFF_SECONDS = (60, 120, 300, 600, 1800)
THROTTLE_LIMIT_SECONDS = 24 * 3600


@dataclass
class Progress:
    """What a run has done so far."""

    started: float = field(default_factory=time.monotonic)
    date_start: object = None
    message_count: int = 0
    recognised_count: int = 0
    hole_count: int = 0
    size: int = 0
    error_count: int = 0
    error_message: str = ""
    seconds_left: float = float("inf")
    is_complete: bool = True


class EmailSyncEngine(models.AbstractModel):
    """Syncs accounts: the lanes lease the account most overdue, never two the same one.

    A run opens one connection. Of every folder that is synced, the mails in the range that have no
    placement yet are pending; folders take turns, newest mail first. A batch is one transaction:
    messages and placements. What is pending follows from the placements alone, so a run that is
    killed at any point loses nothing, and repeats at most a batch.
    """

    _name = "email.sync.engine"
    _description = "Email Sync Engine"

    # ------------------------------------------------------------
    # LANES
    # ------------------------------------------------------------

    @api.model
    def _cron_sync(self):
        """Sync what is due, account by account, within the time that the cron gives."""
        if self._is_paused():
            return
        self = self.with_context(email_sync_deadline=time.monotonic() + SECONDS_A_CALL)
        tried, held_elsewhere = set(), set()
        while account := self._find_due_account(tried):
            tried.add(account.id)
            with self._lease(account) as is_leased:
                if not is_leased:
                    held_elsewhere.add(account.id)
                elif self._sync_account(account) <= 0:
                    break
        self._work_off(self._commit())
        remaining = len(self._find_due_accounts(held_elsewhere)) + self._has_waiting()
        if remaining:
            # Not left to the scheduler, which would look again after a minute.
            self.env["email.sync.account"]._trigger_crons()
        self.env["ir.cron"]._commit_progress(remaining=remaining)

    @api.model
    def _is_paused(self):
        # sudo: ir.config_parameter - read by the scheduled action
        return str2bool(
            self.env["ir.config_parameter"].sudo().get_param("email_sync.paused"), False
        )

    @api.model
    def _find_due_accounts(self, except_ids=(), limit=None):
        return self.env["email.sync.account"].search(
            [
                ("state", "=", "running"),
                ("next_sync", "<=", fields.Datetime.now()),
                ("id", "not in", list(except_ids)),
            ],
            order="next_sync, id",
            limit=limit,
        )

    @api.model
    def _find_due_account(self, except_ids):
        return self._find_due_accounts(except_ids, limit=1)

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

    @contextmanager
    def _lease(self, account):
        """Hold an account, so that no other worker on any machine syncs it.

        The lock is the session's, not the transaction's, as it has to outlive the commit of each
        batch. PostgreSQL releases it when the worker dies.

        :return: whether the lease was got; without waiting
        """
        self.env.cr.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", [ADVISORY_LOCK_CLASS, account.id]
        )
        if not self.env.cr.fetchone()[0]:
            yield False
            return
        try:
            # A new transaction: what another lane committed before it let go is seen.
            self._commit()
            account.invalidate_recordset()
            yield bool(
                account.exists()
                and account.state == "running"
                and account.next_sync <= fields.Datetime.now()
            )
        finally:
            # Whatever broke, the connection goes back to the pool without our lock; PostgreSQL
            # released it where the connection is no more.
            if not self._is_disconnected():
                self.env.cr.rollback()
                self.env.cr.execute(
                    "SELECT pg_advisory_unlock(%s, %s)", [ADVISORY_LOCK_CLASS, account.id]
                )

    @api.model
    def _is_disconnected(self):
        """Whether the connection to the database is known to be lost."""
        return bool(self.env.cr.connection.closed)

    @api.model
    def _commit(self, processed=0):
        """Commit a batch, which is the unit that a kill may cost.

        :return: seconds that this call of the scheduled action has left
        """
        self.env["ir.cron"]._commit_progress(processed)
        # Not the time that the scheduler returns: it ends with the first of the calls in a row,
        # and those that follow would connect for nothing.
        return self.env.context.get("email_sync_deadline", float("inf")) - time.monotonic()

    # ------------------------------------------------------------
    # ACCOUNT
    # ------------------------------------------------------------

    @api.model
    def _sync_account(self, account):
        """Run one account; an error stays on it and delays nobody else.

        :return: seconds that the scheduled action has left
        """
        progress = Progress(date_start=fields.Datetime.now())
        error = None
        try:
            with account._open_imap() as session:
                self._sync_folders(account, session, progress)
        except (errors.MailboxError, UserError) as expected:
            error = expected
            self.env.cr.rollback()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as conflict:
            # Somebody changed what the batch was about to change: it is done again right away.
            _logger.info("Syncing email account %s starts over: %s", account.id, conflict)
            self.env.cr.rollback()
            return self._commit()
        except Exception as unexpected:
            if self._is_disconnected():
                # The database was restarted, and with the connection went the lease: the lane
                # ends, the cron comes again.
                raise
            # An error of ours on one mailbox must not stop the others, nor must a statement that
            # takes too long there. It is logged in full.
            _logger.exception("Syncing email account %s failed", account.id)
            error = unexpected
            self.env.cr.rollback()
        self._finish(account, progress, error)
        return self._commit(1)

    @api.model
    def _finish(self, account, progress, error):
        """Write the outcome of a run on the account, and the run into the history."""
        account = account.exists()
        if not account:
            return
        if error:
            account.write(self._get_error_vals(account, error))
            progress.error_count += 1
            progress.error_message = account.error_message
        else:
            account.write(self._get_success_vals(account, progress))
        moved = progress.message_count + progress.recognised_count + progress.hole_count
        if moved or progress.error_count:
            self.env["email.sync.run"].create(self._get_run_vals(account, progress))
        account._notify_progress()

    @api.model
    def _get_success_vals(self, account, progress):
        now = fields.Datetime.now()
        vals = account._get_error_reset()
        if progress.is_complete:
            vals["last_sync"] = now
            vals["next_sync"] = now + timedelta(minutes=self._get_interval())
            if not account.first_sync_done:
                vals["first_sync_done"] = now
        else:
            vals["next_sync"] = now
        return vals

    @api.model
    def _get_interval(self):
        # sudo: ir.config_parameter - read by the scheduled action
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return max(1, int(get_param("email_sync.interval") or 2))

    @api.model
    def _get_error_vals(self, account, error):
        failure_count = account.failure_count + 1
        vals = {
            "failure_count": failure_count,
            "error_date": account.error_date or fields.Datetime.now(),
            "error_code": type(error).__name__,
            "error_message": self._get_error_text(account, error),
        }
        is_refused = isinstance(error, errors.AuthenticationError)
        is_lost = isinstance(error, SecretUnreadableError)
        if is_lost or (is_refused and failure_count >= SIGN_IN_ATTEMPTS):
            vals["state"] = "sign_in"
            account._notify_sign_in(vals["error_message"])
        else:
            delay = timedelta(seconds=self._get_delay(error, failure_count))
            vals["next_sync"] = fields.Datetime.now() + delay
        return vals

    @api.model
    def _get_delay(self, error, failure_count):
        """Return the seconds until the next try: what the server asks for, else with jitter."""
        stated = getattr(error, "retry_after", None)
        if stated:
            return min(stated + 1, THROTTLE_LIMIT_SECONDS)
        step = BACK_OFF_SECONDS[min(failure_count, len(BACK_OFF_SECONDS)) - 1]
        return step * random.uniform(1, 1.25)

    @api.model
    def _get_error_text(self, account, error):
        if isinstance(error, errors.MailboxError):
            return self.env["email.sync.error"]._get_text(error, account.imap_host)
        if isinstance(error, UserError):
            return str(error)
        return self.env._(
            "Something went wrong here, not on the mail server (%(error)s). It is tried again by "
            "itself; the server's log tells an administrator more.",
            error=type(error).__name__,
        )

    @api.model
    def _get_run_vals(self, account, progress):
        return {
            "account_id": account.id,
            "date_start": progress.date_start,
            "duration": round(time.monotonic() - progress.started, 3),
            "message_count": progress.message_count,
            "recognised_count": progress.recognised_count,
            "hole_count": progress.hole_count,
            "size": progress.size,
            "error_count": progress.error_count,
            "error_message": progress.error_message,
        }

    @api.model
    def _work_off(self, seconds_left=float("inf")):
        """Link, publish and render what waits, a batch a transaction.

        :return: seconds that the scheduled action has left
        """
        conversations = self.env["email.sync.conversation"]
        messages = self.env["email.sync.message"]
        for work in (
            conversations._link_pending,
            conversations._publish_pending,
            messages._render_pending,
        ):
            while seconds_left > 0 and (count := work()):
                seconds_left = self._commit(count)
        return seconds_left
