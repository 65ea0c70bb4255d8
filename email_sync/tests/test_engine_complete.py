"""Complete means proven: no UID of the server is without an outcome, whatever the server does."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..mailbox.folder_flags import FolderFlags
from ..mailbox.imap import ImapSession
from .common import DATE, build_mail
from .test_engine import FOLDERS
from .test_engine_recognition import TEXT, RecognitionCase

BUDGET = "odoo.addons.email_sync.models.email_sync_engine_budget"


@tagged("post_install", "-at_install")
class TestEngineComplete(RecognitionCase):
    def _fill_work(self, number, **kwargs):
        for n in range(number):
            self.mailbox.append(
                build_mail(
                    subject=f"Mail {n}",
                    message_id=f"<{n}.work@a.example>",
                    date=DATE + timedelta(minutes=n),
                    **kwargs,
                ),
                folder="Work",
                date=DATE + timedelta(minutes=n),
            )

    def _delete_work(self):
        with self.mailbox.connect() as client:
            client.delete_folder("Work")

    def _get_placements(self, folder):
        return self.env["email.sync.placement"].search([("folder_id", "=", folder.id)], order="uid")

    # -- audit ----------------------------------------------------------------------------------

    def test_row_deleted_behind_the_engines_back_is_fetched_again(self):
        self._fill(6)
        self._sync()
        inbox = self._get_folder("INBOX")
        placements = self._get_placements(inbox)
        placements[2].unlink()
        placements[4].message_id.unlink()
        self._sync()
        self.assertEqual(len(self._get_placements(inbox).message_id), 4, "not due yet")
        inbox.next_audit = "2026-01-01"
        self._sync()
        self.assertEqual(self._get_placements(inbox).mapped("uid"), [1, 2, 3, 4, 5, 6])
        self.assertEqual(len(self._get_placements(inbox).message_id), 6)
        self.assertEqual(self.account.run_ids.sorted("id")[-1].hole_count, 2)
        self.assertGreater(inbox.next_audit, inbox.complete_as_of)

    def test_mail_that_was_taken_for_removed_comes_back(self):
        self._fill(3)
        self._sync()
        inbox = self._get_folder("INBOX")
        placement = self._get_placements(inbox)[1]
        placement.outcome = "gone"
        placement.message_id._update_from_placements()
        inbox.next_audit = "2026-01-01"
        self._sync()
        self.assertEqual(placement.outcome, "stored")
        self.assertFalse(placement.message_id.is_removed)

    def test_a_search_that_falls_short_completes_nothing(self):
        self._fill(6)
        search = ImapSession.search
        with patch.object(
            ImapSession,
            "search",
            lambda session, **kwargs: [uid for uid in search(session, **kwargs) if uid != 4],
        ):
            self._sync_once()
        inbox = self._get_folder("INBOX")
        self.assertEqual(len(self._get_placements(inbox)), 5)
        self.assertFalse(inbox.complete_as_of)
        self.assertIn("fewer mails", inbox.error_message)
        self._sync()
        self.assertEqual(len(self._get_placements(inbox)), 6)
        self.assertTrue(inbox.complete_as_of)
        self.assertFalse(inbox.error_message)

    def test_a_search_for_new_mail_that_falls_short_is_made_up_for(self):
        self._fill(4)
        self._sync()
        self._fill(3, first=10)
        search = ImapSession.search
        with patch.object(
            ImapSession,
            "search",
            lambda session, **kwargs: [uid for uid in search(session, **kwargs) if uid != 6],
        ):
            self._sync_once()
        inbox = self._get_folder("INBOX")
        self.assertEqual(self._get_placements(inbox).mapped("uid"), [1, 2, 3, 4, 5, 6, 7])

    def test_the_cursor_does_not_pass_what_no_search_names(self):
        self._fill(4)
        self._sync()
        inbox = self._get_folder("INBOX")
        self._fill(3, first=10)
        search = ImapSession._search
        with patch.object(
            ImapSession,
            "_search",
            lambda session, *criteria: [uid for uid in search(session, *criteria) if uid != 6],
        ):
            self._sync_once()
            self.assertEqual(self._get_placements(inbox).mapped("uid"), [1, 2, 3, 4, 5, 7])
            self.assertEqual(inbox.uidnext, 5)
            self.assertIn("fewer mails", inbox.error_message)
            self.assertLessEqual(inbox.next_audit, fields.Datetime.now())
        self._sync()
        self.assertEqual(self._get_placements(inbox).mapped("uid"), [1, 2, 3, 4, 5, 6, 7])
        self.assertEqual(inbox.uidnext, 8)
        self.assertFalse(inbox.error_message)
        self.assertGreater(inbox.next_audit, inbox.complete_as_of)

    def test_new_mail_that_is_gone_again_needs_no_second_search(self):
        self._fill(4)
        self._sync()
        self._sync()
        inbox = self._get_folder("INBOX")
        self._fill(3, first=10)
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages([6])
            client.uid_expunge([6])
        with patch.object(ImapSession, "existing_uids", side_effect=AssertionError):
            self._sync_once()
        self.assertEqual(self._get_placements(inbox).mapped("uid"), [1, 2, 3, 4, 5, 7])
        self.assertEqual(inbox.uidnext, 8)
        self.assertFalse(self.account.error_message)

    def _sync_once(self):
        with self._transactions() as env:
            env["email.sync.engine"]._sync_account(self.account.with_env(env))

    def test_listed_but_not_answered_for(self):
        """Exchange answers OK and leaves a mail out: it has an outcome, and another try."""
        self._fill(5)
        fetch_metadata = ImapSession.fetch_metadata
        with patch.object(
            ImapSession,
            "fetch_metadata",
            lambda session, uids: (i for i in fetch_metadata(session, uids) if i.uid != 3),
        ):
            self._sync()
        inbox = self._get_folder("INBOX")
        placement = self._get_placements(inbox)[2]
        self.assertEqual((placement.uid, placement.outcome), (3, "unreadable"))
        self.assertIn("does not deliver", placement.reason)
        self.assertTrue(inbox.complete_as_of)
        placement._retry()
        self._sync()
        self.assertEqual(self._get_placements(inbox).mapped("outcome"), ["stored"] * 5)

    # -- UIDVALIDITY ----------------------------------------------------------------------------

    def test_folder_made_anew_with_the_same_mail(self):
        self._fill_work(50, text=TEXT)
        first = self._sync_and_count()
        messages = self._get_messages()
        entries = messages.mail_message_id
        self._delete_work()
        self._fill_work(50, text=TEXT)
        self.assertLess(self._sync_and_count(), 0.05 * first)
        self.assertEqual(self._get_messages(), messages)
        self.assertEqual(messages.mail_message_id, entries)
        self.assertFalse(any(messages.mapped("is_removed")))
        self.assertEqual(len(messages.placement_ids), 50)
        self.assertFalse(
            self.env["email.sync.folder"].search(
                [("successor_id.account_id", "=", self.account.id)]
            )
        )

    def test_nothing_seems_removed_while_the_folder_is_compared(self):
        self._fill_work(8)
        self._sync()
        messages = self._get_messages()
        self._delete_work()
        self._fill_work(8)
        engine = type(self.env["email.sync.engine"])
        with patch.object(engine, "_sync_slice", lambda *args: []):
            self._sync_once()
        messages._update_from_placements()
        self.assertFalse(any(messages.mapped("is_removed")))
        self._sync()
        self.assertEqual(self._get_messages(), messages)
        self.assertEqual(len(messages.placement_ids), 8)

    def test_folder_made_anew_with_other_mail_of_the_same_size(self):
        self._fill_work(4)
        self._sync()
        old = self._get_messages()
        self._delete_work()
        for n in range(4):
            self.mailbox.append(
                build_mail(
                    subject=f"Note {n}",
                    message_id=f"<{n}.krow@a.example>",
                    date=DATE + timedelta(minutes=n),
                ),
                folder="Work",
                date=DATE + timedelta(minutes=n),
            )
        self._sync()
        self.assertTrue(all(old.mapped("is_removed")))
        new = self._get_messages() - old
        self.assertEqual(new.mapped("subject"), [f"Note {n}" for n in range(4)])
        self.assertFalse(any(new.mapped("is_removed")))

    def test_flapping_uidvalidity_is_bounded_and_told(self):
        self._fill_work(5)
        self._sync()
        messages = self._get_messages()
        numbers = count(4_000_000_000)
        work = self._get_folder("Work")
        with patch.object(
            type(self.env["email.sync.folder"]),
            "_is_other_mailbox",
            lambda folder, status: folder == work and bool(next(numbers)),
        ):
            for _run in range(8):
                self._sync_once()
        self.assertEqual(work.uidvalidity_changes, 3)
        self.assertIn("again and again", work.error_message)
        messages._update_from_placements()
        self.assertFalse(any(messages.mapped("is_removed")))
        self._sync()
        self.assertEqual(self._get_messages(), messages)
        self.assertEqual(len(messages.placement_ids), 5)
        self.assertFalse(work.error_message)

    def test_numbers_that_are_missing_or_go_back(self):
        """Without UIDVALIDITY or UIDNEXT, or after a backup was restored, all is compared."""
        self._fill(4)
        self._sync()
        messages = self._get_messages()
        odd = (
            {"uidvalidity": None},
            {"uidnext": None},
            {"uidnext": 2},
            {"highestmodseq": None},
            {"highestmodseq": 1},
        )
        original = self._get_status_method()
        for number, changes in enumerate(odd):
            self._fill(1, first=10 + number)
            with (
                self.subTest(changes=changes),
                patch.object(
                    ImapSession,
                    original.__name__,
                    self._change_statuses(original, changes),
                ),
            ):
                self._sync_once()
                self.assertEqual(len(self._get_messages()), 5 + number)
        self._sync()
        self.assertLessEqual(messages, self._get_messages())
        self.assertFalse(any(self._get_messages().mapped("is_removed")))

    def test_mail_in_a_folder_of_which_uidnext_says_that_none_ever_came(self):
        self._sync()
        self.assertEqual(self._get_folder("INBOX").uidnext, 1)
        self._fill(2)
        poll = ImapSession.poll

        def lie(session, names):
            told = poll(session, names)
            inbox = {"INBOX": replace(told.statuses["INBOX"], uidnext=1)}
            return told._replace(statuses={**told.statuses, **inbox})

        with patch.object(ImapSession, "poll", lie):
            self._sync_once()
        self.assertEqual(len(self._get_messages()), 2)

    @staticmethod
    def _get_status_method():
        return ImapSession.status_of

    @staticmethod
    def _change_statuses(method, changes):
        def changed(session, *args, **kwargs):
            statuses = method(session, *args, **kwargs)
            return {name: replace(status, **changes) for name, status in statuses.items()}

        return changed

    # -- brake ----------------------------------------------------------------------------------

    def test_folder_that_seems_empty_by_mistake(self):
        self._fill(4)
        self._sync()
        messages = self._get_messages()
        poll = ImapSession.poll

        def poll_as_if_empty(session, names=()):
            told = poll(session, names)
            return told._replace(
                statuses={
                    name: replace(status, messages=0, highestmodseq=None)
                    for name, status in told.statuses.items()
                }
            )

        with (
            patch.object(ImapSession, "poll", poll_as_if_empty),
            patch.object(ImapSession, "existing_uids", lambda session: []),
            patch.object(ImapSession, "scan_flags", lambda session, **kwargs: FolderFlags()),
        ):
            self._sync_once()
        self.assertFalse(any(messages.mapped("is_removed")))
        self._sync()
        self.assertFalse(any(messages.mapped("is_removed")))

    # -- budget ---------------------------------------------------------------------------------

    def test_daily_budget_of_a_provider(self):
        """What Google lets be read a day is kept to, to the batch; the rest follows by itself."""
        self._fill(10, text=TEXT)
        self.account.provider = "google"
        with patch.dict(f"{BUDGET}.DAILY_BYTES", google=4 * len(TEXT)):
            with patch(f"{FOLDERS}.BATCH_COUNT", 2):
                self._sync()
            self.assertEqual(len(self._get_messages()), 4)
            self.assertIn("only so much a day", self.account.error_message)
            self.assertEqual(self.account.state, "running")
            waits = self.account.next_sync - fields.Datetime.now()
            self.assertGreater(waits, timedelta(hours=23))
            self._sync()
            self.assertEqual(len(self._get_messages()), 4)
        self.account.run_ids.date_start = fields.Datetime.now() - timedelta(hours=25)
        self._sync()
        self.assertEqual(len(self._get_messages()), 10)
        self.assertFalse(self.account.error_message)
