from odoo import models
from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    """Answering a mail from the chatter of a contact, lead or opportunity."""

    _inherit = "mail.message"

    def _to_store_defaults(self, target):
        answerable = self._get_email_sync_answerable_ids()
        return [
            *super()._to_store_defaults(target),
            Store.Attr(
                "email_sync_is_answerable",
                lambda message: True,
                predicate=lambda message: message.id in answerable,
            ),
        ]

    def _get_email_sync_answerable_ids(self):
        """Return the ids of entries that the reader may answer in the name of their account."""
        entries = self.filtered(lambda message: message.model == "email.sync.conversation")
        if not entries or not self.env.user._is_internal():
            return set()
        conversations = self.env["email.sync.conversation"].browse(set(entries.mapped("res_id")))
        # sudo: email.sync.conversation - of entries that are being shown; whether, not what
        answerable = set(conversations.sudo().exists().filtered("is_answerable").ids)
        return {entry.id for entry in entries if entry.res_id in answerable}

    def action_email_sync_reply(self):
        """Answer the sender of the mail that an entry stands for."""
        return self._get_email_sync_mail().action_reply()

    def action_email_sync_reply_all(self):
        """Answer everybody in the mail that an entry stands for."""
        return self._get_email_sync_mail().action_reply_all()

    def action_email_sync_forward(self):
        """Pass on the mail that an entry stands for."""
        return self._get_email_sync_mail().action_forward()

    def _get_email_sync_mail(self):
        self.ensure_one()
        self.check_access("read")
        return self.env["email.sync.message"].search([("mail_message_id", "=", self.id)])
