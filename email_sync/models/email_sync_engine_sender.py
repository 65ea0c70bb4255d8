from odoo import api, models


class EmailSyncEngine(models.AbstractModel):
    """After a run, what the provider writes about senders is learned."""

    _inherit = "email.sync.engine"

    @api.model
    def _write_outcome(self, account, progress, error):
        result = super()._write_outcome(account, progress, error)
        if not error and progress.is_complete and account.exists():
            account._learn_authserv_id()
        return result
