from odoo import fields, models


class EmailSyncPictureSender(models.Model):
    """A sender whose pictures a user wants to see without being asked each time."""

    _name = "email.sync.picture.sender"
    _description = "Sender Whose Pictures Are Shown"
    _order = "email, id"
    _rec_name = "email"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    email = fields.Char("Address", required=True, readonly=True, help="Normalised")

    _sender_unique = models.UniqueIndex("(user_id, email)")

    def action_revoke(self):
        """Ask again before pictures of these senders are shown."""
        self.check_access("read")
        # sudo: email.sync.picture.sender - their own, as who reads them was checked to be
        self.sudo().unlink()
