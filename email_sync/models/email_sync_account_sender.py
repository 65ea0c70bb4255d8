from datetime import timedelta

from odoo import fields, models, tools
from odoo.tools import email_domain_extract

from ..mailbox.provider import recognise
from ..mime.authentication import known_authserv_id, learn_authserv_id
from ..mime.parse import parse_headers

LEARNED_FROM = 60  # mails that are looked at to learn what the provider writes
LEARNED_FOR = timedelta(days=1)
JUDGED_AGAIN = 200  # of the newest mails, once it is known what the provider writes


class EmailSyncAccount(models.Model):
    """Whom an account believes about the senders of its mail: its own provider, and only it."""

    _inherit = "email.sync.account"

    authserv_id = fields.Char(
        "Name of the provider's check",
        readonly=True,
        copy=False,
        help="The identifier under which the provider writes whether a sender is genuine "
        "(RFC 8601), as learned from the mail of the mailbox.",
    )
    authserv_date = fields.Datetime(readonly=True, copy=False)

    def _get_authserv_id(self):
        """Return the identifier of the provider that is believed, '' for nobody."""
        self.ensure_one()
        return known_authserv_id(self.imap_host or "") or self.authserv_id or ""

    def _learn_authserv_id(self):
        """Learn once a day what the provider writes; a provider that ceased to is not believed."""
        self.ensure_one()
        now = fields.Datetime.now()
        if known_authserv_id(self.imap_host or "") or (
            self.authserv_date and self.authserv_date > now - LEARNED_FOR
        ):
            return
        messages = self.env["email.sync.message"].search(
            [
                ("account_id", "=", self.id),
                ("is_outgoing", "=", False),
                ("removed_date", "=", False),
            ],
            order="date DESC, id DESC",
            limit=LEARNED_FROM,
        )
        before = self.authserv_id or ""
        learned = learn_authserv_id(parse_headers(message._open_source()) for message in messages)
        self.write({"authserv_id": learned, "authserv_date": now})
        if learned != before:
            messages.search(
                [("account_id", "=", self.id)], order="date DESC, id DESC", limit=JUDGED_AGAIN
            )._judge_senders()

    @tools.ormcache("self.id", "self.email")
    def _get_own_domains(self):
        """Return the domains of the organisation whose mailbox it is, as a tuple.

        A domain under which a provider gives addresses to everybody is nobody's own.
        """
        # sudo: mail.alias.domain, res.company - their domains, for comparing
        companies = self.env["res.company"].sudo().search([("email", "!=", False)])
        alias_domains = self.env["mail.alias.domain"].sudo().search([("name", "!=", False)])
        domains = {
            domain
            for domain in map(email_domain_extract, [self.email, *companies.mapped("email")])
            if domain and recognise(f"@{domain}").note == "guessed"
        }
        domains.update(alias_domains.mapped("name"))
        return tuple(sorted(domains))
