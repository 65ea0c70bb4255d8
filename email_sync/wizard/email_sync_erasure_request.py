from odoo import api, fields, models


class EmailSyncErasureRequest(models.TransientModel):
    """Shows how much mail there is of a person, asks why, and has it erased."""

    _name = "email.sync.erasure.request"
    _inherit = ["email.sync.person.question"]
    _description = "Request of an Erasure"

    email_count = fields.Integer(compute="_compute_reach")
    conversation_count = fields.Integer(compute="_compute_reach")
    account_count = fields.Integer(compute="_compute_reach")
    deleted_count = fields.Integer(compute="_compute_reach")
    redacted_count = fields.Integer(compute="_compute_reach")

    @api.depends("addresses")
    def _compute_reach(self):
        for request in self:
            reach = self.env["email.sync.erasure"]._get_reach(request._get_addresses())
            request.email_count = reach["emails"]
            request.conversation_count = reach["conversations"]
            request.account_count = reach["accounts"]
            request.deleted_count = reach["deleted"]
            request.redacted_count = reach["redacted"]

    def _get_inside_sentence(self, addresses):
        return self.env._(
            "%(addresses)s belongs to a colleague, a mailbox or an alias of the company: "
            "all of its mail would go. Remove the email account together with its mail "
            "instead.",
            addresses=addresses,
        )

    def action_apply(self):
        """Erase the person from the mail that is here; the mail servers are not touched."""
        erasures = self.env["email.sync.erasure"]
        erasures._check_is_officer()
        erasure = erasures._start(*self._get_checked_answer(), self.partner_id)
        return self._get_record_action(erasure, self.env._("Erasure"))
