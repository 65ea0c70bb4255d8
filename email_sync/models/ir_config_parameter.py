from odoo import api, models

from .email_sync_retention import RETENTION_PARAMETER


class IrConfigParameter(models.Model):
    """A change of the retention policy of all accounts is logged, whoever and whatever makes it."""

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        before = self._get_retention_policy()
        parameters = super().create(vals_list)
        self._log_retention_policy(before)
        return parameters

    def write(self, vals):
        before = self._get_retention_policy()
        result = super().write(vals)
        self._log_retention_policy(before)
        return result

    def unlink(self):
        before = self._get_retention_policy()
        result = super().unlink()
        self._log_retention_policy(before)
        return result

    @api.model
    def _get_retention_policy(self):
        """Return the days as the parameter has them (str): not all that is written is a number."""
        # sudo: ir.config_parameter - what is logged does not depend on who changes it
        return self.sudo().get_param(RETENTION_PARAMETER) or "0"

    @api.model
    def _log_retention_policy(self, before):
        after = self._get_retention_policy()
        if after != before:
            no_account = self.env["email.sync.account"]
            self.env["email.sync.log"]._add(no_account, "retention_policy", before, after)
