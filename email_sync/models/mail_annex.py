from odoo import api, models
from odoo.exceptions import AccessError

from .email_sync_annex_mixin import DOCUMENT_MODEL


class MailFollowers(models.Model):
    _name = "mail.followers"
    _inherit = ["mail.followers", "email.sync.annex.mixin"]


class MailActivity(models.Model):
    _name = "mail.activity"
    _inherit = ["mail.activity", "email.sync.annex.mixin"]

    @api.constrains("user_id", "res_model", "res_id")
    def _check_assigned_reads_conversation(self):
        """An activity shows the name of its document to whom it is assigned."""
        for activity in self:
            if activity.res_model == DOCUMENT_MODEL and activity.user_id:
                conversation = self.env[DOCUMENT_MODEL].browse(activity.res_id)
                conversation._check_readers(activity.user_id.partner_id)


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message", "email.sync.annex.mixin"]

    _document_model_field = "model"

    @api.depends_context("uid")
    @api.depends("model", "res_id")
    def _compute_record_name(self):
        result = super()._compute_record_name()
        self._get_unnamed().record_name = False
        return result

    @api.depends_context("uid")
    @api.depends("subject", "model", "res_id")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        self._get_unnamed().display_name = False
        return result

    def _get_unnamed(self):
        """Return those whose document the user may not know: names go with every reference."""
        # with_user: references are named as superuser, on behalf of whom they are shown to
        hidden = self.with_user(self.env.uid)._get_hidden_annexes("read")
        return self.browse(hidden.ids)

    def write(self, vals):
        """A message that is pointed at a document would name it to its author."""
        if not self.env.su and vals.get("model") == DOCUMENT_MODEL:
            raise AccessError(self.env._("Messages cannot be moved to an email conversation."))
        return super().write(vals)
