from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize_all

REASON_LENGTH = 10  # characters that a reason has at least


class EmailSyncErasureRequest(models.TransientModel):
    """Shows how much mail there is of a person, asks why, and has it erased."""

    _name = "email.sync.erasure.request"
    _description = "Request of an Erasure"

    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    addresses = fields.Text("Email addresses", help="One or several, separated by commas.")
    reason = fields.Text()
    email_count = fields.Integer(compute="_compute_reach")
    conversation_count = fields.Integer(compute="_compute_reach")
    account_count = fields.Integer(compute="_compute_reach")
    deleted_count = fields.Integer(compute="_compute_reach")
    redacted_count = fields.Integer(compute="_compute_reach")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "res.partner":
            partner = self.env["res.partner"].browse(self.env.context.get("active_id"))
            partner.check_access("read")
            values["partner_id"] = partner.id
            values["addresses"] = ", ".join(email_normalize_all(partner.email))
        return values

    @api.depends("addresses")
    def _compute_reach(self):
        for request in self:
            reach = self.env["email.sync.erasure"]._get_reach(request._get_addresses())
            request.email_count = reach["emails"]
            request.conversation_count = reach["conversations"]
            request.account_count = reach["accounts"]
            request.deleted_count = reach["deleted"]
            request.redacted_count = reach["redacted"]

    def _get_addresses(self):
        """Return the set of normalised addresses that were entered."""
        return set(email_normalize_all((self.addresses or "").replace("\n", ",")))

    def _check_addresses(self):
        addresses = self._get_addresses()
        if not addresses:
            raise UserError(
                self.env._("Whose mail is it about? Enter an address such as name@company.com.")
            )
        inside = self.env["email.sync.account"]._get_inside_addresses(addresses)
        if inside:
            raise UserError(
                self.env._(
                    "%(addresses)s belongs to a colleague, a mailbox or an alias of the company: "
                    "all of its mail would go. Remove the email account together with its mail "
                    "instead.",
                    addresses=", ".join(sorted(inside)),
                )
            )
        return addresses

    def action_apply(self):
        """Erase the person from the mail that is here; the mail servers are not touched."""
        self.ensure_one()
        self.env["email.sync.erasure"]._check_is_officer()
        addresses = self._check_addresses()
        reason = (self.reason or "").strip()
        if len(reason) < REASON_LENGTH:
            raise ValidationError(
                self.env._("State the reason in a sentence: the record of the erasure keeps it.")
            )
        erasure = self.env["email.sync.erasure"]._start(addresses, reason, self.partner_id)
        # The addresses are kept nowhere, in no form that was answered either.
        self.write({"addresses": False, "partner_id": False})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Erasure"),
            "res_model": "email.sync.erasure",
            "res_id": erasure.id,
            "views": [(False, "form")],
            "target": "new",
        }
