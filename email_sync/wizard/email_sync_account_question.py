from odoo import api, fields, models


class EmailSyncAccountQuestion(models.AbstractModel):
    """What a change of an account asks before it is made."""

    _name = "email.sync.account.question"
    _description = "Question about an Email Account"

    account_id = fields.Many2one(
        "email.sync.account", required=True, readonly=True, ondelete="cascade"
    )
    email = fields.Char(related="account_id.email")

    def onchange(self, values, field_names, fields_spec):
        """What a form would show of an account that is not one's own is not computed either."""
        account_id = values.get("account_id") or self.default_get(["account_id"]).get("account_id")
        self.env["email.sync.account"].browse(account_id).check_access("read")
        return super().onchange(values, field_names, fields_spec)

    @api.constrains("account_id")
    def _check_account(self):
        # Constraints run as superuser: the user's own rights are what counts here.
        for question in self.sudo(False):
            question._check_may_answer()

    def _check_may_answer(self):
        self.account_id._check_is_owner()
