from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list


class EmailSyncExportRequest(models.TransientModel):
    """Asks whose mail is to be exported and why, and says which accounts are asked for it."""

    _name = "email.sync.export.request"
    _inherit = ["email.sync.person.question"]
    _description = "Request of an Export"

    account_names = fields.Char(compute="_compute_account_names")

    @api.depends("addresses")
    def _compute_account_names(self):
        for request in self:
            accounts = self.env["email.sync.export"]._get_accounts(request._get_addresses())
            request.account_names = format_list(self.env, accounts.mapped("email"))

    def _get_inside_sentence(self, addresses):
        return self.env._(
            "%(addresses)s belongs to a colleague, a mailbox or an alias of the company: "
            "all of its mail would be asked for. Who uses a mailbox downloads their own mail from "
            "the mail program.",
            addresses=addresses,
        )

    def action_apply(self):
        """Ask the owners of the accounts that hold such mail."""
        exports = self.env["email.sync.export"]
        exports._check_is_officer()
        addresses, reason = self._get_checked_answer()
        if not exports._get_accounts(addresses):
            raise UserError(
                self.env._("There is no mail with this address here, so that nobody is asked.")
            )
        export = exports._start(addresses, reason, self.partner_id)
        return self._get_record_action(export, self.env._("Export"))
