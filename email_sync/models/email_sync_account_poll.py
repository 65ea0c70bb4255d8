from odoo import fields, models

from ..mailbox.visits import Target


class EmailSyncAccount(models.Model):
    """Whether what a poll tells leaves a run anything to do."""

    _inherit = "email.sync.account"

    is_live = fields.Boolean(
        "New mail within seconds",
        compute="_compute_is_live",
        help="A worker watches the inbox, so that new mail does not wait for the next sync.",
    )

    def _compute_is_live(self):
        live_ids = self.env["email.sync.watcher"]._find_live()
        for account in self:
            account.is_live = account.id in live_ids

    def _get_visit_target(self, names=()):
        """Return what a thread needs to open and poll the mailbox.

        :param names: names of the folders whose status is wanted
        :rtype: Target
        :raise UserError: the secret cannot be opened, or the network policy cannot be read
        """
        self.ensure_one()
        return Target(
            self._get_imap_endpoint(),
            self._get_credentials(),
            self._get_network_policy(),
            tuple(names),
        )

    def _get_synced_names(self):
        """Return the names of the folders that are synced."""
        return self.folder_ids.filtered("is_synced").mapped("name")

    def _is_idle(self, told):
        """Whether the mailbox is as it was left: no run would find anything to do.

        :param told: what :meth:`..mailbox.imap.ImapSession.poll` returned
        """
        self.ensure_one()
        if not self.first_sync_done or self.has_backlog or self.failure_count:
            return False
        if any(folder._is_missing_for_long() for folder in self.folder_ids):
            return False
        folders = {folder.name: folder for folder in self.folder_ids if not folder.is_missing}
        if folders.keys() != {remote.name for remote in told.folders}:
            return False
        return all(
            not self._get_folder_changes(folders[remote.name], remote)
            and folders[remote.name]._is_idle(told.statuses.get(remote.name))
            for remote in told.folders
        )
