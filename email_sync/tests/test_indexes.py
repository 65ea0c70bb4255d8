"""What the engine asks for all the time is found by an index, however much mail is stored."""

from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL

from .common import EmailSyncCase, build_mail

CONVERSATION_MODEL = "email.sync.conversation"
CONVERSATION = "email_sync_conversation"


@tagged("post_install", "-at_install")
class TestIndexes(EmailSyncCase):
    def _get_plan(self, query):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(SQL("EXPLAIN %s", query.select()))
        return "\n".join(line for (line,) in self.env.cr.fetchall())

    def _search(self, model, domain, order=None, limit=None):
        model = self.env[f"email.sync.{model}"]
        return self._get_plan(model._search(domain, order=order or model._order, limit=limit))

    def test_what_waits_to_be_linked_or_published(self):
        """Without an order, which another index may serve where most of the mail waits."""
        for name in ("to_link", "to_publish"):
            plan = self._get_plan(self.env[CONVERSATION_MODEL]._search([(name, "=", True)]))
            self.assertIn(f"{CONVERSATION}_{name}_index", plan)

    def test_what_waits_for_its_text(self):
        domain = [("mail_message_id", "!=", False), ("is_rendered", "=", False)]
        plan = self._search("message", domain, order="id desc", limit=50)
        self.assertIn("email_sync_message_to_render_index", plan)

    def test_newest_conversations_of_all_accounts(self):
        plan = self._search("conversation", [], limit=80)
        self.assertIn(f"{CONVERSATION}_date_index", plan)
        self.assertNotIn("Sort", plan)

    def test_entries_of_linked_conversations(self):
        """The fetch of a chatter asks for a record's own messages, or entries of conversations."""
        messages = self._receive(
            build_mail(message_id="<1@customer.example>"),
            build_mail(message_id="<2@customer.example>"),
        )
        entries = self.env["mail.message"].with_user(self.alice)
        found = entries._get_linked_conversations(self.customer.with_user(self.alice))
        self.assertEqual(found, messages.conversation_id.ids)
        own = Domain("model", "=", "res.partner") & Domain("res_id", "=", self.customer.id)
        entries = Domain("model", "=", "email.sync.conversation") & Domain("res_id", "in", found)
        plan = self._get_plan(self.env["mail.message"].sudo()._search(own | entries))
        self.assertNotIn("Seq Scan on mail_message", plan)
