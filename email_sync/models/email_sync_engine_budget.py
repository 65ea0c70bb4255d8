from datetime import timedelta

from odoo import api, fields, models

from ..mailbox import errors

# Bytes of mail that a provider lets all programs of a user read within a day, less a tenth for what
# is not mail and for the user's other programs. Google: support.google.com/a/answer/1071518
DAILY_BYTES = {"google": 2_250_000_000}
SHORTEST_WAIT = 3600  # seconds


class EmailSyncEngine(models.AbstractModel):
    """Keeps to what a provider lets a mailbox read within a day: beyond, it locks the mailbox."""

    _inherit = "email.sync.engine"

    @api.model
    def _sync_folders(self, account, session, progress):
        self._check_budget(account, progress)
        return super()._sync_folders(account, session, progress)

    @api.model
    def _store_batch(self, folder, batch, progress):
        result = super()._store_batch(folder, batch, progress)
        if batch:
            self._check_budget(folder.account_id, progress)
        return result

    @api.model
    def _check_budget(self, account, progress):
        """Raise when the bytes of the last 24 hours, those of this run included, are used up.

        :raise DailyBudgetError: with the seconds until the earliest of them are a day old
        """
        budget = DAILY_BYTES.get(account.provider)
        if not budget:
            return
        now = fields.Datetime.now()
        ((spent, first),) = self.env["email.sync.run"]._read_group(
            [
                ("account_id", "=", account.id),
                ("date_start", ">", now - timedelta(days=1)),
                ("size", ">", 0),
            ],
            aggregates=["size:sum", "date_start:min"],
        )
        if (spent or 0) + progress.size < budget:
            return
        wait = ((first or now) + timedelta(days=1) - now).total_seconds()
        raise errors.DailyBudgetError(retry_after=max(SHORTEST_WAIT, int(wait)))
