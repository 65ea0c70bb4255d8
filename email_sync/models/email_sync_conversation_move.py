from odoo import api, fields, models
from odoo.exceptions import UserError

# Not moved with a conversation: what was sent or is being written, and views of other folders.
STAYS = {"sent", "drafts", "flagged", "important"}
STAYS_WHEN_ARCHIVED = {*STAYS, "archive", "trash", "junk"}
# Gmail's archive is all mail without the inbox: other labels, ordinary folders, stay.
STAYS_IN_ALL_MAIL = {*STAYS_WHEN_ARCHIVED, False}


class EmailSyncConversation(models.Model):
    """Archive, move and delete: shown here at once, on the server with the next run."""

    _inherit = "email.sync.conversation"

    can_move = fields.Boolean(compute="_compute_can_move")

    @api.depends_context("uid")
    def _compute_can_move(self):
        # sudo: email.sync.account - whether mail may be moved is told to its members only
        for conversation in self:
            conversation.can_move = (
                conversation.is_account_member and conversation.account_id.sudo().sync_moves
            )

    def action_move_to_archive(self):
        """Move what lies in other folders to the archive; for members of the account."""
        self._check_may_move()
        moved = []
        for account in self.account_id:
            target = account._get_special_folder("archive")
            is_all_mail = target.special_use == "all"
            staying_uses = STAYS_IN_ALL_MAIL if is_all_mail else STAYS_WHEN_ARCHIVED
            moved += self._of(account)._move(target, staying_uses)
        return self._get_moved_action(self.env._("Archived."), moved)

    def action_move(self):
        """Ask for the folder to move to; for members of the account."""
        self._check_may_move()
        if len(self.account_id) != 1:
            raise UserError(
                self.env._("Mail can be moved within one mailbox only: choose mail of one account.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to a folder"),
            "res_model": "email.sync.conversation.move",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_account_id": self.account_id.id,
                "default_conversation_ids": self.ids,
                "email_sync_leave": self.env.context.get("email_sync_leave"),
            },
        }

    def action_delete_mail(self):
        """Delete the mails: to the mailbox's trash, or here only, as each account says."""
        self._check_may_move(deletion=True)
        # sudo: email.sync.message - members delete mail of their account
        moved, discarded = [], self.env["email.sync.message"].sudo()
        for account in self.account_id:
            conversations = self._of(account)
            if account.deletion_here == "trash":
                target = account._get_special_folder("trash")
                moved += conversations._move(target, {"flagged", "important"})
            else:
                discarded |= conversations.sudo().email_ids
        discarded._discard(True)
        if moved:
            text = self.env._("Deleted: it is moved to the trash of the mailbox.")
        else:
            text = self.env._("Deleted here. It stays in the mailbox.")
        return self._get_moved_action(text, moved, discarded.ids)

    def undo_move(self, moved=(), discarded=()):
        """Take back a move or a deletion; for members of the account.

        :param moved: list of ``[id of a mail, id of the folder it lay in, id of the folder it was
            moved to]``
        :param discarded: ids of mails that were deleted here only
        """
        self._check_may_move()
        # sudo: email.sync.message, email.sync.folder - of these conversations, checked above
        messages = self.sudo().email_ids
        # Of several folders that a mail lay in, it goes back to the first: the inbox.
        for message_id, folder_id, target_id in reversed(moved):
            message = messages.filtered(lambda mail, id_=message_id: mail.id == id_)
            folders = message.account_id.folder_ids
            folder = folders.filtered(lambda item, id_=folder_id: item.id == id_)
            if not folder:
                continue
            # Not moved yet, it still lies where it lay.
            places = message.placement_ids.filtered(
                lambda place, ids=(folder_id, target_id): (
                    place.outcome == "stored" and place.folder_id.id in ids
                )
            )
            still = places.filtered(lambda place, origin=folder: place.folder_id == origin)
            self.env["email.sync.move"].sudo()._request(still or places, folder)
        messages.filtered(lambda mail: mail.id in discarded)._discard(False)
        messages.account_id._request_sync()

    def _of(self, account):
        return self.filtered(lambda conversation: conversation.account_id == account)

    def _check_may_move(self, deletion=False):
        """Raise unless the user is a member of the accounts, and these allow it."""
        self.check_access("read")
        self.account_id._check_is_member()
        for account in self.account_id:
            if not deletion and not account.sync_moves:
                raise UserError(
                    self.env._(
                        "Moving mail is switched off for %(email)s. Its owner can switch it on in "
                        "the settings of the account.",
                        email=account.email,
                    )
                )

    def _move(self, target, staying_uses):
        """Move the mails that lie in other folders.

        :param target: the folder
        :param staying_uses: special uses of folders whose mail is not moved
        :return: list as :meth:`undo_move` takes it
        """
        target.ensure_one()
        # sudo: email.sync.move, email.sync.placement - written for the member's own wish
        messages = self.sudo().email_ids
        moves = self.env["email.sync.move"].sudo()
        waiting = {
            (move.message_id, move.folder_id): move.target_id
            for move in moves.search([("message_id", "in", messages.ids)])
        }
        places = messages.placement_ids.filtered(
            lambda place: (
                place.outcome == "stored"
                and not place.folder_id.is_missing
                and "\\Deleted" not in place._get_flags()
            )
        )
        # Where a mail also lies in a folder, "all mail" only shows it.
        shown = places.filtered(lambda place: place.folder_id.special_use != "all").message_id
        movable = places.filtered(
            lambda place: (
                waiting.get((place.message_id, place.folder_id), place.folder_id) != target.sudo()
                and place.folder_id.special_use not in staying_uses
                and not (place.folder_id.special_use == "all" and place.message_id in shown)
            )
        )
        moves._request(movable, target.sudo())
        movable.account_id._request_sync()
        return [[place.message_id.id, place.folder_id.id, target.id] for place in movable]

    def _get_moved_action(self, text, moved, discarded=()):
        """Return the action that says what was done, and offers to undo it."""
        if not moved and not discarded:
            raise UserError(
                self.env._("There is nothing to move: the mail lies there already, or was sent.")
            )
        return {
            "type": "ir.actions.client",
            "tag": "email_sync_moved",
            "params": {
                "text": text,
                "conversation_ids": self.ids,
                "moved": moved,
                "discarded": list(discarded),
                "next": self._get_leaving_action(),
            },
        }

    def _get_leaving_action(self):
        """Return the action from a page back to the list, False where a list is open already.

        The page would be what was moved away, or would mark as read what was just marked as unread.
        """
        if not self.env.context.get("email_sync_leave"):
            return False
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "email_sync.email_sync_conversation_action"
        )
        return {**action, "target": "main"}
