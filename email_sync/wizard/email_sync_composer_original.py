from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.tools import format_datetime

from ..mime.addresses import format_address, format_addresses, parse_addresses
from ..mime.message import Address
from ..mime.parse import part_content
from ..mime.reply import forward_subject, quote_html, reply_recipients, reply_subject
from ..mime.warnings import find_reply_to
from .email_sync_composer import ANSWERS


class EmailSyncComposer(models.TransientModel):
    """The mail that is answered or passed on: what is taken over from it."""

    _inherit = "email.sync.composer"

    has_quote = fields.Boolean("Include the original mail")
    quote = fields.Html(
        compute="_compute_quote",
        sanitize=False,  # made from sanitised parts; the folding marks have to stay
    )

    recipient_notice = fields.Char(
        compute="_compute_recipient_notice",
        help="That the answer goes to somebody else than who wrote, where it does.",
    )

    @api.depends("message_id", "mode", "to")
    def _compute_recipient_notice(self):
        for composer in self:
            composer.recipient_notice = False
            if composer.mode in ANSWERS and composer.message_id:
                composer.recipient_notice = composer._get_recipient_notice()

    def _get_recipient_notice(self):
        """Return a sentence where the answered mail asks for answers to another organisation."""
        self.message_id.check_access("read")
        parsed = self.message_id._parse()
        finding = find_reply_to(parsed)
        addressed = {address.normalized for address in parse_addresses(self.to or "")}
        if not finding or not addressed & {address.normalized for address in parsed.reply_to}:
            return False
        return self.env._(
            "Your answer goes to %(actual)s, as the mail asks for, not to %(shown)s, who sent it.",
            actual=finding.actual,
            shown=finding.shown,
        )

    @api.depends("message_id")
    def _compute_quote(self):
        for composer in self:
            composer.quote = composer._get_quote(remote=False) if composer.message_id else False

    @api.model
    def _get_answer_vals(self, mode, message):
        """Return what an answer begins with: recipients, subject and signature."""
        parsed = message._parse()
        account = message.account_id
        vals = {"has_quote": True, "body": self._get_first_body(account)}
        if mode == "forward":
            return {**vals, "subject": forward_subject(parsed.subject)}
        to, cc = reply_recipients(parsed, account._get_own_addresses(), mode == "reply_all")
        return {
            **vals,
            "subject": reply_subject(parsed.subject),
            "to": format_addresses(to),
            "cc": format_addresses(cc),
            "has_copies": bool(cc),
        }

    def _attach_original_files(self):
        """Attach what the forwarded mail has attached, each file to be taken off by itself."""
        source, parsed = self.message_id._open_source(), self.message_id._parse()
        attachments = self.env["ir.attachment"].with_context(email_sync_no_unpacking=True)
        attachments = attachments.create(
            [
                {
                    "name": self.message_id._get_part_name(part),
                    "raw": part_content(source, part.section),
                    "mimetype": part.content_type,
                    "res_model": self._name,
                    "res_id": self.id,
                }
                for part in parsed.attachments
            ]
        )
        self.attachment_ids = [Command.set(attachments.ids)]

    def _get_quote(self, remote):
        """Return the original mail as it is repeated below the text.

        :param bool remote: with its pictures from elsewhere, which the writer's browser does not
            load, but the recipients' may
        """
        self.message_id.check_access("read")
        html, _has_remote_content = self.message_id._get_display_html(remote=remote)
        if self.mode == "forward":
            html = Markup("%s%s") % (self._get_missing_files_sentence(), html)
        # Sanitised HTML in a frame that escapes the rest.
        return Markup(quote_html(html, self._get_attribution()))  # noqa: S704

    def _get_missing_files_sentence(self):
        """Return a paragraph that says which files are not passed on, '' where there are none."""
        sentence = self.message_id._get_beginning_sentence()
        return Markup("<p><em>%s</em></p>") % sentence if sentence else ""

    def _get_attribution(self):
        """Return the line in front of the quote, in the writer's language and time zone."""
        message = self.message_id
        sender = format_address(Address(message.from_name or "", message.from_email or ""))
        sender = sender or self.env._("somebody")
        date = format_datetime(self.env, message.date, dt_format="EEE, d MMM y, HH:mm")
        if self.mode == "forward":
            return self.env._(
                "Forwarded mail from %(sender)s, %(date)s, subject: %(subject)s",
                sender=sender,
                date=date,
                subject=message.subject or "",
            )
        return self.env._("On %(date)s, %(sender)s wrote:", date=date, sender=sender)
