from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import split_every

from ..mailbox import errors, uidset

NEWEST_FLAGS = 500  # mails whose flags are compared each run where the server tells no changes
FULL_FLAGS_INTERVAL = timedelta(hours=1)
# More removals at once than this share (and number) have to be seen in two runs in a row.
BRAKE_SHARE, BRAKE_COUNT = 0.5, 20
CHANGES_BATCH = 1000  # mails that are updated by one statement


class EmailSyncEngine(models.AbstractModel):
    """Flags and removals: told by the server (RFC 7162), else found by comparing."""

    _inherit = "email.sync.engine"

    @api.model
    def _sync_changes(self, folder, session, status):
        """Take over what others changed in a folder that is complete."""
        if not folder._has_changed(status):
            return
        try:
            self._ensure_open(folder, session)
            missing = None
            # A number that went back tells nothing about what changed since.
            known = int(folder.highestmodseq or 0)
            is_usable = 0 < known <= (status.highestmodseq or 0)
            if is_usable and (changes := session.changed_since(known)):
                self._apply_flags(folder, changes.flags)
                missing = changes.vanished
            else:
                missing = self._compare_flags(folder, session)
            is_certain = self._find_removed(folder, session, status, missing)
        except (errors.PartialAnswerError, errors.FolderResetError):
            # What a short answer does not mention is not gone: the next run asks again.
            return
        if is_certain:
            folder.write(
                {
                    "highestmodseq": str(status.highestmodseq or ""),
                    "server_count": status.messages,
                }
            )

    @api.model
    def _apply_flags(self, folder, told):
        """Write flags that differ from what was seen last.

        :param told: a :class:`..mailbox.folder_flags.FolderFlags`
        """
        placements = self.env["email.sync.placement"]._write_flags(folder, told)
        for chunk in split_every(CHANGES_BATCH, placements.ids, placements.browse):
            chunk.message_id._update_from_placements()

    @api.model
    def _compare_flags(self, folder, session):
        """The way for servers that tell no changes: the newest each time, all of them hourly.

        :return: ranges of UIDs that the folder does not hold; None where only the newest were seen
        """
        now = fields.Datetime.now()
        is_full = not folder.flags_compared or now - folder.flags_compared >= FULL_FLAGS_INTERVAL
        first = self.env["email.sync.placement"]._get_first_uid(folder, NEWEST_FLAGS)
        if not first:
            return None
        told = session.scan_flags(uid_from=1 if is_full else first)
        self._apply_flags(folder, told)
        if not is_full:
            return None
        folder.flags_compared = now
        # The answer names every mail, so that no other has to say which of them are left.
        return uidset.gaps(told.uids) if len(told.uids) == session.client.exists else None

    @api.model
    def _find_removed(self, folder, session, status, missing=None):
        """Mark what the server no longer lists in the folder; what is linked keeps its record.

        :param status: how the folder is, as the server told before its new mail was asked for
        :param missing: ranges of UIDs that are not in the folder, None where that is not known
        :return: whether that is certain; so many at once are looked at again
        """
        if missing is None:
            if status.messages and folder.server_count == status.messages:
                # As many as there were, and as arrived since: none is gone.
                return True
            missing = uidset.gaps(session.existing_uids())
        gone = self.env["email.sync.placement"]._find_stored(folder, missing)
        # A folder that seems to be empty may be one that the server failed to read.
        is_much = len(gone) > BRAKE_COUNT or (gone and not status.messages)
        if is_much and not 0 < folder.doubtful_removals <= len(gone):
            stored = self.env["email.sync.placement"].search_count(
                [("folder_id", "=", folder.id), ("outcome", "=", "stored")]
            )
            if len(gone) > BRAKE_SHARE * stored:
                folder.doubtful_removals = len(gone)
                return False
        folder.doubtful_removals = 0
        for chunk in split_every(CHANGES_BATCH, gone.ids, gone.browse):
            chunk.outcome = "gone"
            chunk.message_id._update_from_placements()
        return True
