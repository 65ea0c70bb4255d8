from odoo import fields, models


class EmailSyncReference(models.Model):
    """A Message-ID that belongs to a conversation: of a mail, or only mentioned by one.

    Newest mail is synced first, so an answer mostly comes before what it answers: the ids in its
    References and In-Reply-To (RFC 5322 section 3.6.4) are remembered for the mail to come.
    """

    _name = "email.sync.reference"
    _description = "Message-ID of a Conversation"
    _log_access = False

    account_id = fields.Many2one("email.sync.account", required=True, ondelete="cascade")
    conversation_id = fields.Many2one(
        "email.sync.conversation", required=True, index=True, ondelete="cascade"
    )
    key = fields.Char(
        required=True, help="A Message-ID, or the identifier that the provider gives to a thread."
    )

    _key_unique = models.UniqueIndex("(account_id, key)")
