from odoo import api, fields, models


class EmailSyncAccountHandover(models.TransientModel):
    """Names what a new owner will see before an account is handed over."""

    _name = "email.sync.account.handover"
    _inherit = ["email.sync.account.question"]
    _description = "Handing Over of an Email Account"

    owner_id = fields.Many2one("res.users", "New owner", domain=[("share", "=", False)])
    reason = fields.Text()
    is_owner = fields.Boolean(related="account_id.is_owner")
    is_owner_active = fields.Boolean(related="account_id.is_owner_active")
    account_type = fields.Selection(related="account_id.account_type")
    conversation_count = fields.Integer(compute="_compute_counts")
    private_count = fields.Integer(compute="_compute_counts")

    @api.depends("account_id")
    def _compute_counts(self):
        # sudo: email.sync.conversation - how many, not which
        conversations = self.env["email.sync.conversation"].sudo()
        for question in self:
            domain = [("account_id", "=", question.account_id.id)]
            question.conversation_count = conversations.search_count(domain)
            # What is shared is seen by others once it is linked.
            question.private_count = conversations.search_count(
                [*domain, "|", ("visibility", "!=", "shared"), ("is_linked", "=", False)]
            )

    def _check_may_answer(self):
        self.account_id._check_may_hand_over()

    def action_apply(self):
        """Hand the account over."""
        self.ensure_one()
        self._check_may_answer()
        is_owner = self.is_owner
        self.account_id._hand_over(self.owner_id, self.reason)
        if is_owner:
            return self.account_id._get_list_action()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "email_sync.email_sync_account_action_health"
        )
