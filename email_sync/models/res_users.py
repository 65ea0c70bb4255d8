from odoo import api, fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    email_sync_account_ids = fields.Many2many(
        "email.sync.account",
        string="Email accounts",
        compute="_compute_email_sync_account_ids",
        help="The accounts the user is a member of, of which the reader may know.",
    )
    email_sync_picture_sender_ids = fields.Many2many(
        "email.sync.picture.sender",
        string="Pictures are always shown from",
        compute="_compute_email_sync_picture_sender_ids",
    )
    may_connect_email_sync = fields.Boolean(compute="_compute_may_connect_email_sync")

    @api.depends_context("uid")
    def _compute_email_sync_account_ids(self):
        accounts = self.env["email.sync.account"].search([("member_ids", "in", self.ids)])
        for user in self:
            user.email_sync_account_ids = accounts.filtered(
                lambda account, user=user: user in account.member_ids
            )

    @api.depends_context("uid")
    def _compute_email_sync_picture_sender_ids(self):
        # with_user: everybody's own, also where preferences are read as superuser
        senders = self.env["email.sync.picture.sender"].with_user(self.env.uid)
        for user in self:
            user.email_sync_picture_sender_ids = senders.search([("user_id", "=", user.id)])

    @api.depends("group_ids")
    def _compute_may_connect_email_sync(self):
        for user in self:
            user.may_connect_email_sync = user.has_group("email_sync.email_sync_group_personal")

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + [
            "email_sync_account_ids",
            "email_sync_picture_sender_ids",
            "may_connect_email_sync",
        ]

    def action_open_email_sync_setup(self):
        """Connect a mailbox, or go on where the set-up was left."""
        return self.env["email.sync.setup"].action_open()
