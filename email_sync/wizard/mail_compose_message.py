from odoo import api, models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    @api.depends("composition_mode", "model", "parent_id", "res_domain", "res_ids", "template_id")
    def _compute_subject(self):
        """Core reads the message that is answered without asking for the right to read it."""
        hidden = self.filtered(
            lambda composer: composer.parent_id._origin._get_hidden_annexes("read")
        )
        hidden.subject = False
        return super(MailComposeMessage, self - hidden)._compute_subject()
