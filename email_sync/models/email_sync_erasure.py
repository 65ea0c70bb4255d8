from odoo import SUPERUSER_ID, api, fields, models

ERASURE_BATCH = 100  # mails a transaction


class EmailSyncErasure(models.Model):
    """The erasure of a person from the mail that is here: asked for once, done in batches.

    It tells who asked, why and how many mails, and neither whose nor which.
    """

    _name = "email.sync.erasure"
    _inherit = ["email.sync.data.protection.mixin"]
    _description = "Erasure of a Person"
    _order = "id desc"
    _rec_name = "reason"

    user_id = fields.Many2one(
        "res.users", "Asked by", required=True, readonly=True, ondelete="restrict"
    )
    reason = fields.Text(required=True, readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")], required=True, readonly=True, default="running"
    )
    date_done = fields.Datetime("Done on", readonly=True)
    deleted_count = fields.Integer("Mails deleted", readonly=True)
    redacted_count = fields.Integer("Mails redacted", readonly=True)
    partner_number = fields.Integer(
        "Number of the contact",
        readonly=True,
        help="The identifier of the contact from which it was asked for; its name is not kept.",
    )
    address_digest = fields.Char(
        readonly=True,
        help="A keyed digest of the addresses: it tells whether the same were erased before.",
    )
    addresses = fields.Json(
        groups=fields.NO_ACCESS, help="Technical: removed as soon as the erasure is done."
    )
    counts = fields.Json(
        groups=fields.NO_ACCESS, help="Technical: for the log of each account, until it is done."
    )

    # ------------------------------------------------------------
    # WHO AND WHAT
    # ------------------------------------------------------------

    @api.model
    def _get_reach(self, addresses):
        """Return how much mail an erasure would concern: numbers, and nothing else.

        :param addresses: set of normalised addresses
        :return: dict of ``emails``, ``conversations``, ``accounts``, ``deleted``, ``redacted``
        """
        self._check_is_officer()
        # sudo: email.sync.participant - how many, not which nor whose
        participants = self.env["email.sync.participant"].sudo()
        participants = participants.search(
            self.sudo()._get_participant_domain(self.env.user, addresses)
        )
        deleted, redacted = participants.message_id._split_for_erasure(addresses)
        return {
            "emails": len(deleted) + len(redacted),
            "conversations": len(participants.conversation_id),
            "accounts": len(participants.account_id),
            "deleted": len(deleted),
            "redacted": len(redacted),
        }

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _start(self, addresses, reason, partner):
        """Erase a person: a first batch at once, what is left in the background.

        :param addresses: set of normalised addresses
        :param str reason: why
        :param partner: the contact from which it was asked for, or none
        :return: the erasure, in the current user's mode
        """
        self._check_is_officer()
        # sudo: email.sync.erasure - made by asking, never by hand; it acts on everybody's mail
        erasure = self.sudo().create(
            {
                "user_id": self.env.uid,
                "reason": reason,
                "partner_number": partner.id,
                "address_digest": self._get_address_digest(addresses),
                "addresses": sorted(addresses),
                "counts": {},
            }
        )
        # As the system: whoever makes or deletes chatter entries has no part in them.
        running = erasure.with_user(SUPERUSER_ID)
        if running._erase_batch() and running._erase_batch():
            self.env.ref("email_sync.ir_cron_erasure").sudo()._trigger()  # sudo: ir.cron - to go on
        return erasure.sudo(False)

    @api.model
    def _cron_erase(self):
        """Go on with the erasures that are not done, a batch a transaction."""
        for erasure in self.search([("state", "=", "running")], order="id"):
            while erasure._erase_batch():
                if self.env["ir.cron"]._commit_progress(ERASURE_BATCH, remaining=1) <= 0:
                    return
            self.env["ir.cron"]._commit_progress(1, remaining=0)

    def _erase_batch(self):
        """Erase some of the mails.

        :return: whether there may be more
        """
        self.ensure_one()
        addresses = set(self.addresses or ())
        participants = self.env["email.sync.participant"].search(
            self._get_participant_domain(self.user_id, addresses), limit=ERASURE_BATCH, order="id"
        )
        for account, of_account in participants.grouped("account_id").items():
            self._count(account, *of_account.message_id._erase(addresses))
        if participants:
            return True
        self._finish(addresses)
        return False

    def _count(self, account, deleted, redacted):
        """Add to the totals, and to those that the log of an account will tell."""
        counts = self.counts or {}
        before = counts.get(str(account.id), (0, 0))
        self.write(
            {
                "deleted_count": self.deleted_count + deleted,
                "redacted_count": self.redacted_count + redacted,
                "counts": {**counts, str(account.id): (before[0] + deleted, before[1] + redacted)},
            }
        )

    def _finish(self, addresses):
        """Erase what belongs to no mail, tell the log of each account, forget the addresses."""
        self._erase_quarantined(addresses)
        self.env["email.sync.picture.sender"].search([("email", "in", list(addresses))]).unlink()
        for account_id, (deleted, redacted) in (self.counts or {}).items():
            account = self.env["email.sync.account"].browse(int(account_id)).exists()
            if account:
                self._log(account, deleted, redacted)
        self.write(
            {
                "state": "done",
                "date_done": fields.Datetime.now(),
                "addresses": False,
                "counts": False,
            }
        )

    def _log(self, account, deleted, redacted):
        """Tell members and administrators that mail was erased, and not whose it was."""
        self.env["email.sync.log"].with_user(self.user_id)._add(
            account,
            "erased",
            after=self.env._(
                "%(deleted)s mails deleted, %(redacted)s redacted",
                deleted=deleted,
                redacted=redacted,
            ),
        )

    def _erase_quarantined(self, addresses):
        """Mail that could not be read is erased where it names an address."""
        [accounts, _addresses] = self._get_participant_domain(self.user_id, addresses)
        for placement in self.env["email.sync.placement"].search(
            [accounts, ("outcome", "=", "quarantined")]
        ):
            source = placement._get_source().lower()
            if any(address.encode() in source for address in addresses):
                placement.write({"source": False, "outcome": "erased", "reason": False})
                self._count(placement.account_id, 1, 0)
