from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, format_list

ANSWERS = [
    ("waiting", "Not answered yet"),
    ("handed_over", "Handed over"),
    ("declined", "Declined"),
]


class EmailSyncExportPart(models.Model):
    """What one account holds of the person: for its members to download and to hand over."""

    _name = "email.sync.export.part"
    _inherit = ["email.sync.hidden.mixin"]
    _description = "Part of an Export"
    _order = "email, id"
    _rec_name = "email"

    export_id = fields.Many2one(
        "email.sync.export", required=True, readonly=True, index=True, ondelete="cascade"
    )
    account_id = fields.Many2one(
        "email.sync.account", readonly=True, index="btree_not_null", ondelete="set null"
    )
    email = fields.Char("Email account", required=True, readonly=True)
    asked_names = fields.Char("Asked", compute="_compute_asked_names")
    addresses = fields.Char(related="export_id.addresses")
    reason = fields.Text(related="export_id.reason")
    user_id = fields.Many2one("res.users", "Asked by", related="export_id.user_id")
    date_end = fields.Datetime(related="export_id.date_end")
    is_current = fields.Boolean(related="export_id.is_current")
    is_account_member = fields.Boolean(compute="_compute_is_account_member")
    date_downloaded = fields.Datetime("Downloaded on", readonly=True)
    answer = fields.Selection(ANSWERS, required=True, readonly=True, default="waiting")
    answer_user_id = fields.Many2one("res.users", "Answered by", readonly=True, ondelete="restrict")
    date_answer = fields.Datetime("Answered on", readonly=True)

    @api.depends("account_id.owner_id", "account_id.member_ids")
    def _compute_asked_names(self):
        for part in self:
            part.asked_names = format_list(self.env, part._get_asked_users().mapped("name"))

    @api.depends_context("uid")
    @api.depends("account_id.member_ids")
    def _compute_is_account_member(self):
        # sudo: email.sync.account - whether the reader is a member, nothing else, is told
        for part in self:
            part.is_account_member = self.env.user in part.account_id.sudo().member_ids

    def _get_asked_users(self):
        """Return who is asked: the account's owner; once the owner has left, the members."""
        self.ensure_one()
        # sudo: email.sync.account - whom to ask; who is told of the account sees no more of it
        account = self.account_id.sudo()
        return (account.owner_id.filtered("active") or account.member_ids.filtered("active")).sudo()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_download(self):
        """Download the mail and what else is held, as one file."""
        self._check_may_answer()
        return {
            "type": "ir.actions.act_url",
            "url": f"/email_sync/export/{self.id}",
            "target": "download",
        }

    def action_hand_over(self):
        """Say that the mail was handed over to who asked for it."""
        return self._answer("handed_over", self.env._("handed over"))

    def action_decline(self):
        """Say that it is not handed over."""
        return self._answer("declined", self.env._("declined"))

    def _answer(self, answer, text):
        self._check_may_answer()
        # sudo: email.sync.export.part - changed by its own actions only
        self.sudo().write(
            {
                "answer": answer,
                "answer_user_id": self.env.uid,
                "date_answer": fields.Datetime.now(),
            }
        )
        self._log(text)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check_may_answer(self):
        """
        :raise AccessError: who asks is no member of the account
        :raise UserError: the export has ended
        """
        self.ensure_one()
        self.check_access("read")
        if not self.is_account_member:
            raise AccessError(
                self.env._("Only members of %(email)s hand its mail over.", email=self.email)
            )
        if not self.is_current:
            raise UserError(self.env._("This request has ended. It can be made again."))

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _log(self, text):
        # sudo: email.sync.account - its address, for an entry that its members see
        self.env["email.sync.log"]._add(self.account_id.sudo(), "export", after=text)

    def _note_download(self):
        """Note that a member downloaded it just now."""
        # sudo: email.sync.export.part - changed by its own actions only
        self.sudo().date_downloaded = fields.Datetime.now()
        self._log(self.env._("downloaded"))

    def _tell(self):
        """Tell who is asked at once, without saying whose mail it is or how much."""
        self.ensure_one()
        for user in self._get_asked_users():
            part = self.with_context(lang=user.lang)
            subject = part.env._("A person asks for their data in %(email)s", email=part.email)
            user._tell_of_email_sync(subject, part._get_notice())

    def _get_notice(self):
        sentence = self.env._(
            "%(name)s asks you for the mail of a person who wants to know what is stored of "
            "them. Nobody else sees that mail: you download it, look through it and hand it over, "
            "until %(until)s.",
            name=self.user_id.name,
            until=format_date(self.env, self.date_end),
        )
        link = Markup('<a href="%s">%s</a>') % (self._get_page_url(), self.env._("See the request"))
        return Markup("<p>%s</p>\n<p>%s</p>") % (sentence, link)

    def _get_page_url(self):
        return (
            f"{self.get_base_url()}/odoo/action-email_sync.email_sync_export_part_action/{self.id}"
        )
