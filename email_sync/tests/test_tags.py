"""Tags of a conversation are keywords of its mails, set and seen by members only."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestTags(EmailSyncCase):
    def setUp(self):
        super().setUp()
        self.first = self._receive(build_mail(), flags=["\\Seen", "$Label1", "project-x"])
        self.second = self._receive(
            build_mail(message_id="<2@customer.example>", references="<1@customer.example>")
        )
        self.messages = self.first | self.second
        self.conversation = self.first.conversation_id.with_user(self.alice)
        self.assertEqual(self.second.conversation_id, self.first.conversation_id)

    def _get_wishes(self):
        changes = self.env["email.sync.change"].search([])
        return {(change.message_id, change.flag, change.is_set) for change in changes}

    def _get_names(self):
        return [tag["name"] for tag in self.conversation.tags]

    def test_all_tags_of_its_mails_each_once_in_a_colour(self):
        self.assertEqual(self._get_names(), ["Important", "project-x"])
        important, own = self.conversation.tags
        self.assertEqual((important["keyword"], important["color"]), ("$Label1", 1))
        self.assertIn(own["color"], range(1, 12))

    def test_a_tag_is_given_to_the_mails_that_lack_it(self):
        self.conversation.set_tag("urgent", True)
        self.conversation.set_tag("PROJECT-X", True)
        self.assertEqual(
            self._get_wishes(),
            {
                (self.first, "urgent", True),
                (self.second, "urgent", True),
                (self.second, "project-x", True),
            },
        )
        self.assertEqual(self._get_names(), ["Important", "project-x", "urgent"])

    def test_a_tag_is_taken_from_the_mails_that_have_it(self):
        self.conversation.set_tag("$label1", False)
        self.assertEqual(self._get_wishes(), {(self.first, "$Label1", False)})
        self.assertEqual(self._get_names(), ["project-x"])

    def test_a_mail_that_is_gone_is_not_waited_for(self):
        self.second.is_removed = True
        self.conversation.set_tag("urgent", True)
        self.assertEqual(self._get_wishes(), {(self.first, "urgent", True)})

    def test_what_is_no_keyword_is_refused_in_plain_words(self):
        for text in ("two words", "größe", "\\Deleted", "", "a(b", "100%"):
            with self.subTest(text=text), self.assertRaisesRegex(UserError, "one word"):
                self.conversation.set_tag(text, True)

    def test_suggested_is_what_is_in_use_and_what_is_common(self):
        self.conversation.set_tag("urgent", True)
        known = {tag["keyword"]: tag["name"] for tag in self.conversation.get_known_tags()}
        self.assertEqual(known["project-x"], "project-x")
        self.assertEqual(known["urgent"], "urgent")
        self.assertEqual(known["$label4"], "To do")
        self.assertFalse({"\\Seen", "$Label1", "nonjunk"}.difference({"$Label1"}) & set(known))
        names = [tag["name"] for tag in self.conversation.get_known_tags()]
        self.assertEqual(names, sorted(names, key=str.lower))
        self.assertEqual(len(names), len(set(names)))

    def test_members_only(self):
        self.first.conversation_id.visibility = "shared"
        shared = self.conversation.with_user(self.bob)
        self.assertTrue(shared.has_access("read"))
        self.assertFalse(shared.tags)
        for call in (shared.get_known_tags, lambda: shared.set_tag("urgent", True)):
            with self.assertRaises(AccessError):
                call()
        administrator = self._new_user("root", "base.group_system")
        with self.assertRaises(AccessError):
            self.conversation.with_user(administrator).get_known_tags()

    def test_found_is_mail_that_is_no_longer_in_the_mailbox(self):
        """Also of a conversation with other mails that still are."""
        domain = [("email_ids", "any", [("removed_since", "!=", False), ("is_removed", "=", True)])]
        self.assertFalse(self.conversation.search(domain))
        self.second.placement_ids.outcome = "gone"
        self.second._update_from_placements()
        self.second.is_removed = True
        self.assertEqual(self.conversation.search(domain), self.conversation)
        lines = self.messages.with_user(self.alice)._get_line_values()
        self.assertEqual([bool(line["removed_since"]) for line in lines], [False, True])
