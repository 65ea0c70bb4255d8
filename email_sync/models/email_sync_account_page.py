from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list


class EmailSyncAccount(models.Model):
    """What the account's page shows, and the ways that lead away from it."""

    _inherit = "email.sync.account"

    is_paused = fields.Boolean(compute="_compute_is_paused")
    can_send = fields.Boolean(compute="_compute_can_send")
    quarantined_count = fields.Integer("Quarantined mails", compute="_compute_quarantined_count")
    viewers = fields.Text("Who sees the mail", compute="_compute_viewers")

    def _compute_is_paused(self):
        self.is_paused = self.env["email.sync.engine"]._is_paused()

    def _compute_quarantined_count(self):
        # sudo: email.sync.placement - how many, not which: shown to whoever reads the account
        placements = self.env["email.sync.placement"].sudo()
        counts = dict(
            placements._read_group(
                [
                    ("account_id", "in", self.ids),
                    ("outcome", "in", ("quarantined", "unreadable")),
                ],
                ["account_id"],
                ["__count"],
            )
        )
        for account in self:
            account.quarantined_count = counts.get(account, 0)

    @api.depends("smtp_host")
    def _compute_can_send(self):
        for account in self:
            account.can_send = bool(account.smtp_host)

    @api.depends("account_type", "visibility", "member_ids")
    def _compute_viewers(self):
        for account in self:
            account.viewers = self._get_viewers_text(
                account.account_type, account.visibility, account.member_ids
            )

    @api.onchange("folder_mode")
    def _onchange_folder_mode(self):
        """Start the choice with what is synced, rather than with nothing."""
        if self.folder_mode == "selected" and not any(self.folder_ids.mapped("is_selected")):
            for folder in self.folder_ids:
                folder.is_selected = folder.is_synced

    @api.model
    def _get_viewers_text(self, account_type, visibility, members):
        """Say who sees new conversations, as the visibility rule decides it.

        :param str account_type: ``personal`` or ``team``
        :param str visibility: one of the levels that the type offers
        :param members: the users of the account
        """
        if not members:
            insiders = self.env._("Who saw all mail has left.")
        elif account_type == "team":
            names = format_list(self.env, members.mapped("name"))
            insiders = self.env._("The members see all mail: %(names)s.", names=names)
        elif members == self.env.user:
            insiders = self.env._("You see all mail.")
        else:
            insiders = self.env._("%(owner)s sees all mail.", owner=members[:1].name)
        if visibility == "shared":
            others = self.env._(
                "Colleagues see a conversation only once it is linked, and only if they may read "
                "every contact, lead and opportunity that it is linked to. They cannot answer it."
            )
        else:
            others = self.env._("Nobody else sees it, not even administrators.")
        return f"{insiders} {others}"

    def get_progress(self):
        """Return how far the sync of one account is, for its page; folders only for members.

        :rtype: dict
        :raise AccessError: unless the user may read the account
        """
        self.ensure_one()
        self.check_access("read")
        progress = self._get_progress()
        return progress if self.is_member else {**progress, "folders": []}

    def write(self, vals):
        if "owner_id" in vals and not self.env.su:
            self._check_may_be_handed_over(self.env["res.users"].browse(vals["owner_id"]))
        return super().write(vals)

    def _check_may_be_handed_over(self, owner):
        """Raise unless a user may look after these accounts: a member who may have team accounts.

        A personal account stays with its person.
        """
        may_have_team = owner.has_group("email_sync.email_sync_group_team")
        for account in self:
            if (
                account.account_type != "team"
                or owner not in account.member_ids
                or not may_have_team
            ):
                raise UserError(
                    self.env._(
                        "%(email)s can only be handed over to a member of it who may connect team "
                        "accounts.",
                        email=account.email,
                    )
                )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_conversations(self):
        """Open the conversations of these accounts that the reader may see."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "email_sync.email_sync_conversation_action"
        )
        return {**action, "domain": [("account_id", "in", self.ids)], "context": {}}

    def action_view_runs(self):
        """Open the history of runs."""
        action = self.env["ir.actions.act_window"]._for_xml_id("email_sync.email_sync_run_action")
        return {**action, "domain": [("account_id", "in", self.ids)]}

    def action_retry_quarantine(self):
        """Try again what could not be stored, or what the server did not deliver."""
        self.ensure_one()
        self._check_is_owner()
        # sudo: email.sync.placement - outcomes are the engine's; the owner asks for another try
        placements = self.env["email.sync.placement"].sudo()
        placements = placements.search(
            [("account_id", "=", self.id), ("outcome", "in", ("quarantined", "unreadable"))]
        )
        placements._retry()
        self._request_sync()

    def action_view_account(self):
        """Open the account's page from a list in which it cannot be opened by a click."""
        return self._get_form_action()

    def action_reconnect(self):
        """Open the sign-in of the set-up on this account."""
        self.ensure_one()
        self._check_is_owner()
        return self.env["email.sync.setup"]._open_for_reconnecting(self)

    def action_find_mail(self):
        """Ask which mail is missed, and say what became of it."""
        self._check_is_member()
        return self._get_question_action(
            "email.sync.account.inquiry", self.env._("Why is this mail not here?")
        )

    def action_change_visibility(self):
        """Ask what a new default visibility counts for."""
        self._check_is_owner()
        return self._get_question_action(
            "email.sync.account.visibility",
            self.env._("Change who sees the mail"),
            default_is_shared=self.visibility == "shared",
        )

    def action_change_type(self):
        """Ask before a personal account becomes a team account, or back."""
        self._check_is_owner()
        if self.account_type == "personal":
            self._check_may_connect("team")
            title = self.env._("Turn into a team account")
        else:
            title = self.env._("Turn into a personal account")
        return self._get_question_action("email.sync.account.conversion", title)

    def action_remove(self):
        """Ask what becomes of the mail before the account is removed."""
        return self._get_question_action(
            "email.sync.account.removal", self.env._("Remove the account")
        )

    def _get_question_action(self, model, title, **context):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_account_id": self.id, **context},
        }

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Email account"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.model
    def _get_list_action(self):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("email_sync.email_sync_account_action"),
            "target": "main",
        }

    # ------------------------------------------------------------
    # REMOVAL
    # ------------------------------------------------------------

    def _remove_keeping_mail(self):
        """Take the account out of use; its conversations stay readable by the same people."""
        self._check_is_owner()
        # sudo: email.sync.account - the state is protected, its owner removes the account here
        account = self.sudo()
        account._set_secret(False)
        account.write({"active": False, "state": "stopped"})
