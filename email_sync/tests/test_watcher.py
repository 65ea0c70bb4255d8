"""The worker beside Odoo: new mail makes an account due at once."""

import time
from contextlib import contextmanager
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests import tagged

from .. import watcher as watcher_module
from ..mailbox.watch import Watch
from ..models.email_sync_engine_leases import SessionChangedError
from ..models.email_sync_watcher import WATCH_LOCK_CLASS
from .common import build_mail
from .servers import Mailbox
from .test_engine import EngineCase

SECONDS = 20  # an upper bound; what is waited for ends the waiting


@tagged("post_install", "-at_install")
class TestWatcher(EngineCase):
    def setUp(self):
        super().setUp()
        self.watcher = self.env["email.sync.watcher"]
        self._sync()

    @contextmanager
    def _other_session(self):
        connection = psycopg2.connect(**self.env.cr._cnx.get_dsn_parameters())
        try:
            with connection.cursor() as cr:
                yield cr
                cr.execute("SELECT pg_advisory_unlock_all()")
        finally:
            connection.close()

    def _take_over(self, known=()):
        changed, gone, _left_out = self.watcher._take_over(dict(known))
        self.addCleanup(self.watcher._unlock, list(changed))
        return changed, gone

    def test_a_mail_makes_the_account_due_and_wakes_the_lanes(self):
        changed, _gone = self._take_over()
        self.assertEqual(list(changed), [self.account.id])
        self.account.next_sync = "2099-01-01 00:00:00"
        triggers = self.env["ir.cron.trigger"].search_count([])
        with Watch() as watch:
            watch.put(self.account.id, *changed[self.account.id])
            end = time.monotonic() + SECONDS
            while not watch.idle_count and time.monotonic() < end:
                watch.wait(0.05)
            self.mailbox.append(build_mail())
            news = watch.wait(SECONDS)
        self.assertEqual(news, {self.account.id})
        self.watcher._report(news)
        self.assertLessEqual(self.account.next_sync, fields.Datetime.now())
        self.assertTrue(self.account.is_requested)
        self.assertGreater(self.env["ir.cron.trigger"].search_count([]), triggers)
        partner = type(self.env["res.partner"])
        with patch.object(partner, "_bus_send", autospec=True) as send:
            with self._transactions() as env:
                env["email.sync.engine"]._cron_sync()
        self.assertEqual(self._get_stored()[1], ["Quotation"])
        told = {(call.args[0].id, call.args[1]) for call in send.call_args_list}
        self.assertEqual(
            told, {(self.alice.partner_id.id, "email_sync/progress")}, "the open inbox shows it"
        )

    def test_two_workers_share_the_accounts(self):
        other = self._connect(self.bob, Mailbox("other"), first_sync_done="2026-03-02 09:00:00")
        with self._other_session() as cr:
            cr.execute("SELECT pg_try_advisory_lock(%s, %s)", [WATCH_LOCK_CLASS, other.id])
            changed, _gone = self._take_over()
            self.assertEqual(list(changed), [self.account.id])
            self.account.invalidate_recordset()
            self.assertTrue(other.is_live)
            # The other worker dies: its accounts are taken over at the next look.
            cr.execute("SELECT pg_advisory_unlock_all()")
            known = {key: version for key, (_target, version) in changed.items()}
            self.assertEqual(list(self._take_over(known)[0]), [other.id])

    def test_what_is_not_synced_is_not_watched(self):
        changed, _gone = self._take_over()
        known = {key: version for key, (_target, version) in changed.items()}
        self.account.with_user(self.alice).action_stop()
        self.assertEqual(self._take_over(known), ({}, {self.account.id}))
        self.account.with_user(self.alice).action_start()
        self.env["ir.config_parameter"].set_param("email_sync.paused", "True")
        self.assertEqual(self._take_over(), ({}, set()))

    def test_a_new_password_opens_the_connection_anew(self):
        changed, _gone = self._take_over()
        known = {key: version for key, (_target, version) in changed.items()}
        self.assertEqual(self._take_over(known), ({}, set()))
        self.account._set_secret("another")
        (target, _version) = self._take_over(known)[0][self.account.id]
        self.assertEqual(target.credentials.password, "another")
        self.assertNotIn("another", repr(target))

    def test_a_worker_that_is_full_leaves_the_rest_to_another_one(self):
        other = self._connect(self.bob, Mailbox("other"), first_sync_done="2026-03-02 09:00:00")
        accounts = self.account | other
        changed, _gone, left_out = self.watcher._take_over({}, 1)
        self.addCleanup(self.watcher._unlock, list(changed))
        self.assertEqual((len(changed), left_out), (1, 1))
        known = {key: version for key, (_target, version) in changed.items()}
        with self._other_session() as cr:
            (rest,) = accounts.browse(set(accounts.ids).difference(known))
            cr.execute("SELECT pg_try_advisory_lock(%s, %s)", [WATCH_LOCK_CLASS, rest.id])
            self.assertEqual(self.watcher._take_over(known, 1), ({}, set(), 0))
        # Who lets one go has room for another one.
        accounts.browse(known).with_user(accounts.browse(known).owner_id).action_stop()
        changed, gone, left_out = self.watcher._take_over(known, 1)
        self.addCleanup(self.watcher._unlock, list(changed))
        self.assertEqual((list(changed), gone, left_out), (rest.ids, set(known), 0))

    def test_more_mailboxes_than_files_may_be_open_are_told_to_the_administrator(self):
        with patch.object(watcher_module, "_raise_file_limit", lambda: 101):
            watcher = watcher_module.Watcher(self.env.cr.dbname)
        self.assertEqual(watcher.most, 1)
        with self.assertLogs(watcher_module.__name__, "WARNING") as logs:
            watcher._tell_left_out(7)
        self.assertIn("7 mailboxes are not watched", logs.output[0])
        self.assertIn("LimitNOFILE", logs.output[0])

    def test_a_session_that_a_pooler_exchanged_ends_the_worker(self):
        watcher = watcher_module.Watcher(self.env.cr.dbname)
        watcher._locks = self.env.cr
        watcher._check_session()
        watcher._check_session()
        watcher._session = -1
        with self.assertRaises(SessionChangedError):
            watcher.reload()

    def test_networks_that_cannot_be_read_end_no_worker(self):
        self.env["ir.config_parameter"].set_param("email_sync.allowed_networks", "nonsense")
        with self.assertLogs("odoo.addons.email_sync.models.email_sync_watcher", "WARNING"):
            self.assertEqual(self._take_over(), ({}, set()))

    def test_an_account_whose_secret_is_lost_is_not_live(self):
        self.account.sealed_secret = "sealed under another key"
        self.assertEqual(self._take_over(), ({}, set()))
        self.account.invalidate_recordset()
        self.assertFalse(self.account.is_live)

    def test_the_account_says_whether_it_is_live(self):
        self.assertFalse(self.account.is_live)
        changed, _gone = self._take_over()
        self.account.invalidate_recordset()
        self.assertTrue(self.account.is_live)
        self.watcher._unlock(list(changed))
        self.account.invalidate_recordset()
        self.assertFalse(self.account.is_live)
