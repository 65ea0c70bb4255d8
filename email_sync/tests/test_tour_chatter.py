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

    def test_tagging(self):
        self.start_tour("/odoo/sales-inbox", "email_sync_tags", login="alice")
        conversation = self.env["email.sync.conversation"].search([]).with_user(self.alice)
        self.assertEqual(conversation.tag_names, "To do")

    def test_a_colleague_is_offered_nothing_to_do_with_mail(self):
        self.start_tour(self._share(), "email_sync_colleague", login="bob")

    def _share(self):
        """Share the conversation; return the address of the list in which a colleague finds it."""
        self.env["email.sync.conversation"].search([]).visibility = "shared"
        action = self.env.ref("email_sync.email_sync_conversation_action_linked")
        return f"/odoo/action-{action.id}"


@tagged("post_install", "-at_install")
class TestTourPhone(TestTourChatter):
    """The same mail on a telephone."""

    allow_inherited_tests_method = True
    browser_size = "390x844"
    touch_enabled = True
    test_mail_on_the_opportunity = test_sales_inbox = test_tagging = None

    def test_inbox(self):
        self._new_folder(self.account, "Archive", "archive")
        self.start_tour("/odoo/sales-inbox", "email_sync_inbox_phone", login="alice")
        conversation = self.env["email.sync.conversation"].search([])
        self.assertFalse(conversation.is_unread)
        self.assertEqual(
            self.env["email.sync.move"].search([]).target_id.mapped("name"), ["Archive"]
        )

    def test_a_colleague_is_offered_nothing_to_do_with_mail(self):
        self.start_tour(self._share(), "email_sync_colleague_on_phone", login="bob")


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
