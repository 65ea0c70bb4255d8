from odoo import api, fields, models
from odoo.exceptions import AccessError


class EmailSyncAccountRemoval(models.TransientModel):
    """Asks whether an account goes with its mail or without."""

    _name = "email.sync.account.removal"
    _inherit = ["email.sync.account.question"]
    _description = "Removal of an Email Account"

    mail = fields.Selection(
        [
            ("keep", "Keep the mail that is here"),
            ("delete", "Delete the mail that is here"),
        ],
        string="Synced mail",
        required=True,
        default="keep",
    )
    can_keep = fields.Boolean(compute="_compute_can_keep")
    message_count = fields.Integer(related="account_id.message_count")
    conversation_count = fields.Integer(related="account_id.conversation_count")
    linked_count = fields.Integer(compute="_compute_linked_count")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        account = self.env["email.sync.account"].browse(values.get("account_id"))
        if account and not (account.is_owner and account.active):
            values["mail"] = "delete"
        return values

    @api.depends("account_id")
    def _compute_can_keep(self):
        for question in self:
            question.can_keep = question.account_id.is_owner and question.account_id.active

    def _compute_linked_count(self):
        # sudo: email.sync.conversation - how many, not which: an administrator may remove too
        conversations = self.env["email.sync.conversation"].sudo()
        for question in self:
            question.linked_count = conversations.search_count(
                [("account_id", "=", question.account_id.id), ("is_linked", "=", True)]
            )

    def _check_may_answer(self):
        """The owner, or an administrator: somebody has to free the address of who left."""
        if self.env.user.has_group("base.group_system"):
            return None
        return super()._check_may_answer()

    def action_apply(self):
        """Remove the account, on this side only: the mailbox itself is not touched."""
        self.ensure_one()
        self._check_may_answer()
        if self.mail == "delete":
            # sudo: email.sync.account - its owner, or an administrator, removes it here
            self.account_id.sudo().unlink()
        elif self.account_id.is_owner:
            self.account_id._remove_keeping_mail()
        else:
            raise AccessError(
                self.env._("Only the owner of the email account can remove it and keep its mail.")
            )
        return self.env["email.sync.account"]._get_list_action()
