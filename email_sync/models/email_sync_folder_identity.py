from odoo import fields, models
from odoo.tools import split_every

from .fields import UnsignedInteger

MESSAGES_BATCH = 1000  # mails that are updated by one statement


class EmailSyncFolder(models.Model):
    """A folder that is numbered anew: what was known stays until it is met again.

    The placements under the old UIDVALIDITY move to a record of their own, the predecessor. By
    them the mails are recognised, and until the folder is complete again no mail seems removed.
    """

    _inherit = "email.sync.folder"

    successor_id = fields.Many2one(
        "email.sync.folder",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="The folder that this was, before the server numbered its mails anew.",
    )
    mailbox_id = fields.Char(
        "MAILBOXID", readonly=True, help="What a folder keeps when it is renamed: RFC 8474."
    )
    uidvalidity_changed = fields.Datetime("UIDVALIDITY last changed", readonly=True)
    uidvalidity_changes = UnsignedInteger("Changes of UIDVALIDITY in a row", readonly=True)

    def _start(self, status):
        """Note how the folder is before its first mail is read, so that no change is missed.

        :param status: :class:`..mailbox.folders.FolderStatus`
        """
        self.ensure_one()
        self.write(
            {
                "uidvalidity": status.uidvalidity or 0,
                "highestmodseq": str(status.highestmodseq or ""),
                "mailbox_id": status.mailbox_id or False,
            }
        )

    def _may_be(self, status):
        """Whether the numbers of a folder with another name allow that it is this one.

        :param status: :class:`..mailbox.folders.FolderStatus`
        """
        self.ensure_one()
        if self.mailbox_id and status.mailbox_id:
            return self.mailbox_id == status.mailbox_id
        arrived = (status.uidnext or 0) - self.uidnext
        return bool(
            self.uidvalidity
            and self.uidvalidity == status.uidvalidity
            and arrived >= 0
            and (not self.server_count or status.messages <= self.server_count + arrived)
        )

    def _rename(self, name):
        """Follow to another name, with what is known under an old UIDVALIDITY."""
        self.ensure_one()
        (self | self.search([("successor_id", "=", self.id)])).name = name

    def _set_aside(self, status):
        """Start over with the UIDs; what was known of them becomes the predecessor's."""
        self.ensure_one()
        placements = self.env["email.sync.placement"]
        # Those without a mail tell nothing by which they could be recognised.
        placements.search([("folder_id", "=", self.id), ("message_id", "=", False)]).unlink()
        predecessor = self.search([("successor_id", "=", self.id)], limit=1) or self.create(
            {
                "account_id": self.account_id.id,
                "name": self.name,
                "special_use": self.special_use,
                "is_selectable": False,
                "is_missing": True,
                "successor_id": self.id,
            }
        )
        self.env.flush_all()
        # UIDs of several generations may meet there, where they mean nothing.
        self.env.cr.execute(
            "UPDATE email_sync_placement SET folder_id = %s, uid = id WHERE folder_id = %s",
            [predecessor.id, self.id],
        )
        placements.invalidate_model()
        self.write({"uidnext": 0, "complete_as_of": False, "server_count": 0, "in_range_count": 0})
        self._start(status)

    def _drop_predecessor(self):
        """Forget the old UIDs of a folder that is complete; what it lost is no longer there."""
        self.ensure_one()
        predecessors = self.search([("successor_id", "=", self.id)])
        if not predecessors:
            return
        self.env.flush_all()
        params = {
            "old": tuple(predecessors.ids),
            "folder": self.id,
            "sync_from": self.account_id._get_sync_from_datetime() or None,
        }
        self.env.cr.execute(
            "SELECT DISTINCT message_id FROM email_sync_placement "
            "WHERE folder_id IN %(old)s AND message_id IS NOT NULL",
            params,
        )
        message_ids = [id_ for (id_,) in self.env.cr.fetchall()]
        self.env.cr.execute(
            """
            DELETE FROM email_sync_placement old
             WHERE folder_id IN %(old)s
               AND (message_id IS NULL OR EXISTS (
                    SELECT FROM email_sync_placement new
                     WHERE new.message_id = old.message_id
                       AND new.folder_id = %(folder)s
                       AND new.outcome = 'stored'))
            """,
            params,
        )
        # Mail from before the start date was not asked for: nothing is known of it.
        self.env.cr.execute(
            """
            UPDATE email_sync_placement
               SET outcome = 'gone'
             WHERE folder_id IN %(old)s
               AND outcome = 'stored'
               AND (%(sync_from)s::timestamp IS NULL OR internal_date >= %(sync_from)s)
            """,
            params,
        )
        self.env["email.sync.placement"].invalidate_model()
        messages = self.env["email.sync.message"]
        for chunk in split_every(MESSAGES_BATCH, message_ids, messages.browse):
            chunk._update_from_placements()
        left = self.env["email.sync.placement"]._read_group(
            [("folder_id", "in", predecessors.ids)], ["folder_id"]
        )
        (predecessors - self.union(*(folder for (folder,) in left))).unlink()
