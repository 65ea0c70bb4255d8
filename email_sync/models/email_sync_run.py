from odoo import api, fields, models

from .fields import UnsignedInteger


class EmailSyncRun(models.Model):
    """One run of an account that moved something, or failed."""

    _name = "email.sync.run"
    _description = "Email Sync Run"
    _order = "date_start desc, id desc"
    _rec_name = "date_start"

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade", readonly=True
    )
    date_start = fields.Datetime("Started", required=True, readonly=True, index=True)
    duration = fields.Float("Seconds", readonly=True)
    message_count = fields.Integer("Mails", readonly=True)
    recognised_count = fields.Integer(
        "Recognised",
        readonly=True,
        help="Known mails that were moved, copied or numbered anew: not fetched again.",
    )
    hole_count = fields.Integer(
        "Found missing",
        readonly=True,
        help="Mails that an audit found on the server without an outcome here, and fetched.",
    )
    size = UnsignedInteger("Bytes", readonly=True, aggregator="sum")
    error_count = fields.Integer("Errors", readonly=True)
    error_message = fields.Char("What went wrong", readonly=True)

    @api.autovacuum
    def _gc_runs(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=90)
        self.search([("date_start", "<", limit)], limit=10000).unlink()
