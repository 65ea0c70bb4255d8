from odoo import fields, models


class EmailSyncAccountConversion(models.TransientModel):
    """Names what follows when a personal account becomes a team account, or the other way."""

    _name = "email.sync.account.conversion"
    _inherit = ["email.sync.account.question"]
    _description = "Change of an Email Account's Type"

    account_type = fields.Selection(related="account_id.account_type")
    member_ids = fields.Many2many(
        "res.users",
        "email_sync_account_conversion_member_rel",
        "conversion_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
    )
    leaving_count = fields.Integer(compute="_compute_counts")
    conversation_count = fields.Integer(compute="_compute_counts")

    def _compute_counts(self):
        for question in self:
            account = question.account_id
            question.leaving_count = len(account.member_ids - account.owner_id)
            question.conversation_count = account.conversation_count

    def action_apply(self):
        """Turn the account into the other type."""
        self.ensure_one()
        self._check_may_answer()
        if self.account_type == "personal":
            self.account_id._change_type("team", self.member_ids.ids)
        else:
            self.account_id._change_type("personal")
        return {"type": "ir.actions.client", "tag": "soft_reload"}
