from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import html2plaintext

from ..mime.addresses import format_address
from ..mime.compose import make_message_id
from ..mime.message import Address
from ..mime.reply import (
    reply_headers,
)

ANSWERS = ("reply", "reply_all")


class EmailSyncComposer(models.TransientModel):
    """A mail that is being written in the name of an account.

    It is saved while it is written: who closes the window finds it again, until it is sent or
    discarded.
    """

    _name = "email.sync.composer"
    _description = "Email Being Written"
    _rec_name = "subject"
    _transient_max_hours = 72

    mode = fields.Selection(
        [
            ("new", "New email"),
            ("reply", "Reply"),
            ("reply_all", "Reply to all"),
            ("forward", "Forward"),
        ],
        required=True,
        default="new",
        readonly=True,
    )
    account_id = fields.Many2one(
        "email.sync.account",
        string="From",
        required=True,
        ondelete="cascade",
        domain="[('member_ids', 'in', uid), ('smtp_host', '!=', False)]",
    )
    may_choose_account = fields.Boolean(compute="_compute_may_choose_account")
    message_id = fields.Many2one(
        "email.sync.message",
        string="Answered or forwarded mail",
        readonly=True,
        ondelete="set null",
    )
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="set null")

    to = fields.Text()
    cc = fields.Text()
    bcc = fields.Text(help="These recipients are not shown to the others.")
    has_copies = fields.Boolean("Show Cc and Bcc")
    subject = fields.Char()
    body = fields.Html("Text", sanitize_style=True)
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "email_sync_composer_ir_attachment_rel",
        "composer_id",
        "attachment_id",
        string="Attach files",
        bypass_search_access=True,
    )

    @api.depends("mode")
    @api.depends_context("uid")
    def _compute_may_choose_account(self):
        several = len(self.env["email.sync.account"]._get_sending_accounts()) > 1
        for composer in self:
            composer.may_choose_account = several and composer.mode == "new"

    @api.onchange("account_id")
    def _onchange_account_id(self):
        """Another account has another signature; what was written stays."""
        before = html2plaintext(self._get_first_body(self._origin.account_id)).strip()
        if self.mode == "new" and html2plaintext(self.body or "").strip() == before:
            self.body = self._get_first_body(self.account_id)

    @api.constrains("account_id", "message_id", "partner_id", "lead_id")
    def _check_rights(self):
        """The account may be written from, and what the mail refers to may be read.

        The fields can be set to any id by RPC.
        """
        for composer in self:
            composer.account_id._check_may_send()
            message = composer.message_id
            message.check_access("read")
            composer.partner_id.check_access("read")
            composer.lead_id.check_access("read")
            # sudo: email.sync.message - of a mail that may be read
            if message and message.sudo().account_id != composer.account_id:
                raise AccessError(
                    self.env._("A mail is answered from the account that it belongs to.")
                )

    # ------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------

    @api.model
    def _open(self, mode, message):
        """Open the window on an answer to a mail, or on a mail that passes it on.

        :param str mode: ``reply``, ``reply_all`` or ``forward``
        :param message: a mail that the user may read
        :raise AccessError: unless the user is a member of its account
        """
        message.ensure_one()
        message.check_access("read")
        # sudo: email.sync.account - of a mail that may be read; membership is checked right here
        account = message.sudo().account_id.sudo(False)
        account._check_may_send()
        composer = self._find_draft([("message_id", "=", message.id), ("mode", "=", mode)])
        if not composer:
            composer = self.create(
                {
                    "mode": mode,
                    "account_id": account.id,
                    "message_id": message.id,
                    **self._get_answer_vals(mode, message),
                }
            )
            if mode == "forward":
                composer._attach_original_files()
        return composer._get_dialog()

    @api.model
    def _open_new(self, partner=None, lead=None):
        """Open the window on a mail that answers none.

        :param partner: the contact it is for
        :param lead: the lead or opportunity it is about
        :raise UserError: the user has no account to write from
        """
        accounts = self.env["email.sync.account"]._get_sending_accounts()
        if not accounts:
            raise UserError(
                self.env._(
                    "You have no mailbox to write from. Connect one in My Preferences › Email sync."
                )
            )
        partner = partner or self.env["res.partner"]
        lead = lead or self.env["crm.lead"]
        composer = self._find_draft(
            [
                ("mode", "=", "new"),
                ("partner_id", "=", partner.id),
                ("lead_id", "=", lead.id),
            ]
        )
        if not composer:
            composer = self.create(
                {
                    "account_id": accounts[0].id,
                    "partner_id": partner.id,
                    "lead_id": lead.id,
                    "to": self._get_first_recipient(partner, lead),
                    "body": self._get_first_body(accounts[0]),
                }
            )
        return composer._get_dialog()

    @api.model
    def _find_draft(self, domain):
        """Return what the user was writing when the window was closed."""
        return self.search([("create_uid", "=", self.env.uid), *domain], order="id desc", limit=1)

    @api.model
    def _get_first_recipient(self, partner, lead):
        partner = partner or lead.partner_id
        name = partner.name or lead.contact_name
        email = partner.email_normalized or lead.email_normalized
        return format_address(Address(name or "", email)) if email else False

    @api.model
    def _get_first_body(self, account):
        """Return an empty text above the signature of the account."""
        body = Markup("<p><br></p>")
        return body + account.signature if account.signature else body

    def _get_dialog(self):
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["mode"]._description_selection(self.env))[self.mode],
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    # ------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------

    def action_discard(self):
        """Forget what was written."""
        self._check_is_own()
        self.unlink()
        return {"type": "ir.actions.act_window_close"}

    def _check_is_own(self):
        if any(composer.create_uid != self.env.user for composer in self):
            raise AccessError(self.env._("This mail is being written by somebody else."))

    def _compose(self):
        """Return the mail as it is sent.

        :rtype: bytes
        :raise UserError: something in it cannot be sent
        """
        header = {"message_id": make_message_id(self.account_id.email.rpartition("@")[2])}
        html = self.body or ""
        if self.message_id:
            answered = reply_headers(self.message_id._parse())
            header["references"] = answered["references"]
            if self.mode in ANSWERS:
                header["in_reply_to"] = answered["in_reply_to"]
            if self.has_quote:
                html += self._get_quote(remote=True)
        self.attachment_ids.check_access("read")
        return self.env["email.sync.outgoing"]._compose(
            self.account_id,
            self._get_recipients(),
            html or "<p></p>",
            self.attachment_ids,
            subject=self.subject or "",
            **header,
        )

    def _get_recipients(self):
        """Return lists of addresses for To, Cc and Bcc."""
        return self.env["email.sync.outgoing"]._parse_recipients(self.to, self.cc, self.bcc)
