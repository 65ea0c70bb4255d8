import logging

import psycopg2
from markupsafe import escape

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.addons.mail.models.mail_message import MailMessage
from odoo.tools.mail import formataddr

from ..mime.parse import part_chunks, part_content
from .discretion import describe_traceback, holding_mail
from .ir_attachment_content import LARGE_FILE
from .rows import insert_rows, new_ids

_logger = logging.getLogger(__name__)

ADDRESSEES_LIMIT = 50
RENDER_BATCH = 50  # chatter entries a transaction


class EmailSyncMessage(models.Model):
    _inherit = "email.sync.message"

    is_rendered = fields.Boolean(
        "Chatter entry is complete",
        readonly=True,
        copy=False,
        help="Technical: text and attachments of the entry are made when it is first shown, or "
        "in the background.",
    )

    _to_render_index = models.Index(
        "(id) WHERE mail_message_id IS NOT NULL AND is_rendered IS NOT TRUE"
    )

    def _publish(self):
        """Make one chatter entry a mail, still without its text: see :meth:`_render_entries`."""
        if not self:
            return
        # sudo: mail.message - made as OdooBot, since whoever creates an entry may read it
        messages = self.with_user(SUPERUSER_ID).sudo()
        authors = messages._get_authors()
        subtype_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
        entry_ids = messages._create_entries(
            [message._get_entry_vals(authors.get(message.id), subtype_id) for message in messages]
        )
        messages._set_entries(entry_ids)

    @api.model
    def _create_entries(self, vals_list):
        """Create chatter entries as core's ``create`` does; return their ids.

        As rows: core looks for every new entry whether one of some thirty models with a chatter has
        it in its cache, which takes longer than all the rest.

        :param vals_list: as for ``create``, all of them with the same fields
        """
        entries = self.env["mail.message"]
        if not self._is_creation_of_entries_core():
            return entries.create(vals_list).ids
        names = [
            name
            for name, field in entries._fields.items()
            if field.store and field.column_type and name not in models.MAGIC_COLUMNS
        ]
        defaults = entries.default_get([name for name in names if name not in vals_list[0]])
        rows, ids = [], new_ids(entries, len(vals_list))
        for id_, given in zip(ids, vals_list, strict=True):
            vals = {**defaults, "message_id": entries._get_message_id(given), **given}
            columns = [name for name in names if name in vals]
            values = [
                entries._fields[name].convert_to_column_insert(vals[name], entries)
                for name in columns
            ]
            rows.append((id_, *values))
        insert_rows(entries, ["id", *columns], rows)
        conversations = self.env["email.sync.conversation"]
        conversations.browse({vals["res_id"] for vals in vals_list}).invalidate_recordset(
            ["message_ids", "message_needaction", "message_needaction_counter"]
        )
        return ids

    @api.model
    def _is_creation_of_entries_core(self):
        """Whether no other module has a part in what ``create`` does with a ``mail.message``."""
        entries = self.env["mail.message"]
        return type(entries).create is MailMessage.create and not any(
            field.store and field.compute for field in entries._fields.values()
        )

    def _set_entries(self, entry_ids):
        """Write which chatter entries mails have, still without their text."""
        self.flush_recordset(["mail_message_id", "is_rendered"])
        self.env.cr.execute(
            """
            UPDATE email_sync_message message
               SET mail_message_id = entry.id, is_rendered = FALSE, write_uid = %s, write_date = %s
              FROM unnest(%s, %s) AS entry (message_id, id)
             WHERE message.id = entry.message_id
            """,
            [self.env.uid, self.env.cr.now(), list(self.ids), entry_ids],
        )
        self.invalidate_recordset(["mail_message_id", "is_rendered", "write_uid", "write_date"])

    def _render_entries(self):
        """Give chatter entries their text and attachments, made from the source of the mail."""
        # sudo: mail.message, ir.attachment - entries are the system's own; who reads them is
        # decided by the conversation
        messages = self.with_user(SUPERUSER_ID).sudo()
        parsed = {message.id: message._parse() for message in messages}
        attachments = messages._create_attachments(parsed)
        for message in messages:
            message.mail_message_id.write(
                {
                    "body": message._get_entry_html(parsed[message.id]),
                    "attachment_ids": [Command.set(attachments[message.id].ids)],
                }
            )
        messages.is_rendered = True

    def _get_entry_html(self, parsed):
        """Return the sanitised HTML of a chatter entry."""
        return self._get_display_html(parsed)[0]

    @api.model
    def _render_pending(self, limit=RENDER_BATCH):
        """Complete some of the chatter entries that nobody looked at yet.

        :return: how many were completed; 0 when nothing waits
        """
        waiting = self.search(
            [("mail_message_id", "!=", False), ("is_rendered", "=", False)],
            order="id desc",
            limit=limit,
        ).try_lock_for_update(allow_referencing=True)
        waiting._render_each()
        return len(waiting)

    def _render_each(self):
        """Complete entries; one that cannot be completed does not hold up the others."""
        try:
            with holding_mail(), self.env.cr.savepoint():
                self._render_entries()
        except (psycopg2.OperationalError, OSError):
            # The database or a full disk, not the mail: a later run does it.
            raise
        except Exception as error:
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._render_each()
                self[half:]._render_each()
                return
            _logger.warning(
                "The chatter entry of mail %s stays short:\n%s", self.id, describe_traceback(error)
            )
            # sudo: mail.message - entries are the system's own
            self.sudo().mail_message_id.body = escape(self.snippet or "")
            self.is_rendered = True

    def _get_entry_vals(self, author, subtype_id):
        self.ensure_one()
        email_from = self._get_email_from()
        return {
            "model": "email.sync.conversation",
            "res_id": self.conversation_id.id,
            "message_type": "email",
            "subtype_id": subtype_id,
            "is_internal": True,
            "author_id": author.id if author else False,
            "email_from": email_from,
            "reply_to": email_from,
            "date": self.date,
            "subject": self.subject,
            "incoming_email_to": self._format_addressees("to"),
            "incoming_email_cc": self._format_addressees("cc"),
            "record_name": self.conversation_id.subject,
        }

    def _get_email_from(self):
        self.ensure_one()
        return formataddr((self.from_name or False, self.from_email or ""))

    def _get_authors(self):
        """Return the contact that wrote each mail, by message id, where it is nobody's user.

        The author of a chatter entry may read it whatever the rules say: a user is never one.
        """
        senders = self.participant_ids.filtered(
            lambda participant: participant.role == "from" and participant.email_normalized
        )
        linked = self.conversation_id.partner_ids
        partners = {
            partner.email_normalized: partner
            for partner in linked.sorted("id", reverse=True)
            if partner.email_normalized and not partner.with_context(active_test=False).user_ids
        }
        return {
            sender.message_id.id: partners[sender.email_normalized]
            for sender in senders
            if sender.email_normalized in partners
        }

    def _format_addressees(self, role):
        addressees = self.participant_ids.filtered(lambda participant: participant.role == role)
        return ", ".join(
            formataddr((addressee.name or False, addressee.email or ""))
            for addressee in addressees[:ADDRESSEES_LIMIT]
        )

    def _create_attachments(self, parsed):
        """Make the attachments of chatter entries; they follow the rights of the conversation.

        :param parsed: the parsed mails, by message id
        :return: attachments by message id
        """
        vals_list, owners, large = [], [], []
        for message in self:
            parts = parsed[message.id].attachments
            source = message._open_source() if parts else b""
            for part in parts:
                is_large = part.size > LARGE_FILE
                if is_large:
                    large.append((len(owners), source, part.section))
                owners.append(message.id)
                content = b"" if is_large else part_content(source, part.section)
                vals_list.append(
                    {
                        "name": message._get_part_name(part),
                        "raw": content,
                        "mimetype": message._get_part_mimetype(part, content),
                        "res_model": "email.sync.conversation",
                        "res_id": message.conversation_id.id,
                    }
                )
        # As they came: HTML and SVG are shown as text, pictures are not made smaller, and nothing
        # is unpacked to be searched.
        attachments = (
            self.env["ir.attachment"]
            .with_context(
                attachments_mime_plainxml=True,
                image_no_postprocess=True,
                email_sync_no_unpacking=True,
            )
            .create(vals_list)
        )
        for number, source, section in large:
            attachments[number]._set_content(part_chunks(source, section))
        result = {message.id: self.env["ir.attachment"] for message in self}
        for owner, attachment in zip(owners, attachments, strict=True):
            result[owner] |= attachment
        return result
