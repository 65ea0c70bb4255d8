from bisect import bisect_left, bisect_right
from datetime import timedelta

from odoo import api, fields, models

from ..mailbox import errors

NEWEST_FLAGS = 500  # mails whose flags are compared each run where the server tells no changes
FULL_FLAGS_INTERVAL = timedelta(hours=1)
# More removals at once than this share (and number) have to be seen in two runs in a row.
BRAKE_SHARE, BRAKE_COUNT = 0.5, 20


class EmailSyncEngine(models.AbstractModel):
    """Flags and removals: told by the server (RFC 7162), else found by comparing."""

    _inherit = "email.sync.engine"

    # ------------------------------------------------------------
    # FROM THE SERVER
    # ------------------------------------------------------------

    @api.model
    def _sync_changes(self, folder, session, status):
        """Take over what others changed in a folder that is complete."""
        if not self._has_changed(folder, status):
            return
        try:
            if session.folder != folder.name:
                session.select(folder.name)
            vanished = None
            if folder.highestmodseq and (
                changes := session.changed_since(int(folder.highestmodseq))
            ):
                self._apply_flags(folder, changes.flags)
                vanished = changes.vanished
            else:
                self._compare_flags(folder, session)
            is_certain = self._find_removed(folder, session, vanished)
        except errors.PartialAnswerError:
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
    def _has_changed(self, folder, status):
        """Whether the server says, or may not be able to say, that something changed."""
        if not status.highestmodseq:
            return True
        return (
            folder.highestmodseq != str(status.highestmodseq)
            or folder.server_count != status.messages
        )

    @api.model
    def _apply_flags(self, folder, message_flags):
        """Write flags that differ from what was seen last.

        :param message_flags: iterable of :class:`..mailbox.imap.MessageFlags`
        """
        told = {item.uid: " ".join(sorted(item.flags)) for item in message_flags}
        placements = self.env["email.sync.placement"].search(
            [("folder_id", "=", folder.id), ("uid", "in", list(told))]
        )
        changed = placements.filtered(lambda placement: placement.flags != told[placement.uid])
        for placement in changed:
            placement.flags = told[placement.uid]
        changed.message_id._update_from_placements()

    @api.model
    def _compare_flags(self, folder, session):
        """The way for servers that tell no changes: the newest each time, all of them hourly."""
        now = fields.Datetime.now()
        uids = sorted(self.env["email.sync.placement"]._get_stored_uids(folder), reverse=True)
        if folder.flags_compared and now - folder.flags_compared < FULL_FLAGS_INTERVAL:
            uids = uids[:NEWEST_FLAGS]
        else:
            folder.flags_compared = now
        if uids:
            self._apply_flags(folder, session.fetch_flags(uids))

    @api.model
    def _find_removed(self, folder, session, vanished=None):
        """Mark what the server no longer lists in the folder; what is linked keeps its record.

        :param vanished: ranges of UIDs that the server says are gone, None where it does not say
        :return: whether that is certain; so many at once are looked at again
        """
        stored = self.env["email.sync.placement"]._get_stored_uids(folder)
        if vanished is None:
            gone = stored.difference(session.existing_uids())
        else:
            gone = self._get_uids_in_ranges(stored, vanished)
        if not gone:
            folder.doubtful_removals = 0
            return True
        if (
            len(gone) > BRAKE_COUNT
            and len(gone) > BRAKE_SHARE * len(stored)
            and folder.doubtful_removals != len(gone)
        ):
            folder.doubtful_removals = len(gone)
            return False
        folder.doubtful_removals = 0
        placements = self.env["email.sync.placement"].search(
            [("folder_id", "=", folder.id), ("uid", "in", list(gone))]
        )
        placements.outcome = "gone"
        placements.message_id._update_from_placements()
        return True

    @staticmethod
    def _get_uids_in_ranges(uids, ranges):
        ordered = sorted(uids)
        found = set()
        for first, last in ranges:
            found.update(ordered[bisect_left(ordered, first) : bisect_right(ordered, last)])
        return found

    # ------------------------------------------------------------
    # TO THE SERVER
    # ------------------------------------------------------------

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
