from odoo import api, models
from odoo.tools import groupby

from ..mailbox import errors
from ..mailbox.messages import MessageMetadata
from .email_sync_engine import Progress


class EmailSyncEngine(models.AbstractModel):
    """Mail that was moved or deleted here is moved on the server."""

    _inherit = "email.sync.engine"

    @api.model
    def _get_busy_queries(self, accounts):
        moves = self.env["email.sync.move"]._search([("account_id", "in", accounts.ids)])
        missing = self.env["email.sync.message"]._search(
            [
                ("account_id", "in", accounts.ids),
                ("removed_since", "!=", False),
                ("is_removed", "=", False),
            ]
        )
        return [*super()._get_busy_queries(accounts), moves, missing]

    @api.model
    def _push_moves(self, account, session):
        """Move mail on the server, the mail between two folders a transaction."""
        moves = self.env["email.sync.move"].search([("account_id", "=", account.id)])
        refused = moves.filtered(lambda move: not account._may_move_to(move.target_id))
        refused._give_up()
        for (folder, target), group in groupby(
            moves - refused, lambda move: (move.folder_id, move.target_id)
        ):
            between = self.env["email.sync.move"].union(*group)
            try:
                self._push_moves_between(folder, target, between, session)
            except errors.FolderError as error:
                folder.write_message = self._get_error_text(account, error)
                between.exists()._give_up()
            self._commit()

    @api.model
    def _push_moves_between(self, folder, target, moves, session):
        """Move the mails of one folder that go to another one.

        :raise FolderError: one of the two does not allow it
        """
        there = session.status_of([target.name]).get(target.name)
        if there is None or target._is_other_mailbox(there):
            raise errors.FolderGoneError(folder=target.name)
        if target._has_other_uidvalidity(there):
            # To open it settles the number: the server has to say which UIDs the mails get.
            there = session.select(target.name)
        target.uidvalidity = there.uidvalidity
        moved = self._find_moved(target, moves.filtered("is_sent"), session)
        if folder._is_other_mailbox(session.select(folder.name, readonly=False)):
            # The UIDs mean other mail. The moves wait until theirs is recognised.
            return
        if session.selected.read_only:
            raise errors.FolderReadOnlyError(folder=folder.name)
        placements = self.env["email.sync.placement"].search(
            [
                ("folder_id", "=", folder.id),
                ("message_id", "in", moves.message_id.ids),
                ("outcome", "=", "stored"),
            ]
        )
        # What lies elsewhere by now has no placement here: its move has nothing to move.
        (moves - self.env["email.sync.move"]._find(placements))._give_up()
        moves = moves.exists()
        left_behind = placements.filtered(lambda placement: placement.message_id in moved)
        if left_behind:
            # Copied by a run that did not come to the removal.
            self._remove_from_folder(folder, left_behind, session)
        to_move = placements - left_behind
        if to_move:
            self._move_on_server(folder, target, to_move, there, session)
        messages = placements.message_id
        self.env["email.sync.move"]._find(placements).unlink()
        messages._update_from_placements()
        folder.write_message = False

    @api.model
    def _move_on_server(self, folder, target, placements, there, session):
        """Tell the server; note the new UIDs, or find them in the target."""
        moves = self.env["email.sync.move"]._find(placements)
        moves.write({"is_sent": True, "target_uidnext": there.uidnext or 1})
        # Committed before the server is told: see the model.
        self._commit()
        uids = placements.mapped("uid")
        if session.has_capability("MOVE"):
            copied = session.move(uids, target.name)
            self._note_removed(folder, placements)
        else:
            copied = session.copy(uids, target.name)
            self._place_moved(target, placements, copied)
            self._commit()
            self._remove_from_folder(folder, placements, session)
        self._place_moved(target, placements, copied)
        untold = placements.filtered(lambda placement: placement.uid not in copied.uids)
        if untold:
            self._find_moved(
                target, moves.filtered(lambda m: m.message_id in untold.message_id), session
            )

    @api.model
    def _remove_from_folder(self, folder, placements, session):
        """Remove what was copied: by UID EXPUNGE, else only marked."""
        if folder.special_use == "all":
            return
        uids = set(placements.mapped("uid"))
        if session.delete(uids):
            self._note_removed(folder, placements)
        else:
            self._note_stored(folder, "\\Deleted", True, uids)

    @api.model
    def _note_removed(self, folder, placements):
        """Say of mails that they left a folder: not all mail, which goes on showing them."""
        if folder.special_use != "all":
            placements.outcome = "gone"

    @api.model
    def _place_moved(self, target, placements, copied):
        """Let placements follow to the UIDs that the server told of (RFC 4315, COPYUID)."""
        if copied.uidvalidity and target.uidvalidity and copied.uidvalidity != target.uidvalidity:
            return
        store = self.env["email.sync.store"]
        store._insert_placements(
            [
                store._get_placement_row(
                    target,
                    MessageMetadata(
                        copied.uids[placement.uid],
                        placement.size,
                        placement.internal_date or None,
                        placement._get_flags() - {"\\Deleted"},
                        email_id=placement.email_id or None,
                    ),
                    "stored",
                    message_id=placement.message_id.id,
                )
                for placement in placements
                if placement.uid in copied.uids
            ]
        )

    @api.model
    def _find_moved(self, target, moves, session):
        """Find in the target what arrived there since moves were sent.

        :return: the messages that are there
        """
        if not moves:
            return moves.message_id
        session.select(target.name)
        first = min(moves.mapped("target_uidnext"))
        uids = session.search(uid_from=first)
        last = max(uids, default=first)
        known = self.env["email.sync.placement"]._get_known_uids(target, first, last)
        new = [uid for uid in uids if uid not in known]
        self._recognise(target, session, list(session.fetch_metadata(new)), Progress())
        placements = self.env["email.sync.placement"].search(
            [
                ("folder_id", "=", target.id),
                ("uid", ">=", first),
                ("message_id", "in", moves.message_id.ids),
                ("outcome", "=", "stored"),
            ]
        )
        return placements.message_id

    @api.model
    def _settle_removals(self, account, session, progress):
        """Say of mail that lies in no folder that it is removed, once that is certain.

        A mail that is moved leaves a folder before its arrival in the other one is seen. As the
        server moves it at once, it is removed if nothing has arrived since in any folder, or if a
        later run than the one that missed it met everything that had.
        """
        missing = self.env["email.sync.message"].search(
            [
                ("account_id", "=", account.id),
                ("removed_since", "!=", False),
                ("is_removed", "=", False),
            ]
        )
        if not missing:
            return
        folders = account.folder_ids.filtered("is_synced")
        statuses = session.status_of(folders.mapped("name"))
        if any(
            folder.name not in statuses or (statuses[folder.name].uidnext or 0) > folder.uidnext
            for folder in folders
        ):
            missing = missing.filtered(lambda message: message.removed_since < progress.date_start)
        missing.is_removed = True
        missing.conversation_id._update_statistics()
