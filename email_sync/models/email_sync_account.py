from datetime import datetime, time

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import email_normalize

SYNC_RANGE_SELECTION = [
    ("3_days", "The last 3 days"),
    ("1_month", "The last month"),
    ("3_months", "The last 3 months"),
    ("6_months", "The last 6 months"),
    ("1_year", "The last year"),
    ("2_years", "The last 2 years"),
    ("everything", "Everything"),
    ("date", "Since a date"),
]
SYNC_RANGE_DELTA = {
    "3_days": relativedelta(days=3),
    "1_month": relativedelta(months=1),
    "3_months": relativedelta(months=3),
    "6_months": relativedelta(months=6),
    "1_year": relativedelta(years=1),
    "2_years": relativedelta(years=2),
}
VISIBILITY_SELECTION = [
    ("private", "Private"),
    ("team", "Team only"),
    ("shared", "Shared when linked"),
]
# Which levels an account of a type offers.
VISIBILITY_BY_TYPE = {"personal": ("private", "shared"), "team": ("team", "shared")}


class EmailSyncAccount(models.Model):
    """A connected mailbox: of one person, or shared by a team."""

    _name = "email.sync.account"
    _inherit = ["email.sync.connection.mixin", "email.sync.switches.mixin"]
    _description = "Email Account"
    _order = "account_type, email, id"
    _rec_name = "email"

    # Set by the set-up and the engine only; see `write`.
    _protected_fields = frozenset(
        {
            "email",
            "account_type",
            "visibility",
            "provider",
            "authentication",
            "imap_host",
            "imap_port",
            "imap_security",
            "imap_fingerprint",
            "smtp_host",
            "smtp_port",
            "smtp_security",
            "smtp_fingerprint",
            "login",
            "state",
            "next_sync",
            "last_sync",
            "not_before",
            "is_requested",
            "has_backlog",
            "idle_digest",
            "failure_count",
            "error_code",
            "error_message",
            "error_date",
            "first_sync_done",
            "conversation_ids",
            "run_ids",
            "authserv_id",
            "authserv_date",
        }
    )

    name = fields.Char("Sender name", help="The name that stands in front of the address.")
    email = fields.Char("Email address", required=True, readonly=True)
    account_type = fields.Selection(
        [("personal", "Personal"), ("team", "Team")], required=True, default="personal"
    )
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="Whose mailbox it is; of a team account, who looks after its settings.",
    )
    member_ids = fields.Many2many(
        "res.users",
        "email_sync_account_member_rel",
        "account_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
        help="Who reads all mail of this account and answers in its name.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        help="Mail is linked to contacts and leads of this company.",
    )
    visibility = fields.Selection(
        VISIBILITY_SELECTION,
        string="Visibility of new conversations",
        required=True,
        default="private",
    )
    active = fields.Boolean(default=True)

    sync_range = fields.Selection(
        SYNC_RANGE_SELECTION, string="Sync past mail", required=True, default="3_months"
    )
    sync_from = fields.Date(
        "Sync from",
        help="Mail that reached the mailbox before this day is not synced. Empty: everything.",
    )
    folder_mode = fields.Selection(
        [("all", "All folders"), ("selected", "Only chosen folders")],
        string="Folders",
        required=True,
        default="all",
        help="All folders are all but Drafts, Junk and Trash; these can be chosen one by one.",
    )
    folder_ids = fields.One2many(
        "email.sync.folder",
        "account_id",
        string="Mailbox folders",
        domain=[("successor_id", "=", False)],
    )

    state = fields.Selection(
        [
            ("running", "Syncing"),
            ("stopped", "Stopped"),
            ("sign_in", "Sign in again"),
        ],
        required=True,
        default="running",
        readonly=True,
    )
    next_sync = fields.Datetime(readonly=True, default=fields.Datetime.now)
    is_requested = fields.Boolean(
        readonly=True, help="Somebody waits for the next sync, or the server told of new mail."
    )
    not_before = fields.Datetime(
        readonly=True, help="Until then nobody signs in: the server asked for it, or just failed."
    )
    has_backlog = fields.Boolean(
        readonly=True, help="There is more to fetch than fits into one turn."
    )
    idle_digest = fields.Char(
        groups=fields.NO_ACCESS,
        copy=False,
        help="What the server told when the mailbox was last found as it was left.",
    )
    last_sync = fields.Datetime("Last successful sync", readonly=True)
    first_sync_done = fields.Datetime("First sync finished", readonly=True)
    failure_count = fields.Integer(readonly=True)
    error_code = fields.Char(readonly=True)
    error_message = fields.Char("What is wrong", readonly=True)
    error_date = fields.Datetime("Failing since", readonly=True)
    health = fields.Selection(
        [
            ("first_sync", "First sync running"),
            ("ok", "Up to date"),
            ("failing", "Trying again"),
            ("sign_in", "Sign in again"),
            ("stopped", "Stopped"),
        ],
        compute="_compute_health",
    )

    run_ids = fields.One2many("email.sync.run", "account_id", string="History")
    conversation_ids = fields.One2many("email.sync.conversation", "account_id")
    conversation_count = fields.Integer(compute="_compute_counts")
    message_count = fields.Integer("Synced mails", compute="_compute_counts")
    progress_done = fields.Integer(compute="_compute_progress")
    progress_total = fields.Integer(compute="_compute_progress")
    progress = fields.Float("Progress (%)", compute="_compute_progress")
    is_member = fields.Boolean(compute="_compute_is_member")
    is_owner = fields.Boolean(compute="_compute_is_member")

    # An address is personal or team, never both, and connected once.
    _email_unique = models.UniqueIndex("(email)", "This address is already connected.")
    _due_index = models.Index("(next_sync) WHERE active AND state = 'running'")

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("state", "failure_count", "first_sync_done")
    def _compute_health(self):
        for account in self:
            if account.state != "running":
                account.health = account.state
            elif account.failure_count:
                account.health = "failing"
            else:
                account.health = "ok" if account.first_sync_done else "first_sync"

    def _compute_counts(self):
        # sudo: email.sync.message - how many, not which: shown to whoever reads the account
        domain = [("account_id", "in", self.ids)]
        conversations = dict(
            self.env["email.sync.conversation"]
            .sudo()
            ._read_group(domain, ["account_id"], ["__count"])
        )
        messages = dict(
            self.env["email.sync.message"].sudo()._read_group(domain, ["account_id"], ["__count"])
        )
        for account in self:
            account.conversation_count = conversations.get(account, 0)
            account.message_count = messages.get(account, 0)

    @api.depends("folder_ids.in_range_count", "folder_ids.done_count", "folder_ids.is_synced")
    def _compute_progress(self):
        # sudo: email.sync.folder - the sums, not the folders: shown to whoever reads the account,
        # administrators included. Grouped, so that no folder enters the reader's cache.
        sums = {
            account: (total, done)
            for account, total, done in self.env["email.sync.folder"]
            .sudo()
            ._read_group(
                [("account_id", "in", self.ids), ("is_synced", "=", True)],
                ["account_id"],
                ["in_range_count:sum", "done_count:sum"],
            )
        }
        for account in self:
            total, done = sums.get(account, (0, 0))
            done = min(total, done)
            account.progress_total = total
            account.progress_done = done
            if total:
                account.progress = 100.0 * done / total
            else:
                account.progress = 100.0 if account.first_sync_done else 0.0

    @api.depends_context("uid")
    @api.depends("member_ids", "owner_id")
    def _compute_is_member(self):
        for account in self:
            account.is_member = self.env.user in account.member_ids
            account.is_owner = self.env.user == account.owner_id

    # ------------------------------------------------------------
    # CONSTRAINS
    # ------------------------------------------------------------

    @api.constrains("account_type", "owner_id", "member_ids")
    def _check_members(self):
        for account in self:
            if account.owner_id not in account.member_ids:
                raise ValidationError(
                    self.env._("The owner must be a member of %(email)s.", email=account.email)
                )
            if account.account_type == "personal" and account.member_ids != account.owner_id:
                raise ValidationError(
                    self.env._(
                        "%(email)s is a personal account: it has exactly one user. Turn it into a "
                        "team account to add members.",
                        email=account.email,
                    )
                )
            if any(member.share for member in account.member_ids):
                raise ValidationError(
                    self.env._("Only internal users can be members of an email account.")
                )

    @api.constrains("company_id", "owner_id")
    def _check_company(self):
        for account in self:
            if account.company_id not in account.owner_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(owner)s does not work in %(company)s.",
                        owner=account.owner_id.name,
                        company=account.company_id.name,
                    )
                )

    @api.constrains("account_type", "visibility")
    def _check_visibility(self):
        for account in self:
            if account.visibility not in VISIBILITY_BY_TYPE[account.account_type]:
                raise ValidationError(
                    self.env._("This visibility is not offered by this type of account.")
                )

    @api.constrains("sync_range", "sync_from")
    def _check_sync_from(self):
        for account in self:
            if account.sync_range == "date" and not account.sync_from:
                raise ValidationError(self.env._("Choose the day from which mail is synced."))
            if account.sync_from and account.sync_from > fields.Date.today():
                raise ValidationError(self.env._("The start date cannot be in the future."))

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["email"] = email_normalize(vals.get("email")) or vals.get("email")
            owner_id = vals.get("owner_id", self.env.uid)
            if not vals.get("member_ids"):
                vals["member_ids"] = [Command.set([owner_id])]
            if "sync_from" not in vals:
                sync_range = vals.get("sync_range", "3_months")
                vals["sync_from"] = self._get_sync_from(sync_range)
        accounts = super().create(vals_list)
        accounts._update_crons()
        return accounts

    def write(self, vals):
        if not self.env.su and not self._protected_fields.isdisjoint(vals):
            raise AccessError(
                self.env._("This setting is changed by its own action of the email account.")
            )
        if "sync_range" in vals and vals["sync_range"] != "date":
            vals = {**vals, "sync_from": self._get_sync_from(vals["sync_range"])}
        if "owner_id" in vals and "member_ids" not in vals:
            vals = {**vals, "member_ids": [Command.link(vals["owner_id"])]}
        earliest = {account: account.sync_from for account in self}
        result = super().write(vals)
        if "sync_from" in vals:
            self._extend_backfill(earliest)
        if "folder_mode" in vals:
            self.folder_ids._update_is_synced()
        if not {"state", "active"}.isdisjoint(vals):
            self._update_crons()
        return result

    def unlink(self):
        # sudo: email.sync.conversation - its owner removes the account, and all of its mail with
        # it; the records' own unlink takes messages, chatter entries and attachments along
        self.sudo().conversation_ids.unlink()
        # sudo: email.sync.placement - the sources of quarantined mail go with the account
        placements = self.env["email.sync.placement"].sudo()
        placements.search(
            [("account_id", "in", self.ids), ("outcome", "=", "quarantined")]
        ).unlink()
        result = super().unlink()
        self.browse()._update_crons()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_sync_now(self):
        """Bring the account to the front of the queue and wake a lane."""
        self._check_is_member()
        self._request_sync()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The mailbox is being synced."),
            },
        }

    def action_stop(self):
        """Stop syncing; mail, settings and sign-in are kept."""
        self._check_is_owner()
        # sudo: email.sync.account - the state is protected, its owner stops it here
        self.sudo().write({"state": "stopped"})

    def action_start(self):
        """Sync again after a stop."""
        self._check_is_owner()
        for account in self:
            if not account._get_secret():
                raise UserError(self.env._("Please reconnect the mailbox first."))
        # sudo: email.sync.account - the state is protected, its owner starts it here
        self.sudo().write({"state": "running", **self._get_error_reset()})
        self._request_sync()

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_sync_from(self, sync_range):
        """Return the first day that is synced, False for everything."""
        delta = SYNC_RANGE_DELTA.get(sync_range)
        return delta and fields.Date.today() - delta

    def _get_sync_from_datetime(self):
        """Return the first moment (naive UTC) that is synced, None for everything."""
        self.ensure_one()
        return datetime.combine(self.sync_from, time.min) if self.sync_from else None

    def _extend_backfill(self, earliest):
        """Fetch the gap where the start date moved back; where it moved on, keep what there is."""
        for account in self:
            before = earliest[account]
            if before and (not account.sync_from or account.sync_from < before):
                # sudo: email.sync.folder - the owner widened the range, the cursors follow
                account.sudo().folder_ids._reopen_backfill(account._get_sync_from_datetime())
                account._request_sync()

    def _check_may_connect(self, account_type):
        """Raise unless the current user may have accounts of this type."""
        if not self.env.user.has_group(f"email_sync.email_sync_group_{account_type}"):
            if account_type == "team":
                message = self.env._(
                    "You may not connect team accounts. An administrator can allow it in the "
                    "settings of Email Sync."
                )
            else:
                message = self.env._(
                    "You may not connect a mailbox. An administrator can allow it in the settings "
                    "of Email Sync."
                )
            raise AccessError(message)

    def _check_is_member(self):
        if not self.env.su and any(not account.is_member for account in self):
            raise AccessError(self.env._("Only members of the email account may do this."))

    def _check_is_owner(self):
        if not self.env.su and any(not account.is_owner for account in self):
            raise AccessError(self.env._("Only the owner of the email account may do this."))

    def _get_error_reset(self):
        return {
            "failure_count": 0,
            "error_code": False,
            "error_message": False,
            "error_date": False,
        }
