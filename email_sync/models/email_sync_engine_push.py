import contextlib

from odoo import api, models

from ..mailbox import errors
from ..mailbox.folder_flags import FolderFlags
from ..mailbox.response import MessageFlags

STORE_ATTEMPTS = 3  # looks at mails that others change at the same time; the next run goes on


def has_flag(flags, flag):
    """Whether flags contain one; RFC 9051, 2.3.2: without regard to case."""
    return flag.lower() in {item.lower() for item in flags}


class EmailSyncEngine(models.AbstractModel):
    """What was changed here is told to the server."""

    _inherit = "email.sync.engine"

    @api.model
    def _push_changes(self, account, session):
        """Tell the server what was changed here, many mails a command, a folder a transaction."""
        changes = self.env["email.sync.change"]
        changes._forget_needless(account)
        for folder, wishes in changes._find_untold(account).items():
            self._push_to_folder(folder, session, wishes)
            # With what was told: else a run that is killed here would leave nothing to wish.
            changes._note_told(account)
            self._commit()
        changes._note_told(account)
        self._commit()

    @api.model
    def _push_to_folder(self, folder, session, wishes):
        """Store flags in one folder; what it cannot keep stays here.

        :param wishes: ``{(flag, whether it is set): {UID: id of the change}}``
        """
        try:
            status = session.select(folder.name, readonly=False)
            if folder._is_other_mailbox(status):
                # The UIDs mean other mail. The changes wait until theirs is recognised.
                return
            refused = [
                flag
                for (flag, is_set), by_uid in wishes.items()
                if not self._push_flag(folder, session, flag, is_set, by_uid)
            ]
        except errors.FolderError as error:
            folder.write_message = self._get_error_text(folder.account_id, error)
            return
        folder.write_message = self._get_refused_text(refused)

    @api.model
    def _push_flag(self, folder, session, flag, is_set, by_uid):
        """Set or remove one flag, unless the folder cannot keep it.

        :return: whether the folder keeps it
        """
        is_told = folder.account_id._is_told(flag)
        if is_told and session.storable_flags([flag]):
            # An ACL (RFC 4314) may refuse what PERMANENTFLAGS promised.
            with contextlib.suppress(errors.FolderReadOnlyError):
                self._store_flag(folder, session, flag, is_set, by_uid)
                return True
        self.env["email.sync.change"].browse(by_uid.values()).is_kept_here = True
        return not is_told

    @api.model
    def _store_flag(self, folder, session, flag, is_set, uids):
        """Store a flag where the server does not have it as wanted.

        Mails that others changed since they were seen last are left alone by the server (RFC 7162,
        UNCHANGEDSINCE), looked at, and told again only where that is still needed. A server
        without mod-sequences is looked at first.
        """
        uids = set(uids)
        seen_until = int(folder.highestmodseq or 0) if session.selected.highestmodseq else 0
        for _attempt in range(STORE_ATTEMPTS):
            if not seen_until:
                theirs = [item for item in session.fetch_flags(uids) if item.uid in uids]
                self._apply_flags(folder, FolderFlags(theirs))
                unmentioned = uids.difference(item.uid for item in theirs)
                # What an answer does not mention may be there all the same.
                self._note_absent(folder, unmentioned - set(session.search_uids(unmentioned)))
                uids = {item.uid for item in theirs if has_flag(item.flags, flag) != is_set}
                seen_until = max((item.modseq or 0 for item in theirs), default=0)
            if not uids:
                return
            changed = {"add" if is_set else "remove": (flag,)}
            left_alone = session.store_flags(uids, unchanged_since=seen_until or None, **changed)
            # STORE is OK, and silent, for a mail that is not in the folder any more.
            present = set(session.search_uids(uids - left_alone))
            self._note_stored(folder, flag, is_set, present)
            self._note_absent(folder, uids - left_alone - present)
            uids, seen_until = left_alone, 0

    @api.model
    def _note_absent(self, folder, uids):
        """Note that mail is gone from a folder in which no sync would find that out."""
        if folder.is_synced or not uids:
            return
        placements = self.env["email.sync.placement"].search(
            [
                ("folder_id", "=", folder.id),
                ("uid", "in", list(uids)),
                ("outcome", "=", "stored"),
            ]
        )
        placements.outcome = "gone"
        placements.message_id._update_from_placements()

    @api.model
    def _note_stored(self, folder, flag, is_set, uids):
        placements = self.env["email.sync.placement"].search(
            [("folder_id", "=", folder.id), ("uid", "in", list(uids))]
        )
        stored = []
        for placement in placements:
            flags = {item for item in placement._get_flags() if item.lower() != flag.lower()}
            stored.append(
                MessageFlags(placement.uid, frozenset({*flags, flag} if is_set else flags))
            )
        self._apply_flags(folder, FolderFlags(stored))

    @api.model
    def _get_refused_text(self, flags):
        if not flags:
            return False
        if "\\Seen" in flags:
            return self.env._(
                "The mail server lets this folder be read only. What you read or mark here stays "
                "here."
            )
        return self.env._(
            "The mail server keeps no such marks in this folder. What you mark here stays here."
        )
