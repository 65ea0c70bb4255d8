from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    email_sync_conversation_count = fields.Integer(
        "Emails", compute="_compute_email_sync_conversation_count", groups="base.group_user"
    )
    may_send_email_sync = fields.Boolean(
        compute="_compute_may_send_email_sync", groups="base.group_user"
    )

    @api.depends_context("uid")
    def _compute_email_sync_conversation_count(self):
        # with_user: also where a record is read as superuser, the reader's own mail is counted
        conversations = self.env["email.sync.conversation"].with_user(self.env.uid)
        counts = dict(
            conversations._read_group(
                [("partner_ids", "in", self.ids)], ["partner_ids"], ["__count"]
            )
        )
        for partner in self:
            partner.email_sync_conversation_count = counts.get(partner, 0)

    @api.depends_context("uid")
    def _compute_may_send_email_sync(self):
        self.may_send_email_sync = bool(self.env["email.sync.account"]._get_sending_accounts())

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

    def unlink(self):
        conversations = self.env["email.sync.conversation"]._get_linked_to("partner_ids", self)
        result = super().unlink()
        conversations._after_links_deleted()
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
            "context": {"email_sync_partner_id": self.id},
        }

    def action_new_email_sync(self):
        """Write a mail to this contact from an account of the user."""
        self.ensure_one()
        return self.env["email.sync.composer"]._open_new(partner=self)
