import logging
import random
import time
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..mailbox import errors
from .discretion import describe_traceback
from .email_sync_secret_mixin import SecretUnreadableError

_logger = logging.getLogger(__name__)

SIGN_IN_ATTEMPTS = 3  # refusals in a row before the account asks its owner to sign in again
BACK_OFF_SECONDS = (60, 120, 300, 600, 1800)
THROTTLE_LIMIT_SECONDS = 24 * 3600
LOGIN_REST_SECONDS = 60  # after a failure, no sign-in before that, whoever asks for it
CONFLICT_ATTEMPTS = 3
SECONDS_A_NOTICE = 1  # how often open pages are told how far a run is


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
    told: object = None  # what the poll before the run returned
    next_notice: float = 0.0  # when open pages are told again, by the monotonic clock


class EmailSyncEngine(models.AbstractModel):
    """Syncs accounts.

    A run has one connection. Of every folder that is synced, the mails in the range that have no
    placement yet are pending; folders take turns, newest mail first. A batch is one transaction:
    messages and placements. What is pending follows from the placements alone, so a run that is
    killed at any point loses nothing, and repeats at most a batch.
    """

    _name = "email.sync.engine"
    _description = "Email Sync Engine"

    @api.model
    def _commit(self, processed=0):
        """Commit a batch, which is the unit that a kill may cost.

        :return: seconds that this turn has left
        """
        self.env["ir.cron"]._commit_progress(processed)
        return self.env.context.get("email_sync_deadline", float("inf")) - time.monotonic()

    @api.model
    def _postpone_deadline(self, seconds):
        """Return the engine, with a turn that ends later by so much."""
        deadline = self.env.context.get("email_sync_deadline", float("inf"))
        return self.with_context(email_sync_deadline=deadline + seconds)

    # ------------------------------------------------------------
    # ACCOUNT
    # ------------------------------------------------------------

    @api.model
    def _new_progress(self):
        return Progress(date_start=fields.Datetime.now())

    @api.model
    def _sync_account(self, account, visit=None):
        """Run one account; an error stays on it and delays nobody else.

        :param visit: a :class:`..mailbox.visits.Visit` with an open session and what it was told;
            without one, a session is opened
        :return: seconds that the turn has left
        """
        progress = self._new_progress()
        error = None
        try:
            with visit.session if visit else account._open_imap() as session:
                progress.told = visit and visit.told
                self._sync_session(account, session, progress)
        except (errors.MailboxError, UserError) as expected:
            error = expected
            self.env.cr.rollback()
        except Exception as unexpected:
            if self._is_disconnected():
                # The database was restarted, and with the connection went the lease: the lane
                # ends, the cron comes again.
                raise
            # An error of ours on one mailbox must not stop the others, nor must a statement that
            # takes too long there. What it says may quote the mail it met: where it happened is
            # logged, and its class.
            _logger.error(
                "Syncing email account %s failed:\n%s", account.id, describe_traceback(unexpected)
            )
            error = unexpected
            self.env.cr.rollback()
        return self._finish(account, progress, error)

    @api.model
    def _sync_session(self, account, session, progress):
        """Sync the folders, starting over where somebody changed what a batch was to change."""
        for _attempt in range(CONFLICT_ATTEMPTS):
            try:
                return self._sync_folders(account, session, progress)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as conflict:
                _logger.info("Syncing email account %s starts over: %s", account.id, conflict)
                self.env.cr.rollback()
        progress.is_complete = False

    @api.model
    def _notify_progress(self, account, progress):
        """Tell open pages how far the run is, where they were not told just now."""
        now = time.monotonic()
        if now >= progress.next_notice:
            progress.next_notice = now + SECONDS_A_NOTICE
            account._notify_progress()

    @api.model
    def _finish(self, account, progress, error=None):
        """Write the outcome of a run on the account, and the run into the history.

        :return: seconds that the turn has left
        """
        return self._persist(lambda: self._write_outcome(account, progress, error), 1)

    @api.model
    def _write_outcome(self, account, progress, error):
        account = account.exists()
        if not account:
            return
        if error:
            account.write(self._get_error_vals(account, error))
            self._postpone_others(account, error)
            progress.error_count = max(1, progress.error_count)
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
        vals = {**account._get_error_reset(), "has_backlog": not progress.is_complete}
        if progress.is_complete:
            vals["last_sync"] = now
            # Who asked for a sync meanwhile gets one.
            if not account.is_requested:
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
        is_refused = isinstance(error, errors.AuthenticationError)
        was_refused = account.error_code == errors.AuthenticationError.__name__
        # Refusals are counted apart from outages: three in a row, whatever went before.
        failure_count = account.failure_count + 1 if is_refused == was_refused else 1
        now = fields.Datetime.now()
        vals = {
            "failure_count": failure_count,
            "error_date": account.error_date or now,
            "error_code": type(error).__name__,
            "error_message": self._get_error_text(account, error),
            "not_before": now + timedelta(seconds=self._get_rest(error)),
        }
        is_lost = isinstance(error, SecretUnreadableError)
        if is_lost or (is_refused and failure_count >= SIGN_IN_ATTEMPTS):
            vals["state"] = "sign_in"
            account._notify_sign_in(vals["error_message"])
        else:
            delay = timedelta(seconds=self._get_delay(error, failure_count))
            vals["next_sync"] = now + delay
        return vals

    @api.model
    def _postpone_others(self, account, error):
        """Where a server has too many connections of one login, its other accounts wait too."""
        if isinstance(error, errors.ThrottledError):
            others = self.env["email.sync.account"].search(
                [
                    ("id", "!=", account.id),
                    ("imap_host", "=", account.imap_host),
                    ("login", "=", account.login),
                    ("next_sync", "<", account.not_before),
                ]
            )
            others.write({"next_sync": account.not_before, "not_before": account.not_before})

    @api.model
    def _get_rest(self, error):
        """Return the seconds after an error in which nobody may sign in."""
        stated = getattr(error, "retry_after", None) or 0
        return max(min(stated + 1, THROTTLE_LIMIT_SECONDS), LOGIN_REST_SECONDS)

    @api.model
    def _get_delay(self, error, failure_count):
        """Return the seconds until the next try: what the server asks for, else with jitter."""
        stated = getattr(error, "retry_after", None)
        if stated:
            return self._get_rest(error) * random.uniform(1, 1.05)
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
