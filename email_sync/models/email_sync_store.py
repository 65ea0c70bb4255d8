import base64
import hashlib
import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property

import psycopg2

from odoo import api, models
from odoo.tools import SQL

from ..mime.beginning import keep_text
from ..mime.dates import effective_date
from ..mime.source import Source
from .discretion import describe_error, describe_traceback, holding_mail
from .parse_ahead import read
from .rows import insert_rows, new_ids

_logger = logging.getLogger(__name__)

TEXT_LIMIT = 100_000  # characters kept for searching
ROLES = ("from", "sender", "reply_to", "to", "cc", "bcc")
PARTICIPANT_COLUMNS = (
    "conversation_id",
    "message_id",
    "role",
    "name",
    "email",
    "email_normalized",
)
PLACEMENT_COLUMNS = (
    # A mail's place, which stays; the rest follows from what was told of it last.
    "account_id",
    "folder_id",
    "uid",
    "message_id",
    "outcome",
    "reason",
    "internal_date",
    "size",
    "flags",
    "email_id",
)


@dataclass
class Arrival:
    """A fetched mail on its way into the tables."""

    metadata: object
    source: object  # bytes, of a large mail a Source
    parsed: object
    snippet: str
    identity: tuple
    checksum: str | None = None  # of the source, as Odoo names its file
    is_beginning: bool = False
    message: object = None
    conversation: object = None
    keys: list = field(default_factory=list)

    @cached_property
    def date(self):
        """Naive UTC: of the Date header where that can be, else of the arrival on the server."""
        date = effective_date(self.parsed.date, self.metadata.internal_date)
        # A server that tells no date of arrival leaves the time at which the mail is seen.
        return (date or datetime.now(timezone.utc)).replace(tzinfo=None, microsecond=0)


class EmailSyncStore(models.AbstractModel):
    """Writes fetched mail: messages, participants, placements and conversations, a batch a time."""

    _name = "email.sync.store"
    _description = "Mail Store"

    @api.model
    def _store(self, folder, fetched):
        """Store a batch of mails of a folder; a mail that cannot be stored is quarantined.

        :param folder: the folder they lie in
        :param fetched: list of :class:`..mailbox.imap.FetchedMessage` with a source
        :return: the conversations that got mail
        """
        try:
            with holding_mail(), self.env.cr.savepoint():
                return self._store_batch(folder, fetched)
        except (psycopg2.OperationalError, OSError):
            # The database or a full disk, not the mail: the batch is repeated by a later run.
            raise
        except Exception as error:
            if len(fetched) == 1:
                self._quarantine(folder, fetched[0], error)
                return self.env["email.sync.conversation"]
            half = len(fetched) // 2
            return self._store(folder, fetched[:half]) | self._store(folder, fetched[half:])

    @api.model
    def _store_batch(self, folder, fetched):
        arrivals = self._leave_out_erased(folder, [self._get_arrival(item) for item in fetched])
        if not arrivals:
            return self.env["email.sync.conversation"]
        new = self._match_known_messages(folder.account_id, arrivals)
        # The files are written while the database works.
        with self._keep_sources(new) as rows:
            if new:
                self._assign_conversations(folder.account_id, new)
                self._create_new(folder, new, rows)
            self._create_placements(folder, arrivals)
            self.env["email.sync.conversation"].invalidate_model(["email_ids", "participant_ids"])
            self._see_again(folder, arrivals, new)
            conversations = self.env["email.sync.conversation"]
            conversation_ids = self._get_conversation_ids(arrivals)
            conversations.browse(set(conversation_ids.values()))._update_statistics()
        return conversations.browse({conversation_ids[arrival.message.id] for arrival in new})

    @api.model
    def _create_new(self, folder, arrivals, sources):
        """Write mails that have a conversation and no message yet.

        :param sources: as :meth:`_keep_sources` yields them
        """
        self._create_messages(folder, arrivals)
        self._create_participants(folder.account_id, arrivals)
        self._create_sources(arrivals, sources)

    @api.model
    def _get_conversation_ids(self, arrivals):
        """Return the conversations of mails, by message id: those that were merged lately, too."""
        self.env["email.sync.message"].flush_model(["conversation_id"])
        self.env.cr.execute(
            "SELECT id, conversation_id FROM email_sync_message WHERE id = ANY(%s)",
            [list({arrival.message.id for arrival in arrivals})],
        )
        return dict(self.env.cr.fetchall())

    # ------------------------------------------------------------
    # IDENTITY
    # ------------------------------------------------------------

    @api.model
    def _get_arrival(self, fetched):
        source = self._get_source(fetched)
        parsed, snippet, checksum = fetched.parsed or read(source)
        return Arrival(
            metadata=fetched.metadata,
            source=source,
            parsed=parsed,
            snippet=snippet,
            identity=self._get_identity(parsed),
            checksum=checksum,
            is_beginning=fetched.is_beginning,
        )

    @staticmethod
    def _get_source(fetched):
        """Return what a fetched mail says: bytes, of a large one, which is a file, a Source."""
        if fetched.is_beginning:
            return keep_text(fetched.source)
        return fetched.source if fetched.file is None else Source(fetched.file)

    @api.model
    def _get_identity(self, parsed):
        """Return (Message-ID, digest): one mail once, whichever folders hold it.

        Without a Message-ID, the header is part of the digest: the same report sent every night
        is not one mail.
        """
        if parsed.message_id:
            return (parsed.message_id, parsed.digest)
        header = repr((parsed.digest, parsed.from_, parsed.date, parsed.subject))
        return ("", hashlib.sha256(header.encode("utf-8", "replace")).hexdigest())

    @api.model
    def _match_known_messages(self, account, arrivals):
        """Give each arrival its message where the account has it; return the others, once each."""
        self.env["email.sync.message"].flush_model()
        self.env.cr.execute(
            "SELECT id, COALESCE(message_id, ''), digest FROM email_sync_message "
            "WHERE account_id = %s AND message_id = ANY(%s)",
            [account.id, list({arrival.identity[0] for arrival in arrivals})],
        )
        known = {
            (message_id, digest): self.env["email.sync.message"].browse(id_)
            for id_, message_id, digest in self.env.cr.fetchall()
        }
        new = {}
        for arrival in arrivals:
            arrival.message = known.get(arrival.identity)
            if not arrival.message:
                new.setdefault(arrival.identity, arrival)
        return list(new.values())

    # ------------------------------------------------------------
    # ROWS
    # ------------------------------------------------------------

    @api.model
    def _create_messages(self, folder, arrivals):
        # As rows: a mail has no computed field, and the ORM's way costs a third of the time of a
        # first sync.
        messages = self.env["email.sync.message"]
        rows = [self._get_message_vals(folder, arrival) for arrival in arrivals]
        ids = new_ids(messages, len(rows))
        self._compress_fast()
        insert_rows(
            messages,
            ["id", *rows[0]],
            [(id_, *row.values()) for id_, row in zip(ids, rows, strict=True)],
        )
        for arrival, id_ in zip(arrivals, ids, strict=True):
            arrival.message = messages.browse(id_)

    @api.model
    def _compress_fast(self):
        """Let PostgreSQL compress texts with LZ4 in this transaction, where it has that.

        Its own method takes an eighth of its time in a first sync; a text takes a quarter more.
        """
        self.env.cr.execute(
            "SELECT set_config(name, 'lz4', true) FROM pg_settings "
            "WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"
        )

    @api.model
    def _get_message_vals(self, folder, arrival):
        parsed = arrival.parsed
        account = folder.account_id
        flags = {flag.lower() for flag in arrival.metadata.flags}
        sender = parsed.from_[0] if parsed.from_ else None
        own = account._get_own_addresses()
        return {
            "account_id": account.id,
            "conversation_id": arrival.conversation.id,
            "message_id": arrival.identity[0],
            "digest": arrival.identity[1],
            "subject": parsed.subject,
            "date": arrival.date,
            "from_name": sender.name if sender else "",
            "from_email": sender.email if sender else "",
            **self._get_text_vals(parsed, arrival.snippet),
            "size": arrival.metadata.size if arrival.is_beginning else len(arrival.source),
            "is_beginning": arrival.is_beginning,
            "is_outgoing": folder.special_use == "sent"
            or bool(sender and sender.normalized in own),
            "is_read": "\\seen" in flags,
            "is_flagged": "\\flagged" in flags,
            "is_answered": "\\answered" in flags,
            "is_automatic": parsed.auto_submitted or parsed.bulk,
        }

    @api.model
    def _get_text_vals(self, parsed, snippet):
        """Return what is kept of what a mail says, beside its source."""
        return {
            "text": parsed.text[:TEXT_LIMIT],
            "snippet": snippet,
            "attachment_count": len(parsed.attachments),
            "attachment_names": ", ".join(part.filename for part in parsed.attachments),
        }

    @api.model
    def _create_participants(self, account, arrivals):
        rows = []
        for arrival in arrivals:
            for role in ROLES:
                addresses = getattr(arrival.parsed, "from_" if role == "from" else role)
                rows.extend(
                    (
                        arrival.conversation.id,
                        arrival.message.id,
                        role,
                        address.name or None,
                        address.email or None,
                        address.normalized or None,
                    )
                    for address in self._as_list(addresses)
                )
        if rows:
            participants = self.env["email.sync.participant"]
            insert_rows(participants, PARTICIPANT_COLUMNS, rows, {"account_id": account.id})
            participants.invalidate_model()

    @staticmethod
    def _as_list(addresses):
        if addresses is None:
            return []
        return addresses if isinstance(addresses, list | tuple) else [addresses]

    @api.model
    def _create_placements(self, folder, arrivals):
        by_identity = {arrival.identity: arrival.message for arrival in arrivals if arrival.message}
        rows = []
        for arrival in arrivals:
            arrival.message = by_identity[arrival.identity]
            rows.append(
                self._get_placement_row(
                    folder, arrival.metadata, "stored", message_id=arrival.message.id
                )
            )
        self._insert_placements(rows)

    @api.model
    def _get_placement_row(self, folder, metadata, outcome, message_id=None, reason=None):
        return (
            folder.account_id.id,
            folder.id,
            metadata.uid,
            message_id,
            outcome,
            reason,
            metadata.internal_date and metadata.internal_date.replace(tzinfo=None, microsecond=0),
            metadata.size,
            " ".join(sorted(metadata.flags)),
            metadata.email_id,
        )

    @api.model
    def _insert_placements(self, rows):
        """Write outcomes of UIDs; a UID that has one gets the new one."""
        if not rows:
            return
        self.env["email.sync.message"].flush_model()
        placements = self.env["email.sync.placement"]
        insert_rows(
            placements,
            PLACEMENT_COLUMNS,
            rows,
            conflict=SQL(
                "ON CONFLICT (folder_id, uid) DO UPDATE SET %s",
                SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in PLACEMENT_COLUMNS[3:]
                ),
            ),
        )
        placements.invalidate_model()

    @api.model
    def _see_again(self, folder, arrivals, new):
        """Let all copies of a mail say how it is, where the one it was made from does not suffice.

        That is a known mail in one more folder (moved, copied, or there all along), a new one that
        lies in the folder twice, and one that arrives deleted.
        """
        new_ids = {arrival.message.id for arrival in new}
        copies = Counter(arrival.message.id for arrival in arrivals)
        message_ids = {
            arrival.message.id
            for arrival in arrivals
            if arrival.message.id not in new_ids
            or copies[arrival.message.id] > 1
            or folder.special_use == "trash"
            or "\\deleted" in {flag.lower() for flag in arrival.metadata.flags}
        }
        self.env["email.sync.message"].browse(message_ids)._update_from_placements()

    # ------------------------------------------------------------
    # QUARANTINE
    # ------------------------------------------------------------

    @api.model
    def _quarantine(self, folder, fetched, error):
        """Keep a mail that cannot be stored, with the reason; it is retried on demand."""
        _logger.warning(
            "Mail UID %s of folder %s cannot be stored and is quarantined:\n%s",
            fetched.metadata.uid,
            folder.id,
            describe_traceback(error),
        )
        self._insert_placements(
            [
                self._get_placement_row(
                    folder,
                    fetched.metadata,
                    "quarantined",
                    reason=describe_error(error),
                )
            ]
        )
        placement = self.env["email.sync.placement"].search(
            [("folder_id", "=", folder.id), ("uid", "=", fetched.metadata.uid)]
        )
        placement.source = base64.b64encode(self._get_source(fetched)[:])
