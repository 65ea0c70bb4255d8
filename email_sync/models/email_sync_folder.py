from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from .fields import UnsignedInteger

# Not correspondence: left out of "all folders", but may be chosen.
SPECIAL_USES_LEFT_OUT = ("drafts", "junk", "trash")

MISSING_GRACE = timedelta(days=1)  # in which a folder that is not listed may come back


class EmailSyncFolder(models.Model):
    """A folder of the mailbox, and how far it is synced.

    New mail has a UID of at least ``uidnext``, the cursor. What lies below is complete when every
    UID that the server has in the range of the account has a placement; ``complete_as_of`` says
    when that was last proven. See RFC 3501 section 2.3.1.1 for UID, UIDNEXT and UIDVALIDITY.
    """

    _name = "email.sync.folder"
    _description = "Mailbox Folder"
    _order = "account_id, sequence, name, id"

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade", readonly=True
    )
    name = fields.Char(required=True, readonly=True)
    delimiter = fields.Char(readonly=True)
    special_use = fields.Selection(
        [
            ("inbox", "Inbox"),
            ("sent", "Sent"),
            ("drafts", "Drafts"),
            ("trash", "Trash"),
            ("junk", "Junk"),
            ("archive", "Archive"),
            ("all", "All mail"),
            ("flagged", "Flagged"),
            ("important", "Important"),
        ],
        readonly=True,
        help="What the folder is for: RFC 6154.",
    )
    sequence = fields.Integer(default=50, readonly=True)
    is_selectable = fields.Boolean(default=True, readonly=True)
    is_missing = fields.Boolean("Not on the server", readonly=True, help="Its mail is kept here.")
    missing_since = fields.Datetime(
        readonly=True, help="Until its mail is said to be gone: the folder may come back."
    )
    is_selected = fields.Boolean("Chosen")
    is_synced = fields.Boolean("Synced", readonly=True)

    uidvalidity = UnsignedInteger("UIDVALIDITY", readonly=True)
    uidnext = UnsignedInteger("UIDNEXT", readonly=True)
    highestmodseq = fields.Char("HIGHESTMODSEQ", readonly=True, help="RFC 7162; 63 bits.")
    server_count = fields.Integer(
        "Mails on the server",
        readonly=True,
        help="When removals were last looked for, and what arrived since.",
    )
    flags_compared = fields.Datetime("Flags last compared", readonly=True)
    doubtful_removals = fields.Integer(
        readonly=True, help="So many mails seemed to be gone at once that a second look is taken."
    )
    complete_as_of = fields.Datetime(
        readonly=True,
        help="At that time every mail of the folder that is in the range had an outcome.",
    )
    next_audit = fields.Datetime(
        readonly=True, help="When all UIDs of the folder are compared with the outcomes again."
    )
    in_range_count = fields.Integer("Mails in range", readonly=True)
    done_count = fields.Integer("Mails done", readonly=True)
    error_message = fields.Char("What is wrong", readonly=True)
    write_message = fields.Char(
        "What stays here", readonly=True, help="Why changes made here do not reach the folder."
    )

    placement_ids = fields.One2many("email.sync.placement", "folder_id")

    _name_unique = models.UniqueIndex("(account_id, name) WHERE successor_id IS NULL")

    def write(self, vals):
        if not (self.env.su or {"is_selected"}.issuperset(vals)):
            raise AccessError(self.env._("Only whether a folder is synced can be changed."))
        result = super().write(vals)
        if "is_selected" in vals:
            self._update_is_synced()
        return result

    def _update_is_synced(self):
        """A folder taken out keeps its mail and stops; one taken in is synced from the start."""
        for folder in self.sudo():  # sudo: email.sync.folder - follows from the owner's choice
            is_synced = folder._is_wanted()
            if folder.is_synced != is_synced:
                folder.is_synced = is_synced
                folder.complete_as_of = False

    def _is_wanted(self):
        """Whether the account's settings take this folder in."""
        self.ensure_one()
        if not self.is_selectable or self.is_missing:
            return False
        if self.account_id.folder_mode == "all":
            return self.special_use not in SPECIAL_USES_LEFT_OUT
        return self.is_selected

    def _reopen_backfill(self, sync_from):
        """Look for past mail again, after the range of the account grew.

        :param sync_from: the new start (naive UTC), None for everything
        """
        self.write({"complete_as_of": False, "in_range_count": 0})
        self.env["email.sync.placement"]._forget_before_start(self, sync_from)

    # ------------------------------------------------------------
    # ENGINE
    # ------------------------------------------------------------

    def _is_other_mailbox(self, status):
        """Whether UIDs seen before mean nothing any more: RFC 3501, section 2.3.1.1.

        Where none were seen there is nothing to lose. Courier tells the time as the UIDVALIDITY of
        a folder that nobody has opened yet, another one each time.
        """
        self.ensure_one()
        if not self._has_other_uidvalidity(status):
            return False
        _oldest, newest = self.env["email.sync.placement"]._get_uid_bounds(self)
        return bool(newest)

    def _has_other_uidvalidity(self, status):
        self.ensure_one()
        known, told = self.uidvalidity, status.uidvalidity
        return bool(known and told and known != told)

    def _follow(self, status):
        """Take over the UIDVALIDITY of a folder of which no UID is known.

        :param status: what the server said when the folder was opened
        """
        if self._has_other_uidvalidity(status):
            self._start(status)

    def _count_range(self, count):
        """Write what progress shows of a folder that is not complete.

        :param int count: mails on the server that are in the range
        """
        self.ensure_one()
        self.in_range_count = count
        self.done_count = self.env["email.sync.placement"].search_count(
            [("folder_id", "=", self.id)]
        )

    def _count_arrivals(self, count):
        """Count mails that arrived in a folder that is complete."""
        self.ensure_one()
        self.in_range_count += count
        # Removals show as a difference to what the server counts.
        self.server_count += count

    def _has_changed(self, status):
        """Whether the server says, or may not be able to say, that flags or removals changed."""
        self.ensure_one()
        if not status.highestmodseq:
            return True
        return (
            self.highestmodseq != str(status.highestmodseq) or self.server_count != status.messages
        )

    def _is_missing_for_long(self):
        """Whether the mail of a folder is to be given up if the server still does not list it."""
        self.ensure_one()
        since = self.missing_since
        return bool(self.is_missing and since and fields.Datetime.now() - since >= MISSING_GRACE)

    def _is_idle(self, status):
        """Whether a folder is as it was left.

        :param status: what the server told of it, None where it told nothing
        """
        self.ensure_one()
        if not self.is_synced:
            return True
        return bool(
            status
            and self.complete_as_of
            and not self._is_other_mailbox(status)
            and status.uidnext
            and status.uidnext <= self.uidnext
            and not self._has_changed(status)
            and not self.env["email.sync.engine"]._is_audit_due(self, status)
        )
