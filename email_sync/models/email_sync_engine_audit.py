import random
from datetime import timedelta

from odoo import api, fields, models

from ..mailbox import errors
from ..mailbox.fetch import FetchedMessage
from ..mailbox.imap import MessageMetadata

AUDIT_HOURS = (18, 30)  # from one audit of a folder to the next, spread


class EmailSyncEngine(models.AbstractModel):
    """Earns "complete as of": what the server lists is compared with the outcomes, as sets."""

    _inherit = "email.sync.engine"

    @api.model
    def _is_audit_due(self, folder, status):
        """Whether all of a complete folder is compared: once a day, or when its numbers are odd."""
        if not folder.complete_as_of:
            return False
        return (
            not folder.next_audit
            or folder.next_audit <= fields.Datetime.now()
            # It must not go back (RFC 3501 section 2.3.1.1), but does when a backup is restored.
            or bool(status.uidnext and status.uidnext < folder.uidnext)
            or self._is_uidnext_short(folder, status)
        )

    @api.model
    def _is_uidnext_short(self, folder, status):
        """Whether a folder holds more mail than can have come by what UIDNEXT says."""
        uidnext = status.uidnext or 0
        arrived = uidnext - folder.uidnext
        return 0 < uidnext <= status.messages or 0 < folder.server_count < status.messages - arrived

    @api.model
    def _search_arrivals(self, folder, session, status):
        """Look for new mail of a complete folder.

        UIDNEXT says how many mails arrived at most. Where the search has fewer, they are gone
        again if the folder holds as many as before and those; else all UIDs have to be told, as
        many as the server counts, before the cursor may pass.

        :return: ``(UIDs, whether they are certainly all)``
        """
        arrivals = session.search(uid_from=folder.uidnext)
        told = sum(uid < (status.uidnext or 0) for uid in arrivals)
        is_short = told < (status.uidnext or 0) - folder.uidnext
        if is_short and status.messages != folder.server_count + told:
            try:
                uids = session.existing_uids()
            except errors.PartialAnswerError:
                folder.write(
                    {
                        "next_audit": fields.Datetime.now(),
                        "error_message": self._get_shortfall_text(),
                    }
                )
                return arrivals, False
            arrivals = [uid for uid in uids if uid >= folder.uidnext]
        folder._count_arrivals(len(arrivals))
        return arrivals, True

    @api.model
    def _audit(self, folder, session, last, progress):
        """Yield lists of UIDs below the cursor that have no outcome in a complete folder.

        :return: how many have none afterwards
        """
        walk = self._walk(folder, session, 1, last)
        while True:
            try:
                holes = next(walk)
            except StopIteration as end:
                return end.value
            progress.hole_count += len(holes)
            yield holes

    @api.model
    def _is_counted(self, folder, status):
        """Whether there are as many outcomes as mails on the server; a search may fall short.

        Of an account with a start date the server does not say how many there have to be.
        """
        if folder.account_id.sync_from:
            return True
        if self.env["email.sync.placement"]._count_outcomes(folder) >= status.messages:
            return True
        folder.error_message = self._get_shortfall_text()
        return False

    @api.model
    def _get_shortfall_text(self):
        return self.env._(
            "The server listed fewer mails than it says the folder has. Those it listed are here; "
            "it is asked again by itself."
        )

    @api.model
    def _get_next_audit(self):
        return fields.Datetime.now() + timedelta(hours=random.uniform(*AUDIT_HOURS))

    @api.model
    def _settle_unanswered(self, folder, session, uids, progress):
        """Give an outcome to UIDs that the server did not answer for, if it still lists them.

        :param uids: set of UIDs; Exchange leaves some out of a good answer
        """
        for uid in session.search_uids(uids) if uids else ():
            metadata = MessageMetadata(uid, 0, None, frozenset())
            error = errors.MessageUnreadableError(uid=uid)
            self._record_error(folder, FetchedMessage(uid, metadata, error=error), progress)
