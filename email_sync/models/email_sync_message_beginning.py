from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from ..mime.beginning import keep_text
from ..mime.parse import parse

BEGINNING_BYTES = 256 * 1024  # of a mail that is too large; its header and text in most cases
MEBIBYTE = 1024 * 1024


class EmailSyncMessage(models.Model):
    """A mail larger than what is kept: its header and text are here, its attachments are not.

    It is known by the digest of its beginning, which another copy has, too.
    """

    _inherit = "email.sync.message"

    is_beginning = fields.Boolean(
        "Without its attachments",
        readonly=True,
        help="The mail is larger than what is kept: its header and the beginning of its text are "
        "here.",
    )

    def _may_be_whole(self):
        """Whether the mail is no larger than what is kept now."""
        return self.size <= self.env["email.sync.engine"]._get_max_size()

    def _get_beginning_sentence(self):
        """Return what a reader is told, '' of a mail that is whole."""
        self.ensure_one()
        if not self.is_beginning:
            return ""
        size = round(self.size / MEBIBYTE, 1)
        if self._may_be_whole():
            return self.env._(
                "This mail of %(size)s MB was too large when it came. Its attachments are not "
                "stored here.",
                size=size,
            )
        return self.env._(
            "This mail is larger than %(limit)s MB: it has %(size)s MB. Its attachments are not "
            "stored here; they are in the mailbox.",
            limit=self.env["email.sync.engine"]._get_max_size() // MEBIBYTE,
            size=size,
        )

    # ------------------------------------------------------------
    # DISPLAY
    # ------------------------------------------------------------

    def _parse(self):
        parsed = super()._parse()
        if self.is_beginning:
            # What has no text is attached as a whole, and empty here.
            parsed.parts = []
        return parsed

    def _get_display_values(self, remote):
        values = super()._get_display_values(remote)
        sentence = "" if self.removed_date else self._get_beginning_sentence()
        values["notice"] = sentence or values["notice"]
        if self.is_beginning:
            values["source_url"] = False
        return values

    def _get_entry_html(self, parsed):
        html = super()._get_entry_html(parsed)
        sentence = self._get_beginning_sentence()
        return Markup("<p><em>%s</em></p>%s") % (sentence, html) if sentence else html

    # ------------------------------------------------------------
    # FETCHING THE WHOLE MAIL
    # ------------------------------------------------------------

    def _can_be_fetched_again(self):
        if self.is_beginning and not self.removed_date:
            return self._may_be_whole() and self.conversation_id.is_account_member
        return super()._can_be_fetched_again()

    def _check_can_be_fetched_again(self):
        if not self.is_beginning or self.removed_date:
            return super()._check_can_be_fetched_again()
        if not self._may_be_whole():
            raise UserError(
                self.env._(
                    "%(sentence)s An administrator can raise the limit in the settings; then fetch "
                    "it again.",
                    sentence=self._get_beginning_sentence(),
                )
            )

    def _fetch_from(self, session, wanted):
        if self.is_beginning and not self._may_be_whole():
            return session.fetch_beginnings(wanted, BEGINNING_BYTES)
        return super()._fetch_from(session, wanted)

    def _is_source(self, source):
        if self.is_beginning and self._may_be_whole():
            source = keep_text(source[:BEGINNING_BYTES])
        return super()._is_source(source)

    def _restore_text(self, source):
        # sudo: email.sync.message - what a member asked for, from the member's own mailbox
        message = self.sudo()
        if message.is_beginning and message._may_be_whole():
            identity = self.env["email.sync.store"]._get_identity(parse(source))
            others = message.search(
                [
                    ("account_id", "=", message.account_id.id),
                    ("message_id", "=", identity[0]),
                    ("digest", "=", identity[1]),
                ]
            )
            if others - message:
                raise UserError(self.env._("The whole mail is here already, as another mail."))
            message.write({"is_beginning": False, "digest": identity[1]})
        return super()._restore_text(source)
