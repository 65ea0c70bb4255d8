from odoo import fields, models

SWITCHES = ("sync_read", "sync_flags", "sync_moves", "deletion_here", "deletion_there")
# Which switch decides whether a flag is told to the server; all others have `sync_flags`.
SWITCH_BY_FLAG = {"\\Seen": "sync_read"}


class EmailSyncSwitchesMixin(models.AbstractModel):
    """What goes from here to the mailbox, and what a deletion there means here."""

    _name = "email.sync.switches.mixin"
    _description = "Switches of an Email Account"

    sync_read = fields.Boolean(
        "Read and unread both ways",
        default=True,
        help="What is read here is read in the mailbox, too. Switched off, it stays here; changes "
        "in the mailbox still arrive.",
    )
    sync_flags = fields.Boolean(
        "Flags, answered and tags both ways",
        default=True,
        help="What is flagged, answered or tagged here is so in the mailbox, too. Switched off, it "
        "stays here; changes in the mailbox still arrive.",
    )
    sync_moves = fields.Boolean(
        "Archive and move in the mailbox",
        default=True,
        help="Mail can be archived and moved to folders from here. Switched off, mail is moved in "
        "the mailbox only, and shown here where it lies.",
    )
    deletion_here = fields.Selection(
        [
            ("trash", "moves it to the trash of the mailbox"),
            ("keep", "leaves it in the mailbox"),
        ],
        string="Deleting mail here",
        required=True,
        default="trash",
    )
    deletion_there = fields.Selection(
        [
            ("mark", "marks it here, and keeps it"),
            ("delete", "deletes it here after 30 days, unless it is linked"),
        ],
        string="Deleting mail in the mailbox",
        required=True,
        default="mark",
    )

    def _is_told(self, flag):
        """Whether a change of this flag goes to the server."""
        return self[SWITCH_BY_FLAG.get(flag, "sync_flags")]

    def _may_move_to(self, target):
        """Whether mail may be moved to this folder on the server."""
        if target.special_use == "trash":
            return self.deletion_here == "trash"
        return self.sync_moves
