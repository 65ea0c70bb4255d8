"""Answering a mail in the browser, over a real sending server."""

from contextlib import contextmanager

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_composer import ComposerCase


@tagged("post_install", "-at_install")
class TestTourComposer(HttpCase, ComposerCase):
    @contextmanager
    def enter_registry_test_mode(self):
        """A browser test is in that mode all the time; what it wrote has to be seen."""
        self.env.flush_all()
        yield
        self.env.invalidate_all()

    @mute_logger("odoo.http")  # an address that is none is refused on the way
    def test_answer(self):
        original = self._receive_from_customer()
        self.start_tour(
            f"/odoo/email.sync.conversation/{original.conversation_id.id}",
            "email_sync_composer",
            login="alice",
        )
        [delivered] = self._get_delivered(self.customer_mailbox)
        self.assertEqual(delivered["In-Reply-To"], original.message_id)
        self.assertEqual(delivered["Cc"], '"Doe, Jane" <jane@outside.example>')
        self.assertIn("Grüße aus Köln", delivered.get_body(("plain",)).get_content())
        self.assertFalse(self.env["email.sync.composer"].search([]))
