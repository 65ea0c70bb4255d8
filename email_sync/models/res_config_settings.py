from odoo import fields, models


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
    email_sync_allowed_networks = fields.Char(
        "Allowed internal networks", config_parameter="email_sync.allowed_networks"
    )
