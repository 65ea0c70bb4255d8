"""What the retention policy removes, what it keeps, and that what is removed is found nowhere."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..mime.parse import parse
from .common import EmailSyncCase, build_mail
from .privacy import SECRET
from .test_engine import EngineCase

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
        self.assertFalse(display["source_url"])

    def test_what_is_kept_can_be_answered(self):
        self.account.write({"retention_days": 30, "smtp_host": "smtp.company.example"})
        self._apply(31)
        composer = self.env["email.sync.composer"].with_user(self.alice)
        composer = composer.browse(self.unlinked.with_user(self.alice).action_reply()["res_id"])
        self.assertEqual(composer.to, "Nobody <nobody@customer.example>")
        self.assertEqual(composer.subject, "Re: Private matter")
        self.assertFalse(composer.recipient_notice)
        self.assertEqual(parse(composer._compose()).in_reply_to, ["<9@customer.example>"])

    def test_the_sender_is_not_judged_by_what_was_removed(self):
        forged = self._receive(
            build_mail(sender='"ada@customer.example" <x@elsewhere.example>', message_id="<8@x>")
        )
        self.assertEqual(forged.sender_finding, "name-is-other-address")
        self.account.retention_days = 30
        forged.conversation_id.partner_ids = False
        (self.unlinked | forged)._remove_text(30)
        (self.unlinked | forged)._judge_senders()
        for message, codes in ((self.unlinked, []), (forged, ["name-is-other-address"])):
            [display] = message.with_user(self.alice).get_display()
            self.assertEqual([each["code"] for each in display["sender_findings"]], codes)
            self.assertEqual(message.sender_finding, codes[0] if codes else False)


@tagged("post_install", "-at_install")
class TestFetchAgain(EngineCase):
    """On a real mail server: what was removed here lies there."""

    def setUp(self):
        super().setUp()
        self.source = build_mail(
            text=f"{SECRET} text",
            attachments=[("offer.txt", f"{SECRET} file".encode(), "text", "plain")],
        )
        self.mailbox.append(self.source, folder="Clients")
        self._sync()
        self.message = self.env["email.sync.message"].search([("account_id", "=", self.account.id)])
        self.conversation = self.message.conversation_id
        self.conversation.partner_ids = False
        self.message._remove_text(30)
        self.assertFalse(self.message.text)

    def _fetch_again(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        self.message.with_user(user or self.alice).action_fetch_again()

    def test_once_it_is_linked(self):
        with self.assertRaisesRegex(UserError, "Link the conversation"):
            self._fetch_again()
        self.conversation.with_user(self.alice).partner_ids = self.customer
        self._fetch_again()
        self.assertIn(SECRET, self.message.text)
        self.assertEqual(parse(self.message._get_source()).digest, parse(self.source).digest)
        self.assertEqual(self.message.attachment_names, "offer.txt")
        self.assertIn(SECRET, self.message.mail_message_id.body)
        self.assertFalse(self.message.removed_date)

    def test_the_mailbox_does_not_notice(self):
        self.conversation.partner_ids = self.customer
        with self.mailbox.connect() as client:
            client.select_folder("Clients", readonly=True)
            before = client.fetch(client.search(), ["FLAGS"])
            self._fetch_again()
            self.assertEqual(client.fetch(client.search(), ["FLAGS"]), before)

    def test_it_says_so_where_the_mail_is_gone(self):
        self.conversation.partner_ids = self.customer
        with self.mailbox.connect() as client:
            client.select_folder("Clients")
            client.delete_messages(client.search())
            client.expunge()
        with self.assertRaisesRegex(UserError, "no longer on the server"):
            self._fetch_again()
        self.assertTrue(self.message.removed_date)

    def test_another_mail_under_its_number_is_not_taken_for_it(self):
        self.conversation.partner_ids = self.customer
        with self.mailbox.connect() as client:
            client.delete_folder("Clients")
        self.mailbox.append(build_mail(text="another mail"), folder="Clients")
        with self.assertRaisesRegex(UserError, "no longer on the server"):
            self._fetch_again()
        self.assertFalse(self.message.text)

    def test_a_server_that_refuses_is_named(self):
        self.conversation.partner_ids = self.customer
        self.account._set_secret("wrong")
        with self.assertRaisesRegex(UserError, "password"):
            self._fetch_again()
        self.assertTrue(self.message.removed_date)

    def test_colleagues_fetch_nothing(self):
        self.account.visibility = self.conversation.visibility = "shared"
        self.conversation.partner_ids = self.customer
        self.assertTrue(self.conversation.with_user(self.bob).has_access("read"))
        [display] = self.message.with_user(self.bob).get_display()
        self.assertFalse(display["can_be_fetched_again"])
        with self.assertRaises(UserError):
            self._fetch_again(self.bob)
