from odoo import fields, models


class EmailSyncChange(models.Model):
    """A change made here that the mail server does not know yet.

    A change names one flag to set or to remove, and is told to the server as such (RFC 3501,
    6.4.6, ``+FLAGS`` and ``-FLAGS``): whatever others did to other flags meanwhile stays. Where
    both sides changed the same flag, the one who acted here wins, as that is the later wish.
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

    # The last wish for a flag is the one that counts.
    _flag_unique = models.UniqueIndex("(message_id, flag)")

    def _request(self, messages, flag, is_set):
        """Remember a change, in place of an earlier one of the same flag."""
        self.env.cr.execute_values(
            "INSERT INTO email_sync_change "
            "(account_id, message_id, flag, is_set, create_uid, create_date) VALUES %s "
            "ON CONFLICT (message_id, flag) DO UPDATE SET is_set = EXCLUDED.is_set",
            [
                (message.account_id.id, message.id, flag, is_set, self.env.uid, self.env.cr.now())
                for message in messages
            ],
        )
        self.invalidate_model()
