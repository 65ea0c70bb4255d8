from odoo import models

FIELD_BY_FLAG = {"\\Seen": "is_read", "\\Flagged": "is_flagged", "\\Answered": "is_answered"}


class EmailSyncMessage(models.Model):
    """Flags: what the mailbox says of a mail, and what is told to it."""

    _inherit = "email.sync.message"

    def _set_flag(self, flag, is_set):
        """Set or remove a flag here, and on the server with the next run.

        :param str flag: a key of ``FIELD_BY_FLAG``
        :return: the messages that changed
        """
        self.account_id._check_is_member()
        # sudo: email.sync.message - a member changes the state of mail, not the mail
        changed = self.sudo().filtered(lambda message: message[FIELD_BY_FLAG[flag]] != is_set)
        changed[FIELD_BY_FLAG[flag]] = is_set
        changed.conversation_id._update_statistics()
        changed._request_change(flag, is_set)
        return changed

    def _request_change(self, flag, is_set):
        """Have the server told of a flag, where the account's switches say so."""
        if not self:
            return
        # sudo: email.sync.change - written for the member's own wish
        self.env["email.sync.change"].sudo()._request(self, flag, is_set)
        self.account_id.filtered(lambda account: account._is_told(flag))._request_sync()

    def _update_from_placements(self):
        """Take over what the folders say: a mail that is read in one of them is read.

        A flag that was changed here, and that a copy was not seen with yet, keeps the value it has
        here. Folders that are not synced may tell what was; they count where no other tells. A
        mail that lies in no folder is not said to be removed before `_settle_removals` made sure
        that it was not moved.
        """
        if not self:
            return
        for name in ("placement", "change", "move", "folder", "message"):
            self.env[f"email.sync.{name}"].flush_model()
        self.env.cr.execute(
            """
            UPDATE email_sync_message message
               SET is_read = COALESCE(s.seen_wish, s.seen, message.is_read),
                   is_flagged = COALESCE(s.flagged_wish, s.flagged, message.is_flagged),
                   is_answered = COALESCE(s.answered_wish, s.answered, message.is_answered),
                   is_removed = CASE WHEN message.is_discarded THEN TRUE
                                     WHEN s.is_held THEN FALSE
                                     WHEN s.is_placed THEN TRUE
                                     ELSE COALESCE(message.is_removed, FALSE) END,
                   removed_since = CASE WHEN s.is_held AND message.is_discarded IS NOT TRUE
                                        THEN NULL
                                        ELSE COALESCE(message.removed_since, %s) END
              FROM (
                SELECT m.id,
                       count(p.id) > 0 AS is_placed,
                       bool_or(p.id IS NOT NULL
                               AND COALESCE(p.flags, '') NOT ILIKE '%%\\\\Deleted%%'
                               AND lies.special_use IS DISTINCT FROM 'trash') AS is_held,
                       COALESCE(bool_or(p.flags ILIKE '%%\\\\Seen%%') FILTER (WHERE f.is_synced),
                                bool_or(p.flags ILIKE '%%\\\\Seen%%')) AS seen,
                       COALESCE(bool_or(p.flags ILIKE '%%\\\\Flagged%%') FILTER (WHERE f.is_synced),
                                bool_or(p.flags ILIKE '%%\\\\Flagged%%')) AS flagged,
                       COALESCE(bool_or(p.flags ILIKE '%%\\\\Answered%%')
                                    FILTER (WHERE f.is_synced),
                                bool_or(p.flags ILIKE '%%\\\\Answered%%')) AS answered,
                       bool_or(c.is_set) FILTER (WHERE c.flag = '\\Seen') AS seen_wish,
                       bool_or(c.is_set) FILTER (WHERE c.flag = '\\Flagged') AS flagged_wish,
                       bool_or(c.is_set) FILTER (WHERE c.flag = '\\Answered') AS answered_wish
                  FROM email_sync_message m
             LEFT JOIN email_sync_placement p ON p.message_id = m.id AND p.outcome = 'stored'
             LEFT JOIN email_sync_folder f ON f.id = p.folder_id
             LEFT JOIN email_sync_move move
                    ON move.message_id = m.id AND move.folder_id = p.folder_id
             LEFT JOIN email_sync_folder lies
                    ON lies.id = COALESCE(move.target_id, p.folder_id)
             LEFT JOIN email_sync_change c
                    ON c.message_id = m.id AND (c.told_up_to IS NULL OR p.id > c.told_up_to)
                 WHERE m.id = ANY(%s)
                 GROUP BY m.id
              ) s
             WHERE s.id = message.id
            """,
            [self.env.cr.now().replace(microsecond=0), list(self.ids)],
        )
        self.invalidate_recordset(["is_removed", "removed_since", *FIELD_BY_FLAG.values()])
        self.conversation_id._update_statistics()

    def toggle_flagged(self):
        """Flag or unflag these mails, here and in the mailbox; for members of the account."""
        self.check_access("read")
        for message in self:
            message._set_flag("\\Flagged", not message.is_flagged)
