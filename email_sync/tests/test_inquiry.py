"""Why is this mail not here? Every mail of the mailbox has an answer, for members only."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from .common import DATE, build_mail
from .servers import setting
from .test_engine import EngineCase


@tagged("post_install", "-at_install")
class TestInquiry(EngineCase):
    def _put(self, name, folder="INBOX", date=DATE, **kwargs):
        self.mailbox.append(
            build_mail(
                subject=f"Offer {name}",
                message_id=f"<{name.replace('ü', 'ue')}@a.example>",
                **kwargs,
            ),
            folder=folder,
            date=date,
        )

    def _ask(self, query, user=None):
        """Return ``{subject: find}``."""
        user = user or self.alice
        inquiry = (
            self.env["email.sync.account.inquiry"]
            .with_user(user)
            .create({"account_id": self.account.id, "query": query})
        )
        inquiry.action_search()
        self.inquiry = inquiry
        return {find.subject: find for find in inquiry.find_ids}

    def test_each_mail_has_its_answer(self):
        self.account.write({"sync_range": "date", "sync_from": DATE.date()})
        self._put("stored")
        self._put("removed")
        self._put("early", date=DATE - timedelta(days=30))
        self._put("large", text="x" * 200_000)
        self._put("junk", folder="Junk")
        engine = type(self.env["email.sync.engine"])
        with patch.object(engine, "_get_max_size", lambda engine: 100_000):
            self._sync()
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages(client.search(["SUBJECT", "Offer removed"]))
            client.expunge()
        self._sync()
        self._put("new")
        finds = self._ask("offer")
        self.assertFalse(self.inquiry.note)
        self.assertEqual(
            {subject: find.outcome for subject, find in finds.items()},
            {
                "Offer stored": "stored",
                "Offer removed": "gone",
                "Offer early": "before_start",
                "Offer large": "stored",
                "Offer junk": "not_synced",
                "Offer new": "pending",
            },
        )
        self.assertIn("not stored here", finds["Offer large"].explanation)
        self.assertIn("03/02/2026", finds["Offer early"].explanation)
        self.assertEqual(finds["Offer junk"].folder_name, "Junk")
        stored = finds["Offer stored"]
        self.assertEqual(stored.action_open()["res_id"], stored.conversation_id.id)
        self.assertEqual(finds["Offer junk"].action_open()["res_id"], self.account.id)

    def test_quarantined_mail_says_why_and_is_tried_again(self):
        self._put("odd")
        store = type(self.env["email.sync.store"])
        with (
            patch.object(store, "_store_batch", side_effect=ValueError("odd header")),
            self.assertLogs("odoo.addons.email_sync", "WARNING"),
        ):
            self._sync()
        find = self._ask("Offer odd")["Offer odd"]
        self.assertEqual(find.outcome, "quarantined")
        self.assertIn("odd header", find.explanation)
        find.action_retry()
        self.assertEqual(self.inquiry.find_ids.outcome, "stored")

    def test_by_sender_message_id_and_in_any_script(self):
        self._put("ü", sender="Jörg Müller <joerg@customer.example>", folder="Junk")
        self._put("other", sender="Bob <bob@customer.example>", folder="Junk")
        self._sync()
        for query in ("joerg@customer", "Müller", "<ue@a.example>", "Offer ü"):
            with self.subTest(query=query):
                self.assertEqual(list(self._ask(query)), ["Offer ü"])

    def test_nowhere(self):
        self._put("stored")
        self._sync()
        self.assertFalse(self._ask("Invoice"))
        self.assertTrue(self.inquiry.is_answered)
        self.assertFalse(self.inquiry.note)

    def test_server_that_does_not_answer(self):
        """What is here is found; the user is told that the mailbox was not asked."""
        self._put("stored")
        self._sync()
        closed = setting("CLOSED_PORT")
        self.env["ir.config_parameter"].set_param("email_sync.allowed_ports", closed)
        self.account.write({"imap_host": "localhost", "imap_port": int(closed)})
        self.assertEqual(list(self._ask("Offer")), ["Offer stored"])
        self.assertIn("could not be searched", self.inquiry.note)
        self.account.state = "stopped"
        self.assertEqual(list(self._ask("Offer")), ["Offer stored"])
        self.assertIn("stopped", self.inquiry.note)

    @users("alice")
    def test_too_short(self):
        with self.assertRaises(UserError):
            self._ask(" a ")

    def test_members_only(self):
        self._put("stored")
        self._sync()
        administrator = self._new_user("root", "base.group_system")
        for stranger in (self.bob, administrator):
            with self.assertRaises(AccessError):
                self.account.with_user(stranger).action_find_mail()
            with self.assertRaises(AccessError):
                self._ask("Offer", stranger)
        self._ask("Offer")
        for stranger in (self.bob, administrator):
            with self.assertRaises(AccessError):
                self.inquiry.with_user(stranger).read(["query"])
            with self.assertRaises(AccessError):
                self.inquiry.find_ids.with_user(stranger).read(["subject"])
            finds = self.env["email.sync.account.inquiry.find"].with_user(stranger)
            self.assertFalse(finds.search([]))
        with self.assertRaises(AccessError):
            self.inquiry.find_ids.with_user(self.alice).write({"explanation": "made up"})

    def test_outcomes_of_a_folder(self):
        self.account.write({"sync_range": "date", "sync_from": DATE.date()})
        self._put("stored")
        self._put("early", date=DATE - timedelta(hours=12))
        self._sync()
        inbox = self.account.folder_ids.filtered(lambda folder: folder.name == "INBOX")
        self.assertEqual(
            inbox.with_user(self.alice).outcomes, "Stored: 1 · Older than the start date: 1"
        )
