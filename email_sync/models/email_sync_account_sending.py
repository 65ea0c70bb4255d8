from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Providers that keep what is sent over their server in the folder of sent mail by themselves.
PROVIDERS_KEEPING_SENT = ("google", "microsoft")


class EmailSyncAccount(models.Model):
    """What sending in the name of an account takes."""

    _inherit = "email.sync.account"

    signature = fields.Html(
        sanitize_style=True,
        help="Below each mail that is written here; of a team account, the same for all members.",
    )

    @api.model
    def _get_sending_accounts(self):
        """Return the accounts that the current user may write from, personal ones first."""
        accounts = self.search([("member_ids", "in", self.env.uid), ("smtp_host", "!=", False)])
        return accounts.sorted(lambda account: (account.account_type != "personal", account.id))

    def _find_sent_folder(self):
        """Return the folder of sent mail, an empty recordset where none is known."""
        self.ensure_one()
        return self.folder_ids.filtered(
            lambda folder: (
                folder.special_use == "sent" and folder.is_selectable and not folder.is_missing
            )
        )[:1]

    def _check_may_send(self):
        """Raise unless the current user may write in the name of this account.

        :raise AccessError: not a member
        :raise UserError: the account cannot send
        """
        self.ensure_one()
        # sudo: email.sync.account - who is told "no" may not read the account
        account = self.sudo()
        if self.env.user not in account.member_ids:
            raise AccessError(
                self.env._(
                    "Only members of the email account may write in its name. Write from your own "
                    "mailbox, or ask its owner."
                )
            )
        if not account.active:
            raise UserError(
                self.env._("%(email)s was removed: connect it again first.", email=account.email)
            )
        if not account.can_send:
            raise UserError(
                self.env._(
                    "Sending is not set up for %(email)s. Its owner can do it on the page of the "
                    "account: Reconnect, then fill in the sending server.",
                    email=account.email,
                )
            )
