"""Rows are inserted as they are: no character of a mail is lost or understood as something else."""

from unittest.mock import patch

from odoo import api
from odoo.addons.mail.models.mail_message import MailMessage as CoreMessage
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.rows import insert_rows, new_ids
from .common import EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestRows(EmailSyncCase):
    def _insert(self, keys, conflict=None):
        references = self.env["email.sync.reference"]
        conversation = self.env["email.sync.conversation"].create(
            {"account_id": self.account.id, "subject": "Rows", "visibility": "private"}
        )
        insert_rows(
            references,
            ["key", "conversation_id"],
            [(key, conversation.id) for key in keys],
            {"account_id": self.account.id},
            conflict,
        )
        return references.search([("conversation_id", "=", conversation.id)], order="id")

    def test_text_comes_out_as_it_went_in(self):
        keys = ['"', "\\", '\\"', "{a,b}", ",", " a ", "", "NULL", "'", "%s", "ü\n\t€", "E'"]
        self.assertEqual(self._insert(keys).mapped("key"), keys)

    def test_nothing_is_inserted_without_rows(self):
        self.assertFalse(self._insert([]))

    def test_rows_that_are_there_may_be_left_out(self):
        self._insert(["one"])
        conflict = SQL("ON CONFLICT (account_id, key) DO NOTHING")
        self.assertEqual(self._insert(["one", "two"], conflict).mapped("key"), ["two"])

    def test_none_false_and_dates(self):
        messages = self.env["email.sync.message"]
        conversation = self._receive(b"Message-ID: <1@a.example>\r\n\r\n").conversation_id
        ids = new_ids(messages, 2)
        insert_rows(
            messages,
            ["id", "date", "is_read", "subject", "size"],
            [
                (ids[0], self.env.cr.now(), True, None, 1),
                (ids[1], "2026-01-02 03:04:05", False, "", None),
            ],
            {"account_id": self.account.id, "conversation_id": conversation.id},
        )
        self.env.cr.execute(
            "SELECT date = now() AT TIME ZONE 'UTC', date = '2026-01-02 03:04:05', is_read, "
            "subject, size FROM email_sync_message WHERE id = ANY(%s) ORDER BY id",
            [ids],
        )
        self.assertEqual(
            self.env.cr.fetchall(),
            [(True, False, True, None, 1), (False, True, False, "", None)],
        )

    def test_long_texts_are_compressed_fast_where_the_server_can(self):
        self.env.cr.execute(
            "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
        )
        (can,) = self.env.cr.fetchone() or (False,)
        if not can:
            self.skipTest("This PostgreSQL has no LZ4")
        message = self._receive(build_mail(text="Offer and order. " * 1000))
        self.env.cr.execute(
            "SELECT pg_column_compression(text) FROM email_sync_message WHERE id = %s", message.ids
        )
        self.assertEqual(self.env.cr.fetchone(), ("lz4",))
        message.invalidate_recordset()
        self.assertEqual(message.text.count("Offer and order."), 1000)


@tagged("post_install", "-at_install")
class TestRowsOfEntries(EmailSyncCase):
    """Chatter entries are rows only as long as nothing but core has a part in creating them."""

    def _publish(self):
        # sudo: mail.message - entries are the system's own
        message = self._receive(build_mail(subject="An entry of its own")).sudo()
        message.conversation_id._publish()
        return message.mail_message_id

    def test_what_another_module_does_on_creation_is_done(self):
        entries = type(self.env["mail.message"])
        create, created = entries.create, []

        @api.model_create_multi
        def note_created(entries, vals_list):
            created.extend(vals_list)
            return create(entries, vals_list)

        self.patch(entries, "create", note_created)
        entry = self._publish()
        self.assertEqual([vals["res_id"] for vals in created], [entry.res_id])

    def test_entries_are_rows_with_core_alone(self):
        entries = self.env["mail.message"]
        with patch.object(CoreMessage, "create", side_effect=AssertionError("not as a row")):
            entry = self._publish()
        self.assertEqual(entry.model, "email.sync.conversation")
        self.assertTrue(self.env["email.sync.message"]._is_creation_of_entries_core(), entries)
