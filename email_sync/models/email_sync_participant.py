from odoo import fields, models


class EmailSyncParticipant(models.Model):
    """An address in the header of a mail."""

    _name = "email.sync.participant"
    _inherit = ["email.sync.conversation.reader.mixin"]
    _description = "Participant of a Mail"
    _order = "message_id, id"
    _log_access = False

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade"
    )
    message_id = fields.Many2one(
        "email.sync.message", required=True, index=True, ondelete="cascade"
    )
    role = fields.Selection(
        [
            ("from", "From"),
            ("sender", "Sender"),
            ("reply_to", "Reply-To"),
            ("to", "To"),
            ("cc", "Cc"),
            ("bcc", "Bcc"),
        ],
        required=True,
    )
    name = fields.Char()
    email = fields.Char()
    email_normalized = fields.Char(index=True)
