"""Many accounts: idle ones cost next to nothing, slow and failing ones cost the others nothing."""

import socket
import time
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.tests import tagged

from ..mailbox import errors, visits
from ..mailbox.imap import ImapSession
from ..models import email_sync_engine_folders as engine_folders
from ..models import email_sync_engine_lanes as engine_lanes
from ..models.email_sync_engine_lanes import SECONDS_A_VISIT
from ..models.email_sync_engine_leases import ADVISORY_LOCK_CLASS, SessionChangedError
from .common import build_mail
from .servers import Mailbox, setting
from .test_engine import EngineCase


@tagged("post_install", "-at_install")
class TestEngineLanes(EngineCase):
    def setUp(self):
        super().setUp()
        self._fill(2)
        self._settle(self.account)

    def _settle(self, *accounts):
        """Sync until a poll shows nothing to do: the second run notes what the first one stored."""
        for account in accounts:
            self._sync(account)
            self._sync(account)

    def _make_due(self, *accounts):
        for account in accounts:
            account.next_sync = "2020-01-01 00:00:00"

    def _run_lane(self):
        with self._transactions() as env:
            env["email.sync.engine"]._cron_sync()

    @contextmanager
    def _count_commands(self):
        """Yield a list that gets the number of commands after the sign-in of each visit."""
        counts = []
        poll, logout = ImapSession.poll, ImapSession.logout
        before = {}

        def note_poll(session, names=()):
            before[session] = session.commands_sent
            return poll(session, names)

        def note_logout(session):
            counts.append(session.commands_sent - before[session])
            return logout(session)

        with patch.object(ImapSession, "poll", note_poll):
            with patch.object(ImapSession, "logout", note_logout):
                yield counts

    def test_an_idle_mailbox_is_one_command(self):
        self._make_due(self.account)
        with self._count_commands() as counts:
            self._run_lane()
        self.assertEqual(counts, [1])
        self.assertGreater(self.account.next_sync, fields.Datetime.now())
        self.assertFalse(self.account.run_ids.filtered(lambda run: not run.message_count))

    def test_more_folders_are_not_more_statements(self):
        def count_statements():
            self._make_due(self.account)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._run_lane()
            return self.env.cr.sql_log_count - before

        count_statements()
        few = count_statements()
        with self.mailbox.connect() as client:
            for number in range(20):
                client.create_folder(f"Folder {number}")
        self._settle(self.account)
        # This one looks at each folder, and notes that they are as they were left.
        count_statements()
        self.assertEqual(len(self.account.folder_ids), 26)
        self.assertLessEqual(count_statements(), few)

    def _note_folder_looks(self):
        """Return a list that gets the account of each poll for which folders were looked at."""
        looks = []
        account = type(self.account)
        is_idle = account._is_idle

        def note(account, told):
            looks.append(account.id)
            return is_idle(account, told)

        patcher = patch.object(account, "_is_idle", note)
        patcher.start()
        self.addCleanup(patcher.stop)
        return looks

    def test_where_server_and_folders_are_as_before_no_folder_is_looked_at(self):
        looks = self._note_folder_looks()
        for expected in (1, 1):
            self._make_due(self.account)
            self._run_lane()
            self.assertEqual(len(looks), expected)
        self._fill(1, first=3)
        for expected in (2, 3, 3):
            self._make_due(self.account)
            self._run_lane()
            self.assertEqual(len(looks), expected)
        self.assertEqual(len(self._get_stored()[1]), 3)

    def test_a_folder_that_is_chosen_here_is_synced_although_the_server_is_idle(self):
        self._fill(1, "Junk", first=3)
        self._sync()
        for _poll in range(2):
            self._make_due(self.account)
            self._run_lane()
        self.assertEqual(len(self._get_stored()[1]), 2)
        self.account.with_user(self.alice).folder_mode = "selected"
        self.account.folder_ids.filtered(lambda folder: folder.name == "Junk").with_user(
            self.alice
        ).is_selected = True
        self._make_due(self.account)
        self._run_lane()
        self.assertEqual(len(self._get_stored()[1]), 3)

    def test_an_audit_that_is_due_is_done_although_the_server_is_idle(self):
        for _poll in range(2):
            self._make_due(self.account)
            self._run_lane()
        inbox = self._get_folder("INBOX")
        # As time passes: nobody writes to the row, or its digest would not be trusted anyway.
        self.env.cr.execute(
            "UPDATE email_sync_folder SET next_audit = '2020-01-01' WHERE id = %s", [inbox.id]
        )
        inbox.invalidate_recordset()
        self._make_due(self.account)
        self._run_lane()
        self.assertGreater(inbox.next_audit, fields.Datetime.now())

    def test_a_session_that_a_pooler_exchanged_ends_the_lane(self):
        """Transaction pooling: the locks are another session's, which nobody may rely on."""
        self._make_due(self.account)
        with self._transactions() as env:
            engine = env["email.sync.engine"]
            with self.assertRaisesRegex(SessionChangedError, "pool_mode = session"):
                engine._read_leases({self.account.id: -1})

    def _count_lane_statements(self, *accounts):
        """Let accounts be looked after; return the statements of a call, less those of any call."""

        def count(due):
            for account in accounts:
                account.next_sync = due
            with self._transactions() as env:
                before = env.cr.sql_log_count
                env["email.sync.engine"]._cron_sync()
                return env.cr.sql_log_count - before

        return count("2020-01-01 00:00:00") - count("2099-01-01 00:00:00")

    def test_a_poll_without_news_is_three_statements_beside_its_lease(self):
        self._count_lane_statements(self.account)
        # Locked, found due still, unlocked, and a look for more: these four are the lease.
        self.assertLessEqual(self._count_lane_statements(self.account), 4 + 3)

    def test_more_accounts_are_not_more_statements_each(self):
        others = [self._connect(self.bob, Mailbox(f"other{number}")) for number in range(4)]
        self._settle(*others)
        self._make_due(self.account, *others)
        with self._transactions() as env:
            engine = env["email.sync.engine"].with_context(email_sync_deadline=0)
            with engine._leases() as leased:
                accounts = engine._lease(leased, 10)
                self.assertEqual(len(accounts), 5)
                before = env.cr.sql_log_count
                engine._finish_idle(dict.fromkeys(accounts.ids, "told"))
                engine._release(leased, accounts.ids)
                self.assertEqual(env.cr.sql_log_count - before, 2)

    def test_new_mail_is_synced_over_the_session_that_polled(self):
        self._fill(1, first=3)
        self._make_due(self.account)
        with patch.object(ImapSession, "connect", wraps=ImapSession.connect) as connect:
            self._run_lane()
        self.assertEqual(connect.call_count, 1)
        self.assertEqual(len(self._get_stored()[1]), 3)

    def test_a_flag_set_elsewhere_arrives(self):
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.add_flags([1], [r"\Flagged"])
        self._make_due(self.account)
        self._run_lane()
        messages = self.env["email.sync.message"].search([("account_id", "=", self.account.id)])
        self.assertEqual(messages.mapped("is_flagged").count(True), 1)

    def test_what_was_read_here_is_told_although_the_server_is_idle(self):
        message = self.env["email.sync.message"].search(
            [("account_id", "=", self.account.id)], limit=1
        )
        message.with_user(self.alice).toggle_flagged()
        self._make_due(self.account)
        self._run_lane()
        with self.mailbox.connect() as client:
            client.select_folder("INBOX", readonly=True)
            self.assertEqual(len(client.search("FLAGGED")), 1)

    def test_a_silent_server_holds_up_nobody_and_is_an_error_of_its_own_account(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            parameters = self.env["ir.config_parameter"]
            ports = parameters.get_param("email_sync.allowed_ports")
            parameters.set_param("email_sync.allowed_ports", f"{ports} {port}")
            hung = self.env["email.sync.account"].union(
                *(
                    self._connect(
                        self.bob, Mailbox(f"hung{number}"), imap_host="127.0.0.1", imap_port=port
                    )
                    for number in range(3)
                )
            )
            hung.next_sync = "2019-01-01 00:00:00"
            others = self.account | self._connect(self.bob, Mailbox("other"))
            self._make_due(*others)
            order = []
            engine = type(self.env["email.sync.engine"])
            handle = engine._handle_visits

            def note(engine, arrived, *args):
                order.extend(visit.key for visit in arrived)
                return handle(engine, arrived, *args)

            with (
                # Two places, and the hung ones are the first to come.
                patch.object(engine_lanes, "PLACES", 2),
                patch.object(visits, "SECONDS_TO_BE_SLOW", 0.1),
                patch.object(visits, "SECONDS_TO_ANSWER", 5),
                patch.object(engine, "_handle_visits", note),
            ):
                self._run_lane()
        self.assertCountEqual(order[:2], others.ids)
        self.assertCountEqual(order[2:], hung.ids)
        self.assertEqual(set(others.mapped("health")), {"ok"})
        self.assertEqual(set(hung.mapped("error_code")), {errors.ConnectionTimeoutError.__name__})
        self.assertEqual(set(hung.mapped("state")), {"running"})

    def test_a_silent_server_gets_no_more_visits_while_it_is_silent(self):
        """What was leased when it still answered is given back, and not leased again."""
        self.account.imap_host = "silent.example"
        other = self._connect(self.bob, Mailbox("other"))
        self._make_due(self.account, other)
        silent_hosts = property(lambda visits: {"silent.example"})
        with self._transactions() as env:
            engine = env["email.sync.engine"]
            with engine._leases() as leased, visits.Visits(at_once=0, ahead=16) as under_way:
                engine._begin_visits(under_way, leased)
                self.assertCountEqual(under_way.keys, [self.account.id, other.id])
                with patch.object(visits.Visits, "silent_hosts", silent_hosts):
                    engine._begin_visits(under_way, leased)
                self.assertEqual(under_way.keys, other.ids)
                self.assertEqual(list(leased), other.ids)

    def test_a_backlog_takes_turns_with_idle_mailboxes(self):
        backlog = self._connect(self.bob, Mailbox("backlog"), has_backlog=True)
        backlog.next_sync = "2019-01-01 00:00:00"
        self._make_due(self.account)
        with self._transactions() as env:
            engine = env["email.sync.engine"]
            with engine._leases() as leased:
                self.assertEqual(engine._lease(leased, 10).ids, self.account.ids)
                self.assertEqual(engine._lease(leased, 1, (), True).ids, backlog.ids)

    def test_a_long_first_sync_starves_no_mailbox_with_new_mail(self):
        """With a single place, too, it never has two turns in a row while another one waits."""
        long_box, boxes = Mailbox("long"), [Mailbox(f"small{number}") for number in range(4)]
        long_box.append(*(build_mail(message_id=f"<{n}@long.example>") for n in range(12)))
        long = self._connect(self.bob, long_box)
        small = self.env["email.sync.account"].union(
            *(self._connect(self.bob, box) for box in boxes)
        )
        self._settle(*small)
        for box in boxes:
            box.append(build_mail())
        self._make_due(long, *small)
        long.next_sync = "2019-01-01 00:00:00"
        turns = []
        engine = type(self.env["email.sync.engine"])
        sync_account = engine._sync_account

        def note(engine, account, visit=None):
            turns.append(account.id)
            return sync_account(engine, account, visit)

        store_batch = engine._store_batch

        def end_turn(engine, folder, batch, progress):
            store_batch(engine, folder, batch, progress)
            progress.seconds_left = 0

        with (
            patch.object(engine_lanes, "PLACES", 1),
            patch.object(engine_lanes, "AHEAD", 0),
            patch.object(engine_folders, "BATCH_COUNT", 4),
            patch.object(engine, "_store_batch", end_turn),
            patch.object(engine, "_sync_account", note),
        ):
            for _call in range(20):
                self._run_lane()
                if long.first_sync_done:
                    break
        while_others_wait = turns[: max(turns.index(account.id) for account in small) + 1]
        self.assertGreater(while_others_wait.count(long.id), 1)
        self.assertNotIn((long.id, long.id), list(zip(while_others_wait, while_others_wait[1:])))
        self.assertEqual(len(self._get_stored(long)[0]), 12)
        for account in small:
            self.assertEqual(len(self._get_stored(account)[1]), 1)

    def test_an_account_gets_the_whole_call_while_no_other_waits(self):
        self._make_due(self.account)
        with self._transactions() as env:
            deadline = time.monotonic() + 100
            engine = env["email.sync.engine"].with_context(email_sync_deadline=deadline)
            self.assertGreater(engine._get_turn([], []), 90)
            self._make_due(self._connect(self.bob, Mailbox("other")).with_env(env))
            self.assertEqual(engine._get_turn([], []), SECONDS_A_VISIT)

    def test_who_waits_comes_first(self):
        other = self._connect(self.bob, Mailbox("other"))
        other.next_sync = "2019-01-01 00:00:00"
        self.account.with_user(self.alice).action_sync_now()
        with self._transactions() as env:
            engine = env["email.sync.engine"]
            with engine._leases() as leased:
                self.assertEqual(engine._lease(leased, 1).ids, self.account.ids)
        self.assertFalse(self.account.is_requested)

    def test_a_request_during_a_sync_is_not_lost(self):
        engine = type(self.env["email.sync.engine"])
        is_idle = type(self.account)._is_idle

        def request_meanwhile(account, told):
            account._request_sync()
            return is_idle(account, told)

        self._make_due(self.account)
        with self._transactions() as env:
            lane = env["email.sync.engine"].with_context(email_sync_deadline=0)
            with lane._leases() as leased, visits.Visits() as under_way:
                (account,) = lane._lease(leased, 1)
                under_way.start(account.id, "", account._get_visit_target().poll)
                arrived = under_way.wait(20)
                with patch.object(type(account), "_is_idle", request_meanwhile):
                    engine._handle_visits(lane, arrived, under_way, leased, float("inf"))
        self.assertTrue(self.account.is_requested)
        self.assertLessEqual(self.account.next_sync, fields.Datetime.now())

    def test_leases_of_a_lane_that_dies_are_free_at_once(self):
        self._make_due(self.account)
        connection = psycopg2.connect(**self.env.cr._cnx.get_dsn_parameters())
        with connection.cursor() as cr:
            cr.execute(
                "SELECT pg_try_advisory_lock(%s, %s)", [ADVISORY_LOCK_CLASS, self.account.id]
            )
            pid = connection.info.backend_pid
        with self._transactions() as env:
            engine = env["email.sync.engine"]
            with engine._leases() as leased:
                self.assertFalse(engine._lease(leased, 1))
                env.cr.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
                self.assertEqual(engine._lease(leased, 1).ids, self.account.ids)
        connection.close()

    # ------------------------------------------------------------
    # FAILURES
    # ------------------------------------------------------------

    def _fail(self, error):
        with self._transactions() as env:
            engine = env["email.sync.engine"]
            engine._finish(self.account.with_env(env), engine._new_progress(), error)

    def test_a_refusal_after_outages_is_the_first_refusal(self):
        for _attempt in range(4):
            self._fail(errors.ConnectionLostError())
        self._fail(errors.AuthenticationError())
        self.assertEqual(self.account.state, "running")
        self._fail(errors.AuthenticationError())
        self._fail(errors.ConnectionLostError())
        self._fail(errors.AuthenticationError())
        self.assertEqual(self.account.state, "running")
        self._fail(errors.AuthenticationError())
        self._fail(errors.AuthenticationError())
        self.assertEqual(self.account.state, "sign_in")

    def test_the_wait_is_what_the_server_states_and_never_less_than_a_minute(self):
        for stated, at_least, at_most in ((299.961, 300, 330), (5, 59, 80), (None, 59, 90)):
            self.account.write(self.account._get_error_reset())
            self._fail(errors.ThrottledError(retry_after=stated))
            wait = self.account.next_sync - fields.Datetime.now()
            self.assertGreaterEqual(wait, timedelta(seconds=at_least), stated)
            self.assertLessEqual(wait, timedelta(seconds=at_most), stated)

    def test_sync_now_does_not_break_a_wait(self):
        self._fail(errors.ThrottledError(retry_after=600))
        self.account.with_user(self.alice).action_sync_now()
        wait = self.account.next_sync - fields.Datetime.now()
        self.assertGreater(wait, timedelta(seconds=590))

    def test_too_many_connections_of_a_login_let_its_other_accounts_wait(self):
        sibling = self._new_account(
            self.bob, "alias@company.example", **self.mailbox.connection_vals
        )
        stranger = self._connect(self.bob, Mailbox("stranger"))
        self._fail(errors.ThrottledError(retry_after=300))
        self.assertEqual(sibling.not_before, self.account.not_before)
        self.assertGreaterEqual(sibling.next_sync, self.account.not_before)
        self.assertFalse(stranger.not_before)

    def test_a_wrong_password_in_a_lane_is_tried_once_a_minute_and_never_after_the_third(self):
        self.account._set_secret("wrong")
        self._make_due(self.account)
        with patch.object(ImapSession, "connect", wraps=ImapSession.connect) as connect:
            for _call in range(3):
                self._run_lane()
                self.account._request_sync()
            self.assertEqual(connect.call_count, 1)
            for _attempt in range(4):
                self._make_due(self.account)
                self._run_lane()
        self.assertEqual(connect.call_count, 3)
        self.assertEqual(self.account.state, "sign_in")
        self.assertNotIn(setting("PASSWORD"), self.account.error_message)

    def test_mail_of_many_accounts_arrives_in_one_call(self):
        mailboxes = [Mailbox(f"many{number}") for number in range(5)]
        accounts = [self._connect(self.bob, mailbox) for mailbox in mailboxes]
        for mailbox in mailboxes:
            mailbox.append(build_mail())
        self._make_due(*accounts)
        self._run_lane()
        for account in accounts:
            self.assertEqual(len(self._get_stored(account)[1]), 1)
            self.assertEqual(account.health, "ok")
