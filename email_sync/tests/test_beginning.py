"""A mail that is too large is here with its header and text, and whole once that is allowed."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..mailbox.imap import ImapSession
from ..models.email_sync_message_beginning import BEGINNING_BYTES
from .common import build_mail
from .servers import CourierMailbox, GmailMailboxAsFolders
from .test_engine import EngineCase

FILE = bytes(range(256)) * 4000
LIMIT = 300_000


@tagged("post_install", "-at_install")
class TestBeginning(EngineCase):
    def setUp(self):
        super().setUp()
        self.limit = LIMIT
        self.startPatcher(
            patch.object(
                type(self.env["email.sync.engine"]), "_get_max_size", lambda engine: self.limit
            )
        )
        self.source = build_mail(
            text="The drawings are attached.",
            html="<p>The <b>drawings</b> are attached.</p>",
            attachments=[("plan.bin", FILE, "application", "x")],
        ).replace(b"\n", b"\r\n")
        self.mailbox.append(self.source)
        self._sync()
        self.message = self._get_messages()

    def _get_messages(self):
        return self.env["email.sync.message"].search([("account_id", "=", self.account.id)])

    def test_it_is_a_mail_as_every_other(self):
        self.assertEqual(len(self.message), 1)
        self.assertEqual(self.message.subject, "Quotation")
        self.assertEqual(self.message.text.strip(), "The drawings are attached.")
        self.assertEqual(self.message.size, len(self.source))
        self.assertFalse(self.message.attachment_count)
        self.assertEqual(self.message.conversation_id.partner_ids, self.customer)
        self.assertEqual(self.message.placement_ids.outcome, "stored")
        entry = self.message.mail_message_id
        self.assertIn("<b>drawings</b>", entry.body)
        self.assertIn("Its attachments are not stored here", entry.body)
        self.assertFalse(entry.attachment_ids)
        self.assertTrue(all(self.account.folder_ids.filtered("is_synced").mapped("complete_as_of")))

    def test_no_more_is_read_than_the_beginning(self):
        self.mailbox.append(self.source.replace(b"<1@", b"<2@"), folder="Work")
        sessions, connect = [], ImapSession.connect

        def connect_and_note(*args):
            sessions.append(connect(*args))
            return sessions[-1]

        with patch.object(ImapSession, "connect", connect_and_note):
            self._sync()
        self.assertEqual(len(self._get_messages()), 2)
        received = sum(session.bytes_received for session in sessions)
        self.assertLess(received, BEGINNING_BYTES + 20_000)

    def test_a_copy_of_it_is_the_same_mail(self):
        with self.mailbox.connect() as client:
            client.create_folder("Work")
            client.select_folder("INBOX")
            client.copy([1], "Work")
        self._sync()
        self.assertEqual(self._get_messages(), self.message)
        self.assertEqual(len(self.message.placement_ids), 2)

    def test_a_text_that_is_too_long_is_cut(self):
        long = build_mail(text="word " * 200_000, message_id="<long@a.example>")
        self.mailbox.append(long)
        self._sync()
        message = self._get_messages() - self.message
        self.assertTrue(message.text.startswith("word word"))
        self.assertIn("word word", message.with_user(self.alice).get_display()[0]["html"])

    def test_the_reader_is_told_and_offered_the_whole_mail_when_it_may_be(self):
        self.message.conversation_id.visibility = "shared"
        for user, is_offered in ((self.alice, True), (self.bob, False)):
            message = self.message.with_user(user)
            self.limit = LIMIT
            [display] = message.get_display()
            self.assertIn("larger than", display["notice"])
            self.assertNotIn("larger than", display["html"], "an answer does not quote it")
            self.assertFalse(display["can_be_fetched_again"] or display["source_url"])
            self.limit = 10 * LIMIT
            self.assertEqual(message.get_display()[0]["can_be_fetched_again"], is_offered)

    def test_fetched_whole(self):
        with self.assertRaisesRegex(UserError, "raise the limit"):
            self.message.with_user(self.alice).action_fetch_again()
        self.limit = 10 * LIMIT
        self.message.conversation_id.visibility = "shared"
        with self.assertRaises(AccessError):
            self.message.with_user(self.bob).action_fetch_again()
        self.message.with_user(self.alice).action_fetch_again()
        self.assertFalse(self.message.is_beginning)
        self.assertEqual(self.message._get_source(), self.source)
        self.assertEqual(self.message.mail_message_id.attachment_ids.raw, FILE)
        self.assertNotIn("not stored here", self.message.mail_message_id.body)
        [display] = self.message.with_user(self.alice).get_display()
        self.assertFalse(display["notice"])
        self.assertEqual(len(display["attachments"]), 1)
        # From now on it is known by all of it.
        self.mailbox.append(self.source, folder="Later")
        self._sync()
        self.assertEqual(self._get_messages(), self.message)

    def test_another_mail_in_its_place_is_not_taken_for_it(self):
        self.mailbox.append(self.source.replace(b"The drawings", b"Other things"), folder="Work")
        self._sync()
        other = self._get_messages() - self.message
        self.message.placement_ids.unlink()
        other.placement_ids.message_id = self.message
        self.limit = 10 * LIMIT
        with self.assertRaisesRegex(UserError, "no longer on the server"):
            self.message.with_user(self.alice).action_fetch_again()

    def test_passed_on_it_says_that_files_are_missing(self):
        composer = self.env["email.sync.composer"].with_user(self.alice)
        for mode, is_said in (("forward", True), ("reply", False)):
            quote = composer.new({"message_id": self.message.id, "mode": mode})._get_quote(False)
            self.assertEqual("not stored here" in quote, is_said)

    def test_quarantined_it_stays_a_beginning(self):
        store = type(self.env["email.sync.store"])
        self.mailbox.append(self.source.replace(b"<1@", b"<2@"))
        with (
            patch.object(store, "_store_batch", side_effect=ValueError("odd")),
            self.assertLogs("odoo.addons.email_sync", "WARNING"),
        ):
            self._sync()
        placement = self.env["email.sync.placement"].search([("outcome", "=", "quarantined")])
        self.assertLess(len(base64.b64decode(placement.source)), 2000)
        placement._retry()
        self.assertTrue(placement.message_id.is_beginning)


@tagged("post_install", "-at_install")
class TestBeginningGmail(TestBeginning):
    allow_inherited_tests_method = True
    mailbox_class = GmailMailboxAsFolders


@tagged("post_install", "-at_install")
class TestBeginningCourier(TestBeginning):
    allow_inherited_tests_method = True
    mailbox_class = CourierMailbox
