import hashlib

from odoo import api, fields, models


class EmailSyncErased(models.Model):
    """A mail that was erased because a person asked for it, known by a digest alone.

    The mail is still on the server: by this it is recognised under every UID and in every folder,
    and not stored again.
    """

    _name = "email.sync.erased"
    _description = "Erased Mail"
    _log_access = False

    account_id = fields.Many2one("email.sync.account", required=True, ondelete="cascade")
    digest = fields.Char(required=True, help="SHA-256 of the Message-ID and the body's digest.")

    _digest_unique = models.UniqueIndex("(account_id, digest)")

    @api.model
    def _get_digest(self, identity):
        """Return what is remembered of a mail's identity.

        :param identity: (Message-ID, digest) as the store has it
        """
        return hashlib.sha256("\n".join(identity).encode("utf-8", "replace")).hexdigest()

    @api.model
    def _remember(self, messages):
        """Remember mails that are about to be erased."""
        rows = {
            (message.account_id.id, self._get_digest((message.message_id or "", message.digest)))
            for message in messages
        }
        self.env["email.sync.account"].flush_model()
        self.env.cr.execute_values(
            "INSERT INTO email_sync_erased (account_id, digest) VALUES %s ON CONFLICT DO NOTHING",
            list(rows),
        )


class EmailSyncStore(models.AbstractModel):
    """What was erased is not stored again."""

    _inherit = "email.sync.store"

    @api.model
    def _leave_out_erased(self, folder, arrivals):
        """Write the outcome of mails that were erased; return the other arrivals."""
        digests = {
            self.env["email.sync.erased"]._get_digest(arrival.identity): arrival
            for arrival in arrivals
        }
        self.env.cr.execute(
            "SELECT digest FROM email_sync_erased WHERE account_id = %s AND digest = ANY(%s)",
            [folder.account_id.id, list(digests)],
        )
        erased = {digests[digest].identity for (digest,) in self.env.cr.fetchall()}
        if not erased:
            return arrivals
        self._insert_placements(
            [
                self._get_placement_row(folder, arrival.metadata, "erased")
                for arrival in arrivals
                if arrival.identity in erased
            ]
        )
        return [arrival for arrival in arrivals if arrival.identity not in erased]
