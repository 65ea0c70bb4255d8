from odoo import Command, api, fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

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
            conversations._read_group([("lead_ids", "in", self.ids)], ["lead_ids"], ["__count"])
        )
        for lead in self:
            lead.email_sync_conversation_count = counts.get(lead, 0)

    @api.depends_context("uid")
    def _compute_may_send_email_sync(self):
        self.may_send_email_sync = bool(self.env["email.sync.account"]._get_sending_accounts())

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._link_email_sync_conversations()
        return leads

    def write(self, vals):
        result = super().write(vals)
        if not {"partner_id", "email_from"}.isdisjoint(vals):
            self._link_email_sync_conversations()
        return result

    def unlink(self):
        conversations = self.env["email.sync.conversation"]._get_linked_to("lead_ids", self)
        result = super().unlink()
        conversations._after_links_deleted()
        return result

    def _link_email_sync_conversations(self):
        """Find mail that came before the lead, or before it got this contact or address."""
        # sudo: res.partner - the address of the lead's own contact
        partners = self.sudo().partner_id
        self.env["email.sync.conversation"]._link_by_addresses(
            {*self.mapped("email_normalized"), *partners.mapped("email_normalized")}
        )

    def _merge_dependences(self, opportunities):
        """Links survive a merge: the lead that stays takes them over."""
        result = super()._merge_dependences(opportunities)
        # sudo: email.sync.conversation - links follow the merge, whoever merges and whatever of
        # them that user may read
        conversations = (
            self.env["email.sync.conversation"]
            .sudo()
            .search([("lead_ids", "in", opportunities.ids)])
        )
        conversations.write(
            {
                "lead_ids": [
                    Command.link(self.id),
                    *(Command.unlink(lead.id) for lead in opportunities),
                ]
            }
        )
        return result

    def action_open_email_sync_conversations(self):
        """Open the conversations linked to this lead or opportunity."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "email_sync.email_sync_conversation_action_linked"
        )
        return {
            **action,
            "domain": [("lead_ids", "in", self.ids)],
            "context": {"email_sync_lead_id": self.id},
        }

    def action_new_email_sync(self):
        """Write a mail about this lead or opportunity from an account of the user."""
        self.ensure_one()
        return self.env["email.sync.composer"]._open_new(lead=self)
