from odoo import fields, models
from odoo.exceptions import UserError

from .fields import UnsignedInteger


class EmailSyncMove(models.Model):
    """A mail that was moved here and not on the mail server yet; shown where it goes at once.

    Before the server is told, the move is committed as sent, with the UIDNEXT of the target. A
    run that is killed after that looks at what arrived in the target since, and tells the server
    again only what is not there: a mail is moved once.
    """

    _name = "email.sync.move"
    _description = "Move for the Mail Server"
    _order = "id"

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade"
    )
    message_id = fields.Many2one("email.sync.message", required=True, ondelete="cascade")
    folder_id = fields.Many2one("email.sync.folder", required=True, index=True, ondelete="cascade")
    target_id = fields.Many2one("email.sync.folder", required=True, index=True, ondelete="cascade")
    is_sent = fields.Boolean()
    target_uidnext = UnsignedInteger(help="What is moved gets this UID in the target, or a larger.")

    _move_unique = models.UniqueIndex("(message_id, folder_id)")

    def _request(self, placements, target):
        """Move mails; one that waits to be moved elsewhere goes there instead.

        :param placements: where they lie on the server
        :param target: the folder, of the same account
        """
        waiting = self._find(placements)
        if any(waiting.mapped("is_sent")):
            raise UserError(
                self.env._("The mail is being moved right now. Please try again in a minute.")
            )
        waiting.unlink()
        self.create(
            [
                {
                    "account_id": message.account_id.id,
                    "message_id": message.id,
                    "folder_id": folder.id,
                    "target_id": target.id,
                }
                for message, folder in {
                    (placement.message_id, placement.folder_id): None
                    for placement in placements
                    if placement.folder_id != target
                }
            ]
        )
        placements.message_id._update_from_placements()

    def _find(self, placements):
        """Return the moves of mails in folders."""
        wanted = {(placement.message_id, placement.folder_id) for placement in placements}
        return self.search([("message_id", "in", placements.message_id.ids)]).filtered(
            lambda move: (move.message_id, move.folder_id) in wanted
        )

    def _give_up(self):
        """Leave the mails where they lie."""
        messages = self.message_id
        self.unlink()
        messages._update_from_placements()
