from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

# One month to answer a person who asks: article 12 (3) GDPR.
EXPORT_DURATION = timedelta(days=30)


class EmailSyncExport(models.Model):
    """The export of a person's mail, asked for by who may not read that mail.

    It holds none: each account with such mail has a part, which a member of the account downloads
    and hands over. It ends by the clock, and forgets the addresses.
    """

    _name = "email.sync.export"
    _inherit = ["email.sync.data.protection.mixin", "email.sync.hidden.mixin"]
    _description = "Export of a Person's Mail"
    _order = "id desc"
    _rec_name = "reason"

    user_id = fields.Many2one(
        "res.users", "Asked by", required=True, readonly=True, ondelete="restrict"
    )
    reason = fields.Text(required=True, readonly=True)
    addresses = fields.Char(readonly=True, help="Normalised; forgotten once it has ended.")
    address_digest = fields.Char(readonly=True, help="As of erasures: whether they are the same.")
    partner_number = fields.Integer(
        "Number of the contact",
        readonly=True,
        help="The identifier of the contact from which it was asked for; its name is not kept.",
    )
    date_end = fields.Datetime("Ends by itself", required=True, readonly=True)
    is_current = fields.Boolean("Open", compute="_compute_is_current")
    part_ids = fields.One2many("email.sync.export.part", "export_id", readonly=True)
    part_count = fields.Integer("Accounts", compute="_compute_part_counts")
    waiting_count = fields.Integer("Not answered", compute="_compute_part_counts")
    held_sentence = fields.Text("Held besides mail", compute="_compute_held_sentence")

    @api.depends("date_end")
    def _compute_is_current(self):
        now = fields.Datetime.now()
        for export in self:
            export.is_current = now < export.date_end

    @api.depends("part_ids.answer")
    def _compute_part_counts(self):
        for export in self:
            waiting = export.part_ids.filtered(lambda part: part.answer == "waiting")
            export.part_count = len(export.part_ids)
            export.waiting_count = len(waiting)

    @api.depends("addresses", "address_digest")
    def _compute_held_sentence(self):
        """What is held of the person that belongs to no mail, and so to no part."""
        for export in self:
            export.held_sentence = "\n".join(export._get_held_sentences())

    def _get_held_sentences(self):
        sentences = []
        # sudo: email.sync.picture.sender - whether somebody allowed it, not who or how many
        senders = self.env["email.sync.picture.sender"].sudo()
        if senders.search_count([("email", "in", self._get_addresses())], limit=1):
            sentences.append(self.env._("A colleague always shows the pictures of this sender."))
        erasures = self.env["email.sync.erasure"].search(
            [("address_digest", "=", self.address_digest)]
        )
        for erasure in erasures:
            sentences.append(
                self.env._(
                    "Mail of the same addresses was erased, as was asked for on %(date)s.",
                    date=format_date(self.env, erasure.create_date),
                )
            )
        return sentences or [self.env._("Nothing.")]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_end(self):
        """End it now: nothing is downloaded any more, and the addresses are forgotten."""
        self._check_is_officer()
        self.check_access("read")
        # sudo: email.sync.export - changed by its own actions only
        self.sudo().filtered("is_current")._end()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _get_accounts(self, addresses):
        """Return the accounts with mail of a person, in the superuser's mode.

        :param addresses: set of normalised addresses
        """
        self._check_is_officer()
        # sudo: email.sync.participant, .account - whose owners are to be asked, and nothing of
        # the mail
        participants = self.env["email.sync.participant"].sudo()
        domain = self.sudo()._get_participant_domain(self.env.user, addresses)
        groups = participants._read_group(domain, ["account_id"])
        return participants.account_id.union(*(account for (account,) in groups))

    @api.model
    def _start(self, addresses, reason, partner):
        """Ask the owners of the accounts that hold mail of a person.

        :param addresses: set of normalised addresses
        :param str reason: why, told to those who are asked
        :param partner: the contact from which it was asked for, or none
        :return: the export, in the current user's mode
        """
        accounts = self._get_accounts(addresses)
        # sudo: email.sync.export - made by asking, never by hand
        export = self.sudo().create(
            {
                "user_id": self.env.uid,
                "reason": reason,
                "addresses": ", ".join(sorted(addresses)),
                "address_digest": self._get_address_digest(addresses),
                "partner_number": partner.id,
                "date_end": fields.Datetime.now() + EXPORT_DURATION,
                "part_ids": [
                    (0, 0, {"account_id": account.id, "email": account.email})
                    for account in accounts
                ],
            }
        )
        for part in export.part_ids:
            part._log(self.env._("asked for"))
            part._tell()
        return export.sudo(False)

    def _get_addresses(self):
        """Return the list of normalised addresses; empty once they were forgotten."""
        self.ensure_one()
        return [address for address in (self.addresses or "").split(", ") if address]

    def _end(self):
        """End exports, and forget whose they were."""
        now = fields.Datetime.now()
        for export in self:
            export.write({"date_end": min(export.date_end, now), "addresses": False})

    @api.autovacuum
    def _forget_ended(self):
        """Forget the addresses of what the clock ended since the last time."""
        self.search([("date_end", "<=", fields.Datetime.now()), ("addresses", "!=", False)])._end()


class EmailSyncErasure(models.Model):
    _inherit = "email.sync.erasure"

    def _finish(self, addresses):
        """An erased person is not named by an open export of theirs either."""
        self.env["email.sync.export"].search(
            [("address_digest", "=", self.address_digest), ("addresses", "!=", False)]
        )._end()
        return super()._finish(addresses)
