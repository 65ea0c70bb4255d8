from odoo import models


class EmailSyncConversation(models.Model):
    _inherit = "email.sync.conversation"

    def action_mark_read(self):
        """Mark all mails of the conversations as read, here and in the mailbox.

        A reader who is no member of the account changes nothing.
        """
        self._get_members_own().email_ids._set_flag("\\Seen", True)

    def action_mark_unread(self):
        """Mark the newest mail of each conversation as unread, here and in the mailbox."""
        for conversation in self._get_members_own():
            newest = conversation.email_ids.sorted(lambda message: (message.date, message.id))[-1:]
            newest._set_flag("\\Seen", False)
        return self._get_leaving_action()

    def action_toggle_flagged(self):
        """Flag the newest mail of each conversation, or remove all flags where there are any.

        Here and in the mailbox. A reader who is no member of the account changes nothing.
        """
        for conversation in self._get_members_own():
            flagged = conversation.email_ids.filtered("is_flagged")
            if flagged:
                flagged._set_flag("\\Flagged", False)
            else:
                conversation._get_newest_mail()._set_flag("\\Flagged", True)

    def _get_members_own(self):
        self.check_access("read")
        return self.filtered("is_account_member")
