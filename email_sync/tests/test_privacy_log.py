"""Every change of who reads mail is logged, names no mail, and can be undone."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .privacy import SECRET, PrivacyCase


@tagged("post_install", "-at_install")
class TestPrivacyLog(PrivacyCase):
    def _get_new(self, function):
        """Return what a change adds to the log."""
        logs = self.env["email.sync.log"]
        last = logs.search([], limit=1).id
        function()
        self.env.flush_all()
        return logs.search([("id", ">", last)])

    def test_members(self):
        owner, member = self.viewers["owner"], self.viewers["member"]
        account = self.team_account.with_user(owner)
        log = self._get_new(lambda: account.write({"member_ids": [Command.unlink(member.id)]}))
        self.assertEqual((log.event, log.user_id), ("members", owner))
        self.assertIn(member.login, log.before)
        self.assertNotIn(member.login, log.after)

    def test_handing_over(self):
        """From who leaves to a colleague: done by the owner, and told to both."""
        owner, member = self.viewers["owner"], self.viewers["member"]
        member.sudo().group_ids += self.env.ref("email_sync.email_sync_group_team")
        account = self.team_account.with_user(owner)
        log = self._get_new(lambda: account.write({"owner_id": member.id}))
        self.assertEqual(log.mapped("event"), ["owner"])
        self.assertEqual((log.before, log.after), (owner.login, member.login))

    def test_nobody_takes_the_mailbox_of_a_deactivated_owner(self):
        """Private mail stays sealed: there is no way that is not the owner's own."""
        owner = self.viewers["owner"]
        owner.sudo().active = False
        for viewer in ("member", "colleague", "crm_manager", "administrator"):
            for values in (
                {"owner_id": self.viewers[viewer].id},
                {"member_ids": [Command.link(self.viewers[viewer].id)]},
            ):
                with self.assertRaises(UserError):
                    self.accounts.with_user(self.viewers[viewer]).write(values)

    def test_default_and_existing_conversations(self):
        owner = self.viewers["owner"]
        account = self.team_account.with_user(owner)
        log = self._get_new(lambda: account._change_visibility("shared", include_existing=True))
        self.assertEqual(set(log.mapped("event")), {"default", "visibility"})
        self.assertEqual(set(log.mapped("after")), {"shared"})

    def test_a_conversation_and_back(self):
        conversation, member = self.conversations["team"], self.viewers["member"]
        log = self._get_new(lambda: conversation.with_user(member).write({"visibility": "shared"}))
        self.assertEqual((log.event, log.user_id, log.before), ("visibility", member, "team"))
        self.assertEqual(log.conversation_count, 1)
        for viewer in ("colleague", "administrator"):
            with self.assertRaises(UserError):
                log.with_user(self.viewers[viewer]).action_undo()
        self.assertEqual(conversation.visibility, "shared")
        undoing = self._get_new(lambda: log.with_user(self.viewers["owner"]).action_undo())
        self.assertEqual(conversation.visibility, "team")
        self.assertEqual((undoing.before, undoing.after), ("shared", "team"))

    def test_what_was_changed_since_is_left_alone(self):
        owner = self.viewers["owner"]
        conversation = self.conversations["shared_linked"].with_user(owner)
        log = self._get_new(lambda: conversation.write({"visibility": "team"}))
        conversation.write({"visibility": "shared"})
        log.with_user(owner).action_undo()
        self.assertEqual(conversation.visibility, "shared")

    def test_asking_who_would_see_is_not_a_change(self):
        owner = self.viewers["owner"]
        conversation = self.conversations["team"].with_user(owner)
        self.assertFalse(self._get_new(lambda: conversation.get_viewers("shared")))

    def test_it_names_no_mail(self):
        self.conversations["team"].with_user(self.viewers["owner"]).visibility = "shared"
        for viewer in ("member", "administrator"):
            logs = self.env["email.sync.log"].with_user(self.viewers[viewer]).search([])
            self.assertTrue(logs)
            self.assertNotIn(SECRET, str(logs.read()))
            with self.assertRaises(AccessError):
                logs.read(["conversation_levels"])

    def test_it_is_only_added_to(self):
        log = self.env["email.sync.log"].search([], limit=1)
        for user in (self.viewers["administrator"], self.env.ref("base.user_root")):
            with self.assertRaises(UserError):
                log.with_user(user).write({"before": "x"})
            with self.assertRaises(UserError):
                log.with_user(user).unlink()

    def test_it_outlives_the_account(self):
        email = self.team_account.email
        log = self._get_new(
            lambda: self.team_account.with_user(self.viewers["owner"]).sudo().unlink()
        )
        self.assertEqual((log.event, log.email), ("removed", email))
        self.assertTrue(self.env["email.sync.log"].search_count([("email", "=", email)]) > 1)

    def test_the_policy_of_all_accounts(self):
        """Whoever changes it, in the settings or beside them; administrators see it."""
        administrator = self.viewers["administrator"]
        settings = self.env["res.config.settings"].with_user(administrator)

        def change(days):
            settings.create({"email_sync_retention_days": days}).execute()

        change(30)
        [log] = self._get_new(lambda: change(60))
        self.assertEqual(
            (log.event, log.user_id, log.before, log.after),
            ("retention_policy", administrator, "30", "60"),
        )
        self.assertFalse(self._get_new(lambda: change(60)))
        parameters = self.env["ir.config_parameter"].with_user(administrator)
        parameter = parameters.search([("key", "=", "email_sync.retention_days")])
        [log] = self._get_new(parameter.unlink)
        self.assertEqual((log.before, log.after), ("60", "0"))
        self.assertTrue(log.with_user(administrator).has_access("read"))
        self.assertFalse(log.with_user(self.viewers["colleague"]).has_access("read"))
