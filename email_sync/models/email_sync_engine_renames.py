from collections import Counter

from odoo import api, models

from ..mailbox import errors
from ..mime.parse import parse

SAMPLE = 20  # mails whose Message-IDs tell whether a folder is the one that is known


class EmailSyncEngine(models.AbstractModel):
    """Follows folders that were renamed on the server: mail, choice and cursor stay.

    A rename is not told: a name is gone and another one is there. Where the server does not give
    folders an identity of their own (RFC 8474, MAILBOXID), UIDVALIDITY and a sample of the mails
    under the UIDs known have to agree. In doubt the folder is a new one, and its mail is
    recognised. The inbox cannot be renamed away: RFC 3501, section 6.3.5.
    """

    _inherit = "email.sync.engine"

    @api.model
    def _follow_renames(self, account, session, told):
        """Give folders the names that they have now.

        :param told: what :meth:`..mailbox.imap.ImapSession.poll` returned
        """
        listed = {remote.name for remote in told.folders}
        vanished = account.folder_ids.filtered(
            lambda folder: folder.name not in listed and folder.name != "INBOX"
        )
        new = listed.difference(account.folder_ids.mapped("name"))
        if not (vanished and new):
            return
        statuses = {name: told.statuses[name] for name in new if name in told.statuses}
        statuses.update(session.status_of(new.difference(statuses)))
        renamed = self._find_renamed(vanished, statuses, session)
        self._add_children(vanished, new, statuses, renamed)
        for folder, name in renamed.items():
            folder._rename(name)

    @api.model
    def _find_renamed(self, vanished, statuses, session):
        """Find the folders that are certainly there under another name.

        :param statuses: ``{new name: FolderStatus}``
        :return: ``{folder: new name}``
        """
        pairs = [
            (folder, name)
            for folder in vanished
            for name, status in statuses.items()
            if folder._may_be(status)
        ]
        rivals = Counter(side for pair in pairs for side in pair)
        return {
            folder: name
            for folder, name in pairs
            if rivals[folder] == rivals[name] == 1
            and (
                (folder.mailbox_id and folder.mailbox_id == statuses[name].mailbox_id)
                or self._has_same_mails(folder, session, name)
            )
        }

    @api.model
    def _has_same_mails(self, folder, session, name):
        """Whether the newest mails known of a folder lie under their UIDs in another one."""
        known = self.env["email.sync.placement"].search(
            [
                ("folder_id", "=", folder.id),
                ("outcome", "=", "stored"),
                ("message_id", "!=", False),
            ],
            order="uid desc",
            limit=SAMPLE,
        )
        by_uid = {placement.uid: placement for placement in known}
        try:
            session.select(name)
        except errors.FolderError:
            return False
        told = [item for item in session.fetch_message_ids(by_uid) if not item.error]
        return 2 * len(told) >= len(known) > 0 and all(
            self._is_same_mail(by_uid[item.uid], item) for item in told
        )

    @api.model
    def _is_same_mail(self, placement, fetched):
        """Compare by Message-ID; a mail without one has to have the same size."""
        message_id = fetched.source and parse(fetched.source).message_id
        known = placement.message_id.message_id
        if message_id or known:
            return message_id == known
        return placement.size == fetched.metadata.size

    @api.model
    def _add_children(self, vanished, new, statuses, renamed):
        """Let folders that nothing is known of follow the folder above them."""
        for folder in vanished.sorted("name"):
            above, delimiter, level = folder.name.rpartition(folder.delimiter or "/")
            parent = next((item for item in renamed if item.name == above), None)
            if folder in renamed or not (parent and folder.delimiter):
                continue
            name = f"{renamed[parent]}{delimiter}{level}"
            known, status = folder.uidvalidity, statuses.get(name)
            is_same = not known or (status is not None and status.uidvalidity == known)
            if name in new and name not in renamed.values() and is_same:
                renamed[folder] = name
