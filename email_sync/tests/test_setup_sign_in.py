"""The sign-in of the set-up, on real servers: what is suggested, and what is answered."""

import os
import tempfile
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .servers import Mailbox, setting
from .setup_case import SetupCase


class TestSignIn(SetupCase):
    def test_suggests_the_servers_of_a_known_provider(self):
        setup = self._open(self.carol)
        setup.email = "Carol.Sales@GMail.com"
        setup.action_next()
        self.assertEqual(setup.step, "sign_in")
        self.assertEqual(setup.email, "carol.sales@gmail.com")
        self.assertEqual(setup.provider, "google")
        self.assertEqual(setup.provider_name, "Google")
        self.assertEqual(setup.imap_host, "imap.gmail.com")
        self.assertEqual(setup.login, "carol.sales@gmail.com")

    def test_own_domain_may_be_kept_by_a_known_provider(self):
        setup = self._open(self.carol)
        setup.email = "carol@company.example"
        setup.action_next()
        self.assertFalse(setup.provider_name)
        self.assertIn("guessed", setup.provider_advice)
        with Form(setup) as form:
            form.provider = "microsoft"
            self.assertEqual(form.imap_host, "outlook.office365.com")
            self.assertEqual(form.login, "carol@company.example")
            self.assertFalse(form.provider_advice)
            form.provider = "other"
            self.assertEqual(form.imap_host, "imap.company.example")

    def test_port_follows_the_encryption_unless_it_is_a_special_one(self):
        setup = self._open(self.carol)
        setup.email = "carol@company.example"
        setup.action_next()
        with Form(setup) as form:
            form.imap_security = "starttls"
            self.assertEqual(form.imap_port, 143)
            form.smtp_port = 2525
            form.smtp_security = "starttls"
            self.assertEqual(form.smtp_port, 2525)
            self.assertFalse(form.is_unencrypted)
            form.imap_security = "none"
            self.assertTrue(form.is_unencrypted)

    def test_advice_of_a_provider_is_shown(self):
        setup = self._open(self.carol)
        setup.email = "carol@icloud.com"
        setup.action_next()
        self.assertIn("app password", setup.provider_advice)

    def test_refuses_what_is_no_address(self):
        setup = self._open(self.carol)
        for text in ("", "carol", "carol@", "a@b.example, c@d.example"):
            setup.email = text
            with self.assertRaises(UserError):
                setup.action_next()

    def test_signs_in_over_tls_and_starttls(self):
        setup = self._sign_in(self.carol)
        self.assertEqual(setup.step, "type")
        other = self._sign_in(
            self.tina,
            Mailbox(),
            imap_port=int(setting("IMAP_PORT")),
            imap_security="starttls",
            smtp_port=int(setting("SMTP_PORT")),
            smtp_security="starttls",
        )
        self.assertEqual(other.step, "type")

    def test_wrong_password_is_said_and_not_tried_twice(self):
        setup = self._sign_in(self.carol, password="wrong")
        self.assertEqual(setup.step, "sign_in")
        self.assertEqual(setup.imap_result, "failed")
        self.assertIn("Check the user name and the password", setup.imap_answer)
        self.assertNotIn("wrong", setup.imap_answer)
        self.assertFalse(setup.smtp_result)

    def test_unknown_host_is_said(self):
        setup = self._sign_in(self.carol, imap_host="imap.nowhere.invalid")
        self.assertEqual(setup.imap_result, "failed")
        self.assertIn("no server called imap.nowhere.invalid", setup.imap_answer)
        self.assertEqual(setup.smtp_result, "ok")

    def test_closed_port_is_said(self):
        setup = self._sign_in(self.carol, smtp_port=int(setting("CLOSED_PORT")))
        self.assertEqual(setup.step, "sign_in")
        self.assertEqual(setup.imap_result, "ok")
        self.assertEqual(setup.smtp_result, "failed")
        self.assertIn("Check the port", setup.smtp_answer)

    def test_wrong_kind_of_encryption_is_said_with_the_right_one(self):
        setup = self._sign_in(self.carol, imap_port=int(setting("IMAP_PORT")))
        self.assertIn("Choose STARTTLS", setup.imap_answer)
        setup.write({"imap_port": int(setting("IMAPS_PORT")), "imap_security": "starttls"})
        setup.action_next()
        self.assertIn("Choose SSL/TLS", setup.imap_answer)

    def test_network_that_is_not_allowed_is_not_reached(self):
        self.env["ir.config_parameter"].set_param("email_sync.allowed_networks", "")
        setup = self._sign_in(self.carol)
        self.assertIn("An administrator can allow it", setup.imap_answer)

    def test_certificate_that_nobody_vouches_for_can_be_trusted_for_this_account(self):
        with (
            tempfile.NamedTemporaryFile() as no_authorities,
            patch.dict(os.environ, {"SSL_CERT_FILE": no_authorities.name}),
        ):
            setup = self._sign_in(self.carol)
            self.assertEqual(setup.step, "sign_in")
            self.assertIn("not trusted", setup.imap_answer)
            self.assertIn("fingerprint", setup.imap_answer)
            self.assertEqual(len(setup.imap_offered_fingerprint), 64)
            setup.write({"imap_is_pinned": True, "smtp_is_pinned": True})
            setup.action_next()
            self.assertEqual(setup.step, "type")
            setup.action_next()
            setup.action_next()
            setup.action_start()
        account = self.env["email.sync.account"].search([("email", "=", self.mailbox.login)])
        self.assertEqual(len(account.imap_fingerprint), 64)

    def test_trust_in_a_certificate_ends_with_another_server(self):
        setup = self._open(self.carol)
        setup.write({"imap_host": "one.example", "imap_fingerprint": "ab" * 32})
        setup.imap_host = "two.example"
        self.assertFalse(setup.imap_fingerprint)

    def test_what_was_tried_is_tried_again_after_a_change(self):
        setup = self._sign_in(self.carol)
        setup.action_back()
        setup.login = "somebody.else@company.example"
        self.assertFalse(setup.imap_result)
        self.assertFalse(setup.smtp_result)

    def test_connects_without_sending_when_asked(self):
        setup = self._sign_in(self.carol, smtp_port=int(setting("CLOSED_PORT")))
        setup.receive_only = True
        setup.action_next()
        self.assertEqual(setup.step, "type")

    def test_password_is_sealed_and_never_given_out(self):
        setup = self._sign_in(self.carol)
        self.assertFalse(setup.password)
        self.assertFalse(setup.read(["password"])[0]["password"])
        with self.assertRaises(AccessError):
            setup.read(["sealed_secret"])
        self.env.cr.execute("SELECT * FROM email_sync_setup WHERE id = %s", [setup.id])
        self.assertNotIn(self.mailbox.password, str(self.env.cr.fetchall()))
