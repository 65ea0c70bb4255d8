from odoo import api, models

from ..mailbox import errors


class EmailSyncEngine(models.AbstractModel):
    """What was changed here is told to the server."""

    _inherit = "email.sync.engine"

    @api.model
    def _push_changes(self, account, session):
        """Tell the server what was changed here, many mails a command."""
        changes = self.env["email.sync.change"].search([("account_id", "=", account.id)])
        if not changes:
            return
        by_folder = {}
        for change in changes:
            for placement in change.message_id.placement_ids:
                if placement.outcome == "stored" and not placement.folder_id.is_missing:
                    wishes = by_folder.setdefault(placement.folder_id, {})
                    wishes.setdefault((change.flag, change.is_set), []).append(placement)
        for folder, wishes in by_folder.items():
            self._push_to_folder(folder, session, wishes)
        changes.unlink()
        self._commit()

    @api.model
    def _push_to_folder(self, folder, session, wishes):
        """Store flags in one folder; a folder that keeps no flags leaves the state local."""
        try:
            status = session.select(folder.name, readonly=False)
            if folder._is_other_mailbox(status):
                return
            for (flag, is_set), placements in wishes.items():
                uids = [placement.uid for placement in placements]
                session.store_flags(
                    uids, add=(flag,) if is_set else (), remove=() if is_set else (flag,)
                )
                for placement in placements:
                    flags = set((placement.flags or "").split())
                    placement.flags = " ".join(sorted(flags | {flag} if is_set else flags - {flag}))
        except errors.FolderError as error:
            folder.error_message = self._get_error_text(folder.account_id, error)
