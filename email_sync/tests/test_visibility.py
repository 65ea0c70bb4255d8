"""The visibility table of the project: who sees a conversation, on every path."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import REFUSED, EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestVisibility(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._new_user("root_admin", "base.group_system,sales_team.group_sale_manager")
        cls.narrow = cls._new_user("narrow", "sales_team.group_sale_salesman")
        cls.portal = cls._new_user("portal_user", "base.group_portal")
        cls.public = cls.env.ref("base.public_user")
        cls.member = cls._new_user("member", "sales_team.group_sale_salesman_all_leads")
        cls.team_account = cls._new_account(
            cls.alice,
            "sales@company.example",
            cls.member,
            account_type="team",
            visibility="team",
        )
        cls.team_inbox = cls._new_folder(cls.team_account, "INBOX", "inbox")
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Hidden deal",
                "type": "opportunity",
                "partner_id": cls.customer.id,
                "user_id": cls.alice.id,
            }
        )

    def _conversation(self, visibility, linked, account_type="personal"):
        inbox = self.team_inbox if account_type == "team" else self.inbox
        number = self.last_uid
        message = self._receive(
            build_mail(
                sender="Ada <ada@customer.example>" if linked else "Zoe <zoe@nobody.example>",
                subject=f"Secret subject {number}",
                text=f"secret body {number}",
                message_id=f"<{number}@customer.example>",
                attachments=[("secret.txt", b"secret content", "text", "plain")],
            ),
            folder=inbox,
        )
        conversation = message.conversation_id
        conversation.visibility = visibility
        self.assertEqual(conversation.is_linked, linked)
        self.env.invalidate_all()
        return conversation

    def _assert_sees(self, user, conversation, sees):
        """Try every path by which a user of the ORM may come to a conversation."""
        self.env.invalidate_all()
        as_user = conversation.with_user(user)
        message = conversation.email_ids
        paths = {}
        models = {
            "email.sync.conversation": conversation.ids,
            "email.sync.message": message.ids,
            "email.sync.participant": message.participant_ids.ids,
        }
        for model_name, ids in models.items():
            model = self.env[model_name].with_user(user)
            if not model.has_access("read"):
                paths[model_name] = False
                continue
            paths[f"{model_name} search"] = bool(model.search([("id", "in", ids)]))
            paths[f"{model_name} count"] = bool(model.search_count([("id", "in", ids)]))
            paths[f"{model_name} group"] = bool(
                model._read_group([("id", "in", ids)], [], ["__count"])[0][0]
            )
            paths[f"{model_name} read"] = self._is_granted(
                lambda model=model, ids=ids: model.browse(ids).read(["display_name"])
            )
        paths["name_search"] = self._is_granted(
            lambda: dict(as_user.browse().name_search(conversation.subject))[conversation.id],
            KeyError,
        )
        entry = message.mail_message_id
        if entry:
            entry_as_user = self.env["mail.message"].with_user(user)
            paths["mail.message search"] = bool(entry_as_user.search([("id", "in", entry.ids)]))
            paths["mail.message body"] = bool(
                entry_as_user.search([("body", "ilike", "secret body")]) & entry.with_user(user)
            )
            paths["mail.message read"] = self._is_granted(
                lambda: entry.with_user(user).read(["body"])
            )
            paths["_get_with_access"] = bool(
                self.env["mail.message"].with_user(user)._get_with_access(entry.id, "read")
            )
            attachment = entry.attachment_ids
            self.assertTrue(attachment)
            paths["attachment"] = self._is_granted(lambda: attachment.with_user(user).read(["raw"]))
            if not user.share:
                for record in (*conversation.partner_ids, *conversation.lead_ids):
                    if record.with_user(user).has_access("read"):
                        fetched = (
                            self.env["mail.message"]
                            .with_user(user)
                            ._message_fetch(None, thread=record.with_user(user))
                        )
                        paths[f"chatter of {record._name}"] = entry.id in fetched["messages"].ids
        wrong = {path for path, seen in paths.items() if seen is not sees}
        self.assertFalse(wrong, f"{user.login} sees: {sees} expected; these paths differ")

    def _is_granted(self, function, *refusals):
        try:
            return bool(function())
        except (*REFUSED, *refusals):
            return False

    def _assert_table(self, conversation, seen_by):
        everybody = (
            self.alice
            | self.bob
            | self.member
            | self.admin
            | self.narrow
            | self.portal
            | self.public
        )
        for user in everybody:
            with self.subTest(user=user.login):
                self._assert_sees(user, conversation, user in seen_by)

    def test_private(self):
        for linked in (False, True):
            self._assert_table(self._conversation("private", linked), self.alice)

    def test_team(self):
        for linked in (False, True):
            conversation = self._conversation("team", linked, "team")
            self._assert_table(conversation, self.alice | self.member)

    def test_shared_linked_to_nothing(self):
        self._assert_table(self._conversation("shared", False), self.alice)
        conversation = self._conversation("shared", False, "team")
        self._assert_table(conversation, self.alice | self.member)

    def test_shared_and_linked(self):
        conversation = self._conversation("shared", True)
        self.assertEqual(conversation.lead_ids, self.lead)
        # who reads the contact and the opportunity sees; `narrow` reads own opportunities only
        self._assert_table(conversation, self.alice | self.bob | self.member | self.admin)

    def test_reading_all_links_but_one_is_not_enough(self):
        conversation = self._conversation("shared", True)
        self._assert_sees(self.narrow, conversation, False)
        conversation.lead_ids = False
        self._assert_sees(self.narrow, conversation, True)

    def test_archived_record_still_hides(self):
        conversation = self._conversation("shared", True)
        self.lead.active = False
        self._assert_sees(self.narrow, conversation, False)
        self._assert_sees(self.bob, conversation, True)

    def test_leaving_the_team_ends_the_view_at_once(self):
        conversation = self._conversation("team", True, "team")
        self._assert_sees(self.member, conversation, True)
        self.team_account.with_user(self.alice).write({"member_ids": [(3, self.member.id)]})
        self._assert_sees(self.member, conversation, False)

    def test_colleague_cannot_write(self):
        conversation = self._conversation("shared", True)
        for values in (
            {"visibility": "private"},
            {"partner_ids": [(5,)]},
            {"subject": "changed"},
        ):
            with self.assertRaises(AccessError):
                conversation.with_user(self.bob).write(values)
        with self.assertRaises(AccessError):
            conversation.with_user(self.bob).unlink()
        with self.assertRaises(AccessError):
            conversation.with_user(self.bob).message_post(body="in the account's name?")

    def test_linking_takes_the_right_to_read(self):
        conversation = self._conversation("shared", False)
        lead = self.env["crm.lead"].create({"name": "Bob's", "user_id": self.bob.id})
        owner = self.narrow
        account = self._new_account(owner)
        folder = self._new_folder(account, "INBOX", "inbox")
        conversation = self._receive(build_mail(), folder=folder, link=False).conversation_id
        with self.assertRaises(AccessError):
            conversation.with_user(owner).write({"lead_ids": [(4, lead.id)]})

    def test_no_entry_on_the_records_own_thread(self):
        conversation = self._conversation("shared", True)
        for record in (self.customer, self.lead):
            self.assertNotIn(
                conversation.email_ids.mail_message_id.id, record.message_ids.ids, record._name
            )
            self.assertFalse(
                record.with_user(self.bob).search(
                    [("id", "=", record.id), ("message_ids.body", "ilike", "secret body")]
                )
            )

    def test_only_readers_can_follow(self):
        conversation = self._conversation("private", True)
        conversation.with_user(self.alice).message_subscribe(
            (self.bob | self.alice).partner_id.ids + self.customer.ids
        )
        self.assertEqual(conversation.message_partner_ids, self.alice.partner_id)

    def test_guests_of_the_account_record(self):
        """Administrators see an account's health, and nothing of its mail or folders."""
        as_admin = self.account.with_user(self.admin)
        self.assertEqual(as_admin.health, "first_sync")
        self.assertFalse(self.env["email.sync.folder"].with_user(self.admin).search([]))
        with self.assertRaises(AccessError):
            as_admin.write({"sync_range": "everything"})
        with self.assertRaises(AccessError):
            as_admin.write({"member_ids": [(4, self.admin.id)]})
        self.assertFalse(self.env["email.sync.account"].with_user(self.bob).search([]))
        with self.assertRaises(AccessError):
            self.account.with_user(self.alice).read(["sealed_secret"])
