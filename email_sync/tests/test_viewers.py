"""*Who can see this?* asks the record rule of many users at once, as if it were one by one."""

from odoo.tests import tagged

from .common import EmailSyncCase, build_mail
from .privacy import PrivacyCase

MANY = 120  # more than one batch


@tagged("post_install", "-at_install")
class TestViewersAndTheTable(PrivacyCase):
    def test_many_at_once_are_answered_like_one_by_one(self):
        users = self.env["res.users"].union(*self.viewers.values())
        for level, conversation in self.conversations.items():
            self.env.invalidate_all()
            found = conversation._filter_users_who_read(users)
            one_by_one = users.filtered(
                lambda user, conversation=conversation: (
                    conversation.with_user(user)
                    .with_context(allowed_company_ids=user.company_ids.ids)
                    .has_access("read")
                )
            )
            self.assertEqual(found, one_by_one, level)
            self.assertTrue(found and found != users, level)

    def test_asking_opens_nothing(self):
        conversation = self.conversations["private"]
        before = self.env["email.sync.emergency.opening"].search_count([])
        found = conversation._filter_users_who_read(self.viewers["emergency_reader"])
        self.assertEqual(found, self.viewers["emergency_reader"])
        self.assertEqual(self.env["email.sync.emergency.opening"].search_count([]), before)


@tagged("post_install", "-at_install")
class TestManyViewers(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.conversation = cls._receive(build_mail()).conversation_id
        cls.conversation.visibility = "shared"
        cls.env["crm.lead"].create(
            {
                "name": "Alice's deal",
                "type": "opportunity",
                "partner_id": cls.customer.id,
                "user_id": cls.alice.id,
            }
        )

    def _add_users(self, count):
        names = [f"Colleague {number:03}" for number in range(count)]
        return self.env["res.users"].create(
            [{"login": name, "name": name, "group_ids": [(6, 0, self.group.ids)]} for name in names]
        )

    def _count_queries(self):
        queries = []
        for _again in range(2):  # once for what is cached a user
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.conversation.with_user(self.alice).get_viewers()
            queries.append(self.env.cr.sql_log_count - before)
        return queries[-1]

    def test_queries_do_not_grow_with_the_users(self):
        few = self._count_queries()
        self._add_users(MANY)
        self.assertLessEqual(self._count_queries(), few + 5)

    def test_a_change_names_who_gains_and_who_loses(self):
        colleagues = self._add_users(15)
        answer = self.conversation.with_user(self.alice).get_viewers("private")
        everybody = self.conversation.with_user(self.alice).get_viewers()["viewers"]
        lost = {viewer["name"] for viewer in everybody} - {"Alice"}
        self.assertTrue(set(colleagues.mapped("name")) < lost)
        self.assertEqual(answer["lost"]["count"], len(lost))
        self.assertEqual(answer["lost"]["names"], sorted(lost, key=str.casefold)[:10])
        self.assertEqual(answer["gained"], {"names": [], "count": 0})
        self.conversation.visibility = "private"
        answer = self.conversation.with_user(self.alice).get_viewers("shared")
        self.assertEqual(answer["gained"]["count"], len(lost))
        self.assertEqual(answer["lost"]["count"], 0)
        self.assertEqual(self.conversation.visibility, "private")

    def test_without_a_change_nobody_gains_or_loses(self):
        answer = self.conversation.with_user(self.alice).get_viewers()
        self.assertEqual(answer["gained"], answer["lost"])
        self.assertEqual(answer["gained"]["count"], 0)
