from odoo import fields, models


class EmailSyncMessage(models.Model):
    """Mail that was sent from here, and answering."""

    _inherit = "email.sync.message"

    sent_copy = fields.Selection(
        [
            ("own", "To be put into the folder of sent mail"),
            ("provider", "The provider puts it into the folder of sent mail"),
            ("refused", "The server does not take it into the folder of sent mail"),
        ],
        readonly=True,
        copy=False,
        help="Technical: what is still to happen to the copy of a mail that was sent from here.",
    )

    _sent_copy_index = models.Index("(account_id) WHERE sent_copy IS NOT NULL")

    def action_reply(self):
        """Answer the sender; for members of the account."""
        return self.env["email.sync.composer"]._open("reply", self)

    def action_reply_all(self):
        """Answer everybody who can be seen in the mail; for members of the account."""
        return self.env["email.sync.composer"]._open("reply_all", self)

    def action_forward(self):
        """Pass the mail on, with its attachments; for members of the account."""
        return self.env["email.sync.composer"]._open("forward", self)
