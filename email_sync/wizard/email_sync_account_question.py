from odoo import api, fields, models


class EmailSyncAccountQuestion(models.AbstractModel):
    """What a change of an account asks before it is made."""

    _name = "email.sync.account.question"
    _description = "Question about an Email Account"

    account_id = fields.Many2one(
        "email.sync.account", required=True, readonly=True, ondelete="cascade"
    )
    email = fields.Char(related="account_id.email")

    @api.constrains("account_id")
    def _check_account(self):
        # Constraints run as superuser: the user's own rights are what counts here.
        for question in self.sudo(False):
            question._check_may_answer()

    def _check_may_answer(self):
        self.account_id._check_is_owner()
