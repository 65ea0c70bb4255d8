from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import email_normalize

# The inbox is synced first, what the user sent next.
FOLDER_SEQUENCE = {"inbox": 10, "sent": 20, "archive": 60, "all": 70, "junk": 80, "trash": 90}


class EmailSyncAccount(models.Model):
    """What the engine asks of an account, and tells it."""

    _inherit = "email.sync.account"

    @tools.ormcache("self.id", "self.email", "self.login")
    def _get_own_addresses(self):
        """Return the normalised addresses that are this mailbox itself, as a frozenset."""
        self.ensure_one()
        return frozenset(filter(None, (self.email, email_normalize(self.login or ""))))

    def _get_inside_addresses(self, addresses):
        """Return which of the addresses are the company's own: users, accounts and aliases.

        :param addresses: set of normalised addresses
        :rtype: set[str]
        """
        # sudo: res.users, email.sync.account, mail.alias - to tell inside from outside
        addresses = list(addresses)
        users = self.env["res.users"].sudo().with_context(active_test=False)
        inside = set(
            users.search_fetch(
                [("share", "=", False), ("email_normalized", "in", addresses)],
                ["email_normalized"],
            ).mapped("email_normalized")
        )
        accounts = self.sudo().with_context(active_test=False)
        inside.update(
            accounts.search_fetch([("email", "in", addresses)], ["email"]).mapped("email")
        )
        aliases = self.env["mail.alias"].sudo()
        inside.update(
            aliases.search_fetch(
                [("alias_full_name", "in", addresses)], ["alias_full_name"]
            ).mapped("alias_full_name")
        )
        return inside

    def _update_folders(self, remote_folders):
        """Take over the mailbox's list of folders.

        :param remote_folders: list of :class:`..mailbox.imap.RemoteFolder`
        """
        self.ensure_one()
        known = {folder.name: folder for folder in self.folder_ids}
        vals_list = []
        for remote in remote_folders:
            if folder := known.pop(remote.name, None):
                if changed := self._get_folder_changes(folder, remote):
                    folder.write(changed)
            else:
                vals = self._get_folder_vals(remote)
                vals_list.append({"account_id": self.id, "name": remote.name, **vals})
        new = self.env["email.sync.folder"].create(vals_list)
        missing = self.env["email.sync.folder"].union(*known.values())
        missing.filtered(lambda folder: not folder.is_missing).write(
            {"is_missing": True, "missing_since": fields.Datetime.now()}
        )
        (new | missing | self.folder_ids)._update_is_synced()

    def _get_folder_vals(self, remote):
        """Return what the server's list says about a folder, as values of our record."""
        return {
            "delimiter": remote.delimiter or False,
            "special_use": remote.special_use or False,
            "is_selectable": remote.selectable,
            "sequence": FOLDER_SEQUENCE.get(remote.special_use, 50),
            "is_missing": False,
            "missing_since": False,
        }

    def _get_folder_changes(self, folder, remote):
        """Return the values in which a folder differs from the server's list."""
        vals = self._get_folder_vals(remote)
        return {name: value for name, value in vals.items() if folder[name] != value}

    def _get_special_folder(self, use):
        """Return the folder that the mailbox has for a use.

        :param str use: ``archive`` or ``trash``
        :raise UserError: there is none
        """
        self.ensure_one()
        folders = self.folder_ids.filtered(lambda folder: not folder.is_missing)
        found = folders.filtered(lambda folder: folder.special_use == use)
        if not found and use == "archive" and self.provider == "google":
            # Gmail archives by taking mail out of the inbox: all mail holds it.
            found = folders.filtered(lambda folder: folder.special_use == "all")
        if not found:
            if use == "trash":
                message = self.env._("The mailbox %(email)s has no trash folder.", email=self.email)
            else:
                message = self.env._(
                    "The mailbox %(email)s has no archive folder. Make one there, or move the mail "
                    "to another folder.",
                    email=self.email,
                )
            raise UserError(message)
        return found[0]

    def _request_sync(self):
        """Let the next free lane sync these accounts, before others.

        A server that asked for a rest, or has just failed, gets it all the same.
        """
        now = fields.Datetime.now()
        # sudo: email.sync.account - a member may ask for a sync, but not set its other fields
        for account in self.sudo().filtered(lambda account: account.state == "running"):
            next_sync = max(now, account.not_before or now)
            account.write({"next_sync": next_sync, "is_requested": True})
        self._trigger_crons()

    def _notify_progress(self):
        """Tell the members' open pages how far the sync is."""
        for account in self:
            payload = account._get_progress()
            for partner in account.member_ids.partner_id:
                partner._bus_send("email_sync/progress", payload)

    def _get_progress(self):
        self.ensure_one()
        self.invalidate_recordset(["progress", "progress_done", "progress_total", "message_count"])
        return {
            "account_id": self.id,
            "health": self.health,
            "state": self.state,
            "progress": self.progress,
            "progress_done": self.progress_done,
            "progress_total": self.progress_total,
            "message_count": self.message_count,
            "error_message": self.error_message or "",
            "last_sync": fields.Datetime.to_string(self.last_sync) if self.last_sync else False,
            "folders": [
                {
                    "id": folder.id,
                    "name": folder.name,
                    "in_range_count": folder.in_range_count,
                    "done_count": folder.done_count,
                    "is_complete": bool(folder.complete_as_of),
                }
                for folder in self.folder_ids
                if folder.is_synced
            ],
        }

    def _notify_sign_in(self, reason):
        """Tell the owner, once, that the mailbox asks for a new sign-in."""
        for account in self:
            account.owner_id.partner_id._bus_send(
                "simple_notification",
                {
                    "type": "warning",
                    "sticky": True,
                    "title": self.env._("Email sync of %(email)s has stopped", email=account.email),
                    "message": reason,
                },
            )

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _get_crons(self):
        """Return the lanes: scheduled actions that sync side by side."""
        xmlids = ["email_sync.ir_cron_sync_lane_1", "email_sync.ir_cron_sync_lane_2"]
        crons = self.env["ir.cron"].sudo()  # sudo: ir.cron - users start the sync of their mailbox
        for xmlid in xmlids:
            crons |= self.env.ref(xmlid, raise_if_not_found=False) or crons.browse()
        return crons.sudo()

    def _trigger_crons(self):
        for cron in self._get_crons():
            cron._trigger()

    @api.model
    def _update_crons(self):
        """Let the lanes run only while there is an account to sync."""
        for cron in self._get_crons():
            cron.toggle("email.sync.account", [("state", "=", "running")])
