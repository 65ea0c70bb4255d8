from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    email_sync_conversation_count = fields.Integer(
        "Emails", compute="_compute_email_sync_conversation_count", groups="base.group_user"
    )

    @api.depends_context("uid")
    def _compute_email_sync_conversation_count(self):
        counts = dict(
            self.env["email.sync.conversation"]._read_group(
                [("partner_ids", "in", self.ids)], ["partner_ids"], ["__count"]
            )
        )
        for partner in self:
            partner.email_sync_conversation_count = counts.get(partner, 0)

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["email.sync.conversation"]._link_by_addresses(partners.mapped("email_normalized"))
        return partners

    def write(self, vals):
        result = super().write(vals)
        if "email" in vals or vals.get("active"):
            self.env["email.sync.conversation"]._link_by_addresses(self.mapped("email_normalized"))
        return result

    def action_open_email_sync_conversations(self):
        """Open the conversations linked to this contact."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "email_sync.email_sync_conversation_action_linked"
        )
        return {
            **action,
            "domain": [("partner_ids", "in", self.ids)],
        }
