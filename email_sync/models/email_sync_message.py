from odoo import fields, models


class EmailSyncMessage(models.Model):
    """A mail of an account. What is shown of it is made from its source."""

    _name = "email.sync.message"
    _inherit = ["email.sync.conversation.reader.mixin"]
    _description = "Mail"
    _order = "date desc, id desc"
    _rec_name = "subject"

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade", readonly=True
    )
    message_id = fields.Char("Message-ID", readonly=True, help="RFC 5322 section 3.6.4")
    digest = fields.Char(
        readonly=True,
        help="SHA-256 of the body: two mails with the same Message-ID and another body are two.",
    )
    subject = fields.Char(readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    from_name = fields.Char(readonly=True)
    from_email = fields.Char(readonly=True)
    text = fields.Text("Searchable text", readonly=True)
    snippet = fields.Char(readonly=True)
    size = fields.Integer(readonly=True, help="In bytes")
    attachment_names = fields.Char(readonly=True)
    attachment_count = fields.Integer(readonly=True)
    is_outgoing = fields.Boolean("Sent", readonly=True)
    is_read = fields.Boolean("Read", readonly=True)
    is_flagged = fields.Boolean("Flagged", readonly=True)
    is_answered = fields.Boolean("Answered", readonly=True)
    is_automatic = fields.Boolean(
        "Automatic", readonly=True, help="Auto-submitted, list or bulk mail (RFC 3834, List-*)."
    )
    source = fields.Binary(attachment=True, groups=fields.NO_ACCESS)

    participant_ids = fields.One2many(
        "email.sync.participant", "message_id", string="Participants", readonly=True
    )
    placement_ids = fields.One2many("email.sync.placement", "message_id", readonly=True)
    mail_message_id = fields.Many2one(
        "mail.message",
        "Chatter entry",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
    )

    _identity_unique = models.UniqueIndex("(account_id, message_id, digest)")
    _conversation_date_index = models.Index("(conversation_id, date, id)")

    def unlink(self):
        """Take the chatter entry along; the ORM takes the source."""
        self.check_access("unlink")
        # sudo: mail.message, ir.attachment - entries are the system's own
        entries = self.sudo().mail_message_id
        entries.attachment_ids.unlink()
        entries.unlink()
        return super().unlink()
