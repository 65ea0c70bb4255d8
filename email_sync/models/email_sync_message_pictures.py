from odoo import models
from odoo.exceptions import UserError


class EmailSyncMessage(models.Model):
    """Pictures of senders whom the reader trusts with knowing that their mail is read."""

    _inherit = "email.sync.message"

    def always_show_pictures(self):
        """Show the pictures of this sender to the current user from now on.

        :raise MissingError: unless the user may read the mail
        :raise UserError: the provider did not find the sender to be genuine
        """
        self.ensure_one()
        self.check_access("read")
        parsed = self._parse()
        if not self._get_sender_values(parsed)["is_sender_verified"]:
            raise UserError(
                self.env._(
                    "Your mail provider did not confirm who sent this mail. Pictures can be shown "
                    "for this mail only, since anybody could write under this address."
                )
            )
        sender = parsed.from_[0].normalized
        if not self._is_picture_sender(sender):
            # sudo: email.sync.picture.sender - made here only, for the user's own wish
            self.env["email.sync.picture.sender"].sudo().create(
                {"user_id": self.env.uid, "email": sender}
            )

    def _is_picture_sender(self, sender):
        return bool(
            self.env["email.sync.picture.sender"].search(
                [("user_id", "=", self.env.uid), ("email", "=", sender)], limit=1
            )
        )

    def _get_picture_values(self, parsed, sender_values):
        """Return whether pictures show by themselves, and whether that can be asked for.

        A sender is believed only where the account's provider found this very mail genuine.

        :param parsed: the parsed mail
        :param sender_values: of :meth:`_get_sender_values`
        """
        is_trusted = sender_values["is_sender_verified"] and self._is_picture_sender(
            parsed.from_[0].normalized
        )
        return {
            "shows_pictures": is_trusted,
            "may_always_show_pictures": sender_values["is_sender_verified"] and not is_trusted,
        }
