from odoo import api, models

from ..mime.parse import parse


class EmailSyncEngine(models.AbstractModel):
    """Recognises mail that the account knows by what the server says about it, without its body.

    A mail that was moved or copied, or whose folder was numbered anew, only gets a placement.
    Where anything is in doubt the mail is fetched, and the digest of its body decides.
    """

    _inherit = "email.sync.engine"

    @api.model
    def _recognise(self, folder, session, wanted, progress):
        """Place the mails that the account knows already.

        :param session: a session on the folder
        :param wanted: list of :class:`..mailbox.imap.MessageMetadata`
        :return: those of them that have to be fetched, in the same order
        """
        known = self._find_by_email_id(folder, wanted)
        others = [item for item in wanted if item.uid not in known]
        known.update(self._find_by_message_id(folder, session, others))
        if not known:
            return wanted
        store = self.env["email.sync.store"]
        store._insert_placements(
            [
                store._get_placement_row(folder, item, "stored", message_id=known[item.uid])
                for item in wanted
                if item.uid in known
            ]
        )
        self.env["email.sync.message"].browse(set(known.values()))._update_from_placements()
        folder.done_count += len(known)
        progress.recognised_count += len(known)
        return [item for item in wanted if item.uid not in known]

    @api.model
    def _find_by_email_id(self, folder, wanted):
        """Recognise by an identifier that the server gives to all copies of a mail.

        :return: ``{UID: id of the message}``
        """
        uids = {item.email_id: item.uid for item in wanted if item.email_id}
        if not uids:
            return {}
        self.env["email.sync.placement"].flush_model()
        self.env.cr.execute(
            """
            SELECT email_id, min(message_id)
              FROM email_sync_placement
             WHERE account_id = %s AND email_id = ANY(%s) AND message_id IS NOT NULL
             GROUP BY email_id
            HAVING count(DISTINCT message_id) = 1
            """,
            [folder.account_id.id, list(uids)],
        )
        return {uids[email_id]: message_id for email_id, message_id in self.env.cr.fetchall()}

    @api.model
    def _find_by_message_id(self, folder, session, wanted):
        """Recognise by size, INTERNALDATE and Message-ID: a copy keeps all three (RFC 3501).

        The header field is asked only of mails that agree in the first two with a known one.

        :return: ``{UID: id of the message}``
        """
        candidates = self._find_candidates(folder, wanted)
        asked = [item for item in wanted if item.uid in candidates]
        known = {}
        for fetched in session.fetch_message_ids(asked) if asked else ():
            # Without an answer, or without the field, the mail is fetched.
            message_id = fetched.source and parse(fetched.source).message_id
            if message_id in candidates[fetched.uid]:
                known[fetched.uid] = candidates[fetched.uid][message_id]
        return known

    @api.model
    def _find_candidates(self, folder, wanted):
        """Return ``{UID: {Message-ID: id of the message}}`` of what mails may be.

        Left out are mails whose Message-ID the account has several times, and those that lie in
        this folder under another UID: a second arrival is not a copy.
        """
        rows = [
            (item.uid, item.size, item.internal_date.replace(tzinfo=None, microsecond=0))
            for item in wanted
            if item.internal_date
        ]
        if not rows:
            return {}
        self.env["email.sync.message"].flush_model()
        self.env["email.sync.placement"].flush_model()
        self.env.cr.execute(
            """
            SELECT DISTINCT wanted.uid, message.message_id, message.id
              FROM unnest(%s, %s::int[], %s::timestamp[]) wanted(uid, size, internal_date)
              JOIN email_sync_placement placement
                ON placement.account_id = %s
               AND placement.size = wanted.size
               AND placement.internal_date = wanted.internal_date
              JOIN email_sync_message message ON message.id = placement.message_id
             WHERE message.message_id != ''
               AND NOT EXISTS (
                    SELECT FROM email_sync_message other
                     WHERE other.account_id = message.account_id
                       AND other.message_id = message.message_id
                       AND other.id != message.id)
               AND NOT EXISTS (
                    SELECT FROM email_sync_placement here
                     WHERE here.message_id = message.id
                       AND here.folder_id = %s
                       AND here.uid != wanted.uid
                       AND here.outcome = 'stored')
            """,
            [*map(list, zip(*rows, strict=True)), folder.account_id.id, folder.id],
        )
        candidates = {}
        for uid, message_id, id_ in self.env.cr.fetchall():
            candidates.setdefault(uid, {})[message_id] = id_
        return candidates
