from odoo import api, fields, models
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools import email_normalize

from ..models.email_sync_account import SYNC_RANGE_SELECTION

CONNECTION_FIELDS = [
    "provider",
    "authentication",
    "login",
    "imap_host",
    "imap_port",
    "imap_security",
    "imap_fingerprint",
    "smtp_host",
    "smtp_port",
    "smtp_security",
    "smtp_fingerprint",
]
STEPS = ["address", "sign_in", "type", "options", "summary"]


class EmailSyncSetup(models.TransientModel):
    """The guided set-up of a mailbox, or of a new sign-in to one that is connected.

    Each step is saved when the user leaves it, the password sealed. Nothing else is stored before
    the last button.
    """

    _name = "email.sync.setup"
    _inherit = ["email.sync.connection.mixin", "email.sync.switches.mixin"]
    _description = "Email Account Set-up"
    _rec_name = "email"
    _transient_max_hours = 24

    step = fields.Selection(
        [
            ("address", "Address"),
            ("sign_in", "Sign in"),
            ("type", "Type"),
            ("options", "Options"),
            ("summary", "Summary"),
        ],
        required=True,
        default="address",
        readonly=True,
    )
    account_id = fields.Many2one(
        "email.sync.account",
        string="Account to sign in to again",
        readonly=True,
        ondelete="cascade",
    )
    email = fields.Char("Email address")
    name = fields.Char(
        "Sender name", help="The name that stands in front of the address in sent mail."
    )
    may_connect_team = fields.Boolean(compute="_compute_may_connect_team")
    account_type = fields.Selection(
        [
            ("personal", "Personal: my own mailbox"),
            ("team", "Team: a mailbox that several of us work with, such as sales@"),
        ],
        required=True,
        default="personal",
    )
    personal_visibility = fields.Selection(
        [
            ("private", "Private: only I see my mail"),
            (
                "shared",
                "Shared when linked: colleagues also see conversations with contacts, leads and "
                "opportunities that they may read",
            ),
        ],
        required=True,
        default="private",
    )
    team_visibility = fields.Selection(
        [
            ("team", "Team only: only the members see the mail"),
            (
                "shared",
                "Shared when linked: colleagues also see conversations with contacts, leads and "
                "opportunities that they may read",
            ),
        ],
        required=True,
        default="team",
    )
    member_ids = fields.Many2many(
        "res.users",
        "email_sync_setup_member_rel",
        "setup_id",
        "user_id",
        string="Members",
        domain="[('share', '=', False)]",
        default=lambda self: self.env.user,
    )
    sync_range = fields.Selection(
        SYNC_RANGE_SELECTION, string="Sync past mail", required=True, default="3_months"
    )
    sync_from = fields.Date("Sync from")
    folder_mode = fields.Selection(
        [
            ("all", "All folders, except drafts, junk and trash"),
            ("selected", "Only the folders I choose"),
        ],
        string="Folders",
        required=True,
        default="all",
    )
    folder_ids = fields.One2many("email.sync.setup.folder", "setup_id", string="Mailbox folders")

    @api.depends_context("uid")
    def _compute_may_connect_team(self):
        self.may_connect_team = self.env.user.has_group("email_sync.email_sync_group_team")

    @api.constrains("account_id")
    def _check_account(self):
        # Constraints run as superuser: the user's own rights are what counts here.
        for setup in self.sudo(False):
            if setup.account_id:
                setup.account_id._check_is_owner()

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    @api.model
    def action_open(self):
        """Open the current user's set-up where it was left, or a new one."""
        self.env["email.sync.account"]._check_may_connect("personal")
        setup = self.search(
            [("create_uid", "=", self.env.uid), ("account_id", "=", False)],
            order="id desc",
            limit=1,
        )
        return (setup or self.create(self._get_first_vals()))._get_dialog()

    @api.model
    def _get_first_vals(self):
        """Suggest the user's own address, unless that is connected."""
        email = self.env.user.email_normalized
        accounts = self.env["email.sync.account"]
        return {} if accounts.search_count([("email", "=", email)]) else {"email": email}

    @api.model
    def _open_for_reconnecting(self, account):
        """Open the sign-in of an account that exists, with what is known of it filled in."""
        self.search([("create_uid", "=", self.env.uid), ("account_id", "=", account.id)]).unlink()
        setup = self.create(
            {
                **{name: account[name] for name in CONNECTION_FIELDS},
                "account_id": account.id,
                "email": account.email,
                "step": "sign_in",
                "recognised_email": account.email,
                "receive_only": not account.smtp_host,
            }
        )
        # sudo: email.sync.account - its owner; the secret moves as it is, sealed
        setup.sudo().sealed_secret = account.sudo().sealed_secret
        return setup._get_dialog()

    def action_next(self):
        """Leave the step for the next one, after what it takes."""
        self.ensure_one()
        self._check_is_own()
        if not getattr(self, f"_leave_{self.step}")():
            return self._get_dialog()
        if self.account_id:
            return self._reconnect()
        self.step = STEPS[STEPS.index(self.step) + 1]
        self._enter_step()
        return self._get_dialog()

    def action_back(self):
        """Return to the step before."""
        self.ensure_one()
        self._check_is_own()
        self.step = STEPS[max(0, STEPS.index(self.step) - 1)]
        return self._get_dialog()

    def action_discard(self):
        """Forget the set-up, the password with it."""
        self._check_is_own()
        self.unlink()
        return {"type": "ir.actions.act_window_close"}

    def _get_dialog(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._get_title(),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }

    def _get_title(self):
        if self.account_id:
            return self.env._("Sign in to %(email)s again", email=self.account_id.email)
        return self.env._("Connect a mailbox")

    def _check_is_own(self):
        if any(setup.create_uid != self.env.user for setup in self):
            raise AccessError(self.env._("This set-up belongs to somebody else."))

    def _enter_step(self):
        """Read what the step shows from the mail server."""
        enter = getattr(self, f"_enter_{self.step}", None)
        if enter:
            enter()

    def _leave_address(self):
        email = email_normalize(self.email)
        if not email:
            raise UserError(
                self.env._("Please type one complete address, such as name@company.com.")
            )
        self.email = email
        self._check_not_connected_by_me()
        return True

    def _leave_sign_in(self):
        if not self._test_connection():
            return False
        if not self.account_id:
            self._check_not_connected()
        return True

    def _leave_type(self):
        self.env["email.sync.account"]._check_may_connect(self.account_type)
        if not self.name or self.name in self._get_default_names().values():
            self.name = self._get_default_names()[self.account_type]
        return True

    def _leave_options(self):
        if self.sync_range == "date" and not self.sync_from:
            raise UserError(self.env._("Choose the day from which mail is synced."))
        if self.sync_range == "date" and self.sync_from > fields.Date.context_today(self):
            raise UserError(self.env._("The start date cannot be in the future."))
        if self.folder_mode == "selected" and not any(self.folder_ids.mapped("is_selected")):
            raise UserError(self.env._("Choose at least one folder."))
        return True

    def _leave_summary(self):
        """The last step is left by starting, see `action_start`."""
        return False

    def _get_default_names(self):
        return {
            "personal": self.env.user.name,
            "team": (self.email or "").partition("@")[0].replace(".", " ").title(),
        }

    # ------------------------------------------------------------
    # WHO HAS THE ADDRESS
    # ------------------------------------------------------------

    def _get_connected_account(self):
        """Return the account that has this address, in the superuser's mode."""
        # sudo: email.sync.account - whether an address is taken does not depend on who asks
        accounts = self.env["email.sync.account"].sudo().with_context(active_test=False)
        return accounts.search([("email", "=", self.email)], limit=1)

    def _is_revival(self, account):
        """Whether the user removed this account before and kept its mail."""
        return not account.active and account.owner_id == self.env.user

    def _check_not_connected_by_me(self):
        """Before the sign-in, only tell what the user sees in the list of accounts anyway."""
        account = self._get_connected_account()
        if self.env.user in account.member_ids and not self._is_revival(account):
            self._raise_connected(account)

    def _check_not_connected(self):
        """Who signed in may know that the address is taken, but not by whom."""
        account = self._get_connected_account()
        if account and not self._is_revival(account):
            self._raise_connected(account)

    def _raise_connected(self, account):
        if self.env.user not in account.member_ids:
            raise UserError(
                self.env._(
                    "This address is already connected in this database. Ask your administrator."
                )
            )
        if account.account_type == "team":
            message = self.env._(
                "%(email)s is already connected as a team account that you are a member of. An "
                "address is personal or team, never both.",
                email=account.email,
            )
        else:
            message = self.env._(
                "%(email)s is already connected as your personal account.", email=account.email
            )
        action = account.with_env(self.env)._get_form_action()
        raise RedirectWarning(message, action, self.env._("Open the account"))
