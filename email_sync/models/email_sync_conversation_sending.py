from odoo import api, fields, models
from odoo.exceptions import UserError


class EmailSyncConversation(models.Model):
    """Answering from the conversation's page."""

    _inherit = "email.sync.conversation"

    is_answerable = fields.Boolean(
        compute="_compute_is_answerable",
        help="Whether the reader may write in the name of the account.",
    )

    @api.depends_context("uid")
    @api.depends("account_id")
    def _compute_is_answerable(self):
        for conversation in self:
            # sudo: email.sync.account - whether the reader is a member and mail can be sent
            account = conversation.account_id.sudo()
            conversation.is_answerable = conversation.is_account_member and account.can_send

    def action_reply(self):
        """Answer the newest mail of the conversation."""
        return self._get_newest_mail().action_reply()

    def action_reply_all(self):
        """Answer everybody in the newest mail of the conversation."""
        return self._get_newest_mail().action_reply_all()

    def action_forward(self):
        """Pass on the newest mail of the conversation."""
        return self._get_newest_mail().action_forward()

    def action_new_email(self):
        """Write a mail that answers none; who has no mailbox yet connects one first.

        The list of a contact's or a lead's mail names its record in the context.
        """
        if not self.env["email.sync.account"]._get_sending_accounts():
            return self.env.user.action_open_email_sync_setup()
        partner_id = self.env.context.get("email_sync_partner_id")
        lead_id = self.env.context.get("email_sync_lead_id")
        return self.env["email.sync.composer"]._open_new(
            self.env["res.partner"].browse(partner_id), self.env["crm.lead"].browse(lead_id)
        )

    def _get_newest_mail(self):
        self.ensure_one()
        newest = self.env["email.sync.message"].search(
            [("conversation_id", "=", self.id)], order="date DESC, id DESC", limit=1
        )
        if not newest:
            raise UserError(self.env._("There is no mail in this conversation any more."))
        return newest
