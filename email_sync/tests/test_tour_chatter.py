"""What a salesperson sees in the browser."""

from datetime import timedelta

from odoo.tests import HttpCase, tagged

from .common import DATE, EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestTourChatter(HttpCase, EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Twelve tables",
                "type": "opportunity",
                "partner_id": cls.customer.id,
                "user_id": cls.alice.id,
            }
        )
        cls.lead.message_ids.unlink()
        note = cls.lead.with_user(cls.alice).message_post(
            body="note between", message_type="comment"
        )
        note.date = (DATE + timedelta(hours=1)).replace(tzinfo=None)
        # The newest first, as a first sync does: ids run against the time.
        cls._receive(cls._build("latest mail", 4, "<2@c.example>"))
        cls._receive(
            cls._build(
                "our answer",
                2,
                "<1@c.example>",
                sender="Alice <alice@company.example>",
                to="Ada Customer <ada@customer.example>",
            )
        )
        cls._receive(cls._build("first question", 0, "", message_id="<1@c.example>"))

    @classmethod
    def _build(cls, text, hours, references, **values):
        return build_mail(
            subject="Re: Quotation" if references else "Quotation",
            text=text,
            date=DATE + timedelta(hours=hours),
            references=references and "<1@c.example>",
            **{"message_id": f"<{hours}@c.example>", **values},
        )

    def test_mail_on_the_opportunity(self):
        self.start_tour(f"/odoo/crm/{self.lead.id}", "email_sync_chatter", login="alice")
        conversation = self.env["email.sync.conversation"].search([])
        self.assertEqual(conversation.visibility, "shared")
        self.assertTrue(conversation.is_visibility_manual)

    def test_sales_inbox(self):
        self.start_tour("/odoo/sales-inbox", "email_sync_inbox", login="alice")


@tagged("post_install", "-at_install")
class TestJavaScript(HttpCase):
    def test_unit_tests(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&id={self._get_suite_id('@email_sync')}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )

    def _get_suite_id(self, name):
        """Return how HOOT names a suite in URLs; see ``web/static/lib/hoot/hoot_utils.js``."""
        identifier = 0
        for character in name:
            identifier = (identifier * 31 + ord(character)) & 0xFFFFFFFF
        return f"{identifier:08x}"
