"""Emergency access: before, during and after it, who is told, and what is kept of it."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import HttpCase, new_test_user, tagged

from .common import EmailSyncCase, build_mail
from .privacy import SECRET

NOW = "2026-03-03 10:00:00"
DURING = "2026-03-03 13:59:59"
AFTER = "2026-03-03 14:00:00"
REASON = "Court order 12 O 345/26"


class EmergencyCase(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls._new_user("nina", "base.group_user,email_sync.email_sync_group_emergency")
        cls.admin = cls._new_user("root2", "base.group_system,sales_team.group_sale_manager")
        cls.message = cls._receive(
            build_mail(
                subject=f"{SECRET} subject",
                text=f"{SECRET} text",
                attachments=[("offer.txt", f"{SECRET} file".encode(), "text", "plain")],
            )
        )
        cls.conversation = cls.message.conversation_id
        cls.other_account = cls._new_account(cls.bob)
        cls.other_conversation = cls._receive(
            build_mail(message_id="<2@customer.example>"),
            folder=cls._new_folder(cls.other_account, "INBOX", "inbox"),
        ).conversation_id

    def _request(self, user=None, account=None, **vals):
        request = self.env["email.sync.emergency.request"].with_user(user or self.reader)
        vals = {"reason": REASON, "duration": 4, "duration_unit": "hours", **vals}
        return request.create({"account_id": (account or self.account).id, **vals})

    def _open(self, **vals):
        with freeze_time(NOW):
            self._request(**vals).action_apply()
        return self.account.emergency_ids[:1]

    def _may_read(self, conversation, moment, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        with freeze_time(moment):
            conversation = conversation.with_user(user or self.reader)
            found = conversation.search([("id", "=", conversation.id)])
            may_read = conversation.has_access("read")
            self.assertEqual(bool(found), may_read)
            return may_read

    def _get_log(self):
        return self.env["email.sync.log"].search([("account_id", "=", self.account.id)])


@tagged("post_install", "-at_install")
class TestEmergency(EmergencyCase):
    def test_it_opens_one_account_and_ends_by_itself(self):
        self.assertFalse(self._may_read(self.conversation, NOW))
        self._open()
        self.assertTrue(self._may_read(self.conversation, NOW))
        self.assertTrue(self._may_read(self.conversation, DURING))
        self.assertFalse(self._may_read(self.conversation, AFTER))
        self.assertFalse(self._may_read(self.other_conversation, DURING))
        for user in (self.bob, self.admin):
            self.assertFalse(self._may_read(self.conversation, DURING, user))

    def test_the_end_counts_although_the_rules_domain_is_cached(self):
        """Nothing is invalidated in between, as in a worker that serves request after request."""
        self._open()
        messages = self.env["email.sync.message"].with_user(self.reader)
        domain = Domain("id", "=", self.message.id)
        with freeze_time(DURING):
            self.assertTrue(messages.search(domain))
        with freeze_time(AFTER):
            self.assertFalse(messages.search(domain))

    def test_without_the_right_nobody_opens_anything(self):
        for user in (self.bob, self.admin):
            with self.assertRaises(AccessError):
                self._request(user)
        for user in (self.bob, self.admin, self.reader):
            with self.assertRaises(AccessError):
                self.env["email.sync.emergency"].with_user(user).create(
                    {
                        "account_id": self.account.id,
                        "user_id": user.id,
                        "reason": REASON,
                        "date_start": NOW,
                        "date_end": AFTER,
                    }
                )

    def test_it_ends_with_the_right(self):
        self._open()
        self.reader.group_ids -= self.env.ref("email_sync.email_sync_group_emergency")
        self.assertFalse(self._may_read(self.conversation, DURING))

    def test_a_portal_user_cannot_have_the_right(self):
        portal = new_test_user(self.env, "portal_nina", groups="base.group_portal")
        with self.assertRaises(UserError):
            portal.group_ids += self.env.ref("email_sync.email_sync_group_emergency")

    def test_a_reason_and_a_bounded_time(self):
        for vals in (
            {"reason": False},
            {"reason": "  because   "},
            {"duration": 0},
            {"duration": -1},
            {"duration": 4, "duration_unit": "days"},
            {"duration": 10**9},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self._request(**vals).action_apply()
        self.env["ir.config_parameter"].set_param("email_sync.emergency_max_hours", "96")
        self._request(duration=4, duration_unit="days").action_apply()

    def test_reading_is_all_that_is_possible(self):
        self._open()
        conversation = self.conversation.with_user(self.reader)
        message = self.message.with_user(self.reader)
        with freeze_time(DURING):
            for change in (
                lambda: conversation.write({"visibility": "shared"}),
                lambda: conversation.write({"partner_ids": [(5,)]}),
                lambda: conversation.get_viewers("shared"),
                lambda: conversation.message_post(body="x"),
                lambda: conversation.unlink(),
                lambda: message.toggle_flagged(),
                lambda: message.action_reply(),
                lambda: self.account.with_user(self.reader).write({"name": "x"}),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    change()
            conversation.action_mark_read()
            self.assertEqual(self.conversation.unread_count, 1)
            self.assertFalse(conversation.is_answerable)
            [display] = message.get_display()
            self.assertFalse(display["source_url"])

    def test_members_are_told_at_once(self):
        for notification_type in ("inbox", "email"):
            self.alice.notification_type = notification_type
            with self.subTest(notification_type=notification_type):
                before = self.env["mail.message"].search([], order="id desc", limit=1).id
                self._open()
                told = self.env["mail.message"].search(
                    [("id", ">", before), ("partner_ids", "in", self.alice.partner_id.ids)]
                )
                self.assertIn(REASON, told[:1].body)
                self.assertIn(self.reader.name, told[:1].body)
                mails = self.env["mail.mail"].search([("mail_message_id.id", ">", before)])
                self.assertTrue(mails.filtered(lambda mail: REASON in mail.body_html))

    def test_who_has_left_is_told_by_the_log(self):
        self.alice.active = False
        self._open()
        self.assertIn(REASON, self._get_log()[0].after)

    def test_it_is_logged_with_each_extension_and_the_end(self):
        emergency = self._open()
        with freeze_time(DURING):
            self._request(
                emergency_id=emergency.id, reason="The court asks for more", duration=8
            ).action_apply()
        self.assertTrue(self._may_read(self.conversation, AFTER))
        with freeze_time("2026-03-03 15:00:00"):
            emergency.with_user(self.reader).action_end()
        self.assertFalse(self._may_read(self.conversation, "2026-03-03 15:00:00"))
        log = self._get_log().filtered(lambda entry: "emergency" in entry.event)
        self.assertEqual(log.mapped("event"), ["emergency_ended", "emergency", "emergency"])
        self.assertEqual(log.user_id, self.reader)
        self.assertIn("2026-03-03 10:00:00 – 2026-03-03 14:00:00 UTC", log[2].after)
        self.assertIn(REASON, log[2].after)
        self.assertIn("The court asks for more", log[1].after)
        self.assertIn("15:00:00 UTC", log[0].after)
        self.assertNotIn(SECRET, str(log.read(["before", "after", "email"])))

    def test_an_end_by_itself_is_logged_later(self):
        self._open()
        with freeze_time(AFTER):
            self.env["email.sync.emergency"]._log_ends()
            self.env["email.sync.emergency"]._log_ends()
        ends = self._get_log().filtered(lambda entry: entry.event == "emergency_ended")
        self.assertEqual(len(ends), 1)

    def test_who_ended_it_cannot_extend_it(self):
        emergency = self._open()
        with freeze_time(DURING):
            emergency.with_user(self.admin).action_end()
            with self.assertRaises(UserError):
                self._request(emergency_id=emergency.id).action_apply()
            with self.assertRaises(AccessError):
                emergency.with_user(self.alice).action_end()

    def test_what_is_opened_is_noted_once_an_hour(self):
        emergency = self._open()
        message = self.message.with_user(self.reader)
        for moment, count in ((NOW, 1), ("2026-03-03 10:30:00", 1), ("2026-03-03 11:30:00", 2)):
            self.env.invalidate_all()
            with freeze_time(moment):
                message.get_conversation_display(self.conversation.id)
                message.get_display()
            self.assertEqual(len(emergency.opening_ids), count)
        self.assertEqual(emergency.opening_ids.conversation_id, self.conversation)
        self.assertEqual(emergency.opened_count, 1)

    def test_every_way_to_open_a_mail_is_noted(self):
        emergency = self._open()
        entry = self.message.mail_message_id
        messages = self.env["mail.message"].with_user(self.reader)
        ways = {
            "read": lambda: self.message.with_user(self.reader).read(["text"]),
            "search_read": lambda: self.message.with_user(self.reader).search_read([], ["text"]),
            "chatter": lambda: messages._message_fetch(
                None, thread=self.customer.with_user(self.reader)
            ),
            "entry": lambda: messages.browse(entry.id).read(["body"]),
            "attachment": lambda: entry.attachment_ids.with_user(self.reader).read(["raw"]),
        }
        for name, way in ways.items():
            emergency.opening_ids.unlink()
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(way=name), freeze_time(DURING):
                way()
                self.assertEqual(emergency.opening_ids.conversation_id, self.conversation)

    def test_lists_of_the_members_own_mail_note_nothing(self):
        emergency = self._open()
        with freeze_time(DURING):
            self.message.with_user(self.alice).get_display()
        self.assertFalse(emergency.opening_ids)

    def test_a_list_of_conversations_opens_no_mail(self):
        emergency = self._open()
        with freeze_time(DURING):
            for view_type in ("list", "kanban"):
                [line] = self._read_as_shown(self.conversation.with_user(self.reader), view_type)
                self.assertIn(SECRET, line["subject"])
        self.assertFalse(emergency.opening_ids)

    def test_the_owner_sees_it_on_the_accounts_page(self):
        self._open()
        self.env.invalidate_all()
        account = self.account.with_user(self.alice)
        with freeze_time(DURING):
            self.assertIn(REASON, account.emergency_notice)
            [line] = account.emergency_ids.read(["user_id", "date_start", "date_end", "reason"])
            self.assertEqual(line["reason"], REASON)
        self.env.invalidate_all()
        with freeze_time(AFTER):
            self.assertFalse(account.emergency_notice)
            self.assertTrue(account.emergency_ids)

    def test_who_can_see_this_names_the_reader_and_the_reason(self):
        self._open()
        self.env.invalidate_all()
        with freeze_time(DURING):
            viewers = self.conversation.with_user(self.alice).get_viewers()["viewers"]
            sentence = self.conversation.with_user(self.reader).emergency_sentence
        [reader] = [viewer for viewer in viewers if viewer["user_id"] == self.reader.id]
        self.assertIn(REASON, reader["reason"])
        self.assertIn(REASON, sentence)

    def test_a_member_and_another_company_need_another_way(self):
        self.alice.group_ids += self.env.ref("email_sync.email_sync_group_emergency")
        with self.assertRaises(UserError):
            self._request(self.alice).action_apply()
        company = self.env["res.company"].create({"name": "Other company"})
        self.reader.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        with self.assertRaises(UserError):
            self._request().action_apply()


@tagged("post_install", "-at_install")
class TestEmergencyByAddress(EmergencyCase, HttpCase):
    def test_a_part_by_address_is_noted(self):
        """Also where the route would be served by a copy of the database that is read only."""
        self.reader.password = "nina"
        self._request().action_apply()
        emergency = self.account.emergency_ids
        section = next(part.section for part in self.message._parse().parts if part.filename)
        self.env.flush_all()
        self.authenticate(self.reader.login, "nina")
        for url in (
            f"/email_sync/message/{self.message.id}/part/{section}",
            f"/web/content/{self.message.mail_message_id.attachment_ids.id}",
        ):
            emergency.opening_ids.unlink()
            self.env.flush_all()
            response = self.url_open(url)
            self.assertIn(SECRET, response.text)
            self.env.invalidate_all()
            self.assertEqual(emergency.opening_ids.conversation_id, self.conversation, url)
