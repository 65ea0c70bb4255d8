"""The visibility table after what happens to users, accounts and the records that are linked."""

from odoo.tests import tagged

from .privacy import PrivacyCase, is_seen


@tagged("post_install", "-at_install")
class TestPrivacyChanges(PrivacyCase):
    def test_who_can_see_this_is_the_table(self):
        """The answer of the page and the table are the same, user by user."""
        users = {user.id: viewer for viewer, user in self.viewers.items()}
        for level, conversation in self.conversations.items():
            self.env.invalidate_all()
            answer = conversation.with_user(self.viewers["owner"]).get_viewers()
            told = {
                users[each["user_id"]] for each in answer["viewers"] if each["user_id"] in users
            }
            expected = {viewer for viewer in self.viewers if is_seen(viewer, level)}
            self.assertEqual(told, expected, level)

    def test_a_deactivated_owner_leaves_mail_sealed(self):
        self.viewers["owner"].sudo().active = False
        for viewer, user, level, conversation, seen in self._each_cell():
            if viewer == "owner":
                continue
            with self.subTest(viewer=viewer, level=level):
                self.env.invalidate_all()
                self.assertEqual(conversation.with_user(user).has_access("read"), seen)

    def test_a_removed_account_leaves_mail_as_it_was(self):
        self.accounts.with_user(self.viewers["owner"])
        for account in self.accounts:
            account.with_user(self.viewers["owner"])._remove_keeping_mail()
        for viewer, user, level, conversation, seen in self._each_cell():
            with self.subTest(viewer=viewer, level=level):
                self.env.invalidate_all()
                self.assertEqual(conversation.with_user(user).has_access("read"), seen)

    def test_archived_and_lost_records_hide_as_before(self):
        self.lead.active = False
        self.customer.active = False
        for viewer, user, level, conversation, seen in self._each_cell():
            with self.subTest(viewer=viewer, level=level):
                self.env.invalidate_all()
                self.assertEqual(conversation.with_user(user).has_access("read"), seen)

    def test_merges_by_a_colleague_widen_nothing(self):
        """The deal is merged into one of the colleague's: links follow, the rule stays."""
        colleague = self.viewers["colleague"]
        other = self.env["crm.lead"].create(
            {"name": "Other", "type": "opportunity", "user_id": self.viewers["owner"].id}
        )
        merged = (other | self.lead).with_user(colleague).merge_opportunity()
        for level in ("private", "team", "shared_linked"):
            self.assertEqual(self.conversations[level].lead_ids.ids, merged.ids, level)
        for viewer, user, level, conversation, seen in self._each_cell():
            with self.subTest(viewer=viewer, level=level):
                self.env.invalidate_all()
                self.assertEqual(conversation.with_user(user).has_access("read"), seen)
