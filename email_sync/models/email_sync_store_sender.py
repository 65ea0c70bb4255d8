from odoo import api, models


class EmailSyncStore(models.AbstractModel):
    """What lists say about senders: found with what parsing yields, as the mail is stored."""

    _inherit = "email.sync.store"

    @api.model
    def _get_message_vals(self, folder, arrival):
        vals = super()._get_message_vals(folder, arrival)
        finding = False
        if folder.special_use != "sent":
            messages = self.env["email.sync.message"]
            finding = messages._get_worst_finding(folder.account_id, arrival.parsed)
        return {**vals, "sender_finding": finding or None}
