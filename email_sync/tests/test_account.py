"""What owners, members, colleagues and administrators can do with an account, and see of it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import EmailSyncCase, build_mail


class AccountCase(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._new_user("root2", "base.group_system,sales_team.group_sale_manager")
        cls.tina = cls._new_user("tina", "sales_team.group_sale_manager")
        cls.team = cls._new_account(
            cls.tina, "sales@company.example", cls.bob, account_type="team", visibility="team"
        )
        cls.team_inbox = cls._new_folder(cls.team, "INBOX", "inbox")

    def _ask(self, user, model, account, **vals):
        question = self.env[f"email.sync.account.{model}"].with_user(user)
        return question.create({"account_id": account.id, **vals})


class TestRights(AccountCase):
    def test_stop_and_start_are_the_owners(self):
        self.team._set_secret("secret")
        for user in (self.bob, self.alice, self.admin):
            with self.assertRaises(AccessError):
                self.team.with_user(user).action_stop()
        self.team.with_user(self.tina).action_stop()
        self.assertEqual(self.team.state, "stopped")
        self.assertEqual(self.team.health, "stopped")
        self.team.with_user(self.tina).action_start()
        self.assertEqual(self.team.state, "running")

    def test_start_without_a_password_asks_to_reconnect(self):
        self.team.with_user(self.tina).action_stop()
        with self.assertRaises(UserError):
            self.team.with_user(self.tina).action_start()

    def test_any_member_may_ask_for_a_sync(self):
        before = self.team.next_sync
        self.team.with_user(self.bob).action_sync_now()
        self.assertGreaterEqual(self.team.next_sync, before)
        with self.assertRaises(AccessError):
            self.team.with_user(self.alice).action_sync_now()

    def test_settings_are_the_owners(self):
        self.team.with_user(self.tina).write({"sync_range": "everything", "name": "Sales"})
        for user in (self.bob, self.alice, self.admin):
            with self.assertRaises(AccessError):
                self.team.with_user(user).name = "Mine"
        with self.assertRaises(AccessError):
            self.team.with_user(self.tina).write({"imap_host": "elsewhere.example"})

    def test_team_account_is_handed_over_to_a_member_who_may_have_it(self):
        team = self.team.with_user(self.tina)
        for user in (self.bob, self.admin):  # not the right, not a member
            with self.assertRaises(UserError):
                team.owner_id = user
        self.bob.group_ids += self.env.ref("email_sync.email_sync_group_team")
        team.owner_id = self.bob
        self.assertEqual(self.team.owner_id, self.bob)
        self.assertEqual(self.team.member_ids, self.bob | self.tina)
        with self.assertRaises(UserError):
            self.account.with_user(self.alice).owner_id = self.bob

    def test_questions_are_only_for_who_may_answer(self):
        for model in ("visibility", "conversion", "removal"):
            for user in (self.bob, self.alice):
                with self.assertRaises(AccessError):
                    self._ask(user, model, self.team)
        for model in ("visibility", "conversion"):
            with self.assertRaises(AccessError):
                self._ask(self.admin, model, self.team)

    def test_a_question_is_its_users_own(self):
        question = self._ask(self.tina, "removal", self.team)
        with self.assertRaises(AccessError):
            question.with_user(self.admin).action_apply()

    def test_administrators_see_health_and_no_folders(self):
        self.inbox.write({"in_range_count": 5, "done_count": 3})
        self.account.error_message = "Refused."
        account = self.account.with_user(self.admin)
        self.assertEqual(account.error_message, "Refused.")
        progress = account.get_progress()
        self.assertEqual((progress["progress_done"], progress["progress_total"]), (3, 5))
        self.assertFalse(progress["folders"])
        self.assertFalse(account.folder_ids)

    def test_progress_is_for_who_sees_the_account(self):
        self.inbox.in_range_count = 5
        progress = self.account.with_user(self.alice).get_progress()
        self.assertEqual([folder["name"] for folder in progress["folders"]], ["INBOX"])
        with self.assertRaises(AccessError):
            self.account.with_user(self.bob).get_progress()

    def test_preferences_show_ones_own_accounts(self):
        self.assertEqual(self.bob.with_user(self.bob).email_sync_account_ids, self.team)
        self.assertEqual(self.alice.with_user(self.alice).email_sync_account_ids, self.account)
        dave = self._new_user("dave", "base.group_user")
        self.assertFalse(dave.with_user(dave).email_sync_account_ids)
        self.assertFalse(dave.with_user(dave).may_connect_email_sync)

    def test_preferences_form_opens_with_least_rights(self):
        form = Form(self.bob.with_user(self.bob), view="base.view_users_form_simple_modif")
        self.assertEqual(form.email_sync_account_ids.ids, self.team.ids)


class TestFolders(AccountCase):
    def setUp(self):
        super().setUp()
        self.other = self._new_folder(self.account, "Other")
        self.trash = self._new_folder(self.account, "Trash", "trash")
        self.trash.is_synced = False

    def test_choosing_starts_with_what_is_synced(self):
        with Form(self.account.with_user(self.alice)) as form:
            form.folder_mode = "selected"
        self.assertTrue(self.inbox.is_synced and self.other.is_synced)
        self.assertFalse(self.trash.is_synced)

    def test_folder_taken_out_keeps_its_mail_and_stops(self):
        mail = self._receive(build_mail(), folder=self.other)
        account = self.account.with_user(self.alice)
        with Form(account) as form:
            form.folder_mode = "selected"
        self.other.with_user(self.alice).is_selected = False
        self.assertFalse(self.other.is_synced)
        self.assertTrue(mail.exists())

    def test_members_do_not_choose_folders(self):
        with self.assertRaises(AccessError):
            self.team_inbox.with_user(self.bob).is_selected = True


class TestVisibilityChange(AccountCase):
    def setUp(self):
        super().setUp()
        mails = self._receive(
            build_mail(message_id="<1@x>", subject="One"),
            build_mail(message_id="<2@x>", subject="Two"),
            build_mail(message_id="<3@x>", subject="Three"),
        )
        self.one, self.two, self.three = mails.conversation_id.sorted("id")
        self.three.with_user(self.alice).visibility = "shared"
        self.three.with_user(self.alice).visibility = "private"

    def test_names_how_many_follow_and_how_many_were_set_by_hand(self):
        form = Form(
            self.env["email.sync.account.visibility"]
            .with_user(self.alice)
            .with_context(default_account_id=self.account.id)
        )
        self.assertEqual(form.existing_count, 0)
        form.is_shared = True
        self.assertEqual(form.existing_count, 2)
        self.assertEqual(form.manual_count, 1)
        self.assertIn("once it is linked", form.viewers)

    def test_new_conversations_only(self):
        self._ask(self.alice, "visibility", self.account, is_shared=True).action_apply()
        self.assertEqual(self.account.visibility, "shared")
        self.assertEqual(self.one.visibility, "private")

    def test_existing_conversations_but_not_those_set_by_hand(self):
        self._ask(
            self.alice, "visibility", self.account, is_shared=True, include_existing="all"
        ).action_apply()
        self.assertEqual((self.one | self.two).mapped("visibility"), ["shared", "shared"])
        self.assertEqual(self.three.visibility, "private")


class TestConversion(AccountCase):
    def test_personal_to_team_and_back(self):
        owner = self.tina
        account = self._new_account(owner)
        folder = self._new_folder(account, "INBOX", "inbox")
        conversation = self._receive(build_mail(), folder=folder).conversation_id
        self._ask(owner, "conversion", account, member_ids=[(6, 0, self.bob.ids)]).action_apply()
        self.assertEqual(account.account_type, "team")
        self.assertEqual(account.member_ids, owner | self.bob)
        self.assertEqual(conversation.visibility, "team")
        self.assertTrue(conversation.with_user(self.bob).has_access("read"))
        question = self._ask(owner, "conversion", account)
        self.assertEqual(question.leaving_count, 1)
        question.action_apply()
        self.assertEqual(account.account_type, "personal")
        self.assertEqual(account.member_ids, owner)
        self.assertEqual(conversation.visibility, "private")
        self.assertFalse(conversation.with_user(self.bob).has_access("read"))

    def test_becoming_a_team_takes_the_right_to_team_accounts(self):
        question = self._ask(self.alice, "conversion", self.account)
        with self.assertRaises(AccessError):
            question.action_apply()


class TestRemoval(AccountCase):
    def setUp(self):
        super().setUp()
        self.mail = self._receive(build_mail())
        self.conversation = self.mail.conversation_id

    def test_counts_what_is_there(self):
        self._receive(build_mail(sender="x@nowhere.example", message_id="<2@x>", subject="Other"))
        question = self._ask(self.alice, "removal", self.account)
        self.assertEqual(question.message_count, 2)
        self.assertEqual(question.conversation_count, 2)
        self.assertEqual(question.linked_count, 1)

    def test_with_its_mail(self):
        entry = self.mail.mail_message_id
        self.assertTrue(entry)
        self._ask(self.alice, "removal", self.account, mail="delete").action_apply()
        self.assertFalse(self.account.exists() | self.env["email.sync.account"])
        self.assertFalse(self.conversation.exists())
        self.assertFalse(self.mail.exists())
        self.assertFalse(entry.exists())

    def test_without_its_mail(self):
        self.account._set_secret("secret")
        self._ask(self.alice, "removal", self.account, mail="keep").action_apply()
        self.assertFalse(self.account.active)
        self.assertEqual(self.account.state, "stopped")
        self.assertFalse(self.account._get_secret())
        readable = self.env["email.sync.conversation"].with_user(self.alice).search([])
        self.assertIn(self.conversation, readable)
        self.assertFalse(self.conversation.with_user(self.bob).has_access("read"))

    def test_removed_account_can_only_go_with_its_mail(self):
        self.account.with_user(self.alice)._remove_keeping_mail()
        form = Form(
            self.env["email.sync.account.removal"]
            .with_user(self.alice)
            .with_context(default_account_id=self.account.id)
        )
        self.assertFalse(form.can_keep)
        self.assertEqual(form.mail, "delete")

    def test_administrator_frees_an_address_without_reading_its_mail(self):
        with self.assertRaises(AccessError):
            self._ask(self.admin, "removal", self.account, mail="keep").action_apply()
        self._ask(self.admin, "removal", self.account, mail="delete").action_apply()
        self.assertFalse(self.account.exists())


class TestSettings(AccountCase):
    def test_networks_that_cannot_be_read_are_refused(self):
        settings = self.env["res.config.settings"].with_user(self.admin)
        for vals in (
            {"email_sync_allowed_networks": "10.0.0.0/33"},
            {"email_sync_allowed_networks": "mail.company.example"},
            {"email_sync_allowed_ports": "imap"},
            {"email_sync_interval": 0},
        ):
            with self.assertRaises(UserError):
                settings.create(vals)

    def test_health_is_counted(self):
        self.account.failure_count = 1
        settings = self.env["res.config.settings"].with_user(self.admin).create({})
        total = self.env["email.sync.account"].search_count([])
        self.assertEqual(settings.email_sync_account_count, total)
        self.assertGreaterEqual(settings.email_sync_failing_account_count, 1)

    def test_paused_shows_on_the_account(self):
        self.assertFalse(self.account.is_paused)
        self.env["ir.config_parameter"].set_param("email_sync.paused", "True")
        self.account.invalidate_recordset(["is_paused"])
        self.assertTrue(self.account.with_user(self.alice).is_paused)
