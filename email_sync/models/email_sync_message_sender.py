from odoo import fields, models

from ..mime.authentication import authentication_results, find_forgery
from ..mime.normalize import domain_of
from ..mime.parse import parse_headers
from ..mime.warnings import NOTICE, SEVERITIES, Finding, find_warnings

FINDINGS = [
    ("not-genuine", "The sender could not be verified"),
    ("name-is-other-address", "The name shows an address that is not the sender's"),
    ("name-is-colleague", "A colleague's name, but mail from outside"),
    ("name-is-own-domain", "Your organisation's name, but mail from outside"),
    ("look-alike-domain", "An address that looks like one you know"),
    ("mixed-scripts", "An address with letters of several alphabets"),
    ("no-sender", "A mail without a sender"),
    ("several-senders", "A mail that names several senders"),
    ("unverified", "The sender could not be verified"),
    ("reply-to-differs", "Answers go to somebody else"),
]


class EmailSyncMessage(models.Model):
    """Whether a mail is from whom it says.

    The worst that parsing finds is stored for lists. What the page of a mail says is found anew:
    by then more is known, such as the contacts that the conversation is linked to.
    """

    _inherit = "email.sync.message"

    sender_finding = fields.Selection(FINDINGS, "Doubt about the sender", readonly=True)

    def _judge_senders(self):
        """Judge the senders of stored mail anew, as when it is known what the provider writes."""
        changed = self.browse()
        for message in self:
            code = not message._is_sent_mail() and message._get_worst_finding(
                message.account_id, parse_headers(message._open_source())
            )
            if code != message.sender_finding:
                message.sender_finding = code
                changed |= message
        changed.conversation_id._update_statistics()

    def _is_sent_mail(self):
        """Whether the mailbox's own folder of sent mail has it, not only its own address."""
        self.ensure_one()
        # sudo: email.sync.placement - in which kind of folder a mail lies that may be read
        folders = self.sudo().placement_ids.folder_id
        return self.is_outgoing and (not folders or "sent" in folders.mapped("special_use"))

    def _get_worst_finding(self, account, parsed):
        """Return the code of the worst finding, False for none that lists should show.

        :param account: the account that the mail belongs to
        :param parsed: the parsed mail
        """
        findings = [
            finding
            for finding in self._find_sender_findings(account, parsed)
            if finding.severity != NOTICE
        ]
        codes = {finding.code for finding in findings}
        return next((code for code, _label in FINDINGS if code in codes), False)

    def _find_sender_findings(self, account, parsed, known_domains=()):
        own_domains = account._get_own_domains()
        names, addresses = self.env["res.users"]._get_email_sync_colleagues()
        sender = parsed.from_[0].normalized if parsed.from_ else ""
        findings = find_warnings(
            parsed,
            known_domains=(*own_domains, *known_domains),
            own_domains=own_domains,
            # A colleague's own address elsewhere.
            colleague_names=() if sender in addresses else names,
        )
        if parsed.trace:
            findings += find_forgery(parsed, self._authenticate(account, parsed), own_domains)
        return findings

    def _authenticate(self, account, parsed):
        """Return what the account's provider found out about the sender."""
        return authentication_results(parsed, account._get_authserv_id())

    # ------------------------------------------------------------
    # THE CONVERSATION'S PAGE
    # ------------------------------------------------------------

    def _get_sender_values(self, parsed):
        """Return what the page of a mail says about its sender.

        :param parsed: the parsed mail
        :return: ``sender_findings``: dicts with ``code``, ``severity`` and ``text``, the worst
            first; ``is_sender_verified``: whether the provider found the sender to be genuine
        :rtype: dict
        """
        self.ensure_one()
        # sudo: email.sync.account - which provider is believed; the mail may be read
        account = self.account_id.sudo()
        sender = parsed.from_[0].normalized if parsed.from_ else ""
        findings = []
        if not self._is_sent_mail():
            known = self._get_known_addresses()
            findings = self._find_sender_findings(account, parsed, set(map(domain_of, known)))
            if sender not in known and self._is_first_mail(sender):
                findings.append(Finding("first-mail"))
        weights = list(dict.fromkeys(SEVERITIES.values()))
        findings.sort(key=lambda finding: weights.index(finding.severity))
        return {
            "sender_findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "text": self._get_finding_text(finding),
                }
                for finding in findings
            ],
            "is_sender_verified": self._authenticate(account, parsed).confirms(domain_of(sender)),
        }

    def _get_known_addresses(self):
        """Return the addresses of the contacts that the conversation is linked to."""
        partners = self.conversation_id.partner_ids._filtered_access("read")
        return set(filter(None, partners.mapped("email_normalized")))

    def _is_first_mail(self, sender):
        """Whether the account had no mail from or to an address before, as its members know."""
        if not sender or self.is_automatic or not self.conversation_id.is_account_member:
            return False
        return not self.env["email.sync.participant"].search(
            [
                ("email_normalized", "=", sender),
                ("account_id", "=", self.account_id.id),
                ("message_id.date", "<", self.date),
            ],
            limit=1,
        )

    def _get_finding_text(self, finding):
        """Return a finding as a sentence.

        :param finding: :class:`..mime.warnings.Finding`
        """
        values = {"shown": finding.shown, "actual": finding.actual}
        texts = {
            "not-genuine": self.env._(
                "The sender could not be verified: %(actual)s says that mail like this is not "
                "its own, although it is sent as %(shown)s. It may be forged.",
                **values,
            ),
            "unverified": self.env._(
                "The sender could not be verified: the server that sent this mail is not one of "
                "%(actual)s.",
                **values,
            ),
            "unproven": self.env._(
                "Nothing proves that this mail is from %(actual)s. Many senders offer no proof.",
                **values,
            ),
            "changed-by-list": self.env._(
                "The sender could not be verified: the mailing list %(actual)s passed this mail "
                "on and may have changed it.",
                **values,
            ),
            "name-is-other-address": self.env._(
                "The name of the sender shows %(shown)s, but this mail is from %(actual)s.",
                **values,
            ),
            "name-is-colleague": self.env._(
                "%(shown)s is the name of a colleague, but this mail comes from outside: "
                "%(actual)s.",
                **values,
            ),
            "name-is-own-domain": self.env._(
                "The name of the sender says %(shown)s, but this mail comes from outside: "
                "%(actual)s.",
                **values,
            ),
            "look-alike-domain": self.env._(
                "%(shown)s looks like %(actual)s, but is another domain.", **values
            ),
            "mixed-scripts": self.env._(
                "The sender's domain %(shown)s mixes letters of different alphabets that look "
                "alike.",
                **values,
            ),
            "no-sender": self.env._("This mail does not say from which address it is."),
            "several-senders": self.env._(
                "This mail names several senders: %(shown)s and %(actual)s.", **values
            ),
            "reply-to-differs": self.env._(
                "Answers to this mail go to %(actual)s, not to the sender.", **values
            ),
            "first-mail": self.env._("You have not had mail from this address before."),
        }
        return texts[finding.code]
