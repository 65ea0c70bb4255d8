import base64

from odoo import api, models
from odoo.tools import html_sanitize

from ..mime.display import display_html
from ..mime.parse import parse


class EmailSyncMessage(models.Model):
    """What is shown of a mail is made from its source, sanitised, when it is shown."""

    _inherit = "email.sync.message"

    def _get_source(self):
        """Return the bytes of the mail as the server delivered them."""
        self.ensure_one()
        # sudo: email.sync.message - the source is closed to users; callers checked the mail
        return base64.b64decode(self.sudo().source or b"")

    def _parse(self):
        return parse(self._get_source())

    def _get_display_html(self, parsed=None, remote=False):
        """Return what a browser may be given.

        :param parsed: the parsed mail, where the caller has it
        :param bool remote: let remote pictures load
        :return: the sanitised HTML, and whether remote content was held back
        :rtype: tuple[markupsafe.Markup, bool]
        """
        self.ensure_one()
        html, has_remote_content = display_html(
            parsed or self._parse(), self._get_part_url, remote=remote
        )
        return (
            html_sanitize(
                html,
                sanitize_tags=True,
                sanitize_attributes=True,
                sanitize_style=True,
                sanitize_form=True,
                strip_classes=True,
            ),
            has_remote_content,
        )

    def _get_part_url(self, part):
        self.ensure_one()
        return f"/email_sync/message/{self.id}/part/{part.section}"

    def get_display(self, remote=False):
        """Return what the conversation's page shows of its mails.

        :param bool remote: let remote pictures load
        :rtype: list[dict]
        """
        self.check_access("read")
        return [message._get_display_values(remote) for message in self]

    def _get_display_values(self, remote):
        parsed = self._parse()
        html, has_remote_content = self._get_display_html(parsed, remote)
        return {
            "id": self.id,
            "html": html,
            "has_remote_content": has_remote_content,
            "attachments": [
                {
                    "name": part.filename or self.env._("attachment"),
                    "mimetype": part.content_type,
                    "size": part.size,
                    "url": self._get_part_url(part),
                }
                for part in self.env["email.sync.store"]._get_attached_parts(parsed)
            ],
            "participants": {
                role: [
                    {"name": participant.name or "", "email": participant.email or ""}
                    for participant in self.participant_ids
                    if participant.role == role
                ]
                for role in ("from", "to", "cc", "bcc", "reply_to")
                if role != "bcc" or self.conversation_id.is_account_member
            },
        }

    @api.model
    def get_conversation_display(self, conversation_id):
        """Return the mails of a conversation, oldest first, the last one with its text.

        :param int conversation_id: a conversation that the user may read
        :rtype: list[dict]
        """
        messages = self.search([("conversation_id", "=", conversation_id)], order="date, id")
        return [
            {
                "id": message.id,
                "date": message.date,
                "subject": message.subject,
                "from_name": message.from_name,
                "from_email": message.from_email,
                "snippet": message.snippet,
                "is_read": message.is_read,
                "is_flagged": message.is_flagged,
                "is_outgoing": message.is_outgoing,
                "attachment_count": message.attachment_count,
            }
            for message in messages
        ]
