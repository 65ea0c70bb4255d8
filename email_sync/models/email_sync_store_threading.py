from odoo import api, fields, models
from odoo.tools import SQL

from ..mime.threading import is_reply_subject, normalize_subject, thread_keys
from .rows import insert_rows, new_ids

SUBJECT_WINDOW_DAYS = 30


class EmailSyncStore(models.AbstractModel):
    """Conversations by RFC 5322 section 3.6.4, the subject as a last resort."""

    _inherit = "email.sync.store"

    @api.model
    def _assign_conversations(self, account, arrivals):
        """Find or create the conversation of each arrival, by RFC 5322 section 3.6.4."""
        for arrival in arrivals:
            arrival.keys = self._get_thread_keys(arrival)
        known = self._get_known_references(account, arrivals)
        placeholders = []
        for arrival in sorted(arrivals, key=lambda arrival: arrival.date):
            found = []
            for key in arrival.keys:
                if key in known and known[key] not in found:
                    found.append(known[key])
            if not found:
                found = self._find_by_subject(account, arrival)
            if not found:
                found = [{"arrival": arrival}]
                placeholders.append(found[0])
            target = self._unite(found, known, arrivals, placeholders)
            arrival.conversation = target
            known.update(dict.fromkeys(arrival.keys, target))
        self._create_conversations(account, arrivals, placeholders)
        self._remember_references(account, arrivals)

    @api.model
    def _get_thread_keys(self, arrival):
        keys = list(thread_keys(arrival.parsed))
        if arrival.metadata.thread_id:
            keys.append(f"thread:{arrival.metadata.thread_id}")
        return keys or [f"digest:{arrival.identity[1]}"]

    @api.model
    def _get_known_references(self, account, arrivals):
        keys = list({key for arrival in arrivals for key in arrival.keys})
        references = self.env["email.sync.reference"].search_fetch(
            [("account_id", "=", account.id), ("key", "in", keys)], ["key", "conversation_id"]
        )
        return {reference.key: reference.conversation_id for reference in references}

    @api.model
    def _find_by_subject(self, account, arrival):
        """The last resort: an answer that references nothing, to a subject of the last weeks."""
        parsed = arrival.parsed
        base_subject = normalize_subject(parsed.subject)
        if parsed.references or parsed.in_reply_to or not is_reply_subject(parsed.subject):
            return []
        addresses = {
            address.normalized for address in (*parsed.from_, *parsed.to) if address.normalized
        } - account._get_own_addresses()
        if not addresses:
            return []
        window = fields.Datetime.subtract(arrival.date, days=SUBJECT_WINDOW_DAYS)
        candidates = self.env["email.sync.conversation"].search(
            [
                ("account_id", "=", account.id),
                ("base_subject", "=", base_subject),
                ("last_date", ">=", window),
                ("last_date", "<=", fields.Datetime.add(arrival.date, days=SUBJECT_WINDOW_DAYS)),
                ("participant_ids.email_normalized", "in", list(addresses)),
            ],
            limit=1,
        )
        return [candidates] if candidates else []

    @api.model
    def _unite(self, found, known, arrivals, placeholders):
        """Make one of the conversations that a mail belongs to: a stored one where there is one."""
        stored = [conversation for conversation in found if not isinstance(conversation, dict)]
        target = min(stored, key=lambda conversation: conversation.id) if stored else found[0]
        others = [conversation for conversation in found if conversation is not target]
        if not others:
            return target
        for key, conversation in known.items():
            if conversation in others:
                known[key] = target
        for arrival in arrivals:
            if arrival.conversation in others:
                arrival.conversation = target
        for other in others:
            if isinstance(other, dict):
                placeholders.remove(other)
            else:
                other._merge_into(target)
        return target

    @api.model
    def _create_conversations(self, account, arrivals, placeholders):
        if not placeholders:
            return
        # As rows, as mails are.
        conversations = self.env["email.sync.conversation"]
        rows = [
            self._get_conversation_vals(account, placeholder["arrival"])
            for placeholder in placeholders
        ]
        ids = new_ids(conversations, len(rows))
        insert_rows(
            conversations,
            ["id", *rows[0]],
            [(id_, *row.values()) for id_, row in zip(ids, rows, strict=True)],
        )
        account.invalidate_recordset(["conversation_ids"])
        by_placeholder = {
            id(placeholder): conversations.browse(id_)
            for placeholder, id_ in zip(placeholders, ids, strict=True)
        }
        for arrival in arrivals:
            if isinstance(arrival.conversation, dict):
                arrival.conversation = by_placeholder[id(arrival.conversation)]

    @api.model
    def _get_conversation_vals(self, account, arrival):
        subject = arrival.parsed.subject.strip()
        return {
            "account_id": account.id,
            "subject": subject or self.env._("(no subject)"),
            "base_subject": normalize_subject(subject),
            "visibility": account.visibility,
            "last_date": arrival.date,
            "is_linked": False,
        }

    @api.model
    def _remember_references(self, account, arrivals):
        rows = {key: arrival.conversation.id for arrival in arrivals for key in arrival.keys}
        insert_rows(
            self.env["email.sync.reference"],
            ["key", "conversation_id"],
            list(rows.items()),
            {"account_id": account.id},
            # A key that is known stays with its conversation.
            conflict=SQL("ON CONFLICT (account_id, key) DO NOTHING"),
        )
