import base64
import sys
from array import array
from datetime import timezone
from itertools import count

from odoo import api, fields, models

from ..mailbox.fetch import FetchedMessage
from ..mailbox.imap import MessageMetadata
from .fields import UnsignedInteger

FLAGS_BATCH = 50_000  # mails whose flags are compared by one query
# From so many on, PostgreSQL tells their flags faster than it takes in those on the server.
MANY_FLAGS = 1000
RETRY_LIMIT = 1000  # mails that are tried again a day


class EmailSyncPlacement(models.Model):
    """Where a mail lies on the server, and what became of every UID that was ever seen."""

    _name = "email.sync.placement"
    _description = "Mail in a Folder"
    _order = "folder_id, uid desc"
    _log_access = False

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade"
    )
    folder_id = fields.Many2one("email.sync.folder", required=True, ondelete="cascade")
    uid = UnsignedInteger("UID", required=True)
    message_id = fields.Many2one("email.sync.message", index=True, ondelete="set null")
    outcome = fields.Selection(
        [
            ("stored", "Stored"),
            ("before_start", "Older than the start date"),
            ("too_large", "Too large"),
            ("quarantined", "Quarantined"),
            ("unreadable", "The server does not deliver it"),
            ("gone", "No longer in this folder"),
            ("removed", "Removed by the retention policy"),
            ("erased", "Erased because a person asked for it"),
        ],
        required=True,
    )
    reason = fields.Char(help="Why the mail is not stored, in the user's words.")
    internal_date = fields.Datetime(help="When the mail reached the folder: INTERNALDATE.")
    size = fields.Integer(help="In bytes, as the server says.")
    email_id = fields.Char(
        "EMAILID",
        help="What all copies of a mail on the server have in common, where it says so: RFC 8474, "
        "Gmail's X-GM-MSGID.",
    )
    flags = fields.Char(help="The flags on the server when last seen, separated by spaces.")
    source = fields.Binary(
        attachment=True,
        groups=fields.NO_ACCESS,
        help="Of a quarantined mail, as no message holds it.",
    )

    _uid_unique = models.UniqueIndex("(folder_id, uid)")
    _email_id_index = models.Index("(account_id, email_id) WHERE email_id IS NOT NULL")
    _recognition_index = models.Index(
        "(account_id, size, internal_date) WHERE message_id IS NOT NULL"
    )
    _quarantine_index = models.Index("(account_id) WHERE outcome IN ('quarantined', 'unreadable')")

    def _get_flags(self):
        """Return the flags that the mail had on the server when last seen."""
        self.ensure_one()
        return frozenset((self.flags or "").split())

    def _get_known_uids(self, folder, first, last):
        """Return the set of UIDs of a folder, between two of them, that have an outcome.

        Not those whose mail was deleted here behind the engine's back, nor those that were taken
        for removed: where the server lists them, they are looked at again.
        """
        self.flush_model()
        self.env.cr.execute(
            "SELECT uid FROM email_sync_placement WHERE folder_id = %s AND uid BETWEEN %s AND %s "
            "AND outcome != 'gone' AND (outcome != 'stored' OR message_id IS NOT NULL)",
            [folder.id, first, last],
        )
        return {uid for (uid,) in self.env.cr.fetchall()}

    def _count_outcomes(self, folder):
        """Return how many mails that a folder may hold have an outcome."""
        return self.search_count([("folder_id", "=", folder.id), ("outcome", "!=", "gone")])

    def _get_uid_bounds(self, folder):
        """Return the smallest and the largest UID of a folder that have an outcome, or Nones."""
        self.flush_model()
        self.env.cr.execute(
            "SELECT (SELECT min(uid) FROM email_sync_placement WHERE folder_id = %s), "
            "(SELECT max(uid) FROM email_sync_placement WHERE folder_id = %s)",
            [folder.id, folder.id],
        )
        return self.env.cr.fetchone()

    def _get_first_uid(self, folder, newest):
        """Return the smallest UID of the newest stored mails of a folder, None without any.

        :param int newest: how many of them
        """
        self.flush_model()
        self.env.cr.execute(
            """
            SELECT min(uid) FROM (
                SELECT uid FROM email_sync_placement
                 WHERE folder_id = %s AND outcome = 'stored'
                 ORDER BY uid DESC LIMIT %s
            ) newest
            """,
            [folder.id, newest],
        )
        return self.env.cr.fetchone()[0]

    def _find_stored(self, folder, ranges):
        """Return the placements in ranges of UIDs whose mail was in the folder when last seen.

        :param ranges: list of ``(first, last)``
        """
        self.flush_model()
        self.env.cr.execute(
            """
            SELECT placement.id
              FROM unnest(%s::int8[], %s::int8[]) AS range (first, last)
              JOIN email_sync_placement placement
                ON placement.folder_id = %s
               AND placement.uid BETWEEN range.first AND range.last
             WHERE placement.outcome = 'stored'
            """,
            [
                self._as_array(first for first, _last in ranges),
                self._as_array(last for _first, last in ranges),
                folder.id,
            ],
        )
        return self.browse(id_ for (id_,) in self.env.cr.fetchall())

    def _write_flags(self, folder, told):
        """Write the flags that differ from those seen last.

        :param told: a :class:`..mailbox.folder_flags.FolderFlags`
        :return: the placements that differed
        """
        self.flush_model()
        rows = []
        for uids, numbers in told.split(FLAGS_BATCH):
            if len(uids) > MANY_FLAGS:
                uids, numbers = self._leave_out_equal(folder, uids, numbers, told.texts)
            if uids:
                rows += self._find_other_flags(folder, uids, numbers, told.texts)
        if rows:
            self.env.cr.execute_values(
                "UPDATE email_sync_placement SET flags = told.flags "
                "FROM (VALUES %s) AS told (id, flags) WHERE email_sync_placement.id = told.id",
                rows,
                page_size=1000,
            )
        placements = self.browse(id_ for id_, _flags in rows)
        placements.invalidate_recordset(["flags"])
        return placements

    def _leave_out_equal(self, folder, uids, numbers, texts):
        """Return the UIDs, and the numbers of their flags, of mails seen last with other flags.

        Of a folder in which others changed little, that is how to do without most of it.
        """
        self.env.cr.execute(
            "SELECT COALESCE(flags, ''), string_agg(int8send(uid), '') FROM email_sync_placement "
            "WHERE folder_id = %s AND uid BETWEEN %s AND %s AND outcome != 'gone' GROUP BY 1",
            [folder.id, uids[0], uids[-1]],
        )
        by_text = dict(zip(texts, count(1)))
        seen = {}
        for text, packed in self.env.cr.fetchall():
            seen.update(dict.fromkeys(self._unpack(packed), by_text.get(text, 0)))
        others = [
            (uid, number)
            for uid, number, before in zip(uids, numbers, map(seen.get, uids))
            if before != number and before is not None
        ]
        return tuple(zip(*others)) or ((), ())

    def _find_other_flags(self, folder, uids, numbers, texts):
        """Return (id, flags told of) of placements whose flags are not those seen last.

        UID by UID: PostgreSQL looks a few up in the index, and hashes many.
        """
        self.env.cr.execute(
            """
            SELECT placement.id, (%(texts)s::text[])[told.number]
              FROM unnest(%(uids)s::int8[], %(numbers)s::int4[]) AS told (uid, number)
              JOIN email_sync_placement placement
                ON placement.folder_id = %(folder)s
               AND placement.uid = told.uid
             WHERE placement.uid BETWEEN %(first)s AND %(last)s
               AND placement.outcome != 'gone'
               AND COALESCE(placement.flags, '') != (%(texts)s::text[])[told.number]
            """,
            {
                "texts": texts,
                "uids": self._as_array(uids),
                "numbers": self._as_array(numbers),
                "folder": folder.id,
                "first": uids[0],
                "last": uids[-1],
            },
        )
        return self.env.cr.fetchall()

    @staticmethod
    def _unpack(packed):
        """Return the numbers that PostgreSQL's ``int8send`` wrote one after the other."""
        numbers = array("q")
        numbers.frombytes(packed)
        if sys.byteorder == "little":
            numbers.byteswap()
        return numbers

    @staticmethod
    def _as_array(numbers):
        # Adapting a list number by number takes longer than the query.
        return f"{{{','.join(map(str, numbers))}}}"

    def _forget_before_start(self, folders, sync_from):
        """Forget the UIDs that were too old and no longer are, so that they are fetched."""
        domain = [("folder_id", "in", folders.ids), ("outcome", "=", "before_start")]
        if sync_from:
            domain.append(("internal_date", ">=", sync_from))
        self.search(domain).unlink()

    @api.autovacuum
    def _retry_failed(self):
        """Try once a day what could not be stored or was not delivered.

        An update of the addon, or of the mail server, may have brought the remedy.
        """
        self.search([("outcome", "in", ("quarantined", "unreadable"))], limit=RETRY_LIMIT)._retry()

    def _retry(self):
        """Store quarantined mails from their kept sources; fetch the others once more."""
        quarantined = self.filtered(lambda placement: placement.outcome == "quarantined")
        for placement in quarantined:
            conversations = self.env["email.sync.store"]._store(
                placement.folder_id, [placement._get_fetched()]
            )
            conversations._link_automatically()
            conversations.filtered("is_linked")._publish()
        quarantined.filtered(lambda placement: placement.outcome != "quarantined").source = False
        unreadable = self.filtered(lambda placement: placement.outcome == "unreadable")
        # Without an outcome, a mail is pending again.
        unreadable.folder_id.complete_as_of = False
        unreadable.unlink()

    def _get_fetched(self):
        """Return a quarantined mail as if it were just fetched."""
        arrival = self.internal_date and self.internal_date.replace(tzinfo=timezone.utc)
        metadata = MessageMetadata(
            self.uid, self.size, arrival, self._get_flags(), email_id=self.email_id or None
        )
        source = self._get_source()
        # Of a mail that was too large the beginning was read; sizes are right but for line ends.
        return FetchedMessage(self.uid, metadata, source, is_beginning=self.size > 2 * len(source))

    def _get_source(self):
        """Return the bytes of a quarantined mail."""
        self.ensure_one()
        # sudo: email.sync.placement - the source is closed to users; callers checked the rights
        return base64.b64decode(self.sudo().source or b"")
