from markupsafe import Markup

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .email_sync_emergency import EMERGENCY_GROUP, REASON_LENGTH


class EmailSyncAccount(models.Model):
    """What becomes of an account whose owner leaves.

    The mail stays sealed for those who could not see it. Who takes the account over sees all of
    it: that is an act of its own, with its reach shown, told and logged.
    """

    _inherit = "email.sync.account"

    is_owner_active = fields.Boolean(compute="_compute_is_owner_active")

    @api.depends("owner_id.active")
    def _compute_is_owner_active(self):
        for account in self:
            # sudo: res.users - whether the owner still works here
            account.is_owner_active = account.owner_id.sudo().active

    def _stop_for_leavers(self):
        """Stop what nobody is left to answer for: nobody connects in the name of who has left."""
        for account in self:
            if account.state == "running" and not any(account.member_ids.mapped("active")):
                account.state = "stopped"

    def action_hand_over(self):
        """Ask who takes the account over."""
        self.ensure_one()
        self._check_may_hand_over()
        return self._get_question_action(
            "email.sync.account.handover", self.env._("Hand the account over")
        )

    def _check_may_hand_over(self):
        """The owner; once the owner has left, who has the right to emergency access."""
        self.check_access("read")
        if self.is_owner:
            return
        if self.is_owner_active or not self.env.user.has_group(EMERGENCY_GROUP):
            raise AccessError(
                self.env._(
                    "Only the owner hands an email account over. Once the owner is deactivated, "
                    "who has the right “Emergency access to mail” may do it, with a reason."
                )
            )

    def _hand_over(self, owner, reason):
        """Make somebody else the owner: they see all mail that is here.

        :param owner: the user who gets the account
        :param str reason: why; needed where it is not the owner who hands it over
        :raise UserError: where it cannot be
        """
        self.ensure_one()
        self._check_may_hand_over()
        is_owner = self.is_owner
        if not is_owner and len((reason or "").strip()) < REASON_LENGTH:
            raise UserError(self.env._("Please state the reason in a few words: the log keeps it."))
        right = f"email_sync.email_sync_group_{self.account_type}"
        if owner.share or not owner.active or not owner.has_group(right):
            raise UserError(
                self.env._(
                    "%(name)s may not have such an account. An administrator can allow it in the "
                    "settings of Email Sync.",
                    name=owner.name,
                )
            )
        before = self.owner_id
        members = owner | (self.member_ids.filtered("active") - before)
        if self.account_type == "personal":
            members = owner
        elif before.active:
            members |= before
        # sudo: email.sync.account - handed over after the checks above
        account = self.sudo()
        if self.account_type == "personal" or not before.active:
            # The password is the mailbox's, and its former owner's: who gets it signs in anew.
            account._set_secret(False)
            account.state = "stopped"
        account.write({"owner_id": owner.id, "member_ids": [Command.set(members.ids)]})
        after = f"{owner.login}: {(reason or '').strip()}"
        self.env["email.sync.log"]._add(account, "handed_over", before.login, after)
        account._tell_of_handover(before | owner, reason)

    def _tell_of_handover(self, users, reason):
        """Tell the former and the new owner."""
        for user in users.filtered("active"):
            account = self.with_context(lang=user.lang)
            sentence = account.env._(
                "%(email)s was handed over to %(owner)s by %(name)s. %(owner)s sees all of its "
                "mail.",
                email=self.email,
                owner=self.owner_id.name,
                name=self.env.user.name,
            )
            # sudo: mail.thread - told by the system, whoever hands over
            self.env["mail.thread"].with_user(SUPERUSER_ID).sudo().message_notify(
                partner_ids=user.partner_id.ids,
                subject=account.env._("%(email)s was handed over", email=self.email),
                body=Markup("<p>%s</p><p>%s</p>") % (sentence, reason or ""),
            )


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # sudo: email.sync.account - whoever deactivates the user
            accounts = self.env["email.sync.account"].sudo()
            accounts.search([("member_ids", "in", self.ids)])._stop_for_leavers()
        return result
