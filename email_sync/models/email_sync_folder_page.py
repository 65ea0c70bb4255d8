from odoo import api, fields, models


class EmailSyncFolder(models.Model):
    """What the list of folders on the account's page says of each."""

    _inherit = "email.sync.folder"

    outcomes = fields.Char(
        "What became of its mails",
        compute="_compute_outcomes",
        help="Of every mail that the server lists in the range, and of those it listed once.",
    )

    @api.depends("placement_ids.outcome")
    def _compute_outcomes(self):
        labels = dict(
            self.env["email.sync.placement"]._fields["outcome"]._description_selection(self.env)
        )
        counts = {}
        for folder, outcome, count in self.env["email.sync.placement"]._read_group(
            [("folder_id", "in", self.ids)], ["folder_id", "outcome"], ["__count"]
        ):
            counts[folder, outcome] = count
        for folder in self:
            folder.outcomes = " · ".join(
                f"{label}: {counts[folder, outcome]}"
                for outcome, label in labels.items()
                if (folder, outcome) in counts
            )
