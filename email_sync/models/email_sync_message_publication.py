from odoo import models
from odoo.tools.mail import formataddr

from ..mime.parse import part_content

ADDRESSEES_LIMIT = 50


class EmailSyncMessage(models.Model):
    _inherit = "email.sync.message"

    def _publish(self):
        """Make one chatter entry a mail.

        :return: the new ``mail.message`` records
        """
        messages = self.with_user(self.env.ref("base.user_root")).sudo()
        parsed = {message.id: message._parse() for message in messages}
        attachments = messages._create_attachments(parsed)
        authors = messages._get_authors()
        entries = (
            self.env["mail.message"]
            .with_user(self.env.ref("base.user_root"))
            .sudo()
            .create(
                [
                    message._get_entry_vals(
                        parsed[message.id], attachments[message.id], authors.get(message.id)
                    )
                    for message in messages
                ]
            )
        )
        for message, entry in zip(messages, entries, strict=True):
            message.mail_message_id = entry
        return entries

    def _get_entry_vals(self, parsed, attachments, author):
        self.ensure_one()
        email_from = self._get_email_from()
        return {
            "model": "email.sync.conversation",
            "res_id": self.conversation_id.id,
            "message_type": "email",
            "subtype_id": self.env.ref("mail.mt_note").id,
            "is_internal": True,
            "author_id": author.id if author else False,
            "email_from": email_from,
            "reply_to": email_from,
            "date": self.date,
            "subject": self.subject,
            "body": self._get_display_html(parsed)[0],
            "attachment_ids": attachments.ids,
            "incoming_email_to": self._format_addressees("to"),
            "incoming_email_cc": self._format_addressees("cc"),
            "record_name": self.conversation_id.subject,
        }

    def _get_email_from(self):
        self.ensure_one()
        return formataddr((self.from_name or False, self.from_email or ""))

    def _get_authors(self):
        """Return the contact that wrote each mail, by message id, where it is nobody's user.

        The author of a chatter entry may read it whatever the rules say: a user is never one.
        """
        senders = self.participant_ids.filtered(
            lambda participant: participant.role == "from" and participant.email_normalized
        )
        linked = self.conversation_id.partner_ids
        partners = {
            partner.email_normalized: partner
            for partner in linked.sorted("id", reverse=True)
            if partner.email_normalized and not partner.with_context(active_test=False).user_ids
        }
        return {
            sender.message_id.id: partners[sender.email_normalized]
            for sender in senders
            if sender.email_normalized in partners
        }

    def _format_addressees(self, role):
        addressees = self.participant_ids.filtered(lambda participant: participant.role == role)
        return ", ".join(
            formataddr((addressee.name or False, addressee.email or ""))
            for addressee in addressees[:ADDRESSEES_LIMIT]
        )

    def _create_attachments(self, parsed):
        """Make the attachments of chatter entries; they follow the rights of the conversation.

        :param parsed: the parsed mails, by message id
        :return: attachments by message id
        """
        vals_list, owners = [], []
        for message in self:
            parts = parsed[message.id].attachments
            source = message._get_source() if parts else b""
            for part in parts:
                owners.append(message.id)
                vals_list.append(
                    {
                        "name": message._get_part_name(part),
                        "raw": part_content(source, part.section),
                        "mimetype": part.content_type,
                        "res_model": "email.sync.conversation",
                        "res_id": message.conversation_id.id,
                    }
                )
        # As they came: HTML and SVG are shown as text, pictures are not made smaller.
        attachments = (
            self.env["ir.attachment"]
            .with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
            .create(vals_list)
        )
        result = {message.id: self.env["ir.attachment"] for message in self}
        for owner, attachment in zip(owners, attachments, strict=True):
            result[owner] |= attachment
        return result
