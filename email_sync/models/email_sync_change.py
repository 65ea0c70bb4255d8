from odoo import fields, models
from odoo.tools import SQL


class EmailSyncChange(models.Model):
    """A flag that was set or removed here, and is not so on the mail server yet.

    A change names one flag, and is told to the server as such (RFC 3501, 6.4.6, ``+FLAGS`` and
    ``-FLAGS``): whatever others did to other flags meanwhile stays. The change stands until every
    folder that holds the mail was seen with the flag as it is wanted, whoever made it so; a run
    that is killed after telling the server tells it once more, which changes nothing.

    Where the server cannot keep the flag, or the account's switch is off, the change is kept here:
    the state here differs from the server's until the server is seen with the same.
    """

    _name = "email.sync.change"
    _description = "Change for the Mail Server"
    _order = "id"

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade"
    )
    message_id = fields.Many2one("email.sync.message", required=True, ondelete="cascade")
    flag = fields.Char(required=True)
    is_set = fields.Boolean(required=True)
    is_kept_here = fields.Boolean(help="The server is not told.")
    told_up_to = fields.Integer(
        help="Copies of the mail up to the placement with this id were told, or seen so. Copies "
        "that are met later are still to be told. Empty until all copies known were seen so."
    )

    # The last wish for a flag is the one that counts.
    _flag_unique = models.UniqueIndex("(message_id, flag)")

    # A copy that is known, and that is still to be told. What lies in a folder that is gone counts
    # only where it lies in no other: no run can tell it.
    _UNTOLD_COPY = SQL("""
        placement.message_id = change.message_id
        AND placement.outcome = 'stored'
        AND EXISTS (
            SELECT FROM email_sync_folder folder
             WHERE folder.id = placement.folder_id AND folder.is_missing IS NOT TRUE)
        AND placement.id > COALESCE(change.told_up_to, 0)
        AND (lower(change.flag) = ANY(string_to_array(lower(placement.flags), ' '))) IS TRUE
            != change.is_set
    """)

    def _request(self, messages, flag, is_set):
        """Remember a change, in place of an earlier one of the same flag."""
        self.env.cr.execute_values(
            "INSERT INTO email_sync_change (account_id, message_id, flag, is_set, is_kept_here, "
            "create_uid, create_date) VALUES %s ON CONFLICT (message_id, flag) DO UPDATE "
            "SET is_set = EXCLUDED.is_set, is_kept_here = EXCLUDED.is_kept_here, told_up_to = NULL",
            [
                (
                    message.account_id.id,
                    message.id,
                    flag,
                    is_set,
                    not message.account_id._is_told(flag),
                    self.env.uid,
                    self.env.cr.now(),
                )
                for message in messages
            ],
        )
        self.invalidate_model()

    def _forget_needless(self, account):
        """Drop the changes of an account that no copy known has to be told, and none was.

        Who sets a flag and removes it again wishes nothing: a copy that is met later is others'.
        """
        self.flush_model()
        self.env["email.sync.placement"].flush_model()
        self.env["email.sync.folder"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM email_sync_change change
                 WHERE change.account_id = %s
                   AND change.told_up_to IS NULL
                   AND EXISTS (
                        SELECT FROM email_sync_placement placement
                          JOIN email_sync_folder folder ON folder.id = placement.folder_id
                         WHERE placement.message_id = change.message_id
                           AND placement.outcome = 'stored'
                           AND folder.is_missing IS NOT TRUE)
                   AND NOT EXISTS (SELECT FROM email_sync_placement placement WHERE %s)
                """,
                account.id,
                self._UNTOLD_COPY,
            )
        )
        self.invalidate_model()

    def _note_told(self, account):
        """Note which changes of an account all copies known were seen with."""
        self.flush_model()
        self.env["email.sync.placement"].flush_model()
        self.env["email.sync.folder"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE email_sync_change change
                   SET told_up_to = newest.id
                  FROM (
                        SELECT placement.message_id, max(placement.id) AS id
                          FROM email_sync_placement placement
                          JOIN email_sync_change known ON known.message_id = placement.message_id
                          JOIN email_sync_folder folder ON folder.id = placement.folder_id
                         WHERE known.account_id = %s
                           AND placement.outcome = 'stored'
                           AND folder.is_missing IS NOT TRUE
                         GROUP BY placement.message_id
                       ) newest
                 WHERE newest.message_id = change.message_id
                   AND change.told_up_to IS DISTINCT FROM newest.id
                   AND NOT EXISTS (SELECT FROM email_sync_placement placement WHERE %s)
                """,
                account.id,
                self._UNTOLD_COPY,
            )
        )
        self.invalidate_model()

    def _forget_told(self, account):
        """Drop the changes of an account that all copies were seen with, once all were met."""
        self._note_told(account)
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM email_sync_change change
                 WHERE change.account_id = %s
                   AND change.told_up_to IS NOT NULL
                   AND NOT EXISTS (SELECT FROM email_sync_placement placement WHERE %s)
                """,
                account.id,
                self._UNTOLD_COPY,
            )
        )
        self.invalidate_model()

    def _find_untold(self, account):
        """Return what the server is to be told.

        :return: ``{folder: {(flag, whether it is set): {UID: id of the change}}}``
        """
        self.flush_model()
        self.env["email.sync.placement"].flush_model()
        self.env["email.sync.folder"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT placement.folder_id, change.flag, change.is_set, placement.uid, change.id
                  FROM email_sync_change change
                  JOIN email_sync_placement placement ON %s
                 WHERE change.account_id = %s
                   AND change.is_kept_here IS NOT TRUE
                 ORDER BY placement.folder_id, change.id
                """,
                self._UNTOLD_COPY,
                account.id,
            )
        )
        found = {}
        for folder_id, flag, is_set, uid, change_id in self.env.cr.fetchall():
            folder = self.env["email.sync.folder"].browse(folder_id)
            wishes = found.setdefault(folder, {})
            wishes.setdefault((flag, is_set), {})[uid] = change_id
        return found
