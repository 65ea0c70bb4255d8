from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize_all

REASON_LENGTH = 10  # characters that a reason has at least


class EmailSyncPersonQuestion(models.AbstractModel):
    """Asks whose mail something is about, and why."""

    _name = "email.sync.person.question"
    _description = "Question about a Person"

    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    addresses = fields.Text("Email addresses", help="One or several, separated by commas.")
    reason = fields.Text()

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "res.partner":
            partner = self.env["res.partner"].browse(self.env.context.get("active_id"))
            partner.check_access("read")
            values["partner_id"] = partner.id
            values["addresses"] = ", ".join(email_normalize_all(partner.email))
        return values

    def _get_addresses(self):
        """Return the set of normalised addresses that were entered."""
        return set(email_normalize_all((self.addresses or "").replace("\n", ",")))

    def _get_checked_answer(self):
        """Return the addresses (set) and the reason.

        :raise UserError: no address of somebody outside, or no reason was entered
        """
        self.ensure_one()
        addresses = self._get_addresses()
        if not addresses:
            raise UserError(
                self.env._("Whose mail is it about? Enter an address such as name@company.com.")
            )
        inside = self.env["email.sync.account"]._get_inside_addresses(addresses)
        if inside:
            raise UserError(self._get_inside_sentence(", ".join(sorted(inside))))
        reason = (self.reason or "").strip()
        if len(reason) < REASON_LENGTH:
            raise ValidationError(
                self.env._("State the reason in a sentence: the record keeps it.")
            )
        return addresses, reason

    def _get_inside_sentence(self, addresses):
        """Return why addresses of the company itself are refused, and what to do instead.

        :param str addresses: as they are shown
        """
        raise NotImplementedError

    def _get_record_action(self, record, name):
        """Forget what was entered, and show what came of it."""
        # The addresses are kept in no form that was answered.
        self.write({"addresses": False, "partner_id": False})
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "target": "new",
        }
