import base64
from collections import defaultdict
from datetime import timedelta, timezone

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..mailbox.errors import MailboxError
from ..mime.message import Address, ParsedMessage
from ..mime.parse import parse
from ..mime.warnings import SEVERITIES
from .parse_ahead import read

RETENTION_BATCH = 200  # mails a transaction
RETENTION_PARAMETER = "email_sync.retention_days"
REMOVED_TEXT = {
    "source": False,
    "text": False,
    "snippet": False,
    "attachment_names": False,
    "attachment_count": 0,
}


class EmailSyncAccount(models.Model):
    """How long the text of mail that is linked to nothing is kept."""

    _inherit = "email.sync.account"

    retention_days = fields.Integer(
        "Days that unlinked text is kept",
        help="Counted from the arrival here. 0: as long as the company's policy says.",
    )
    retention_count = fields.Integer(compute="_compute_retention_count")
    retention_sentence = fields.Char(compute="_compute_retention_count")

    @api.depends("retention_days")
    def _compute_retention_count(self):
        for account in self:
            days = account._get_retention_days()
            count = account._origin._count_retention(days) if days > 0 else 0
            account.retention_count = count
            account.retention_sentence = account._get_retention_sentence(days, count)

    @api.constrains("retention_days")
    def _check_retention_days(self):
        if any(account.retention_days < 0 for account in self):
            raise ValidationError(self.env._("The days that text is kept cannot be negative."))

    @api.model
    def _get_all_with_removed(self):
        """Return all accounts, also those that were removed and their mail kept."""
        return self.search([("active", "in", (True, False))])

    @api.model
    def _get_company_retention_days(self):
        """Return the days that text is kept at most in any account, 0 for ever."""
        # sudo: ir.config_parameter - the company's policy, shown to everybody it concerns
        return int(self.env["ir.config_parameter"].sudo().get_param(RETENTION_PARAMETER) or 0)

    def _get_retention_days(self, company_days=None):
        """Return the days that count for one account: the shorter of its own and the company's."""
        self.ensure_one()
        if company_days is None:
            company_days = self._get_company_retention_days()
        return min((days for days in (self.retention_days, company_days) if days > 0), default=0)

    def _count_retention(self, days):
        """Return how many mails of an account would lose their text now."""
        # sudo: email.sync.message - how many, not which
        messages = self.env["email.sync.message"].sudo()
        return messages.search_count(messages._get_retention_domain(self, days))

    def _get_retention_sentence(self, days, count):
        if not days:
            return self.env._("The text of all mail is kept.")
        return self.env._(
            "The text and attachments of mail that is linked to nothing are removed here %(days)s "
            "days after they came; the mail on the server is not touched. This concerns %(count)s "
            "mails today.",
            days=days,
            count=count,
        )


class EmailSyncMessage(models.Model):
    """Retention: what says that there was a mail is kept, what it said is removed.

    Header, participants, places and identity stay, so that the mail is neither fetched again by
    itself nor lost to a contact that is made later.
    """

    _inherit = "email.sync.message"

    removed_date = fields.Datetime("Text removed", readonly=True, copy=False)
    removed_days = fields.Integer("Text removed after (days)", readonly=True, copy=False)

    _retention_index = models.Index("(account_id, create_date) WHERE removed_date IS NULL")

    @api.model
    def _get_retention_domain(self, account, days):
        """Return the domain of the mails whose text is to be removed."""
        return [
            ("account_id", "=", account.id),
            ("removed_date", "=", False),
            ("create_date", "<", fields.Datetime.now() - timedelta(days=days)),
            ("conversation_id.is_linked", "=", False),
        ]

    @api.model
    def _cron_apply_retention(self):
        """Remove what is due, account by account, a batch a transaction."""
        for account in self.env["email.sync.account"]._get_all_with_removed():
            if days := account._get_retention_days():
                self.env["email.sync.placement"]._remove_old_sources(account, days)
                seconds_left = self._apply_retention(account, days)
                if seconds_left <= 0:
                    self.env["ir.cron"]._commit_progress(remaining=1)
                    return

    @api.model
    def _apply_retention(self, account, days):
        """Remove what is due in one account.

        :return: seconds that the scheduled action has left
        """
        seconds_left, count = float("inf"), 0
        domain = self._get_retention_domain(account, days)
        while seconds_left > 0 and (messages := self.search(domain, limit=RETENTION_BATCH)):
            messages._remove_text(days)
            count += len(messages)
            seconds_left = self.env["ir.cron"]._commit_progress(len(messages))
        if count:
            self.env["email.sync.log"]._add(
                account, "text_removed", after=f"{count} · {days} d", levels={}
            )
        return seconds_left

    def _remove_text(self, days):
        """Remove text, source and attachments; Odoo's daily clean-up deletes the files."""
        # sudo: email.sync.message - the policy acts for nobody
        messages = self.sudo()
        messages.mail_message_id.attachment_ids.unlink()
        messages.write(
            {**REMOVED_TEXT, "removed_date": fields.Datetime.now(), "removed_days": days}
        )
        messages.conversation_id._update_statistics()

    # ------------------------------------------------------------
    # WHAT IS KEPT
    # ------------------------------------------------------------

    def _parse(self):
        return self._get_kept_header() if self.removed_date else super()._parse()

    def _get_kept_header(self):
        """Return what is kept of a mail as if it were parsed, so that it can still be answered.

        Blind copies are left out: what an answer repeats is seen by others.
        """
        addresses = defaultdict(list)
        # sudo: email.sync.participant - whom a mail is from and to that may be read
        for participant in self.sudo().participant_ids.filtered("email").sorted("id"):
            addresses[participant.role].append(Address(participant.name or "", participant.email))
        return ParsedMessage(
            message_id=self.message_id or "",
            subject=self.subject or "",
            date=self.date.replace(tzinfo=timezone.utc),
            from_=addresses["from"],
            sender=addresses["sender"],
            reply_to=addresses["reply_to"],
            to=addresses["to"],
            cc=addresses["cc"],
        )

    def _judge_senders(self):
        """What was removed cannot be judged anew: what was found stands."""
        return super(
            EmailSyncMessage, self.filtered(lambda message: not message.removed_date)
        )._judge_senders()

    def _get_sender_values(self, parsed):
        if not self.removed_date:
            return super()._get_sender_values(parsed)
        labels = dict(self._fields["sender_finding"]._description_selection(self.env))
        return {
            "sender_findings": [
                {"code": code, "severity": SEVERITIES[code], "text": labels[code]}
                for code in filter(None, [self.sender_finding])
            ],
            "is_sender_verified": False,
        }

    # ------------------------------------------------------------
    # DISPLAY
    # ------------------------------------------------------------

    def _get_removed_sentence(self):
        self.ensure_one()
        return self.env._(
            "The text was removed after %(days)s days by the retention policy.",
            days=self.removed_days,
        )

    def _get_display_html(self, parsed=None, remote=False):
        self.ensure_one()
        if self.removed_date:
            return Markup("<p><em>%s</em></p>") % self._get_removed_sentence(), False
        return super()._get_display_html(parsed, remote)

    def _get_display_values(self, remote):
        values = super()._get_display_values(remote)
        values["can_be_fetched_again"] = self._can_be_fetched_again()
        if self.removed_date:
            values["source_url"] = False
        return values

    # ------------------------------------------------------------
    # FETCHING AGAIN
    # ------------------------------------------------------------

    def _can_be_fetched_again(self):
        """Whether :meth:`action_fetch_again` is offered; of what was removed, once it is linked."""
        return bool(self.removed_date and self.conversation_id.is_account_member)

    def action_fetch_again(self):
        """Fetch a mail that is not here as a whole, from the server, while it is still there."""
        self.ensure_one()
        self.check_access("read")
        # sudo: email.sync.account - members ask for their own mail
        account = self.account_id.sudo()
        account.sudo(False)._check_is_member()
        self._check_can_be_fetched_again()
        try:
            source = self._fetch_source(account)
        except MailboxError as error:
            text = self.env["email.sync.error"]._get_text(error, account.imap_host)
            raise UserError(text) from error
        if source is None:
            raise UserError(
                self.env._("The mail is no longer on the server. Its header is all that is left.")
            )
        self._restore_text(source)

    def _check_can_be_fetched_again(self):
        """:raise UserError: the text would not stay"""
        if not self.conversation_id.is_linked:
            raise UserError(
                self.env._(
                    "Link the conversation to a contact, lead or opportunity first: the text of "
                    "mail that is linked to nothing would be removed again."
                )
            )

    def _fetch_source(self, account):
        """Return the bytes of the mail as the server has it, None where it has it no more."""
        # sudo: email.sync.placement - where the member's own mail lies
        places = self.sudo().placement_ids.filtered(lambda place: place.outcome == "stored")
        with account._open_imap() as session:
            for place in places:
                status = session.status_of([place.folder_id.name]).get(place.folder_id.name)
                if status is None or place.folder_id._is_other_mailbox(status):
                    continue
                session.select(place.folder_id.name)
                wanted = list(session.fetch_metadata([place.uid]))
                for fetched in self._fetch_from(session, wanted):
                    source = not fetched.error and self.env["email.sync.store"]._get_source(fetched)
                    if source and self._is_source(source):
                        return source[:]
        return None

    def _fetch_from(self, session, wanted):
        """Yield what the server has of this mail, as ``session.fetch_sources`` does."""
        max_size = self.env["email.sync.engine"]._get_max_size()
        return session.fetch_sources(wanted, max_message_bytes=max_size)

    def _is_source(self, source):
        """Whether these are the bytes of this mail: the identity was kept for that."""
        identity = self.env["email.sync.store"]._get_identity(parse(source))
        return identity == (self.message_id or "", self.digest)

    def _restore_text(self, source):
        # sudo: email.sync.message - what a member asked for, from the member's own mailbox
        message = self.sudo()
        parsed, snippet, _checksum = read(source)
        values = self.env["email.sync.store"]._get_text_vals(parsed, snippet)
        message.write(
            {
                **values,
                "source": base64.b64encode(source),
                "removed_date": False,
                "removed_days": 0,
                "is_rendered": False,
            }
        )
        message.conversation_id._update_statistics()
        if message.mail_message_id:
            message._render_entries()


class EmailSyncPlacement(models.Model):
    _inherit = "email.sync.placement"

    @api.model
    def _remove_old_sources(self, account, days):
        """Remove the sources of quarantined mail: it is linked to nothing."""
        limit = fields.Datetime.now() - timedelta(days=days)
        placements = self.search(
            [
                ("account_id", "=", account.id),
                ("outcome", "=", "quarantined"),
                ("internal_date", "<", limit),
            ]
        )
        placements.write({"source": False, "outcome": "removed", "reason": False})
