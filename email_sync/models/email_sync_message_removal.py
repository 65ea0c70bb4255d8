from datetime import timedelta

from odoo import api, fields, models

GRACE = timedelta(days=30)  # as long as mail servers keep their trash
DELETE_LIMIT = 1000  # mails a day that are deleted after their time


class EmailSyncMessage(models.Model):
    """What becomes here of mail that is deleted, there or here."""

    _inherit = "email.sync.message"

    is_removed = fields.Boolean(
        "No longer in the mailbox",
        readonly=True,
        help="The mail was deleted, or lies in the trash; what was said stays on record here.",
    )
    removed_since = fields.Datetime(
        readonly=True, help="Since when the mail is deleted, or not found in any folder."
    )
    is_discarded = fields.Boolean(
        "Deleted here only",
        readonly=True,
        help="The mail was deleted here and left in the mailbox.",
    )

    _removed_index = models.Index("(account_id, removed_since) WHERE removed_since IS NOT NULL")

    @api.autovacuum
    def _delete_removed(self):
        """Delete what was deleted in the mailbox long ago, where the account says so.

        What is linked keeps its record. Mail deleted here only is still in the mailbox.
        """
        messages = self.search(
            [
                ("account_id.deletion_there", "=", "delete"),
                ("is_removed", "=", True),
                ("is_discarded", "=", False),
                ("removed_since", "<", fields.Datetime.now() - GRACE),
                ("conversation_id.is_linked", "=", False),
            ],
            limit=DELETE_LIMIT,
        )
        conversations = messages.conversation_id
        messages.unlink()
        conversations.invalidate_recordset(["email_ids"])
        empty = conversations.filtered(lambda conversation: not conversation.email_ids)
        empty.unlink()
        (conversations - empty)._update_statistics()

    def _discard(self, is_discarded):
        """Delete mails here and leave them in the mailbox, or take that back."""
        if self:
            self.is_discarded = is_discarded
            self._update_from_placements()
