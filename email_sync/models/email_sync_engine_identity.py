from datetime import timedelta

from odoo import api, fields, models

from ..mailbox import errors

SAMPLE = 20  # mails whose sizes tell whether a folder is the one that is known
# So many new UIDVALIDITYs within a day each of the last are followed at once; later ones wait.
CHANGES_AT_ONCE = 3


class EmailSyncEngine(models.AbstractModel):
    """Whether a folder is the one whose UIDs are known (RFC 3501, section 2.3.1.1)."""

    _inherit = "email.sync.engine"

    @api.model
    def _open(self, folder, session):
        """Select a folder for reading.

        :rtype: FolderStatus
        :raise FolderResetError: its UIDs are not those that are known
        """
        selected = session.select(folder.name)
        if folder._is_other_mailbox(selected):
            raise errors.FolderResetError(folder=folder.name, uidvalidity=selected.uidvalidity)
        folder._follow(selected)
        return selected

    @api.model
    def _ensure_open(self, folder, session):
        """Select a folder unless it is: a large one takes a server longer than its mail does."""
        if session.folder != folder.name:
            self._open(folder, session)

    @api.model
    def _is_numbered_anew(self, folder, session, status):
        """Whether the UIDs known of a folder mean nothing any more."""
        if folder._is_other_mailbox(status):
            return True
        went_back = status.uidnext and status.uidnext < folder.uidnext
        if status.uidvalidity and not went_back:
            return False
        # The server does not say, or a backup was restored: the mails themselves tell.
        return not self._is_same_by_sample(folder, session)

    @api.model
    def _is_same_by_sample(self, folder, session):
        """Whether the newest mails known of a folder are there, under the UIDs known.

        :return: True also where nothing can be compared
        """
        known = self.env["email.sync.placement"].search(
            [("folder_id", "=", folder.id), ("outcome", "=", "stored")],
            order="uid desc",
            limit=SAMPLE,
        )
        if not known:
            return True
        session.select(folder.name)
        sizes = {item.uid: item.size for item in session.fetch_metadata(known.mapped("uid"))}
        told = known.filtered(lambda placement: placement.uid in sizes)
        same = told.filtered(lambda placement: placement.size == sizes[placement.uid])
        # Of a copy that was filed from here, the size is only about right.
        return 2 * len(same) >= len(told)

    @api.model
    def _may_start_over(self, folder, progress):
        """Whether a folder that is numbered anew is looked at now.

        Some servers change UIDVALIDITY every few hours, or with every look: after a few times in a
        row the folder waits for ever longer, and keeps what it has.
        """
        now = fields.Datetime.now()
        last, count = folder.uidvalidity_changed, folder.uidvalidity_changes
        if not last or now - last > timedelta(days=1):
            count = 0
        elif count >= CHANGES_AT_ONCE:
            wait = timedelta(hours=min(24, 2 ** (count - CHANGES_AT_ONCE)))
            if now < last + wait:
                self._tell_of_flapping(folder, progress)
                return False
        folder.write({"uidvalidity_changed": now, "uidvalidity_changes": count + 1})
        return True

    @api.model
    def _tell_of_flapping(self, folder, progress):
        message = self.env._(
            "The server numbers the mails of this folder anew again and again (UIDVALIDITY). What "
            "is here is kept; new mail of the folder is looked for less often until that ends. "
            "Please tell whoever manages the mail server."
        )
        if folder.error_message != message:
            folder.error_message = message
            progress.error_count += 1
            progress.error_message = f"{folder.name}: {message}"
