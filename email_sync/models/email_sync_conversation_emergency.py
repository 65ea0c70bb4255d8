from odoo import api, fields, models
from odoo.tools import format_datetime


class EmailSyncConversation(models.Model):
    """What emergency access adds to the visibility rule, and what its reader is told."""

    _inherit = "email.sync.conversation"

    is_emergency_readable = fields.Boolean(
        compute="_compute_is_emergency_readable",
        search="_search_is_emergency_readable",
        help="Technical: of an account that the reader has emergency access to at this moment.",
    )
    emergency_sentence = fields.Char(compute="_compute_emergency_sentence")

    @api.depends_context("uid")
    @api.depends("account_id")
    def _compute_is_emergency_readable(self):
        accounts = self.env["email.sync.emergency"]._get_current().account_id
        # sudo: email.sync.conversation - which account it is of, for the rule
        for conversation in self:
            conversation.is_emergency_readable = conversation.sudo().account_id in accounts

    def _search_is_emergency_readable(self, operator, value):
        """Ask the clock with every search: the cached domain of the rule holds no time."""
        if operator != "in":
            return NotImplemented
        accounts = self.env["email.sync.emergency"]._get_current().account_id
        return [("account_id", "in" if True in value else "not in", accounts.ids)]

    @api.depends_context("uid", "lang", "tz")
    @api.depends("account_id")
    def _compute_emergency_sentence(self):
        emergencies = self.env["email.sync.emergency"]._get_current()
        for conversation in self:
            # sudo: email.sync.conversation - which account it is of
            account = conversation.sudo().account_id
            emergency = emergencies.filtered(
                lambda each, account=account: each.account_id == account
            )
            conversation.emergency_sentence = emergency and emergency[:1]._get_reader_sentence()

    def _get_emergency_reason(self, emergency):
        """Return why somebody with emergency access sees this; the stated reason for members."""
        if not self.is_account_member:
            return self.env._("has emergency access")
        return self.env._(
            "has emergency access until %(until)s, because: %(reason)s",
            until=format_datetime(self.env, emergency.date_end, dt_format="short"),
            reason=" / ".join(emergency.reason.splitlines()),
        )

    def action_end_emergency(self):
        """End the emergency access by which the reader sees this conversation."""
        self.check_access("read")
        # sudo: email.sync.conversation - which account it is of
        self.env["email.sync.emergency"]._end_own(self.sudo().account_id)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "email_sync.email_sync_account_action_health"
        )


class EmailSyncEmergency(models.Model):
    _inherit = "email.sync.emergency"

    def _get_reader_sentence(self):
        """Return what the reader sees above everything that is read by this access."""
        self.ensure_one()
        return self.env._(
            "You are reading this by emergency access, until %(until)s, because: %(reason)s. The "
            "members of %(email)s know. What you open is noted.",
            until=format_datetime(self.env, self.date_end, dt_format="short"),
            reason=" / ".join(self.reason.splitlines()),
            email=self.account_id.email,
        )
