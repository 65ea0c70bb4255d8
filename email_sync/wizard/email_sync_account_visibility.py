from odoo import api, fields, models

from ..models.email_sync_account import VISIBILITY_BY_TYPE


class EmailSyncAccountVisibility(models.TransientModel):
    """Asks whether a new default visibility also counts for the conversations that exist."""

    _name = "email.sync.account.visibility"
    _inherit = ["email.sync.account.question"]
    _description = "Change of Visibility"

    account_type = fields.Selection(related="account_id.account_type")
    is_shared = fields.Boolean(
        "Share linked conversations",
        help="Colleagues who may read all the contacts, leads and opportunities of a conversation "
        "see it there.",
    )
    visibility = fields.Selection(
        lambda self: self.env["email.sync.account"]._fields["visibility"].selection,
        compute="_compute_visibility",
    )
    include_existing = fields.Selection(
        [("new", "New conversations only"), ("all", "Also those that exist")],
        string="Applies to",
        required=True,
        default="new",
    )
    existing_count = fields.Integer(compute="_compute_counts")
    manual_count = fields.Integer(compute="_compute_counts")
    viewers = fields.Text(compute="_compute_viewers")

    @api.depends("is_shared", "account_id")
    def _compute_visibility(self):
        for question in self:
            closed, shared = VISIBILITY_BY_TYPE[question.account_id.account_type or "personal"]
            question.visibility = shared if question.is_shared else closed

    @api.depends("visibility")
    def _compute_counts(self):
        conversations = self.env["email.sync.conversation"]
        for question in self:
            account = question.account_id
            question.existing_count = conversations.search_count(
                account._get_visibility_change_domain(question.visibility)
            )
            question.manual_count = conversations.search_count(
                [("account_id", "=", account.id), ("is_visibility_manual", "=", True)]
            )

    @api.depends("visibility")
    def _compute_viewers(self):
        for question in self:
            account = question.account_id
            question.viewers = account._get_viewers_text(
                account.account_type, question.visibility, account.member_ids
            )

    def action_apply(self):
        """Change the default, and the conversations asked for."""
        self.ensure_one()
        self._check_may_answer()
        self.account_id._change_visibility(self.visibility, self.include_existing == "all")
        return {"type": "ir.actions.client", "tag": "soft_reload"}
