"""Folders that are renamed or deleted on the server, by another mail client."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..mailbox.folders import FolderStatus
from ..mailbox.imap import ImapSession
from .test_engine_recognition import TEXT, RecognitionCase


class RenameCase(RecognitionCase):
    def _rename(self, old, new):
        with self.mailbox.connect() as client:
            client.rename_folder(old, new)

    def _delete(self, name):
        with self.mailbox.connect() as client:
            client.delete_folder(name)

    def _fill_work(self, number=5, name="Work"):
        self._fill(number, name, text=TEXT)
        self._sync()
        return self._get_folder(name)

    def _sync_without_bodies(self):
        with patch.object(ImapSession, "fetch_sources", self._refuse_sources):
            self._sync()


@tagged("post_install", "-at_install")
class TestEngineRenames(RenameCase):
    def test_a_renamed_folder_keeps_its_choice_its_mail_and_its_place(self):
        work = self._fill_work()
        self.account.folder_mode = "selected"
        work.is_selected = True
        self._sync()
        placements, complete = work.placement_ids, work.complete_as_of
        self._rename("Work", "Clients")
        self._sync_without_bodies()
        self.assertEqual(work.name, "Clients")
        self.assertTrue(work.is_selected and work.is_synced)
        self.assertFalse(work.is_missing)
        self.assertEqual(work.placement_ids, placements)
        self.assertGreaterEqual(work.complete_as_of, complete)
        self.assertEqual(self._get_folder("Clients"), work)
        self._fill(1, "Clients", first=20)
        self._sync()
        self.assertEqual(len(work.placement_ids), 6, "new mail arrives")

    def test_mail_that_came_and_went_meanwhile(self):
        work = self._fill_work()
        self._rename("Work", "Clients")
        self._fill(1, "Clients", first=20)
        with self.mailbox.connect() as client:
            client.select_folder("Clients")
            client.delete_messages([2])
            client.uid_expunge([2])
        self._sync()
        self.assertEqual(work.name, "Clients")
        stored = work.placement_ids.filtered(lambda placement: placement.outcome == "stored")
        self.assertEqual(sorted(stored.mapped("uid")), [1, 3, 4, 5, 6])

    def test_what_waits_for_the_folder_reaches_it(self):
        work = self._fill_work()
        message = work.placement_ids[0].message_id
        message.with_user(self.alice)._set_flag("\\Flagged", True)
        self._rename("Work", "Clients")
        self._sync()
        with self.mailbox.connect() as client:
            client.select_folder("Clients", readonly=True)
            self.assertEqual(len(client.search("FLAGGED")), 1)
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_children_follow_the_folder_above_them(self):
        work = self._fill_work()
        child = self._fill_work(3, "Work/2026")
        with self.mailbox.connect() as client:
            client.create_folder("Work/Empty")
        self._sync()
        empty = self._get_folder("Work/Empty")
        self._rename("Work", "Clients/All")
        self._sync_without_bodies()
        self.assertEqual(
            (work | child | empty).mapped("name"),
            ["Clients/All", "Clients/All/2026", "Clients/All/Empty"],
        )
        self.assertFalse(any(self.account.folder_ids.mapped("is_missing")))

    def test_another_folder_in_its_place_is_not_taken_for_it(self):
        """The same mail in another folder: it has numbers of its own."""
        work = self._fill_work()
        with self.mailbox.connect() as client:
            client.create_folder("Clients")
            client.select_folder("Work")
            client.copy("1:*", "Clients")
        self._delete("Work")
        self._sync_without_bodies()
        self.assertEqual(work.name, "Work")
        self.assertTrue(work.is_missing)
        self.assertEqual(len(self._get_folder("Clients").placement_ids), 5)

    def test_equal_numbers_are_not_enough(self):
        """Some servers give all folders one UIDVALIDITY: the mails themselves decide."""
        work = self._fill_work()
        self._delete("Work")
        self._fill(5, "Clients", first=30)
        engine = self.env["email.sync.engine"]
        with self._transactions() as env, self.account.with_env(env)._open_imap() as session:
            told = session.poll()
            folder = work.with_env(env)
            status = told.statuses["Clients"]
            folder.uidvalidity = status.uidvalidity
            self.assertTrue(folder._may_be(status))
            found = engine.with_env(env)._find_renamed(folder, {"Clients": status}, session)
            self.assertFalse(found)

    def test_two_that_may_be_it_are_left_alone(self):
        work = self._fill_work()
        self._rename("Work", "Clients")
        with self._transactions() as env, self.account.with_env(env)._open_imap() as session:
            status = session.status_of(["Clients"])["Clients"]
            find = env["email.sync.engine"]._find_renamed
            folder = work.with_env(env)
            self.assertEqual(find(folder, {"Clients": status}, session), {folder: "Clients"})
            self.assertFalse(find(folder, {"Clients": status, "Copy": status}, session))

    def test_the_identity_of_a_folder_is_enough_and_decides(self):
        """MAILBOXID of RFC 8474: also an empty folder is known by it."""
        work = self._fill_work()
        work.mailbox_id = "F1"
        with self._transactions() as env, self.account.with_env(env)._open_imap() as session:
            status = session.status_of(["Work"])["Work"]
            same = FolderStatus(1, 1, 0, mailbox_id="F1")
            other = replace(status, mailbox_id="F2")
            folder, find = work.with_env(env), env["email.sync.engine"]._find_renamed
            self.assertEqual(find(folder, {"Clients": same}, session), {folder: "Clients"})
            self.assertFalse(find(folder, {"Work": other}, session))
            self.assertFalse(find(folder, {"Clients": same, "Copy": same}, session))


@tagged("post_install", "-at_install")
class TestEngineMissingFolders(RenameCase):
    def _pass_a_day(self, folder):
        folder.missing_since -= timedelta(days=1)

    def test_mail_of_a_deleted_folder_is_gone_after_a_day(self):
        work = self._fill_work()
        messages = work.placement_ids.message_id
        partner = self.env["res.partner"].create({"name": "Ada"})
        linked = messages[0].conversation_id
        linked.partner_ids |= partner
        self._delete("Work")
        self._sync()
        self._sync()
        self.assertTrue(work.is_missing)
        self.assertEqual(set(work.placement_ids.mapped("outcome")), {"stored"}, "it may come back")
        self.assertFalse(any(messages.mapped("is_removed")))
        self._pass_a_day(work)
        self._sync()
        self.assertEqual(set(work.placement_ids.mapped("outcome")), {"gone"})
        self.assertTrue(all(messages.mapped("is_removed")))
        self.assertEqual(linked.partner_ids & partner, partner)
        self.assertEqual(messages.exists(), messages)

    def test_mail_that_lies_elsewhere_too_stays_there(self):
        work = self._fill_work()
        messages = work.placement_ids.message_id
        with self.mailbox.connect() as client:
            client.select_folder("Work")
            client.copy("1:2", "INBOX")
        self._sync()
        self._delete("Work")
        self._sync()
        self._pass_a_day(work)
        self._sync()
        self.assertEqual(len(messages.filtered("is_removed")), 3)

    def test_a_folder_that_comes_back_is_recognised(self):
        work = self._fill_work()
        messages = work.placement_ids.message_id
        list_again = self._hide_from_lists("Work")
        self._sync()
        self.assertTrue(work.is_missing)
        status_of = ImapSession.status_of
        with patch.object(
            ImapSession,
            "status_of",
            lambda session, names: status_of(session, set(names) - {"Work"}),
        ):
            self._pass_a_day(work)
            self._sync()
        self.assertTrue(all(messages.mapped("is_removed")))
        list_again()
        self._sync_without_bodies()
        self.assertFalse(work.is_missing or work.missing_since)
        self.assertEqual(work.placement_ids.message_id, messages)
        self.assertFalse(any(messages.mapped("is_removed")))

    def test_a_list_that_falls_short_marks_nothing(self):
        work = self._fill_work()
        list_again = self._hide_from_lists("Work")
        self._sync()
        self._pass_a_day(work)
        self._sync()
        self.assertEqual(set(work.placement_ids.mapped("outcome")), {"stored"})
        list_again()
        self._hide_from_lists("Work", "INBOX")
        with patch.object(ImapSession, "status_of", lambda session, names: {}):
            self._sync()
            self._pass_a_day(work)
            self._sync()
        self.assertEqual(set(work.placement_ids.mapped("outcome")), {"stored"})

    def test_a_quiet_mailbox_is_looked_at_when_the_day_is_over(self):
        work = self._fill_work()
        self._delete("Work")
        self._sync()
        self._sync()
        with self._transactions() as env, self.account.with_env(env)._open_imap() as session:
            told = session.poll()
        self.assertTrue(self.account._is_idle(told))
        self._pass_a_day(work)
        self.assertFalse(self.account._is_idle(told))
        self._sync()
        self.assertTrue(self.account._is_idle(told))

    def _hide_from_lists(self, *names):
        """Let the server's list of folders leave some out; return what ends that."""
        poll = ImapSession.poll

        def short(session, *args):
            told = poll(session, *args)
            return told._replace(
                folders=[remote for remote in told.folders if remote.name not in names],
                statuses={key: told.statuses[key] for key in told.statuses if key not in names},
            )

        patcher = patch.object(ImapSession, "poll", short)
        patcher.start()
        self.addCleanup(patcher.stop)
        return patcher.stop
