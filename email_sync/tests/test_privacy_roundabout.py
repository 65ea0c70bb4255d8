"""Roundabout ways to a mail that is not one's own: each was, or could be, a hole."""

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import new_test_user, tagged

from .common import EmailSyncCase, build_mail


class RoundaboutCase(EmailSyncCase):
    """A private and a shared conversation of Alice, and who would like to read them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env, "root_admin", groups="base.group_system,sales_team.group_sale_manager"
        )
        cls.private = cls._receive(
            build_mail(
                subject="Hidden subject",
                text="hidden body",
                message_id="<private@customer.example>",
                attachments=[("hidden.txt", b"hidden content", "text", "plain")],
            )
        ).conversation_id
        cls.entry = cls.private.email_ids.mail_message_id
        cls.shared = cls._receive(
            build_mail(subject="Shared subject", message_id="<shared@customer.example>")
        ).conversation_id
        cls.shared.visibility = "shared"
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _as(self, user, record):
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_user(user)

    def _sees(self, user, record):
        return self._as(user, record).has_access("read")

    def _assert_tells_nothing(self, *functions):
        for function in functions:
            try:
                answer = function()
            except (AccessError, UserError, MissingError, ValueError) as error:
                answer = error
            self.assertNotIn("idden", str(answer))


@tagged("post_install", "-at_install")
class TestPrivacyRoundabout(RoundaboutCase):
    # ------------------------------------------------------------
    # RECORDS THAT MAIL IS LINKED TO
    # ------------------------------------------------------------

    def test_unlinking_the_only_record_ends_the_view(self):
        """A deleted contact must not leave a conversation that counts as linked to nothing."""
        for model, values in (
            ("crm.lead", {"name": "Deal"}),
            ("res.partner", {"name": "Somebody"}),
        ):
            record = self.env[model].create(values)
            links = {"crm.lead": "lead_ids", "res.partner": "partner_ids"}
            self.shared.write({"partner_ids": [Command.clear()], "lead_ids": [Command.clear()]})
            self.shared.write({links[model]: [Command.set(record.ids)]})
            self.assertTrue(self._sees(self.bob, self.shared))
            record.unlink()
            self.assertFalse(self._sees(self.bob, self.shared), model)
            self.assertFalse(self.shared.is_linked, model)
            self.assertFalse(self.shared.email_ids.mail_message_id, model)

    def test_unlinking_behind_the_back_of_the_addon_ends_the_view(self):
        """The rule looks at the links themselves, not at what is remembered of them."""
        self.assertTrue(self._sees(self.bob, self.shared))
        self.env.cr.execute(
            "DELETE FROM email_sync_conversation_res_partner_rel WHERE conversation_id = %s",
            [self.shared.id],
        )
        self.assertFalse(self._sees(self.bob, self.shared))

    def test_merging_the_sender_into_oneself(self):
        """The author of a message reads it in core: a merged contact makes nobody an author."""
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | self.bob.partner_id).ids, self.bob.partner_id)
        self.assertFalse(self._sees(self.bob, self.entry))
        entries = self.env["mail.message"].with_user(self.bob)
        self.assertFalse(entries.search([("id", "=", self.entry.id)]))
        self.assertFalse(entries._get_with_access(self.entry.id, "read"))

    def test_author_recipient_and_notified_do_not_override_the_rule(self):
        partner = self.bob.partner_id
        ways = {
            "author": {"author_id": partner.id},
            "recipient": {"partner_ids": [Command.link(partner.id)]},
            "notified": {
                "notification_ids": [
                    Command.create({"res_partner_id": partner.id, "notification_type": "inbox"})
                ]
            },
        }
        for way, values in ways.items():
            self.entry.write({"author_id": False, "partner_ids": [Command.clear()]})
            self.entry.notification_ids.unlink()
            self.entry.write(values)
            self.assertFalse(self._sees(self.bob, self.entry), way)
            self.assertFalse(self._as(self.bob, self.entry).has_access("write"), way)
            self.assertFalse(
                self._as(self.bob, self.entry).search([("id", "=", self.entry.id)]), way
            )
            with self.assertRaises(AccessError):
                self._as(self.bob, self.entry).read(["body"])

    def test_notes_of_a_former_member(self):
        """What somebody wrote in a team's conversation stays with the team."""
        account = self._new_account(
            self.alice, "team@company.example", self.bob, account_type="team", visibility="team"
        )
        folder = self._new_folder(account, "INBOX", "inbox")
        conversation = self._receive(
            build_mail(message_id="<team@customer.example>"), folder=folder
        ).conversation_id
        note = conversation.with_user(self.bob).message_post(body="my note")
        self.assertTrue(self._sees(self.bob, note))
        account.with_user(self.alice).member_ids = [Command.unlink(self.bob.id)]
        self.assertFalse(self._sees(self.bob, note))
        self.assertFalse(self._as(self.bob, note).search([("id", "=", note.id)]))
        self.assertFalse(self._as(self.bob, note).has_access("write"))

    # ------------------------------------------------------------
    # NAMES THAT TRAVEL WITH REFERENCES
    # ------------------------------------------------------------

    def test_a_reference_to_an_entry_does_not_name_the_conversation(self):
        for user in (self.bob, self.admin):
            message = (
                self.env["mail.message"]
                .with_user(user)
                .create({"body": "mine", "parent_id": self.entry.id})
            )
            text = str(self._as(user, message).read())
            self.assertNotIn("Hidden", text)

    def test_the_composer_tells_nothing_of_a_hidden_parent(self):
        composers = self.env["mail.compose.message"].with_user(self.bob)
        spec = {name: {} for name in ("subject", "body", "res_ids")}
        values = {"parent_id": self.entry.id, "composition_mode": "comment"}
        self.env.invalidate_all()
        self._assert_tells_nothing(
            lambda: composers.onchange(values, list(values), spec),
            lambda: composers.create(values).read(),
            lambda: composers.create(
                {**values, "model": self.private._name, "res_ids": str(self.private.ids)}
            ).read(),
        )

    def test_administrators_cannot_point_a_message_at_a_conversation(self):
        """Its name would be shown to them as the author."""
        message = self.env["mail.message"].with_user(self.admin).create({"body": "mine"})
        with self.assertRaises(AccessError):
            message.write({"model": self.private._name, "res_id": self.private.id})
        with self.assertRaises(AccessError):
            self.env["mail.message"].with_user(self.admin).create(
                {"model": self.private._name, "res_id": self.private.id, "body": "mine"}
            )

    def test_a_linked_message_is_named_to_its_readers_only(self):
        link = (
            f'<a class="o_message_redirect" data-oe-model="mail.message" '
            f'data-oe-id="{self.entry.id}">link</a>'
        )
        note = self.customer.with_user(self.bob).message_post(body=link)
        self.assertFalse(self._as(self.bob, note).linked_message_ids)

    # ------------------------------------------------------------
    # FOLLOWERS, NOTIFICATIONS, ACTIVITIES
    # ------------------------------------------------------------

    def test_followers_of_a_hidden_conversation_are_hidden(self):
        self.private.with_user(self.alice).message_subscribe(self.alice.partner_id.ids)
        self.assertTrue(self.private.message_follower_ids)
        for user in (self.bob, self.admin):
            followers = self.env["mail.followers"].with_user(user)
            domain = [("res_model", "=", self.private._name)]
            self.assertFalse(followers.search_count(domain), user.login)
            with self.assertRaises(UserError):
                self._as(user, self.private).message_get_followers()
        self.assertTrue(self._as(self.alice, self.private).message_follower_ids)

    def test_administrators_make_nobody_a_follower(self):
        with self.assertRaises(AccessError):
            self.env["mail.followers"].with_user(self.admin).create(
                {
                    "res_model": self.private._name,
                    "res_id": self.private.id,
                    "partner_id": self.admin.partner_id.id,
                }
            )

    def test_a_follower_who_lost_the_view_gets_no_notes(self):
        self.shared.with_user(self.bob).message_subscribe(self.bob.partner_id.ids)
        self.assertIn(self.bob.partner_id, self.shared.message_partner_ids)
        self.shared.with_user(self.alice).visibility = "private"
        note = self.shared.with_user(self.alice).message_post(
            body="not for Bob", subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(note.notified_partner_ids)
        with self.assertRaises(AccessError):
            self.env["mail.message"].with_user(self.bob).create(
                {"model": self.shared._name, "res_id": self.shared.id, "body": "still here?"}
            )

    def test_only_readers_are_notified(self):
        """A note that mentions who may not read the conversation is refused, not half sent."""
        as_alice = self.private.with_user(self.alice)
        for partner in (self.bob.partner_id, self.customer):
            with self.assertRaises(UserError):
                as_alice.message_post(body="look", partner_ids=partner.ids)
            with self.assertRaises(UserError):
                as_alice.message_notify(body="look", partner_ids=partner.ids)
        note = self.shared.with_user(self.alice).message_post(
            body="look", partner_ids=self.bob.partner_id.ids
        )
        self.assertEqual(note.notified_partner_ids, self.bob.partner_id)

    def test_activities_are_assigned_to_readers_only(self):
        values = {
            "res_model_id": self.env["ir.model"]._get_id(self.private._name),
            "res_id": self.private.id,
            "summary": "Call",
        }
        for creator, assigned in (
            (self.alice, self.bob),
            (self.bob, self.bob),
            (self.admin, self.admin),
        ):
            with self.assertRaises(UserError):
                self.env["mail.activity"].with_user(creator).create(
                    {**values, "user_id": assigned.id}
                )
        activity = (
            self.env["mail.activity"]
            .with_user(self.alice)
            .create({**values, "user_id": self.alice.id})
        )
        with self.assertRaises(UserError):
            activity.with_user(self.alice).user_id = self.bob

    def test_an_activity_does_not_outlive_the_view(self):
        activity = (
            self.env["mail.activity"]
            .with_user(self.alice)
            .create(
                {
                    "res_model_id": self.env["ir.model"]._get_id(self.shared._name),
                    "res_id": self.shared.id,
                    "user_id": self.bob.id,
                }
            )
        )
        self.assertTrue(self._sees(self.bob, activity))
        self.shared.with_user(self.alice).visibility = "private"
        self.assertFalse(self._sees(self.bob, activity))
        self.assertFalse(self._as(self.bob, activity).search([("id", "=", activity.id)]))

    # ------------------------------------------------------------
    # ATTACHMENTS
    # ------------------------------------------------------------

    def test_attachments_do_not_travel(self):
        attachment = self.entry.attachment_ids
        self.assertTrue(attachment)
        with self.assertRaises(AccessError):
            self.customer.with_user(self.bob).message_post(
                body="mine now", attachment_ids=attachment.ids
            )
        with self.assertRaises(AccessError):
            self.env["mail.message"].with_user(self.bob).create(
                {"body": "mine now", "attachment_ids": [Command.link(attachment.id)]}
            )
        with self.assertRaises(AccessError):
            attachment.with_user(self.bob).copy({"res_model": False, "res_id": False})
        with self.assertRaises(AccessError):
            self.env["ir.attachment"].with_user(self.bob).create(
                {"name": "x", "res_model": self.private._name, "res_id": self.private.id}
            )

    def test_the_stored_source_is_nobodys_attachment(self):
        """Bcc stands in it, and administrators may read fields that are closed to users."""
        message = self.shared.email_ids
        source = self.env["ir.attachment"].search(
            [("res_model", "=", message._name), ("res_id", "=", message.id), ("res_field", "!=", 0)]
        )
        self.assertTrue(source)
        for user in (self.alice, self.bob, self.admin):
            self.assertFalse(self._sees(user, source), user.login)
            self.assertFalse(
                self._as(user, source).search(
                    [("res_model", "=", message._name), ("res_field", "=", "source")]
                )
            )

    def test_blind_copies_are_the_members(self):
        """A colleague who reads a shared mail reads the header, but not to whom else it went."""
        source = build_mail(
            sender="alice@company.example",
            to="ada@customer.example",
            message_id="<bcc@company.example>",
        )
        source = b"Bcc: Secret Counsel <counsel@lawyers.example>\r\n" + source
        conversation = self._receive(source).conversation_id
        conversation.visibility = "shared"
        self.assertIn("bcc", conversation.participant_ids.mapped("role"))
        for user, seen in ((self.alice, True), (self.bob, False), (self.admin, False)):
            self.assertTrue(self._sees(user, conversation))
            as_user = self._as(user, conversation)
            answers = [
                as_user.env["email.sync.participant"]
                .search([("conversation_id", "=", conversation.id)])
                .read(),
                as_user.web_read({"participant_ids": {"fields": {"email": {}}}}),
                as_user.email_ids.get_display(),
            ]
            for answer in answers:
                self.assertEqual("lawyers.example" in str(answer), seen, user.login)
            for domain in (
                [("participant_ids.email", "ilike", "lawyers")],
                [("email_ids.participant_ids.role", "=", "bcc")],
            ):
                self.assertEqual(conversation in as_user.search(domain), seen, domain)
            self.assertFalse(as_user.search([("participant_address", "ilike", "lawyers")]))
            self.assertNotIn("lawyers", f"{conversation.correspondents} {conversation.snippet}")

    # ------------------------------------------------------------
    # WHAT STAYS BEHIND
    # ------------------------------------------------------------

    def test_removed_mail_is_gone(self):
        attachments = self.env["ir.attachment"].search(
            [
                ("res_model", "in", ("email.sync.conversation", "email.sync.message")),
                ("res_id", "in", [*self.private.ids, *self.private.email_ids.ids]),
                ("id", "!=", 0),
            ]
        )
        self.assertIn("source", attachments.mapped("res_field"))
        self.account.unlink()
        self.assertFalse(attachments.exists())
        self.assertFalse(self.entry.exists())
