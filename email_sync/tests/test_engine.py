"""The sync on a real IMAP server: complete, resumed after a kill, kind to the mailbox."""

import os
import time
import uuid
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import psycopg2
from cryptography.fernet import Fernet

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.email_sync_engine_leases import ADVISORY_LOCK_CLASS
from ..models.email_sync_secret_mixin import KEY_ENVIRONMENT_VARIABLE
from .common import DATE, EmailSyncCase, build_mail
from .servers import Mailbox, setting

ENGINE = "odoo.addons.email_sync.models.email_sync_engine"
FOLDERS = "odoo.addons.email_sync.models.email_sync_engine_folders"


class Killed(BaseException):
    """As a SIGKILL: nothing of ours runs after it."""


class EngineCase(EmailSyncCase):
    mailbox_class = Mailbox

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("email_sync.allowed_networks", "127.0.0.0/8 ::1")
        cls.env["ir.config_parameter"].set_param(
            "email_sync.allowed_ports",
            f"{setting(cls.mailbox_class.imaps_port_setting)} {setting('SMTPS_PORT')}",
        )

    def setUp(self):
        super().setUp()
        self.mailbox = self.mailbox_class()
        self.account.unlink()
        self.account = self._connect(self.alice, self.mailbox)

    def _connect(self, owner, mailbox, **vals):
        account = self._new_account(owner, mailbox.login, **{**mailbox.connection_vals, **vals})
        account._set_secret(mailbox.password)
        return account

    @contextmanager
    def _transactions(self):
        """Give the engine a cursor on which it may commit and roll back."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.env(cr=cr, user=self.env.ref("base.user_root"), su=True)
        self.env.invalidate_all()

    def _sync(self, account=None):
        account = account or self.account
        with self._transactions() as env:
            account = account.with_env(env)
            account.next_sync = fields.Datetime.now()
            env.cr.commit()
            while account.state == "running" and account.next_sync <= fields.Datetime.now():
                last = account.next_sync
                env["email.sync.engine"]._sync_account(account)
                if account.next_sync == last:
                    break
            env["email.sync.engine"]._work_off()

    def _fill(self, count, folder="INBOX", first=1, **kwargs):
        self.mailbox.append(
            *(
                build_mail(
                    subject=f"Mail {n}",
                    message_id=f"<{uuid.uuid5(uuid.NAMESPACE_OID, folder).hex}.{n}@a.example>",
                    date=DATE + timedelta(minutes=n),
                    **kwargs,
                )
                for n in range(first, first + count)
            ),
            folder=folder,
        )

    def _get_folder(self, name):
        name = self.mailbox.path(name)
        return self.account.folder_ids.filtered(lambda folder: folder.name == name)

    def _get_stored(self, account=None):
        """Return (folder, UID) of every placement, and (subject) of every message, sorted."""
        account = account or self.account
        placements = self.env["email.sync.placement"].search([("account_id", "=", account.id)])
        messages = self.env["email.sync.message"].search([("account_id", "=", account.id)])
        return (
            sorted((placement.folder_id.name, placement.uid) for placement in placements),
            sorted(messages.mapped("subject")),
        )


@tagged("post_install", "-at_install")
class TestEngine(EngineCase):
    def test_first_sync(self):
        self._fill(12)
        self._fill(5, "Sent", to="ada@customer.example", sender="alice@company.example")
        self._fill(3, "Clients/Grün & Söhne")
        self._sync()
        placements, subjects = self._get_stored()
        self.assertEqual(len(placements), 20)
        self.assertEqual(len(subjects), 20)
        self.assertEqual(self.account.health, "ok")
        self.assertTrue(self.account.last_sync)
        self.assertEqual(self.account.progress, 100)
        self.assertTrue(all(self.account.folder_ids.filtered("is_synced").mapped("complete_as_of")))
        self.assertEqual(self.account.run_ids.message_count, 20)

    def test_a_run_ends_with_the_batch_at_which_its_time_is_over(self):
        self._fill(10)
        engine = type(self.env["email.sync.engine"])
        store_batch = engine._store_batch

        def store_until_late(engine, folder, batch, progress):
            store_batch(engine, folder, batch, progress)
            progress.seconds_left = 0

        with (
            patch(f"{FOLDERS}.BATCH_COUNT", 2),
            patch.object(engine, "_store_batch", store_until_late),
            self._transactions() as env,
        ):
            account = self.account.with_env(env)
            env["email.sync.engine"]._sync_account(account)
        placements, _subjects = self._get_stored()
        self.assertEqual(len(placements), 2)
        self.assertFalse(self.account.first_sync_done, "what there was no time for is to come")
        self._sync()
        placements, _subjects = self._get_stored()
        self.assertEqual(len(placements), 10)
        self.assertTrue(self.account.first_sync_done)

    def test_mails_of_a_slow_server_are_not_held_back_until_there_are_many(self):
        self._fill(4)
        engine = type(self.env["email.sync.engine"])
        store_batch = engine._store_batch
        counts = []

        def note_count(engine, folder, batch, progress):
            counts.append(len(batch))
            store_batch(engine, folder, batch, progress)

        with (
            patch(f"{FOLDERS}.BATCH_SECONDS", -1),
            patch.object(engine, "_store_batch", note_count),
        ):
            self._sync()
        self.assertEqual(counts, [1, 1, 1, 1, 0])

    def test_a_folder_that_takes_long_to_open_gets_its_mail_in_the_same_turn(self):
        self._fill(4)
        engine = type(self.env["email.sync.engine"])
        open_folder, monotonic = engine._open, time.monotonic
        passed = []

        def open_slowly(engine, folder, session):
            passed.append(60)
            return open_folder(engine, folder, session)

        with (
            patch.object(engine, "_open", open_slowly),
            patch("time.monotonic", lambda: monotonic() + sum(passed)),
            self._transactions() as env,
        ):
            turn = env["email.sync.engine"].with_context(email_sync_deadline=monotonic() + 30)
            turn._sync_account(self.account.with_env(turn.env))
        placements, _subjects = self._get_stored()
        self.assertEqual(len(placements), 4)

    def test_what_is_shown_is_what_was_sent(self):
        source = build_mail(text="Grüße aus Köln", attachments=[("a.bin", b"\0\1", "app", "x")])
        self.mailbox.append(source)
        self._sync()
        message = self.env["email.sync.message"].search([("account_id", "=", self.account.id)])
        self.assertEqual(
            message._get_source().replace(b"\r\n", b"\n"), source.replace(b"\r\n", b"\n")
        )
        self.assertIn("Grüße aus Köln", message.text)
        self.assertIn("Grüße aus Köln", message.mail_message_id.body)
        self.assertEqual(message.mail_message_id.attachment_ids.raw, b"\0\1")

    def test_never_marks_read(self):
        self._fill(3)
        self._sync()
        with self.mailbox.connect() as client:
            client.select_folder("INBOX", readonly=True)
            self.assertFalse(client.search("SEEN"))
            self.assertEqual(len(client.search("UNSEEN")), 3)

    def test_new_mail_in_a_folder_that_was_complete(self):
        self._fill(3)
        self._sync()
        self._fill(2, first=4)
        self._fill(1, "New folder")
        self._sync()
        self.assertEqual(len(self._get_stored()[1]), 6)

    def test_emptied_folder_then_new_mail(self):
        self._fill(3)
        self._sync()
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search())
            client.expunge()
        self._sync()
        self._fill(3, first=10)
        self._sync()
        subjects = self._get_stored()[1]
        self.assertEqual(len(subjects), 6, "mail linked or not keeps its record")

    def test_nothing_new_changes_nothing(self):
        self._fill(3)
        self._sync()
        before = self._get_stored()
        runs = len(self.account.run_ids)
        self._sync()
        self.assertEqual(self._get_stored(), before)
        self.assertEqual(len(self.account.run_ids), runs)

    def test_start_date(self):
        """INTERNALDATE decides, to the second; earlier fetches the gap; later deletes nothing."""
        old, new = (
            build_mail(subject=subject, message_id=f"<{subject}@a.example>")
            for subject in ("old", "new")
        )
        start = datetime(2026, 2, 1, tzinfo=timezone.utc)
        self.mailbox.append(old, date=start - timedelta(seconds=1))
        self.mailbox.append(new, date=start)
        self.account.write({"sync_range": "date", "sync_from": start.date()})
        self._sync()
        self.assertEqual(self._get_stored()[1], ["new"])
        self.account.with_user(self.alice).sync_from = start.date() - timedelta(days=3)
        self._sync()
        self.assertEqual(self._get_stored()[1], ["new", "old"])
        self.account.with_user(self.alice).sync_from = start.date() + timedelta(days=30)
        self._sync()
        self.assertEqual(self._get_stored()[1], ["new", "old"])

    def test_chosen_folders(self):
        """A folder taken out keeps its mail and stops; one taken in is synced."""
        self._fill(2)
        self._fill(2, "Private")
        self._sync()
        inbox = self.account.folder_ids.filtered(lambda folder: folder.special_use == "inbox")
        inbox.is_selected = True
        self.account.with_user(self.alice).folder_mode = "selected"
        self._fill(1, "Private", first=8)
        self._fill(1, first=9)
        self._sync()
        self.assertEqual(len(self._get_stored()[1]), 5)
        private = self._get_folder("Private")
        private.with_user(self.alice).is_selected = True
        self._sync()
        self.assertEqual(len(self._get_stored()[1]), 6)

    def test_drafts_junk_and_trash_are_not_correspondence(self):
        for folder in ("Drafts", "Junk", "Trash"):
            self._fill(1, folder)
        self._sync()
        self.assertFalse(self._get_stored()[1])

    def test_new_uidvalidity(self):
        """The folder is made anew with the same mail: nothing doubled, links kept."""
        self._fill(4, "Work")
        self._sync()
        before = self._get_stored()[1]
        messages = self.env["email.sync.message"].search([("account_id", "=", self.account.id)])
        with self.mailbox.connect() as client:
            client.delete_folder("Work")
        self._fill(4, "Work")
        self._sync()
        self.assertEqual(self._get_stored()[1], before)
        after = self.env["email.sync.message"].search([("account_id", "=", self.account.id)])
        self.assertEqual(after, messages)

    def test_killed_between_any_two_batches(self):
        """Whenever the worker dies, the next run has all mail, once."""
        self._fill(7)
        self._fill(4, "Work")
        kills = 0
        while True:
            with patch(f"{FOLDERS}.FIRST_SLICE", 3), patch(f"{FOLDERS}.BATCH_COUNT", 2):
                try:
                    self._sync_until_commit(kills + 1)
                except Killed:
                    kills += 1
                else:
                    break
            placements, subjects = self._get_stored()
            self.assertEqual(len(set(placements)), len(placements))
        self.assertGreater(kills, 8)
        placements, subjects = self._get_stored()
        self.assertEqual((len(placements), len(subjects)), (11, 11))
        entries = self.env["mail.message"].search_count(
            [("model", "=", "email.sync.conversation"), ("message_type", "=", "email")]
        )
        self.assertEqual(entries, 11)

    def _sync_until_commit(self, number):
        """Run the engine from nothing, and kill it instead of its nth commit."""
        engine = type(self.env["email.sync.engine"])
        commit = engine._commit
        count = 0

        def commit_or_die(engine, processed=0):
            nonlocal count
            count += 1
            if count == number:
                raise Killed
            return commit(engine, processed)

        self._forget_everything()
        try:
            with patch.object(engine, "_commit", commit_or_die):
                self._sync()
        finally:
            self.env.invalidate_all()
            killed = count == number
            if killed:
                self._sync()
                placements, subjects = self._get_stored()
                self.assertEqual((len(placements), len(subjects)), (11, 11), f"kill {number}")

    def _forget_everything(self):
        self.account.conversation_ids.unlink()
        self.account.folder_ids.unlink()

    def test_newest_mail_first(self):
        self._fill(9)
        with patch(f"{FOLDERS}.FIRST_SLICE", 3), self._transactions() as env:
            account = self.account.with_env(env)
            engine = type(env["email.sync.engine"])
            with patch.object(engine, "_commit", lambda engine, processed=0: 9 - 9 * processed):
                env["email.sync.engine"]._sync_account(account)
        self.assertEqual(self._get_stored()[1], ["Mail 7", "Mail 8", "Mail 9"])
        self.assertEqual(self.account.health, "first_sync")
        self._sync()
        self.assertEqual(len(self._get_stored()[1]), 9)

    def test_a_large_folder_is_looked_at_in_windows(self):
        """Every mail arrives, also one that lies far below the others, and one that was missed."""
        self._fill(4)
        self._delete_on_server([2, 3])
        self._fill(7, first=5)
        with patch(f"{FOLDERS}.WINDOW", 2):
            self._sync()
            self.assertEqual(len(self._get_stored()[1]), 9)
            synced = self.account.folder_ids.filtered("is_synced")
            self.assertTrue(all(synced.mapped("complete_as_of")))
            missed = self.env["email.sync.placement"].search([("uid", "=", 6)])
            missed.message_id.unlink()
            missed.unlink()
            self.account.folder_ids.complete_as_of = False
            self._sync()
        self.assertIn("Mail 6", self._get_stored()[1])
        self.assertTrue(all(synced.mapped("complete_as_of")))

    def _delete_on_server(self, uids):
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages(uids)
            client.expunge()

    def test_wrong_password_asks_for_a_new_sign_in(self):
        self.account._set_secret("wrong")
        for _attempt in range(3):
            self._sync()
        self.assertEqual(self.account.state, "sign_in")
        self.assertIn("refused the sign-in", self.account.error_message)
        self.assertNotIn("wrong", self.account.error_message)
        self.account._set_secret(self.mailbox.password)
        self.account.with_user(self.alice).action_start()
        self._sync()
        self.assertEqual(self.account.health, "ok")
        self.assertFalse(self.account.error_message)

    def test_a_lost_key_asks_for_a_new_sign_in_and_loses_nothing_else(self):
        self._fill(2)
        self._sync()
        with patch.dict(os.environ, {KEY_ENVIRONMENT_VARIABLE: Fernet.generate_key().decode()}):
            self._sync()
            self.assertEqual(self.account.state, "sign_in")
            self.assertIn("sign in", self.account.error_message)
            self.assertEqual(len(self._get_stored()[1]), 2)

    def test_an_outage_backs_off_and_never_stops_the_account(self):
        self.account.write({"imap_host": "localhost", "imap_port": int(setting("CLOSED_PORT"))})
        self.env["ir.config_parameter"].set_param(
            "email_sync.allowed_ports", setting("CLOSED_PORT")
        )
        for _attempt in range(8):
            self._sync()
        self.assertEqual(self.account.state, "running")
        self.assertEqual(self.account.health, "failing")
        delay = self.account.next_sync - fields.Datetime.now()
        self.assertGreater(delay, timedelta(minutes=25))
        self.assertLess(delay, timedelta(minutes=40))

    def test_a_bad_account_does_not_stop_the_others(self):
        other_mailbox = self.mailbox_class("other")
        other = self._connect(self.bob, other_mailbox)
        other_mailbox.append(build_mail())
        self.account.write({"next_sync": "2020-01-01 00:00:00"})
        engine = type(self.env["email.sync.engine"])
        sync_folders = engine._sync_folders

        def fail_first(engine, account, session, progress):
            if account.id == self.account.id:
                raise ZeroDivisionError
            return sync_folders(engine, account, session, progress)

        with (
            self._transactions() as env,
            patch.object(engine, "_sync_folders", fail_first),
            mute_logger(ENGINE),
        ):
            env["email.sync.engine"]._cron_sync()
        self.assertEqual(other.health, "ok")
        self.assertEqual(self.account.health, "failing")

    def test_a_statement_that_takes_too_long_does_not_stop_the_others(self):
        """An account at which the database gives up, each time, leaves the lane to the others."""
        other_mailbox = self.mailbox_class("other")
        other = self._connect(self.bob, other_mailbox)
        other_mailbox.append(build_mail())
        self.account.write({"next_sync": "2020-01-01 00:00:00"})
        engine = type(self.env["email.sync.engine"])
        sync_folders = engine._sync_folders

        def take_too_long(engine, account, session, progress):
            if account.id == self.account.id:
                engine.env.cr.execute("SET LOCAL statement_timeout = 1")
                engine.env.cr.execute("SELECT pg_sleep(60)", log_exceptions=False)
            return sync_folders(engine, account, session, progress)

        with (
            self._transactions() as env,
            patch.object(engine, "_sync_folders", take_too_long),
            mute_logger(ENGINE),
        ):
            env["email.sync.engine"]._cron_sync()
        self.assertEqual(other.health, "ok")
        self.assertEqual(self.account.health, "failing")
        self.assertGreater(self.account.next_sync, fields.Datetime.now())

    def test_an_entry_that_cannot_be_rendered_holds_up_no_other(self):
        self._fill(3, "Work")
        message = type(self.env["email.sync.message"])
        parse = message._parse

        def fail_at_second(message):
            if message.subject == "Mail 2":
                raise ZeroDivisionError
            return parse(message)

        with (
            patch.object(message, "_parse", fail_at_second),
            mute_logger("odoo.addons.email_sync.models.email_sync_message_publication"),
        ):
            self._sync()
        messages = self.env["email.sync.message"].search([("account_id", "=", self.account.id)])
        self.assertEqual(messages.mapped("is_rendered"), [True] * 3)
        self.assertTrue(all(messages.mail_message_id.mapped("body")))
        self.assertEqual(self.account.health, "ok")

    def test_one_account_one_worker(self):
        with self._transactions() as env:
            account = self.account.with_env(env)
            engine = env["email.sync.engine"]
            with self._other_worker() as cr:
                cr.execute(
                    "SELECT pg_try_advisory_lock(%s, %s)",
                    [ADVISORY_LOCK_CLASS, account.id],
                )
                self.assertTrue(cr.fetchone()[0])
                with engine._leases() as leased:
                    self.assertFalse(engine._lease(leased, 5))
            with engine._leases() as leased:
                self.assertEqual(engine._lease(leased, 5), account)

    @contextmanager
    def _other_worker(self):
        """A connection of its own, as another process has."""
        connection = psycopg2.connect(**self.env.cr._cnx.get_dsn_parameters())
        try:
            with connection.cursor() as cr:
                yield cr
                # Not left to the end of the connection: the server takes its time for that.
                cr.execute("SELECT pg_advisory_unlock_all()")
        finally:
            connection.close()

    def test_removing_the_account_leaves_nothing_behind(self):
        self.mailbox.append(build_mail(attachments=[("a.txt", b"private", "text", "plain")]))
        self._sync()
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=like", "email.sync.%"), ("res_field", "in", [False, "source"])]
        )
        entries = self.env["mail.message"].search([("model", "=like", "email.sync.%")])
        self.assertTrue(len(attachments) >= 2 and entries)
        self.account.unlink()
        self.assertFalse(attachments.exists())
        self.assertFalse(entries.exists())

    def test_paused(self):
        self._fill(1)
        self.env["ir.config_parameter"].set_param("email_sync.paused", "True")
        with self._transactions() as env:
            env["email.sync.engine"]._cron_sync()
        self.assertFalse(self._get_stored()[1])
