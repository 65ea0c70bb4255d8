from odoo import api, models, tools
from odoo.tools import email_normalize

from ..mime.warnings import get_skeleton


class ResUsers(models.Model):
    """Names and addresses of colleagues, to tell them from who only bears their name."""

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        self.env.registry.clear_cache()
        return users

    def _get_invalidation_fields(self):
        return super()._get_invalidation_fields() | {"name", "email"}

    @api.model
    @tools.ormcache()
    def _get_email_sync_colleagues(self):
        """Return the names of users as :func:`get_skeleton` makes them, and their addresses.

        One word is no name that tells a colleague from others.

        :rtype: tuple[frozenset[str], frozenset[str]]
        """
        # sudo: res.users - names and addresses, for comparing
        users = self.env["res.users"].sudo().search([("share", "=", False)])
        names = {get_skeleton(user.name) for user in users if len((user.name or "").split()) > 1}
        addresses = filter(None, map(email_normalize, users.mapped("email")))
        return frozenset(names), frozenset(addresses)
