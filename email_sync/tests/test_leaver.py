"""An owner leaves: the mail stays sealed, the sync stops, and handing over is an act of its own."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestLeaver(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._new_user("nina", "base.group_user,email_sync.email_sync_group_emergency")
        cls.admin = cls._new_user("root2", "base.group_system,sales_team.group_sale_manager")
        cls.tina = cls._new_user("tina", "sales_team.group_sale_manager")
        cls.team = cls._new_account(
            cls.tina, "sales@company.example", cls.bob, account_type="team", visibility="team"
        )
        cls.conversation = cls._receive(build_mail()).conversation_id
        cls.account._set_secret("secret")

    def _hand_over(self, user, account, owner, reason="The owner has left us"):
        question = self.env["email.sync.account.handover"].with_user(user)
        return question.create(
            {"account_id": account.id, "owner_id": owner.id, "reason": reason}
        ).action_apply()

    def test_the_sync_of_who_left_stops(self):
        self.alice.active = False
        self.assertEqual(self.account.state, "stopped")
        self.assertFalse(self.account.is_owner_active)

    def test_the_accounts_page_does_not_name_who_left(self):
        self.alice.active = False
        self.env.invalidate_all()
        self.assertTrue(
            self.account.with_user(self.officer).viewers.startswith("Who saw all mail has left.")
        )

    def test_the_question_counts_what_nobody_else_sees(self):
        self.account.visibility = "shared"
        linked = self._receive(build_mail(message_id="<2@customer.example>", subject="Linked"))
        self._receive(
            build_mail("eve@elsewhere.example", message_id="<3@x>", subject="Linked to nothing")
        )
        (self.conversation | linked.conversation_id).visibility = "shared"
        question = self.env["email.sync.account.handover"].with_user(self.alice)
        question = question.create({"account_id": self.account.id})
        self.assertEqual(question.conversation_count - question.private_count, 2)
        self.assertEqual(question.private_count, 1)
        linked.conversation_id.visibility = "private"
        self.env.invalidate_all()
        self.assertEqual(question.private_count, 2)

    def test_a_team_goes_on_while_a_member_is_left(self):
        self.tina.active = False
        self.assertEqual(self.team.state, "running")
        self.bob.active = False
        self.assertEqual(self.team.state, "stopped")

    def test_an_owner_hands_over_beforehand(self):
        self._hand_over(self.alice, self.account, self.bob, reason=False)
        self.assertEqual((self.account.owner_id, self.account.member_ids), (self.bob, self.bob))
        self.assertTrue(self.conversation.with_user(self.bob).has_access("read"))
        self.assertFalse(self.conversation.with_user(self.alice).has_access("read"))
        self.assertFalse(self.account._get_secret(), "the password is not handed over")

    def test_nobody_takes_what_an_active_owner_has(self):
        for user in (self.officer, self.admin, self.bob):
            with self.assertRaises(AccessError):
                self._hand_over(user, self.account, user)

    def test_of_who_left_with_the_right_and_a_reason(self):
        self.alice.active = False
        for user in (self.admin, self.bob):
            with self.assertRaises(AccessError):
                self._hand_over(user, self.account, self.bob)
        with self.assertRaises(UserError):
            self._hand_over(self.officer, self.account, self.bob, reason=" ")
        with self.assertRaises(UserError):
            self._hand_over(self.officer, self.account, self.officer)  # may have no account
        shown = self._hand_over(self.officer, self.account, self.bob)
        self.assertEqual(shown["name"], "Health of all email accounts")
        self.assertEqual(self.account.owner_id, self.bob)
        self.assertFalse(self.conversation.with_user(self.officer).has_access("read"))
        log = self.env["email.sync.log"].search([("account_id", "=", self.account.id)], limit=1)
        self.assertEqual((log.event, log.user_id), ("handed_over", self.officer))
        self.assertIn("The owner has left us", log.after)

    def test_both_are_told(self):
        before = self.env["mail.message"].search([], order="id desc", limit=1).id
        self._hand_over(self.tina, self.team, self.tina.copy({"login": "otto"}))
        told = self.env["mail.message"].search([("id", ">", before)])
        self.assertEqual(told.partner_ids, (self.tina | self.team.owner_id).partner_id)
        self.assertIn(self.tina, self.team.member_ids)
