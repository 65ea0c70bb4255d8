"""The set-up in the browser, as far as no mail server takes part."""

from odoo.tests import HttpCase, tagged

from .common import EmailSyncCase


@tagged("post_install", "-at_install")
class TestTourSetup(HttpCase, EmailSyncCase):
    def test_what_was_typed_is_kept(self):
        url = f"/odoo/my-preferences/{self.bob.id}"
        self.start_tour(url, "email_sync_setup_is_kept", login="bob")
        setups = self.env["email.sync.setup"].search([("create_uid", "=", self.bob.id)])
        self.assertFalse(setups)
