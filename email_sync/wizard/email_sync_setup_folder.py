from odoo import api, fields, models

from ..models.email_sync_folder import SPECIAL_USES_LEFT_OUT

INDENT = "\u2003"


class EmailSyncSetupFolder(models.TransientModel):
    """A folder of the mailbox that is being set up."""

    _name = "email.sync.setup.folder"
    _description = "Folder of an Email Account Set-up"
    _order = "position, id"
    _transient_max_hours = 24

    setup_id = fields.Many2one("email.sync.setup", required=True, index=True, ondelete="cascade")
    position = fields.Integer(readonly=True)
    name = fields.Char(required=True, readonly=True)
    delimiter = fields.Char(readonly=True)
    label = fields.Char("Folder", compute="_compute_label")
    special_use = fields.Selection(
        lambda self: self.env["email.sync.folder"]._fields["special_use"].selection,
        string="Used for",
        readonly=True,
    )
    is_selectable = fields.Boolean(readonly=True)
    is_selected = fields.Boolean("Sync")
    message_count = fields.Integer("Mails", readonly=True)
    in_range_count = fields.Integer("Mails in range", readonly=True)

    @api.depends("name", "delimiter")
    def _compute_label(self):
        for folder in self:
            path = folder.name.split(folder.delimiter) if folder.delimiter else [folder.name]
            folder.label = INDENT * (len(path) - 1) + path[-1]

    def _is_wanted(self):
        """Whether the options of the set-up take this folder in."""
        self.ensure_one()
        if not self.is_selectable:
            return False
        if self.setup_id.folder_mode == "all":
            return self.special_use not in SPECIAL_USES_LEFT_OUT
        return self.is_selected
