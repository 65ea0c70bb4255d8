import time
from datetime import timedelta

from odoo import Command, api, fields, models

from ..mailbox import errors
from ..mime.parse import parse_headers
from ..models.email_sync_account_sync import FOLDER_SEQUENCE

SAMPLE_SIZE = 2000  # headers that are read to tell how many mails match contacts
SECONDS = 20  # for all of it: a request must not run into its limit


class EmailSyncSetup(models.TransientModel):
    """The dry run: which folders there are, and what a sync would bring."""

    _inherit = "email.sync.setup"

    in_range_count = fields.Integer("Mails in range", readonly=True)
    is_in_range_exact = fields.Boolean(readonly=True)
    sample_count = fields.Integer("Mails looked at", readonly=True)
    matched_count = fields.Integer("Mails with known contacts", readonly=True)
    matched_partner_count = fields.Integer("Known contacts", readonly=True)
    visibility = fields.Selection(
        lambda self: self.env["email.sync.account"]._fields["visibility"].selection,
        compute="_compute_visibility",
    )
    viewers = fields.Text("Who will see them", compute="_compute_viewers")
    wanted_folder_ids = fields.One2many(
        "email.sync.setup.folder", compute="_compute_wanted_folder_ids", string="Folders to sync"
    )

    @api.depends("account_type", "personal_visibility", "team_visibility")
    def _compute_visibility(self):
        for setup in self:
            setup.visibility = setup[f"{setup.account_type}_visibility"]

    @api.depends("visibility", "member_ids")
    def _compute_viewers(self):
        for setup in self:
            members = setup.member_ids if setup.account_type == "team" else self.env.user
            setup.viewers = self.env["email.sync.account"]._get_viewers_text(
                setup.account_type, setup.visibility, members
            )

    @api.depends("folder_mode", "folder_ids.is_selected")
    def _compute_wanted_folder_ids(self):
        for setup in self:
            setup.wanted_folder_ids = setup.folder_ids.filtered(lambda folder: folder._is_wanted())

    # ------------------------------------------------------------
    # FOLDERS
    # ------------------------------------------------------------

    def _enter_options(self):
        """Read the tree of folders with their number of mails; keep what was chosen before."""
        with self._talk_to_imap() as session:
            remote_folders = session.list_folders()
            names = [folder.name for folder in remote_folders if folder.selectable]
            statuses = session.status_of(names)
        chosen = set(self.folder_ids.filtered("is_selected").mapped("name"))
        if not self.folder_ids:
            chosen = {
                folder.name for folder in remote_folders if folder.special_use in ("inbox", "sent")
            }
        self.folder_ids = [Command.clear()] + [
            Command.create(
                {
                    "position": position,
                    "name": folder.name,
                    "delimiter": folder.delimiter,
                    "special_use": folder.special_use,
                    "is_selectable": folder.selectable,
                    "is_selected": folder.selectable and folder.name in chosen,
                    "message_count": getattr(statuses.get(folder.name), "messages", 0),
                }
            )
            for position, folder in enumerate(self._sort_as_tree(remote_folders))
        ]

    @api.model
    def _sort_as_tree(self, folders):
        """Sort folders as mail programs do: the special ones first, children below their parent.

        :param folders: list of :class:`..mailbox.folders.RemoteFolder`
        """
        uses = {folder.name: folder.special_use for folder in folders}

        def get_key(folder):
            path = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
            return FOLDER_SEQUENCE.get(uses.get(path[0]), 50), path

        return sorted(folders, key=get_key)

    # ------------------------------------------------------------
    # DRY RUN
    # ------------------------------------------------------------

    def _enter_summary(self):
        """Count what is in the range, and how much of it is with people we know."""
        deadline = time.monotonic() + SECONDS
        folders = self.wanted_folder_ids
        self.folder_ids.in_range_count = 0
        with self._talk_to_imap() as session:
            found = self._count_in_range(session, folders, deadline)
            addresses_by_mail = self._sample_addresses(session, found, deadline)
        self._note_matches(addresses_by_mail)

    def _get_sync_from(self):
        """Return the first day that is synced, False for everything."""
        if self.sync_range == "date":
            return self.sync_from
        return self.env["email.sync.account"]._get_sync_from(self.sync_range)

    def _count_in_range(self, session, folders, deadline):
        """Write how many mails of each folder are in the range.

        :return: the UIDs in the range, ascending, by folder name
        """
        found, is_exact = {}, True
        for folder in folders:
            if time.monotonic() > deadline - SECONDS / 2:
                # What the server said of all of the folder stands in for a count.
                folder.in_range_count = folder.message_count
                is_exact = False
                continue
            try:
                session.select(folder.name)
                found[folder.name] = self._search_in_range(session)
            except errors.FolderError:
                # It is shown with nothing in it; the sync says the reason on the folder.
                continue
            folder.in_range_count = len(found[folder.name])
        self.is_in_range_exact = is_exact
        self.in_range_count = sum(folders.mapped("in_range_count"))
        return found

    def _search_in_range(self, session):
        """Return the UIDs of the selected folder that are in the range, ascending.

        SEARCH SINCE compares days of any time zone (RFC 3501, 6.4.4). Only for the mails of the
        days around the start, their internal date is asked.
        """
        sync_from = self._get_sync_from()
        if not sync_from:
            return session.search()
        candidates = session.search(since=sync_from)
        certain = set(session.search(since=sync_from + timedelta(days=3)))
        border = [uid for uid in candidates if uid not in certain]
        for metadata in session.fetch_metadata(border):
            if not metadata.internal_date or metadata.internal_date.date() >= sync_from:
                certain.add(metadata.uid)
        return sorted(certain)

    def _sample_addresses(self, session, found, deadline):
        """Read the addresses in the headers of the newest mails, from each folder its share.

        :return: a set of normalised addresses for each mail that was looked at
        """
        total = sum(map(len, found.values()))
        sample = []
        for name, uids in found.items():
            share = len(uids) if total <= SAMPLE_SIZE else len(uids) * SAMPLE_SIZE // total
            if not share:
                continue
            try:
                session.select(name)
                for fetched in session.fetch_headers(uids[-share:]):
                    if fetched.source is not None:
                        sample.append(self._get_addresses(fetched.source))
                    if time.monotonic() > deadline:
                        return sample
            except errors.FolderError:
                continue
        return sample

    @api.model
    def _get_addresses(self, header):
        parsed = parse_headers(header)
        return {
            address.normalized
            for address in (*parsed.from_, *parsed.to, *parsed.cc)
            if address.normalized
        }

    def _note_matches(self, addresses_by_mail):
        """Write how many of the mails looked at are with contacts that the user may read."""
        addresses = set().union(*addresses_by_mail)
        inside = self.env["email.sync.account"]._get_inside_addresses(addresses) | {self.email}
        partners = self.env["res.partner"].search(
            [("email_normalized", "in", list(addresses - inside))]
        )
        known = set(partners.mapped("email_normalized"))
        self.write(
            {
                "sample_count": len(addresses_by_mail),
                "matched_count": sum(not known.isdisjoint(mail) for mail in addresses_by_mail),
                "matched_partner_count": len(partners),
            }
        )
