"""The engine on Gmail, with labels for folders: the tests of other servers, and Gmail's own."""

from unittest.mock import patch

from odoo.tests import tagged

from ..mailbox.imap import ImapSession
from .servers import GmailMailbox, GmailMailboxAsFolders
from .test_engine import TestEngine
from .test_engine_changes import TestEngineChanges
from .test_engine_complete import TestEngineComplete
from .test_engine_recognition import RecognitionCase, TestEngineRecognition
from .test_engine_two_way import TestTwoWay


@tagged("post_install", "-at_install")
class TestEngineGmail(TestEngine):
    allow_inherited_tests_method = True
    mailbox_class = GmailMailboxAsFolders


@tagged("post_install", "-at_install")
class TestEngineChangesGmail(TestEngineChanges):
    allow_inherited_tests_method = True
    mailbox_class = GmailMailboxAsFolders
    # The same bytes are one mail, once in a folder.
    test_arrives_twice_at_once = None
    # A star is an arrival in the folder of starred mail, too.
    test_changed_flags_write_the_rows_that_change = None


@tagged("post_install", "-at_install")
class TestEngineCompleteGmail(TestEngineComplete):
    allow_inherited_tests_method = True
    mailbox_class = GmailMailboxAsFolders


@tagged("post_install", "-at_install")
class TestEngineRecognitionGmail(TestEngineRecognition):
    allow_inherited_tests_method = True
    mailbox_class = GmailMailboxAsFolders


@tagged("post_install", "-at_install")
class TestTwoWayGmail(TestTwoWay):
    allow_inherited_tests_method = True
    mailbox_class = GmailMailboxAsFolders


@tagged("post_install", "-at_install")
class TestGmailLabels(RecognitionCase):
    """As Google sets a mailbox up: All Mail shows, and deletion takes a label away at once."""

    mailbox_class = GmailMailbox

    def setUp(self):
        super().setUp()
        self.account.provider = "google"
        self._fill(5)
        with self.mailbox.connect() as client:
            client.create_folder("Work")
            client.create_folder("Büro")
            client.select_folder("INBOX")
            client.copy([1, 2, 3], "Work")
            client.copy([2, 3], "Büro")
            client.add_flags([3], ["\\Flagged"])
        self.fetched = self._sync_and_list_fetched()
        inbox = self._get_folder("INBOX")
        by_uid = {place.uid: place.message_id for place in inbox.placement_ids}
        self.first, self.second, self.third = (by_uid[uid] for uid in (1, 2, 3))

    def _sync_and_list_fetched(self):
        """Sync; return the UIDs, folder by folder, of which bodies were fetched."""
        fetched, fetch_sources = [], ImapSession.fetch_sources

        def fetch_and_note(session, messages, **kwargs):
            messages = list(messages)
            fetched.extend((session.folder, message.uid) for message in messages)
            return fetch_sources(session, messages, **kwargs)

        with patch.object(ImapSession, "fetch_sources", fetch_and_note):
            self._sync()
        return fetched

    def _places(self, message):
        stored = message.placement_ids.filtered(lambda place: place.outcome == "stored")
        return set(stored.folder_id.mapped("name"))

    def _on_server(self, folder):
        """Return the identifiers of the mails that a folder shows."""
        with self.mailbox.connect() as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["X-GM-MSGID"])
        return {mail[b"X-GM-MSGID"] for mail in found.values()}

    def _assert_places(self, message, *folders):
        """Sync twice: the folders it lies in are these, on both sides, and nothing is fetched."""
        self.assertFalse(self._sync_and_list_fetched())
        self.assertFalse(self._sync_and_list_fetched())
        expected = {self.mailbox.path(folder) for folder in folders}
        self.assertEqual(self._places(message), expected)
        number = int(message.placement_ids[:1].email_id)
        for folder in self.account.folder_ids.filtered("is_synced"):
            is_there = number in self._on_server(folder.name)
            self.assertEqual(is_there, folder.name in expected, folder.name)
        self.assertEqual(len(self._get_messages()), 5)

    def test_one_mail_is_one_record_and_one_body_however_many_labels(self):
        self.assertEqual(len(self.fetched), 5)
        self.assertEqual(len(self._get_messages()), 5)
        self.assertEqual(len(self._get_messages().mail_message_id), 5)
        self._assert_places(self.third, "INBOX", "Work", "Büro", "Starred", "All Mail")
        self.assertTrue(self.third.is_flagged)

    def test_labels_that_change_are_places_that_change(self):
        entries = self._get_messages().mail_message_id
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.add_gmail_labels([1], ["Büro"])
            client.remove_gmail_labels([2], ["Work", "\\Inbox"])
            client.add_flags([1], ["\\Flagged"])
        self._assert_places(self.first, "INBOX", "Work", "Büro", "Starred", "All Mail")
        self._assert_places(self.second, "Büro", "All Mail")
        self.assertTrue(self.first.is_flagged)
        self.assertFalse(self.second.is_removed)
        self.assertEqual(self._get_messages().mail_message_id, entries)

    def test_expunged_elsewhere_it_is_archived_and_in_the_trash_it_is_removed(self):
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages([1])
            client.move([2], "Trash")
        self._assert_places(self.first, "Work", "All Mail")
        self._assert_places(self.second)
        self.assertFalse(self.first.is_removed)
        self.assertTrue(self.second.is_removed)

    def test_archived_here_and_back(self):
        conversation = self.first.conversation_id.with_user(self.alice)
        params = conversation.action_move_to_archive()["params"]
        self._assert_places(self.first, "Work", "All Mail")
        self.assertFalse(self.first.is_removed)
        conversation.undo_move(params["moved"], params["discarded"])
        self._assert_places(self.first, "INBOX", "Work", "All Mail")

    def test_deleted_here_and_back(self):
        conversation = self.first.conversation_id.with_user(self.alice)
        params = conversation.action_delete_mail()["params"]
        self._sync()
        self.assertTrue(self.first.is_removed)
        self.assertEqual(len(self._on_server("Trash")), 1)
        self.assertNotIn("INBOX", self._places(self.first))
        conversation.undo_move(params["moved"], params["discarded"])
        self._sync()
        self._sync()
        self.assertFalse(self.first.is_removed)
        self.assertIn("INBOX", self._places(self.first))
        self.assertFalse(self._on_server("Trash"))

    def test_marks_made_here_reach_the_mail_once(self):
        self.third.with_user(self.alice)._set_flag("\\Flagged", False)
        self.first.conversation_id.with_user(self.alice).action_mark_read()
        self._assert_places(self.third, "INBOX", "Work", "Büro", "All Mail")
        self.assertFalse(self.third.is_flagged)
        self.assertTrue(self.first.is_read)
        self.assertFalse(self.env["email.sync.change"].search([]))
