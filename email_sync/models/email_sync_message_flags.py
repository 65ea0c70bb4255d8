from odoo import fields, models

FIELD_BY_FLAG = {"\\Seen": "is_read", "\\Flagged": "is_flagged", "\\Answered": "is_answered"}


class EmailSyncMessage(models.Model):
    """Flags: what the mailbox says of a mail, and what is told to it."""

    _inherit = "email.sync.message"

    is_removed = fields.Boolean(
        "No longer in the mailbox",
        readonly=True,
        help="The mail was deleted on the server; what was said stays on record here.",
    )

    def _set_flag(self, flag, is_set):
        """Set or remove a flag here, and on the server with the next run.

        :param str flag: a key of ``FIELD_BY_FLAG``
        :return: the messages that changed
        """
        self.account_id._check_is_member()
        # sudo: email.sync.message - a member changes the state of mail, not the mail
        changed = self.sudo().filtered(
            lambda message: message[FIELD_BY_FLAG[flag]] != is_set and not message.is_removed
        )
        changed[FIELD_BY_FLAG[flag]] = is_set
        changed.conversation_id._update_statistics()
        told = changed.filtered("account_id.sync_flags")
        if told:
            # sudo: email.sync.change - written for the member's own wish
            self.env["email.sync.change"].sudo()._request(told, flag, is_set)
            told.account_id._request_sync()
        return changed

    def _update_from_placements(self):
        """Take over what the folders say: a mail that is read in one of them is read.

        A flag that waits to be told to the server keeps the value it has here.
        """
        if not self:
            return
        self.env["email.sync.placement"].flush_model()
        self.env["email.sync.change"].flush_model()
        self.env.cr.execute(
            """
            UPDATE email_sync_message message
               SET is_removed = s.is_removed,
                   is_read = s.is_read,
                   is_flagged = s.is_flagged,
                   is_answered = s.is_answered
              FROM (
                SELECT m.id,
                       count(p.id) = 0 AS is_removed,
                       CASE WHEN count(p.id) = 0 OR bool_or(c.flag = '\\Seen')
                            THEN m.is_read
                            ELSE bool_or(p.flags ILIKE '%%\\\\Seen%%') IS TRUE END AS is_read,
                       CASE WHEN count(p.id) = 0 OR bool_or(c.flag = '\\Flagged')
                            THEN m.is_flagged
                            ELSE bool_or(p.flags ILIKE '%%\\\\Flagged%%') IS TRUE END AS is_flagged,
                       CASE WHEN count(p.id) = 0 OR bool_or(c.flag = '\\Answered')
                            THEN m.is_answered
                            ELSE bool_or(p.flags ILIKE '%%\\\\Answered%%') IS TRUE
                            END AS is_answered
                  FROM email_sync_message m
             LEFT JOIN email_sync_placement p ON p.message_id = m.id AND p.outcome = 'stored'
             LEFT JOIN email_sync_change c ON c.message_id = m.id
                 WHERE m.id = ANY(%s)
                 GROUP BY m.id
              ) s
             WHERE s.id = message.id
               AND (message.is_removed IS TRUE, message.is_read, message.is_flagged,
                    message.is_answered)
                   IS DISTINCT FROM (s.is_removed, s.is_read, s.is_flagged, s.is_answered)
         RETURNING message.conversation_id
            """,
            [list(self.ids)],
        )
        conversation_ids = {id_ for (id_,) in self.env.cr.fetchall()}
        self.invalidate_recordset(["is_removed", *FIELD_BY_FLAG.values()])
        self.env["email.sync.conversation"].browse(conversation_ids)._update_statistics()

    def toggle_flagged(self):
        """Flag or unflag these mails, here and in the mailbox; for members of the account."""
        self.check_access("read")
        for message in self:
            message._set_flag("\\Flagged", not message.is_flagged)
