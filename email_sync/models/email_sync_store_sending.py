from datetime import datetime, timezone

import psycopg2.errors

from odoo import api, models

from ..mailbox.fetch import FetchedMessage
from ..mailbox.imap import MessageMetadata
from ..mime.threading import thread_keys


class EmailSyncStore(models.AbstractModel):
    """Mail that was sent from here: stored at once, recognised when its folder shows it."""

    _inherit = "email.sync.store"

    @api.model
    def _store_sent(self, account, source, conversation=None):
        """Store a mail that was sent from here, before it lies in any folder.

        :param account: the account it was sent from
        :param bytes source: the sender's own copy
        :param conversation: where it belongs; found by its header when None
        :return: its message, linked and in the chatters
        """
        date = datetime.now(timezone.utc)
        metadata = MessageMetadata(0, len(source), date, frozenset({"\\Seen"}))
        arrival = self._get_arrival(FetchedMessage(0, metadata, source))
        try:
            with self.env.cr.savepoint():
                self._store_arrival(account, arrival, conversation)
        except psycopg2.errors.UniqueViolation:
            # The provider keeps a copy by itself, and a sync has just stored that one.
            self._match_known_messages(account, [arrival])
        if not arrival.message:
            return self.env["email.sync.message"]
        conversation = arrival.message.conversation_id
        conversation._update_statistics()
        conversation._link_automatically()
        conversation._update_publication()
        return arrival.message

    @api.model
    def _store_arrival(self, account, arrival, conversation):
        new = self._match_known_messages(account, [arrival])
        if not new:
            return
        if conversation:
            arrival.conversation = conversation
            arrival.keys = list(thread_keys(arrival.parsed))
            self._remember_references(account, new)
        else:
            self._assign_conversations(account, new)
        # A folder of the right kind that is in no table: the mail lies in none yet.
        folder = self.env["email.sync.folder"].new(
            {"account_id": account.id, "special_use": "sent"}
        )
        with self._keep_sources(new) as sources:
            self._create_new(folder, new, sources)

    @api.model
    def _match_known_messages(self, account, arrivals):
        """A provider's own copy of what was sent from here is that mail, changed or not.

        Exchange writes the body anew, so that only the Message-ID tells.
        """
        new = super()._match_known_messages(account, arrivals)
        message_ids = {arrival.identity[0] for arrival in new if arrival.identity[0]}
        if not message_ids:
            return new
        expected = self.env["email.sync.message"].search(
            [
                ("account_id", "=", account.id),
                ("message_id", "in", list(message_ids)),
                ("sent_copy", "=", "provider"),
            ]
        )
        by_message_id = {message.message_id: message for message in expected}
        expected.sent_copy = False
        for arrival in arrivals:
            arrival.message = arrival.message or by_message_id.get(arrival.identity[0])
        return [arrival for arrival in new if not arrival.message]
