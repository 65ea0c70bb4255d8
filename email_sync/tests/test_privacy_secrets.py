"""Passwords: sealed, rotated, and in no log, dump, export, answer or traceback."""

import io
import json
import logging
import os
import traceback
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.email_sync_secret_mixin import KEY_ENVIRONMENT_VARIABLE, SecretUnreadableError
from .common import EmailSyncCase

PLANTED = "pl4nted-passw0rd-marimba"


@tagged("post_install", "-at_install")
class TestSecrets(EmailSyncCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.keys = [Fernet.generate_key().decode() for _number in range(3)]
        self._use_keys(self.keys[0])
        self.account._set_secret(PLANTED)
        self.env.flush_all()

    def _use_keys(self, *keys):
        environment = patch.dict(os.environ, {KEY_ENVIRONMENT_VARIABLE: ",".join(keys)})
        environment.start()
        self.addCleanup(environment.stop)

    # ------------------------------------------------------------
    # ROTATION
    # ------------------------------------------------------------

    def test_rotation(self):
        """A new key in front, rotate, take the old one out: everything still opens."""
        setup = self.env["email.sync.setup"].create({"email": "x@y.example"})
        setup._set_secret(PLANTED)
        archived = self._new_account(self.bob, active=False)
        archived._set_secret(PLANTED)
        before = {record: record.sealed_secret for record in (setup, archived, self.account)}
        self._use_keys(self.keys[1], self.keys[0])
        self.assertEqual(self.account._get_secret(), PLANTED)
        rotated_count, unreadable_count = self.env["email.sync.secret.mixin"]._rotate_secrets()
        self.assertGreaterEqual(rotated_count, 3)
        self._use_keys(self.keys[1])
        for record, sealed in before.items():
            self.assertEqual(record._get_secret(), PLANTED)
            self.assertNotEqual(record.sealed_secret, sealed)

    def test_a_lost_key_loses_nothing_else(self):
        self._use_keys(self.keys[2])
        with self.assertRaises(SecretUnreadableError):
            self.account._get_secret()
        sealed = self.account.sealed_secret
        _rotated_count, unreadable_count = self.env["email.sync.secret.mixin"]._rotate_secrets()
        self.assertGreaterEqual(unreadable_count, 1)
        self.assertEqual(self.account.sealed_secret, sealed)
        self._use_keys(self.keys[2], self.keys[0])
        self.assertEqual(self.account._get_secret(), PLANTED)

    def test_rotation_by_the_server_action(self):
        action = self.env.ref("email_sync.ir_actions_server_rotate_secrets")
        with self.assertRaises(AccessError):
            action.with_user(self.bob).run()
        self._use_keys(self.keys[1], self.keys[0])
        answer = action.run()
        self.assertEqual(answer["tag"], "display_notification")
        self._use_keys(self.keys[1])
        self.assertEqual(self.account._get_secret(), PLANTED)

    # ------------------------------------------------------------
    # LEAKS
    # ------------------------------------------------------------

    def test_the_database_does_not_hold_it(self):
        """Every text of every table of the addon, and the parameters: what a dump would hold."""
        self.env.cr.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema AND data_type IN ('text', 'character varying') "
            "AND (table_name LIKE 'email_sync%' OR table_name = 'ir_config_parameter')"
        )
        columns = self.env.cr.fetchall()
        self.assertIn(("email_sync_account", "sealed_secret"), columns)
        for table, column in columns:
            self.env.cr.execute(
                f'SELECT count(*) FROM "{table}" '  # noqa: S608 - names come from the catalogue
                f'WHERE "{column}" LIKE %s OR "{column}" LIKE %s',
                [f"%{PLANTED}%", f"%{self.keys[0]}%"],
            )
            self.assertEqual(self.env.cr.fetchone()[0], 0, (table, column))

    def test_logs_at_debug_level_do_not_hold_it(self):
        """Neither of the sign-in that fails, nor of the set-up that is told the password."""
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        root = logging.getLogger()
        level = root.level
        quiet = {
            name: logging.getLogger(name).level
            for name in ("odoo.addons.email_sync", "odoo.sql_db", "odoo.http", "odoo.models")
        }
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        for name in quiet:
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            self._fail_to_sign_in()
            self._write_password_by_rpc()
            self.env.flush_all()
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            for name, before in quiet.items():
                logging.getLogger(name).setLevel(before)
        self.assertIn("email_sync_setup", stream.getvalue())
        self.assertNotIn(PLANTED, stream.getvalue())

    def _fail_to_sign_in(self):
        self.account.write({"imap_host": "127.0.0.1", "imap_port": 1, "login": "alice"})
        try:
            self.account._open_imap()
        except Exception as error:  # noqa: BLE001 - whatever it is, its text is what is tested
            text = "".join(traceback.format_exception(error))
            self.assertNotIn(PLANTED, text)
            self.assertNotIn(PLANTED, repr(error))
        else:
            self.fail("nobody answers there")

    def _write_password_by_rpc(self):
        setup = self.env["email.sync.setup"].with_user(self.alice).create({"email": "x@y.example"})
        setup.password = PLANTED
        self.env.flush_all()
        self.assertNotIn(PLANTED, str(setup.read()))
        self.assertNotIn(PLANTED, str(setup.web_read({"password": {}, "password_hint": {}})))

    def test_credentials_do_not_show_in_representations(self):
        credentials = self.account._get_credentials()
        self.assertEqual(credentials.password, PLANTED)
        self.assertNotIn(PLANTED, repr(credentials))
        self.assertNotIn(PLANTED, f"{credentials}")

    @mute_logger("odoo.http")
    def test_answers_of_the_server_do_not_hold_it(self):
        self.authenticate("alice", "alice")
        for method, args in (
            ("read", [self.account.ids]),
            ("read", [self.account.ids, ["sealed_secret"]]),
            ("web_read", [self.account.ids, {"sealed_secret": {}}]),
            ("fields_get", []),
            ("search_read", [[("sealed_secret", "!=", False)]]),
            ("export_data", [self.account.ids, ["sealed_secret"]]),
            ("get_progress", [self.account.ids]),
            ("copy", [self.account.ids]),
        ):
            response = self.url_open(
                "/web/dataset/call_kw",
                data=json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "method": "call",
                        "params": {
                            "model": "email.sync.account",
                            "method": method,
                            "args": args,
                            "kwargs": {},
                        },
                    }
                ),
                headers={"Content-Type": "application/json"},
            )
            self.assertNotIn(PLANTED, response.text, method)
            self.assertNotIn(self.account.sealed_secret, response.text, method)

    def test_a_copy_and_a_neutralised_database_hold_none(self):
        self.assertFalse(self.account.copy({"email": "other@company.example"}).sealed_secret)

    def test_an_invalid_key_is_told_without_it(self):
        self._use_keys("not-a-key-marimba")
        with self.assertRaises(UserError) as refusal:
            self.account._set_secret(PLANTED)
        self.assertNotIn("marimba", str(refusal.exception))
