from odoo import Command, fields, models
from odoo.exceptions import UserError

from ..mailbox.folders import RemoteFolder
from ..models.email_sync_switches_mixin import SWITCHES
from .email_sync_setup import CONNECTION_FIELDS


class EmailSyncSetup(models.TransientModel):
    """The end of the set-up: the account is made, or signed in to again."""

    _inherit = "email.sync.setup"

    def action_start(self):
        """Create the account, start its first sync and open its page."""
        self.ensure_one()
        self._check_is_own()
        self._check_may_start()
        account = self._revive_account() or self._create_account()
        self._hand_over_secret(account)
        account._update_folders(self._get_remote_folders())
        chosen = set(self.folder_ids.filtered("is_selected").mapped("name"))
        wanted = account.folder_ids.filtered(lambda folder: folder.name in chosen)
        wanted.is_selected = True
        (account.folder_ids - wanted).is_selected = False
        account._trigger_crons()
        self.unlink()
        return account.with_env(self.env)._get_form_action()

    def _check_may_start(self):
        """Check every step again: steps can be left out by calling the server directly."""
        if self.account_id or not self._is_connection_tested():
            raise UserError(self.env._("Please sign in to the mailbox first."))
        self._leave_address()
        self._check_not_connected()
        self._leave_type()
        self._leave_options()

    def _create_account(self):
        # sudo: email.sync.account - users have no right to create accounts but through this set-up
        accounts = self.env["email.sync.account"].sudo()
        return accounts.create(
            {
                **self._get_connection_vals(),
                **self._get_settings_vals(),
                "email": self.email,
                "account_type": self.account_type,
                "owner_id": self.env.uid,
                "company_id": self.env.company.id,
            }
        )

    def _revive_account(self):
        """Connect an account again whose mail was kept when it was removed.

        :return: the account in the superuser's mode, empty when there is none
        """
        account = self._get_connected_account()
        if account and account.account_type != self.account_type:
            account.with_env(self.env)._change_type(self.account_type, self.member_ids.ids)
        if account:
            account.write(
                {
                    **self._get_connection_vals(),
                    **self._get_settings_vals(),
                    **account._get_error_reset(),
                    "active": True,
                    "state": "running",
                    "next_sync": fields.Datetime.now(),
                }
            )
        return account

    def _get_settings_vals(self):
        members = self.env.user
        if self.account_type == "team":
            members |= self.member_ids
        vals = {
            "name": self.name,
            "visibility": self.visibility,
            "member_ids": [Command.set(members.ids)],
            "sync_range": self.sync_range,
            "folder_mode": self.folder_mode,
            **{name: self[name] for name in SWITCHES},
        }
        if self.sync_range == "date":
            vals["sync_from"] = self.sync_from
        return vals

    def _get_connection_vals(self):
        vals = {name: self[name] for name in CONNECTION_FIELDS}
        if self.receive_only:
            vals.update(smtp_host=False, smtp_fingerprint=False)
        return vals

    def _get_remote_folders(self):
        return [
            RemoteFolder(
                name=folder.name,
                delimiter=folder.delimiter or None,
                attributes=frozenset(),
                special_use=folder.special_use or None,
                selectable=folder.is_selectable,
            )
            for folder in self.folder_ids
        ]

    def _hand_over_secret(self, account):
        # sudo: email.sync.setup - the field is closed to everybody; it moves as it is, sealed
        account.sealed_secret = self.sudo().sealed_secret

    def _reconnect(self):
        """Sign the account in with what was just tried, and go on syncing."""
        self.account_id._check_is_owner()
        # sudo: email.sync.account - the sign-in is protected, its owner renews it here
        account = self.account_id.sudo()
        account.write(
            {
                **self._get_connection_vals(),
                **account._get_error_reset(),
                "state": "running",
                "next_sync": fields.Datetime.now(),
            }
        )
        self._hand_over_secret(account)
        account._trigger_crons()
        self.unlink()
        return account.with_env(self.env)._get_form_action()
