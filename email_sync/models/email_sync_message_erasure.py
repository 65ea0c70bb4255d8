import re

from odoo import fields, models
from odoo.exceptions import UserError

from ..mime.threading import normalize_subject
from .email_sync_retention import REMOVED_TEXT

SHORTEST_NAME = 3  # characters: shorter ones stand in other words


class EmailSyncMessage(models.Model):
    """Erasure of a person: their own mail goes, mail that others have a part in forgets them."""

    _inherit = "email.sync.message"

    is_redacted = fields.Boolean(
        "Redacted",
        readonly=True,
        copy=False,
        help="A person who took part asked for erasure: name, address and text were removed.",
    )

    def _split_for_erasure(self, addresses):
        """Return what is deleted and what is only redacted, as others outside took part too.

        :param addresses: set of the person's normalised addresses
        :return: two recordsets
        """
        groups = self.env["email.sync.participant"]._read_group(
            [("message_id", "in", self.ids), ("email_normalized", "!=", False)],
            ["message_id", "email_normalized"],
        )
        others = {address for _message, address in groups} - addresses
        outside = others - self.env["email.sync.account"]._get_inside_addresses(others)
        redacted = self.browse({message.id for message, address in groups if address in outside})
        return self - redacted, redacted

    def _erase(self, addresses):
        """Erase a person from mails, in the superuser's mode.

        :param addresses: set of the person's normalised addresses
        :return: (number of mails deleted, number redacted)
        """
        deleted, redacted = self._split_for_erasure(addresses)
        counts = len(deleted), len(redacted)
        conversations = self.conversation_id
        redacted._redact(addresses)
        deleted._delete_for_good()
        conversations.invalidate_recordset(["email_ids", "participant_ids"])
        empty = conversations.filtered(lambda conversation: not conversation.email_ids)
        empty.unlink()
        remaining = conversations - empty
        remaining.correspondents = False
        remaining.flush_recordset(["correspondents"])  # written anew by SQL, where there are any
        remaining._update_statistics()
        remaining.filtered("is_linked")._publish()
        return counts

    def _delete_for_good(self):
        """Delete mails, and keep of each no more than a digest by which it stays away."""
        if not self:
            return
        self.env["email.sync.erased"]._remember(self)
        self.placement_ids.write({"outcome": "erased", "message_id": False, "flags": False})
        for account, messages in self.grouped("account_id").items():
            keys = [message_id for message_id in messages.mapped("message_id") if message_id]
            self.env["email.sync.reference"].search(
                [("account_id", "=", account.id), ("key", "in", keys)]
            ).unlink()
        self.unlink()

    def _redact(self, addresses):
        """Remove text and source, and a person's name and address from what is kept."""
        if not self:
            return
        entries = self.mail_message_id
        entries.attachment_ids.unlink()
        entries.unlink()
        participants = self.participant_ids.filtered(
            lambda participant: participant.email_normalized in addresses
        )
        pattern = self._get_redaction_pattern(participants, addresses)
        placeholder = self.env._("(erased)")
        participants.filtered(lambda participant: participant.role == "from").message_id.write(
            {"from_name": placeholder, "from_email": False}
        )
        participants.write({"name": placeholder, "email": False, "email_normalized": False})
        self.write({**REMOVED_TEXT, "removed_date": fields.Datetime.now(), "is_redacted": True})
        for message in self.filtered("subject"):
            message.subject = pattern.sub(placeholder, message.subject)
        for conversation in self.conversation_id:
            conversation.subject = pattern.sub(placeholder, conversation.subject)
            conversation.base_subject = normalize_subject(conversation.subject)

    def _get_redaction_pattern(self, participants, addresses):
        """Return what matches the addresses, and the names that went with them."""
        words = addresses | {participant.email for participant in participants}
        words |= {
            participant.name
            for participant in participants
            if len(participant.name or "") >= SHORTEST_NAME
        }
        longest_first = sorted(filter(None, words), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    # ------------------------------------------------------------
    # DISPLAY
    # ------------------------------------------------------------

    def _get_removed_sentence(self):
        if self.is_redacted:
            return self.env._("The text was removed because a person asked for erasure.")
        return super()._get_removed_sentence()

    def _get_display_values(self, remote):
        values = super()._get_display_values(remote)
        values["can_be_fetched_again"] &= not self.is_redacted
        return values

    def _check_can_be_fetched_again(self):
        if self.is_redacted:
            raise UserError(self._get_removed_sentence())
        return super()._check_can_be_fetched_again()
