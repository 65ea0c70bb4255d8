from odoo import api, fields, models
from odoo.tools import split_every

from .email_sync_engine_changes import CHANGES_BATCH


class EmailSyncEngine(models.AbstractModel):
    """Says of the mail in a folder that was deleted on the server that it is gone."""

    _inherit = "email.sync.engine"

    @api.model
    def _settle_missing_folders(self, account, session, told):
        """Give up folders that were not listed a day ago and are not listed now.

        :param told: what :meth:`..mailbox.imap.ImapSession.poll` returned
        """
        overdue = account.folder_ids.filtered(lambda folder: folder._is_missing_for_long())
        # Every mailbox has an inbox: a list without it falls short.
        if not overdue or not any(remote.special_use == "inbox" for remote in told.folders):
            return
        there = session.status_of(overdue.mapped("name"))
        for folder in overdue:
            if folder.name in there:
                folder.missing_since = fields.Datetime.now()
            else:
                self._settle_missing_folder(folder)

    @api.model
    def _settle_missing_folder(self, folder):
        placements = self.env["email.sync.placement"].search(
            [
                ("outcome", "=", "stored"),
                "|",
                ("folder_id", "=", folder.id),
                ("folder_id.successor_id", "=", folder.id),
            ]
        )
        for chunk in split_every(CHANGES_BATCH, placements.ids, placements.browse):
            chunk.outcome = "gone"
            chunk.message_id._update_from_placements()
        folder.missing_since = False
        self._commit()
