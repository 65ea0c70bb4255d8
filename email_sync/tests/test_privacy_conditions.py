"""Conditions, groups, pages and counts tell what they test: not of mail that is not one's own."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_privacy_roundabout import RoundaboutCase


@tagged("post_install", "-at_install")
class TestPrivacyConditions(RoundaboutCase):
    def test_conditions_on_the_account_tell_nothing_to_a_colleague(self):
        """A colleague reads a shared conversation, not the account it came from."""
        self.account.write({"imap_host": "imap.secret.example"})
        conversations = self._as(self.bob, self.shared)
        self.assertTrue(conversations.search([("id", "=", self.shared.id)]))
        for domain in (
            [("account_id.imap_host", "ilike", "secret")],
            [("account_id.imap_host", "!=", False)],
            [("account_id.login", "ilike", "company")],
            [("account_id.member_ids.login", "=", "alice")],
            [("email_ids.placement_ids.folder_id.name", "=", "INBOX")],
            [("folder_ids.name", "=", "INBOX")],
            [("folder_ids", "in", self.inbox.ids)],
        ):
            self._assert_no_hit(conversations, domain)
        for group in ("account_id.imap_host", "account_id.login"):
            try:
                answer = conversations.formatted_read_group([], [group], ["__count"])
            except (AccessError, ValueError):
                continue
            self.assertNotIn("secret", str(answer))

    def _assert_no_hit(self, records, domain):
        try:
            hits = records.search(domain)
        except (AccessError, UserError):
            return
        self.assertFalse(hits, domain)

    def test_search_fields_do_not_turn_the_rule_around(self):
        for user in (self.bob, self.admin):
            conversations = self._as(user, self.private)
            for domain in (
                [("is_every_link_readable", "=", False)],
                [("is_every_link_readable", "!=", True)],
                [("is_every_link_readable", "in", [True, False])],
                [("is_account_member", "=", True)],
                ["!", ("is_unread", "=", True)],
                [("removed_partner_ids", "=", False)],
                ["|", (1, "=", 1), ("visibility", "=", "private")],
            ):
                try:
                    found = conversations.search(domain)
                except (UserError, ValueError, NotImplementedError):
                    continue
                self.assertNotIn(self.private, found, domain)
            messages = self.env["email.sync.message"].with_user(user)
            self.assertNotIn(
                self.private.email_ids,
                messages.search([("is_conversation_readable", "=", False)]),
            )

    def test_no_field_of_other_models_leads_to_conversations(self):
        """A filter on contacts, leads, users or messages must not test what a mail says."""
        allowed = {
            ("mail.message", "model"),  # core: the document's name and id, not its content
            # Computed from the reader's own rows; it cannot be searched, and holds no mail.
            ("res.users", "email_sync_picture_sender_ids"),
        }
        ours = {name for name in self.env.registry if name.startswith("email.sync.")}
        ours -= {name for name in ours if self.env[name]._transient}
        leading = {
            (name, field.name)
            for name, model in self.env.registry.items()
            if name not in ours and not name.startswith("email.sync.")
            for field in model._fields.values()
            if field.comodel_name in ours - {"email.sync.account"}
        }
        self.assertFalse(leading - allowed)

    def test_the_place_in_time_of_a_hidden_entry_stays_hidden(self):
        """Paging from a guessed id must not say whether the hidden mail is older or newer."""
        self.env["mail.message"].flush_model()
        pages = set()
        for date in ("2020-01-01", "2030-01-01"):
            self.entry.date = date
            self.env.flush_all()
            self.env.invalidate_all()
            fetched = (
                self.env["mail.message"]
                .with_user(self.bob)
                ._message_fetch(
                    None, thread=self.customer.with_user(self.bob), before=self.entry.id
                )
            )
            pages.add(tuple(fetched["messages"].ids))
        self.assertEqual(len(pages), 1)

    def test_counts_do_not_include_what_is_hidden(self):
        self.env.invalidate_all()
        customer = self.customer.with_user(self.bob)
        self.assertEqual(customer.email_sync_conversation_count, 1)
        self.assertEqual(customer.sudo().email_sync_conversation_count, 1)
        fetched = (
            self.env["mail.message"]
            .with_user(self.bob)
            ._message_fetch(None, thread=customer, search_term="hidden")
        )
        self.assertEqual(fetched["count"], 0)
        self.assertFalse(fetched["messages"])
