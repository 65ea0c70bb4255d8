import csv
import io
import json
import re
import zipfile

from odoo import fields, models
from odoo.tools import split_every

EXPORT_BATCH = 200  # rows that are in memory at a time
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for a formula
NAME_LENGTH = 60  # characters of a subject in the name of a file
CSV_ENCODING = "utf-8-sig"  # with the mark that spreadsheets know UTF-8 by
COLUMNS = {
    "mails.csv": ("mail", "file", "conversation", "date", "from_name", "from_email", "subject")
    + ("size", "direction", "text_removed"),
    "participants.csv": ("mail", "role", "name", "email"),
    "links.csv": ("conversation", "model", "record", "name"),
}


class EmailSyncMessage(models.Model):
    _inherit = "email.sync.message"

    def _get_source_name(self):
        """Return the subject as the name of a file, without its ending."""
        self.ensure_one()
        name = re.sub(r"[^\w\- ]+", "_", self.subject or "")[:NAME_LENGTH].strip()
        return name or "mail"


class EmailSyncExportPart(models.Model):
    """The file of a part: made when it is asked for, as its reader, and kept nowhere.

    What is in it is what the visibility rule lets the reader see, and of this account alone.
    """

    _inherit = "email.sync.export.part"

    def _write_archive(self, file):
        """Write a ZIP of everything that the account holds of the person.

        Mails as the server delivered them, and tables that a program reads: CSV (RFC 4180), JSON.

        :param file: file opened for writing in binary
        """
        self.ensure_one()
        messages = self._find_messages()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("about.json", json.dumps(self._get_about(messages), indent=2))
            self._write_table(archive, "mails.csv", self._get_mail_rows(messages))
            self._write_table(archive, "participants.csv", self._get_participant_rows(messages))
            conversations = messages.conversation_id
            self._write_table(archive, "links.csv", self._get_link_rows(conversations))
            for message in self._iterate(messages):
                self._write_content(archive, self._get_file_name(message), message._open_source())
            for placement, source in self._find_quarantined():
                self._write_content(archive, f"unreadable/{placement.id}.eml", source)

    def _get_addresses(self):
        # sudo: email.sync.export - whose mail it is about, told to members of the account
        return self.export_id.sudo()._get_addresses()

    def _find_messages(self):
        """Return the mails that the person took part in and the reader may see, oldest first."""
        domain = [
            ("account_id", "=", self.account_id.id),
            ("email_normalized", "in", self._get_addresses()),
        ]
        groups = self.env["email.sync.participant"]._read_group(domain, ["message_id"])
        ids = sorted(message.id for (message,) in groups)
        # By the mails' own rule, too.
        return self.env["email.sync.message"].search([("id", "in", ids)], order="date, id")

    def _find_quarantined(self):
        """Yield placements of mail that could not be read and names an address, with its bytes."""
        addresses = [address.encode() for address in self._get_addresses()]
        placements = self.env["email.sync.placement"].search(
            [("account_id", "=", self.account_id.id), ("outcome", "=", "quarantined")]
        )
        for placement in self._iterate(placements):
            source = placement._get_source()
            placement.invalidate_recordset(["source"])
            if any(address in source.lower() for address in addresses):
                yield placement, source

    def _iterate(self, records):
        """Yield records one by one; what was read of one is forgotten before the next."""
        for ids in split_every(EXPORT_BATCH, records.ids):
            for record in records.browse(ids):
                yield record
                # The content of a file is read as a whole where it is small.
                self.env["ir.attachment"].invalidate_model(["raw", "datas"], flush=False)
            records.invalidate_model(flush=False)

    def _get_about(self, messages):
        senders = self.env["email.sync.picture.sender"].search(
            [("user_id", "=", self.env.uid), ("email", "in", self._get_addresses())]
        )
        return {
            "addresses": self._get_addresses(),
            "account": self.email,
            "made_on": fields.Datetime.now().isoformat() + "Z",
            "made_by": self.env.user.login,
            "mails": len(messages),
            "pictures_always_shown_of": senders.mapped("email"),
            "tables": {name: list(columns) for name, columns in COLUMNS.items()},
        }

    # ------------------------------------------------------------
    # ROWS
    # ------------------------------------------------------------

    def _get_file_name(self, message):
        """Return the name of a mail's file: by its id unlike any other, and within bounds."""
        return f"mails/{message.date:%Y-%m-%d}_{message.id}_{message._get_source_name()}.eml"

    def _get_mail_rows(self, messages):
        for message in self._iterate(messages):
            yield (
                message.id,
                self._get_file_name(message),
                message.conversation_id.id,
                message.date.isoformat() + "Z",
                message.from_name or "",
                message.from_email or "",
                message.subject or "",
                message.size,
                "sent" if message.is_outgoing else "received",
                message.removed_date.isoformat() + "Z" if message.removed_date else "",
            )

    def _get_participant_rows(self, messages):
        participants = self.env["email.sync.participant"]
        for ids in split_every(EXPORT_BATCH, messages.ids):
            found = participants.search([("message_id", "in", ids)], order="message_id, id")
            for participant in self._iterate(found):
                yield (
                    participant.message_id.id,
                    participant.role,
                    participant.name or "",
                    participant.email or "",
                )

    def _get_link_rows(self, conversations):
        for conversation in self._iterate(conversations.with_context(active_test=False)):
            for records in (conversation.partner_ids, conversation.lead_ids):
                # A member sees the conversation, and not by that each record it is linked to.
                if not records.browse().has_access("read"):
                    continue
                for record in records._filtered_access("read"):
                    yield (conversation.id, record._name, record.id, record.display_name or "")

    # ------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------

    def _write_table(self, archive, name, rows):
        with (
            archive.open(name, "w", force_zip64=True) as file,
            io.TextIOWrapper(file, CSV_ENCODING, newline="") as text,
        ):
            writer = csv.writer(text)
            writer.writerow(COLUMNS[name])
            for row in rows:
                writer.writerow([self._get_cell(value) for value in row])

    def _get_cell(self, value):
        """Return what a cell says; a spreadsheet takes it for text, whatever a stranger wrote."""
        if isinstance(value, str) and value.startswith(FORMULA_STARTS):
            return f"'{value}"
        return value

    def _write_content(self, archive, name, source):
        """Write the bytes of a mail, a large one in steps; none where they are no longer here."""
        if not source:
            return
        chunks = [source] if isinstance(source, bytes) else source.chunks()
        with archive.open(name, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
