"""The page of a conversation: its mails, and who can see it."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DATE, EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestConversationDisplay(EmailSyncCase):
    def _get_page(self, user, conversation, **arguments):
        messages = self.env["email.sync.message"].with_user(user)
        return messages.get_conversation_display(conversation.id, **arguments)

    def _receive_exchange(self, count):
        references = [f"<{number}@customer.example>" for number in range(count)]
        sources = [
            build_mail(
                subject="Re: Quotation" if number else "Quotation",
                text=f"text {number}",
                message_id=references[number],
                references=" ".join(references[:number][-3:]),
                date=DATE + timedelta(minutes=number // 2),
            )
            for number in range(count)
        ]
        return self._receive(*sources)

    def test_mails_oldest_first_the_last_one_with_its_text(self):
        messages = self._receive_exchange(3)
        page = self._get_page(self.alice, messages.conversation_id)
        self.assertEqual([mail["id"] for mail in page["mails"]], messages.ids)
        self.assertEqual([("display" in mail) for mail in page["mails"]], [False, False, True])
        self.assertIn("text 2", page["mails"][-1]["display"]["html"])
        self.assertEqual(page["earlier_count"], 0)
        self.assertEqual(page["mails"][0]["avatar_partner_id"], self.customer.id)

    def test_long_exchange_comes_in_pages_without_gap_or_double(self):
        messages = self._receive_exchange(75)
        self.assertEqual(len(messages.conversation_id), 1)
        shown, before = [], None
        for expected_earlier in (45, 15, 0):
            page = self._get_page(self.alice, messages.conversation_id, before=before)
            self.assertEqual(page["earlier_count"], expected_earlier)
            shown = [mail["id"] for mail in page["mails"]] + shown
            before = shown[0]
        self.assertEqual(shown, messages.ids)

    def test_page_costs_the_same_for_many_mails(self):
        short = self._receive_exchange(5).conversation_id
        long = self._receive(
            *(
                build_mail(
                    subject="Other",
                    text=f"other {number}",
                    message_id=f"<other.{number}@customer.example>",
                    references="<other.0@customer.example>" if number else "",
                    date=DATE + timedelta(minutes=number),
                )
                for number in range(25)
            )
        ).conversation_id
        counts = []
        for conversation in (short, short, long):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._get_page(self.alice, conversation)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    def test_hidden_conversation_is_empty(self):
        messages = self._receive_exchange(2)
        self.assertEqual(
            self._get_page(self.bob, messages.conversation_id), {"mails": [], "earlier_count": 0}
        )
        self.assertEqual(
            self._get_page(self.alice, messages.conversation_id, before=0)["mails"][0]["id"],
            messages[0].id,
        )
        with self.assertRaises(UserError):
            messages.with_user(self.bob).get_display()

    def test_hostile_mail_is_tamed(self):
        message = self._receive(
            build_mail(
                html="""
                <script>alert(1)</script><p onclick="alert(2)">Hello</p>
                <a href="javascript:alert(3)">link</a><iframe src="https://evil.example"></iframe>
                <img src="https://evil.example/a.png"><form action="https://evil.example"></form>
                """
            )
        )
        (display,) = message.with_user(self.alice).get_display()
        self.assertTrue(display["has_remote_content"])
        for trace in ("script", "onclick", "javascript", "iframe", "form", ' src="https://evil'):
            self.assertNotIn(trace, display["html"])
        (display,) = message.with_user(self.alice).get_display(remote=True)
        self.assertFalse(display["has_remote_content"])
        self.assertIn(' src="https://evil.example/a.png"', display["html"])

    def test_blind_copies_and_source_are_for_members(self):
        source = build_mail().replace(b"Subject:", b"Bcc: secret@customer.example\r\nSubject:", 1)
        message = self._receive(source)
        message.conversation_id.visibility = "shared"
        (display,) = message.with_user(self.alice).get_display()
        self.assertEqual(display["participants"]["bcc"][0]["email"], "secret@customer.example")
        self.assertTrue(display["source_url"])
        (display,) = message.with_user(self.bob).get_display()
        self.assertNotIn("bcc", display["participants"])
        self.assertFalse(display["source_url"])

    def test_unnamed_attachments_get_a_name(self):
        message = self._receive(
            build_mail(attachments=[("x.pdf", b"%PDF", "application", "pdf")]).replace(
                b'; filename="x.pdf"', b""
            )
        )
        (display,) = message.with_user(self.alice).get_display()
        self.assertEqual(display["attachments"][0]["name"], "attachment.pdf")


@tagged("post_install", "-at_install")
class TestConversationViews(EmailSyncCase):
    def test_who_may_read_no_leads_sees_the_mail_of_contacts(self):
        plain = self._new_user("plain", "base.group_user")
        self.account.visibility = "shared"
        conversation = self._receive(build_mail()).conversation_id
        self.env.flush_all()
        for user, sees_leads in ((plain, False), (self.bob, True)):
            for view_type in ("list", "kanban", "form"):
                with self.subTest(user=user.login, view=view_type):
                    self.env.invalidate_all()
                    [shown] = self._read_as_shown(conversation.with_user(user), view_type)
                    self.assertEqual(shown["partner_ids"], self.customer.ids)
                    self.assertEqual("lead_ids" in shown, sees_leads)


class TestConversationSearch(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = build_mail(
            text="Twelve oak tables",
            message_id="<oak@customer.example>",
            cc="Ines <ines@other.example>",
            attachments=[("plan.pdf", b"%PDF", "application", "pdf")],
        ).replace(b"Subject:", b"Bcc: secret@customer.example\r\nSubject:", 1)
        cls.conversation = cls._receive(source).conversation_id
        cls._receive(
            build_mail(sender="x@y.example", message_id="<chairs@y.example>", text="Chairs")
        )

    def _find(self, *domain, user=None):
        conversations = self.env["email.sync.conversation"].with_user(user or self.alice)
        return conversations.search(list(domain))

    def test_by_text_address_and_attachment(self):
        for field, operator, value in (
            ("mail_text", "ilike", "oak TABLES"),
            ("participant_address", "ilike", "@other"),
            ("participant_address", "=", "ines@other.example"),
            ("attachment_name", "ilike", "plan"),
            ("mail_text", "not ilike", "chairs"),
        ):
            self.assertEqual(self._find((field, operator, value)), self.conversation, value)
            self.assertFalse(self._find((field, operator, value), user=self.bob), value)
        self.assertFalse(self._find(("participant_address", "ilike", "%' OR 1=1 --")))

    def test_blind_copies_are_told_to_nobody_else(self):
        self.conversation.visibility = "shared"
        self.assertEqual(
            self._find(("mail_text", "ilike", "oak"), user=self.bob), self.conversation
        )
        self.assertFalse(self._find(("participant_address", "ilike", "secret"), user=self.bob))
        participants = self.env["email.sync.participant"]
        domain = [("email_normalized", "=", "secret@customer.example")]
        self.assertTrue(participants.with_user(self.alice).search(domain))
        self.assertFalse(participants.with_user(self.bob).search(domain))

    def test_folders(self):
        other = self._new_folder(self.account, "Customers")
        message = self._receive(build_mail(), folder=other)
        self._receive(build_mail(sender="x@y.example", message_id="<2@y.example>"))
        conversations = self.env["email.sync.conversation"].with_user(self.alice)
        self.assertEqual(
            conversations.search([("folder_ids", "in", other.ids)]), message.conversation_id
        )
        self.assertEqual(
            conversations.search([("folder_ids", "ilike", "custom")]), message.conversation_id
        )
        self.assertEqual(message.conversation_id.with_user(self.alice).folder_ids, other)
        message.conversation_id.visibility = "shared"
        self.assertFalse(message.conversation_id.with_user(self.bob).folder_ids)
        self.assertFalse(
            conversations.with_user(self.bob).search([("folder_ids", "in", other.ids)])
        )


@tagged("post_install", "-at_install")
class TestViewers(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._new_user("root_admin", "base.group_system,sales_team.group_sale_manager")
        cls.narrow = cls._new_user("narrow", "sales_team.group_sale_salesman")
        cls.env["crm.lead"].create(
            {
                "name": "Alice's deal",
                "type": "opportunity",
                "partner_id": cls.customer.id,
                "user_id": cls.alice.id,
            }
        )
        cls.everybody = cls.alice | cls.bob | cls.admin | cls.narrow
        cls.conversation = cls._receive(build_mail()).conversation_id

    def _get_viewers(self, user, **arguments):
        result = self.conversation.with_user(user).get_viewers(**arguments)
        ids = [viewer["user_id"] for viewer in result["viewers"]]
        return self.env["res.users"].browse(ids) & self.everybody, result

    def test_viewers_are_those_the_rule_lets_read(self):
        for visibility in ("private", "shared"):
            self.conversation.visibility = visibility
            viewers, _result = self._get_viewers(self.alice)
            readers = self.everybody.filtered(
                lambda user: self.conversation.with_user(user).has_access("read")
            )
            self.assertEqual(set(viewers), set(readers))
        self.assertEqual(set(viewers), {self.alice, self.bob, self.admin})

    def test_reason_of_each(self):
        self.conversation.visibility = "shared"
        _viewers, result = self._get_viewers(self.bob)
        reasons = {viewer["user_id"]: viewer["reason"] for viewer in result["viewers"]}
        self.assertEqual(reasons[self.alice.id], "owns alice@company.example")
        self.assertEqual(reasons[self.bob.id], "may read everything it is linked to")
        self.assertFalse(result["levels"], "a colleague cannot change it")

    def test_reach_is_shown_before_the_change_and_changes_nothing(self):
        viewers, result = self._get_viewers(self.alice, visibility="shared")
        self.assertEqual(set(viewers), {self.alice, self.bob, self.admin})
        self.assertEqual(result["visibility"], "shared")
        self.env.invalidate_all()
        self.assertEqual(self.conversation.visibility, "private")
        self.assertFalse(self.conversation.is_visibility_manual)
        self.assertFalse(self.conversation.with_user(self.bob).has_access("read"))

    def test_who_may_ask(self):
        with self.assertRaises(UserError):
            self._get_viewers(self.bob)
        self.conversation.visibility = "shared"
        with self.assertRaises(AccessError):
            self._get_viewers(self.bob, visibility="private")
        with self.assertRaises(AccessError):
            self._get_viewers(self.alice, visibility="team")

    def test_sentences(self):
        def sentence(user):
            return self.conversation.with_user(user).visibility_sentence

        self.assertEqual(sentence(self.alice), "Private: only you can see it.")
        self.conversation.visibility = "shared"
        self.assertIn("Shared: colleagues", sentence(self.alice))
        self.assertIn("You read this because", sentence(self.bob))
        self.conversation.write({"partner_ids": [(5,)], "lead_ids": [(5,)]})
        self.assertIn("only you can see it", sentence(self.alice))
