from odoo import models
from odoo.addons.mail.tools.discuss import Store
from odoo.tools import email_normalize

from ..mime.warnings import SEVERITIES


class MailMessage(models.Model):
    """What the client is told of the entry of a synced mail, beyond what core tells."""

    _inherit = "mail.message"

    def _to_store_defaults(self, target):
        partners = self._get_email_sync_avatar_partners()
        doubts = self._get_email_sync_sender_doubts()
        return [
            *super()._to_store_defaults(target),
            Store.Attr(
                "email_sync_sender_doubt",
                lambda message: doubts[message.id],
                predicate=lambda message: message.id in doubts,
            ),
            Store.Attr(
                "email_sync_avatar_partner_id",
                lambda message: partners[message.id],
                predicate=lambda message: message.id in partners,
            ),
        ]

    def _get_email_sync_avatar_partners(self):
        """Return the id of the contact whose picture stands for the author, by message id.

        The author of an entry may read it whatever the rules say, so that users are never its
        author; their picture is shown all the same.
        """
        entries = self.filtered(
            lambda message: message.model == "email.sync.conversation" and not message.author_id
        )
        if not entries or not self.env.user._is_internal():
            return {}
        addresses = {entry.id: email_normalize(entry.email_from) for entry in entries}
        by_address = self.env["email.sync.message"]._get_partners_by_sender(set(addresses.values()))
        return {
            entry_id: by_address[address]
            for entry_id, address in addresses.items()
            if address in by_address
        }

    def _get_email_sync_sender_doubts(self):
        """Return what is doubtful about the sender of a mail, by message id: severity and text."""
        entries = self.filtered(lambda message: message.model == "email.sync.conversation")
        if not entries or not self.env.user._is_internal():
            return {}
        messages = self.env["email.sync.message"].search_fetch(
            [("mail_message_id", "in", entries.ids), ("sender_finding", "!=", False)],
            ["mail_message_id", "sender_finding"],
        )
        labels = dict(messages._fields["sender_finding"]._description_selection(self.env))
        return {
            message.mail_message_id.id: {
                "severity": SEVERITIES[message.sender_finding],
                "text": labels[message.sender_finding],
            }
            for message in messages
        }
