from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_list


class EmailSyncEmergencyRequest(models.TransientModel):
    """Asks why, and for how long, before an account is read by emergency access."""

    _name = "email.sync.emergency.request"
    _inherit = ["email.sync.account.question"]
    _description = "Request of Emergency Access"

    emergency_id = fields.Many2one("email.sync.emergency", readonly=True, ondelete="cascade")
    reason = fields.Text()
    duration = fields.Integer(default=4)
    duration_unit = fields.Selection(
        [("hours", "hours"), ("days", "days")], required=True, default="hours"
    )
    date_end = fields.Datetime("Ends by itself", compute="_compute_date_end")
    max_hours = fields.Integer(compute="_compute_reach")
    conversation_count = fields.Integer(compute="_compute_reach")
    told_names = fields.Char(compute="_compute_reach")

    @api.depends("duration", "duration_unit")
    def _compute_date_end(self):
        for request in self:
            request.date_end = fields.Datetime.now() + request._get_duration()

    @api.depends("account_id")
    def _compute_reach(self):
        for request in self:
            account = request.account_id
            request.max_hours = self.env["email.sync.emergency"]._get_max_hours()
            request.conversation_count = account.conversation_count
            request.told_names = format_list(
                self.env, account.member_ids.filtered("active").mapped("name")
            )

    def _get_duration(self):
        """Return how long, within what a calendar can hold."""
        amount = max(0, min(self.duration, 10_000))
        return timedelta(**{self.duration_unit or "hours": amount})

    def _check_may_answer(self):
        self.account_id.check_access("read")
        self.env["email.sync.emergency"]._check_may_read_mail()

    def action_apply(self):
        """Open the account's mail, or keep it open."""
        self.ensure_one()
        self._check_may_answer()
        if self.emergency_id:
            self.emergency_id._extend(self.reason, self._get_duration())
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        self.env["email.sync.emergency"]._open(self.account_id, self.reason, self._get_duration())
        return self.account_id.action_view_conversations()
