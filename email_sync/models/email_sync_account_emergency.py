from odoo import api, fields, models
from odoo.tools import format_datetime


class EmailSyncAccount(models.Model):
    """Emergency access, on the page of the account that it opens."""

    _inherit = "email.sync.account"

    emergency_ids = fields.One2many(
        "email.sync.emergency", "account_id", string="Emergency access", readonly=True
    )
    emergency_notice = fields.Text(compute="_compute_emergency_notice")
    is_emergency_reader = fields.Boolean(compute="_compute_is_emergency_reader")

    @api.depends_context("lang", "tz")
    @api.depends("emergency_ids")
    def _compute_emergency_notice(self):
        for account in self:
            account.emergency_notice = "\n".join(
                account.env._(
                    "%(name)s may read all mail of this account until %(until)s, because: "
                    "%(reason)s",
                    name=emergency.user_id.name,
                    until=format_datetime(self.env, emergency.date_end, dt_format="short"),
                    reason=" / ".join(emergency.reason.splitlines()),
                )
                for emergency in account.emergency_ids
                if emergency.is_current
            )

    @api.depends_context("uid")
    @api.depends("emergency_ids")
    def _compute_is_emergency_reader(self):
        accounts = self.env["email.sync.emergency"]._get_current().account_id
        for account in self:
            account.is_emergency_reader = account._origin in accounts

    def action_emergency(self):
        """Ask for the reason and the time before an account is read by emergency access."""
        self.ensure_one()
        self.check_access("read")
        self.env["email.sync.emergency"]._check_may_read_mail()
        return self._get_question_action(
            "email.sync.emergency.request", self.env._("Emergency access to the mail")
        )

    def action_end_emergency(self):
        """End one's own emergency access to the account."""
        self.check_access("read")
        return self.env["email.sync.emergency"]._end_own(self)
