from odoo import fields, models


class EmailSyncAccountInquiryFind(models.TransientModel):
    """A mail that was found, and what became of it."""

    _name = "email.sync.account.inquiry.find"
    _description = "Mail Found in a Search"

    inquiry_id = fields.Many2one(
        "email.sync.account.inquiry", required=True, index=True, ondelete="cascade"
    )
    subject = fields.Char(readonly=True)
    sender = fields.Char(readonly=True)
    date = fields.Datetime(readonly=True)
    folder_name = fields.Char("Folder", readonly=True)
    outcome = fields.Selection(
        [
            ("stored", "Here"),
            ("gone", "No longer in the mailbox"),
            ("before_start", "Older than the start date"),
            ("not_synced", "Folder not synced"),
            ("too_large", "Too large"),
            ("quarantined", "Quarantined"),
            ("unreadable", "Not delivered by the server"),
            ("pending", "Not synced yet"),
        ],
        readonly=True,
    )
    explanation = fields.Char(readonly=True)
    conversation_id = fields.Many2one("email.sync.conversation", readonly=True)
    placement_id = fields.Many2one("email.sync.placement", readonly=True)
    is_owner = fields.Boolean(related="inquiry_id.account_id.is_owner")

    def action_open(self):
        """Open the conversation of a mail that is here, else the settings that keep it out."""
        self.ensure_one()
        if not self.conversation_id:
            return self.inquiry_id.account_id._get_form_action()
        self.conversation_id.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.subject or self.env._("Conversation"),
            "res_model": "email.sync.conversation",
            "res_id": self.conversation_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_retry(self):
        """Try to store a mail again; for the owner, as on the account's page."""
        self.ensure_one()
        account = self.inquiry_id.account_id
        account._check_is_owner()
        # sudo: email.sync.placement - outcomes are the engine's; the owner asks for another try
        self.placement_id.sudo()._retry()
        account._request_sync()
        return self.inquiry_id.action_search()
