"""Sending that fails, wholly or in part: nothing is sent twice, nothing that was typed is lost."""

import socket
import threading
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..mime.parse import parse
from .servers import setting
from .test_composer import ComposerCase

REFUSED = "refused@outside.example"  # the test run's SMTP server takes no mail for it


@tagged("post_install", "-at_install")
class TestComposerFailures(ComposerCase):
    def test_wrong_password(self):
        self.account._set_secret("wrong")
        composer = self._open_new(to=self.customer_mailbox.login, subject="Kept")
        self._send_in_vain(composer, UserError, "refused the sign-in.*what you wrote is kept")
        self.assertEqual((composer.subject, composer.state), ("Kept", "draft"))
        self.account._set_secret(self.mailbox.password)
        self._send(composer)
        self.assertEqual(len(self._get_delivered(self.customer_mailbox)), 1)

    def test_every_recipient_refused(self):
        composer = self._open_new(to=REFUSED, subject="Kept")
        self._send_in_vain(composer, UserError, f"{REFUSED}.*No such user.*Nothing was sent")
        self.assertEqual(composer.state, "draft")
        self.assertFalse(self._get_messages())

    def test_one_recipient_refused_of_two(self):
        composer = self._open_new(to=f"{REFUSED}, {self.customer_mailbox.login}", subject="Both")
        params = self._send(composer)["params"]
        self.assertIn(REFUSED, params["message"])
        self.assertTrue(params["sticky"])
        self.assertEqual(len(self._get_delivered(self.customer_mailbox)), 1)
        self.assertEqual(len(self._get_messages()), 1)

    def test_server_that_does_not_answer_the_port(self):
        self.account.smtp_port = int(setting("CLOSED_PORT"))
        self._allow_port(setting("CLOSED_PORT"))
        composer = self._open_new(to=self.customer_mailbox.login, subject="Kept")
        self._send_in_vain(composer, UserError, "does not answer on this port.*is kept")

    def test_address_that_is_none(self):
        for line in ("Ada", "ada@", "a@b.example, Carl"):
            composer = self._open_new(to=line, subject="Kept")
            self._send_in_vain(composer, UserError, "is not an email address")

    def test_too_large(self):
        composer = self._open_new(to=self.customer_mailbox.login, subject="Large")
        composer.attachment_ids = (
            self.env["ir.attachment"]
            .with_user(self.alice)
            .create(
                {
                    "name": "a.bin",
                    "raw": b"\0" * 26 * 1024 * 1024,
                    "res_model": composer._name,
                    "res_id": composer.id,
                }
            )
        )
        self._send_in_vain(composer, UserError, "larger than the 2.*is kept")

    def test_unknown_delivery_is_never_repeated_by_itself(self):
        with self._server_that_breaks_after_data() as received:
            composer = self._open_new(to=self.customer_mailbox.login, subject="Once")
            action = self._send(composer)
            self.assertEqual(action["res_id"], composer.id)
            self.assertEqual(composer.state, "unknown")
            self.assertIn("may or may not have been sent", composer.problem)
            self._send(composer)
            self.assertEqual(len(received), 1, "pressing Send again sends nothing")
            self._send(composer, "action_send_again")
            self.assertEqual(len(received), 2)
            self.assertEqual(*(parse(source).message_id for source in received))
        self.assertFalse(self._get_messages())
        self._send(composer, "action_assume_sent")
        self.assertEqual(self._get_messages().subject, "Once")

    def test_failure_after_sending_does_not_send_again(self):
        composer = self._open_new(to=self.customer_mailbox.login, subject="Once")

        store = type(self.env["email.sync.store"])
        with patch.object(store, "_store_sent", side_effect=ValueError("the disk is full")):
            self._send_in_vain(composer, ValueError, "disk is full")
        self.assertEqual(composer.state, "sent")
        self._send(composer)
        self.assertEqual(len(self._get_delivered(self.customer_mailbox)), 1)
        self.assertEqual(len(self._get_messages()), 1)

    def test_state_is_not_for_requests_to_set(self):
        composer = self._open_new(to=self.customer_mailbox.login, subject="Mine", state="sent")
        self.assertEqual(composer.state, "draft")

    # -- helpers --------------------------------------------------------------------------------

    def _allow_port(self, port):
        parameters = self.env["ir.config_parameter"]
        ports = parameters.get_param("email_sync.allowed_ports")
        parameters.set_param("email_sync.allowed_ports", f"{ports} {port}")

    @contextmanager
    def _server_that_breaks_after_data(self):
        """Yield the mails taken by a server that hangs up in place of its last answer."""
        received = []
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            threading.Thread(target=self._serve, args=(listener, received), daemon=True).start()
            self._allow_port(port)
            self.account.write(
                {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
            )
            yield received

    @staticmethod
    def _serve(listener, received):
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as file:
                file.write(b"220 ready\r\n")
                file.flush()
                for line in file:
                    word = line[:4].upper()
                    answer = (
                        b"250-hello\r\n250 AUTH PLAIN\r\n" if word == b"EHLO" else b"250 ok\r\n"
                    )
                    answer = {b"AUTH": b"235 ok\r\n", b"DATA": b"354 go\r\n"}.get(word, answer)
                    file.write(answer)
                    file.flush()
                    if word == b"DATA":
                        lines = iter(file.readline, b".\r\n")
                        received.append(b"".join(lines))
                        break
