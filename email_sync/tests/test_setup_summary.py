"""The dry run of the set-up, on a real server."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from .common import build_mail
from .servers import Mailbox
from .setup_case import SetupCase

SUMMARY = "odoo.addons.email_sync.wizard.email_sync_setup_summary"


class TestDryRun(SetupCase):
    def setUp(self):
        super().setUp()
        self.today = datetime.now(timezone.utc)

    def _append(self, sender, days, folder="INBOX"):
        date = self.today - timedelta(days=days)
        self.mailbox.append(
            build_mail(sender=sender, message_id=f"<{days}@x.example>", date=date),
            folder=folder,
            date=date,
        )

    def _summarise(self, user, **vals):
        setup = self._sign_in(user)
        setup.action_next()
        setup.write(vals)
        setup.action_next()
        return setup

    def test_folder_tree_with_counts(self):
        self._append("ada@customer.example", 1)
        self._append("ada@customer.example", 1, "Projects/Büro")
        setup = self._sign_in(self.carol)
        setup.action_next()
        counts = dict(setup.folder_ids.mapped(lambda folder: (folder.name, folder.message_count)))
        self.assertEqual(counts["INBOX"], 1)
        self.assertEqual(counts["Projects/Büro"], 1)
        self.assertEqual(setup.folder_ids[0].special_use, "inbox")
        names = setup.folder_ids.mapped("name")
        self.assertEqual(names.index("Projects") + 1, names.index("Projects/Büro"))
        parent = setup.folder_ids.filtered(lambda folder: folder.name == "Projects")
        self.assertFalse(parent._is_wanted())

    def test_range_is_counted_to_the_day(self):
        for days in (0, 1, 2, 3, 4, 5, 9):
            self._append("ada@customer.example", days)
        setup = self._summarise(self.carol, sync_range="3_days")
        self.assertEqual(setup.in_range_count, 4)
        setup.action_back()
        setup.sync_range = "everything"
        setup.action_next()
        self.assertEqual(setup.in_range_count, 7)

    def test_only_wanted_folders_are_counted(self):
        self._append("ada@customer.example", 1)
        self._append("ada@customer.example", 1, "Other")
        self._append("ada@customer.example", 1, "Junk")
        setup = self._summarise(self.carol)
        self.assertEqual(setup.in_range_count, 2)
        setup.action_back()
        setup.folder_mode = "selected"
        setup.folder_ids.is_selected = False
        setup.folder_ids.filtered(lambda folder: folder.name == "Junk").is_selected = True
        setup.action_next()
        self.assertEqual(setup.in_range_count, 1)
        self.assertEqual(setup.wanted_folder_ids.mapped("name"), ["Junk"])

    def test_known_contacts_are_those_the_user_may_read(self):
        self.env["res.partner"].create({"name": "Eve", "email": "eve@secret.example"})
        self.env["ir.rule"].create(
            {
                "name": "Nobody reads Eve",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('email', '!=', 'eve@secret.example')]",
            }
        )
        self._append("Ada <ADA@customer.example>", 1)
        self._append("eve@secret.example", 2)
        self._append("stranger@nowhere.example", 3)
        self._append("bob@company.example", 4)
        setup = self._summarise(self.carol)
        self.assertEqual(setup.sample_count, 4)
        self.assertEqual(setup.matched_count, 1)
        self.assertEqual(setup.matched_partner_count, 1)

    def test_a_sample_is_the_newest(self):
        self._append("stranger@nowhere.example", 9)
        self._append("ada@customer.example", 1)
        self._append("ada@customer.example", 0)
        with patch(f"{SUMMARY}.SAMPLE_SIZE", 2):
            setup = self._summarise(self.carol)
        self.assertEqual(setup.in_range_count, 3)
        self.assertEqual(setup.sample_count, 2)
        self.assertEqual(setup.matched_count, 2)

    def test_without_time_the_count_is_a_bound_and_says_so(self):
        self._append("ada@customer.example", 1)
        with patch(f"{SUMMARY}.SECONDS", 0):
            setup = self._summarise(self.carol, sync_range="everything")
        self.assertFalse(setup.is_in_range_exact)
        self.assertEqual(setup.in_range_count, 1)

    def test_who_will_see_them(self):
        setup = self._summarise(self.tina)
        self.assertIn("Nobody else", setup.viewers)
        setup.personal_visibility = "shared"
        self.assertIn("once it is linked", setup.viewers)
        setup.write({"account_type": "team", "member_ids": [(4, self.bob.id)]})
        self.assertIn("Tina", setup.viewers)
        self.assertIn("Bob", setup.viewers)

    def test_cost_does_not_grow_with_the_mailbox(self):
        def count_queries(mailbox):
            setup = self._sign_in(self.carol, mailbox)
            setup.action_next()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            setup.action_next()
            self.env.flush_all()
            count = self.env.cr.sql_log_count - before
            setup.action_discard()
            return count

        warm, small, large = Mailbox(), Mailbox(), Mailbox()
        for mailbox, number in ((warm, 1), (small, 2), (large, 40)):
            mailbox.append(
                *(build_mail(message_id=f"<{index}@x.example>") for index in range(number)),
                date=self.today,
            )
        count_queries(warm)
        self.assertEqual(count_queries(small), count_queries(large))
