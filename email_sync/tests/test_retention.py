"""What the retention policy removes, what it keeps, and that what is removed is found nowhere."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..mailbox.fetch import FetchedMessage
from ..mailbox.imap import MessageMetadata
from .common import DATE, EmailSyncCase, build_mail
from .privacy import SECRET

ARRIVAL = datetime(2026, 3, 3)


@tagged("post_install", "-at_install")
class TestRetention(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = build_mail(
            sender="Nobody <nobody@customer.example>",
            subject="Private matter",
            text=f"{SECRET} text",
            message_id="<9@customer.example>",
            attachments=[(f"{SECRET}.txt", f"{SECRET} file".encode(), "text", "plain")],
        )
        cls.unlinked = cls._receive(cls.source)
        cls.linked = cls._receive(build_mail(text=f"{SECRET} linked"))
        cls.env.flush_all()
        cls.env.cr.execute("UPDATE email_sync_message SET create_date = %s", [ARRIVAL])
        cls.env.invalidate_all()

    def _apply(self, days_later):
        with (
            freeze_time(ARRIVAL + timedelta(days=days_later)),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60),
        ):
            self.env["email.sync.message"]._cron_apply_retention()
        self.env.flush_all()
        self.env.invalidate_all()

    def _get_files(self):
        attachments = self.env["ir.attachment"]
        found = attachments.search(
            [("res_model", "=like", "email.sync.%"), ("res_field", "!=", False)]
        )
        return found.filtered(lambda each: each.res_id == self.unlinked.id)

    def test_nothing_is_removed_without_a_policy(self):
        self._apply(1000)
        self.assertIn(SECRET, self.unlinked.text)

    def test_after_the_days_and_not_before(self):
        self.account.with_user(self.alice).retention_days = 30
        self._apply(30)
        self.assertFalse(self.unlinked.removed_date)
        self._apply(31)
        self.assertTrue(self.unlinked.removed_date)

    def test_what_is_removed_is_found_nowhere(self):
        [file] = self._get_files()
        path = file._full_path(file.store_fname)
        self.account.retention_days = 30
        self._apply(31)
        message, conversation = self.unlinked, self.unlinked.conversation_id
        self.assertFalse(message.text or message.snippet or message.attachment_names)
        self.assertFalse(conversation.snippet or conversation.has_attachments)
        self.assertFalse(self._get_files())
        self.assertEqual(message._get_source(), b"")
        self.assertFalse(conversation.search([("mail_text", "ilike", f"{SECRET} text")]))
        self.env["ir.attachment"]._gc_file_store_unsafe()
        with self.assertRaises(FileNotFoundError), open(path, "rb"):
            pass

    def test_what_says_that_there_was_a_mail_is_kept(self):
        self.account.retention_days = 30
        self._apply(31)
        self.assertEqual(self.unlinked.subject, "Private matter")
        self.assertEqual(self.unlinked.message_id, "<9@customer.example>")
        self.assertIn("nobody@customer.example", self.unlinked.participant_ids.mapped("email"))
        again = self._receive(self.source)
        self.assertEqual(again, self.unlinked)
        self.assertFalse(again.text)

    def test_linked_mail_is_kept(self):
        self.account.retention_days = 1
        self._apply(1000)
        self.assertIn(SECRET, self.linked.text)
        self.assertIn(SECRET.encode(), self.linked._get_source())

    def test_unlinking_leaves_no_attachment_behind(self):
        message = self._receive(
            build_mail(
                message_id="<3@customer.example>",
                attachments=[("offer.txt", b"file", "text", "plain")],
            )
        )
        attachment = message.mail_message_id.attachment_ids
        self.assertTrue(attachment)
        message.conversation_id.with_user(self.alice).partner_ids = False
        self.assertFalse(attachment.exists())

    def test_the_shorter_time_counts(self):
        set_param = self.env["ir.config_parameter"].set_param
        for own, company, expected in ((0, 0, 0), (0, 90, 90), (30, 90, 30), (120, 90, 90)):
            set_param("email_sync.retention_days", company)
            self.account.retention_days = own
            self.assertEqual(self.account._get_retention_days(), expected)
        with self.assertRaises(ValidationError):
            self.account.retention_days = -1

    def test_a_dry_run_says_how_many(self):
        with freeze_time(ARRIVAL + timedelta(days=31)):
            settings = self.env["res.config.settings"].new({"email_sync_retention_days": 30})
            self.assertEqual(settings.email_sync_retention_count, 1)
            settings.email_sync_retention_days = 60
            self.assertEqual(settings.email_sync_retention_count, 0)
        self.assertFalse(self.unlinked.removed_date)

    def test_it_is_logged_without_mail(self):
        self.account.with_user(self.alice).retention_days = 30
        self._apply(31)
        log = self.env["email.sync.log"].search([("account_id", "=", self.account.id)], limit=2)
        self.assertEqual(log.mapped("event"), ["text_removed", "retention"])
        self.assertEqual(log[0].after, "1 · 30 d")

    def test_sources_of_quarantined_mail_go_too(self):
        placement = self.unlinked.placement_ids
        placement.write({"outcome": "quarantined", "source": "c2VjcmV0", "internal_date": ARRIVAL})
        self.account.retention_days = 30
        self._apply(31)
        self.assertEqual(placement.outcome, "removed")
        self.assertFalse(placement._get_source())

    def test_the_reader_is_told(self):
        self.account.retention_days = 30
        self._apply(31)
        [display] = self.unlinked.with_user(self.alice).get_display()
        self.assertIn("removed after 30 days", display["html"])
        self.assertFalse(display["can_be_fetched_again"])
        with self.assertRaises(UserError):
            self.unlinked.with_user(self.alice).action_fetch_again()

    def test_linked_later_it_is_fetched_again(self):
        self.account.retention_days = 30
        self._apply(31)
        self.unlinked.conversation_id.with_user(self.alice).partner_ids = self.customer
        message = self.unlinked.with_user(self.alice)
        self.assertTrue(message.get_display()[0]["can_be_fetched_again"])
        with self._server(build_mail(text="another mail")), self.assertRaises(UserError):
            message.action_fetch_again()
        with self._server(self.source):
            message.action_fetch_again()
        self.assertIn(SECRET, self.unlinked.text)
        self.assertIn(SECRET, self.unlinked.mail_message_id.body)
        self.assertEqual(self.unlinked._get_source(), self.source)

    def _server(self, source):
        """A mailbox that holds one mail: what is asked of it is the pure package's business."""
        fetched = FetchedMessage(
            self.unlinked.placement_ids.uid,
            MessageMetadata(self.unlinked.placement_ids.uid, len(source), DATE, frozenset()),
            source,
        )

        class Session:
            def __enter__(self):
                return self

            def __exit__(self, *error):
                return False

            def status_of(self, names):
                return {name: Status() for name in names}

            def select(self, name):
                return None

            def fetch_metadata(self, uids):
                return [fetched.metadata]

            def fetch_sources(self, wanted, max_message_bytes):
                return [fetched]

        class Status:
            uidvalidity = 1

        return patch.object(
            type(self.env["email.sync.account"]), "_open_imap", lambda account: Session()
        )
