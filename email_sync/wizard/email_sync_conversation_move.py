from odoo import fields, models

from ..models.email_sync_conversation_move import STAYS


class EmailSyncConversationMove(models.TransientModel):
    """Asks for the folder to which mail is moved."""

    _name = "email.sync.conversation.move"
    _description = "Move Emails"

    account_id = fields.Many2one("email.sync.account", required=True)
    conversation_ids = fields.Many2many("email.sync.conversation", required=True)
    folder_id = fields.Many2one(
        "email.sync.folder",
        domain="[('account_id', '=', account_id), ('is_selectable', '=', True), "
        "('is_missing', '=', False), "
        "('special_use', 'not in', ('drafts', 'all', 'flagged', 'important'))]",
    )

    def action_apply(self):
        """Move the mails to the chosen folder."""
        self.ensure_one()
        self.folder_id.ensure_one()
        self.folder_id.check_access("read")
        conversations = self.conversation_ids
        conversations._check_may_move(deletion=self.folder_id.special_use == "trash")
        conversations = conversations._of(self.folder_id.account_id)
        moved = conversations._move(self.folder_id, STAYS)
        return conversations._get_moved_action(
            self.env._("Moved to %(folder)s.", folder=self.folder_id.name), moved
        )
