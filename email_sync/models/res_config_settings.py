from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..mailbox.network import NetworkPolicy

EMERGENCY_HOURS_LIMIT = 31 * 24


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    group_email_sync_personal = fields.Boolean(
        "Salespeople may connect their mailbox",
        group="sales_team.group_sale_salesman",
        implied_group="email_sync.email_sync_group_personal",
    )
    group_email_sync_team = fields.Boolean(
        "Sales managers may connect team mailboxes",
        group="sales_team.group_sale_manager",
        implied_group="email_sync.email_sync_group_team",
    )
    email_sync_paused = fields.Boolean("Pause all mailboxes", config_parameter="email_sync.paused")
    email_sync_interval = fields.Integer(
        "Minutes between two syncs", config_parameter="email_sync.interval", default=2
    )
    email_sync_max_size = fields.Integer(
        "Largest mail (MB)", config_parameter="email_sync.max_size", default=50
    )
    email_sync_retention_days = fields.Integer(
        "Days that the text of unlinked mail is kept", config_parameter="email_sync.retention_days"
    )
    email_sync_retention_count = fields.Integer(compute="_compute_email_sync_retention_count")
    email_sync_emergency_max_hours = fields.Integer(
        "Longest emergency access (hours)",
        config_parameter="email_sync.emergency_max_hours",
        default=72,
    )
    email_sync_allowed_networks = fields.Char(
        "Allowed internal networks", config_parameter="email_sync.allowed_networks"
    )
    email_sync_allowed_ports = fields.Char(
        "Allowed other ports", config_parameter="email_sync.allowed_ports"
    )
    email_sync_account_count = fields.Integer(compute="_compute_email_sync_account_counts")
    email_sync_failing_account_count = fields.Integer(compute="_compute_email_sync_account_counts")

    def _compute_email_sync_account_counts(self):
        accounts = self.env["email.sync.account"]
        failing = ["|", ("state", "=", "sign_in"), ("failure_count", ">", 0)]
        self.email_sync_account_count = accounts.search_count([])
        self.email_sync_failing_account_count = accounts.search_count(failing)

    @api.constrains("email_sync_allowed_networks", "email_sync_allowed_ports")
    def _check_email_sync_network_policy(self):
        for settings in self:
            try:
                NetworkPolicy.from_text(
                    networks=settings.email_sync_allowed_networks,
                    ports=settings.email_sync_allowed_ports,
                )
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "The networks and ports that Email Sync may reach cannot be read: "
                        "%(error)s. Write networks as 10.0.0.0/8 or 192.168.1.5, ports as 1143.",
                        error=error,
                    )
                ) from error

    @api.depends("email_sync_retention_days")
    def _compute_email_sync_retention_count(self):
        accounts = self.env["email.sync.account"]._get_all_with_removed()
        for settings in self:
            days_by_account = {
                account: account._get_retention_days(max(0, settings.email_sync_retention_days))
                for account in accounts
            }
            settings.email_sync_retention_count = sum(
                account._count_retention(days) for account, days in days_by_account.items() if days
            )

    @api.constrains("email_sync_retention_days")
    def _check_email_sync_retention_days(self):
        if any(settings.email_sync_retention_days < 0 for settings in self):
            raise ValidationError(self.env._("The days that text is kept cannot be negative."))

    @api.constrains("email_sync_emergency_max_hours")
    def _check_email_sync_emergency_max_hours(self):
        for settings in self:
            if not 1 <= settings.email_sync_emergency_max_hours <= EMERGENCY_HOURS_LIMIT:
                raise ValidationError(
                    self.env._(
                        "Emergency access lasts between 1 and %(limit)s hours.",
                        limit=EMERGENCY_HOURS_LIMIT,
                    )
                )

    @api.constrains("email_sync_interval", "email_sync_max_size")
    def _check_email_sync_limits(self):
        for settings in self:
            if settings.email_sync_interval < 1 or settings.email_sync_max_size < 1:
                raise ValidationError(
                    self.env._("The interval and the largest mail of Email Sync are at least 1.")
                )
