"""The end of the set-up: the account that comes of it, or is signed in to again."""

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import build_mail
from .setup_case import SetupCase


class TestStart(SetupCase):
    def test_personal_account(self):
        account = self._start(
            self.carol, sync_range="1_year", personal_visibility="shared", name="Carol"
        )
        self.assertRecordValues(
            account,
            [
                {
                    "email": self.mailbox.login,
                    "account_type": "personal",
                    "owner_id": self.carol.id,
                    "member_ids": self.carol.ids,
                    "visibility": "shared",
                    "sync_range": "1_year",
                    "state": "running",
                    "login": self.mailbox.login,
                }
            ],
        )
        self.assertEqual(account._get_secret(), self.mailbox.password)
        self.assertIn("INBOX", account.folder_ids.mapped("name"))
        self.assertFalse(self.env["email.sync.setup"].search([("create_uid", "=", self.carol.id)]))

    def test_team_account_always_has_its_owner(self):
        account = self._start(
            self.tina,
            account_type="team",
            member_ids=[(6, 0, self.bob.ids)],
            team_visibility="shared",
        )
        self.assertEqual(account.account_type, "team")
        self.assertEqual(account.member_ids, self.bob | self.tina)
        self.assertEqual(account.visibility, "shared")

    def test_only_chosen_folders_are_synced(self):
        self.mailbox.append(build_mail(), folder="Projects")
        setup = self._sign_in(self.carol)
        setup.action_next()
        setup.folder_mode = "selected"
        setup.folder_ids.is_selected = False
        setup.folder_ids.filtered(lambda folder: folder.name == "Projects").is_selected = True
        setup.action_next()
        account = self.env["email.sync.account"].browse(setup.action_start()["res_id"])
        synced = account.folder_ids.filtered("is_synced")
        self.assertEqual(synced.mapped("name"), ["Projects"])

    def test_start_from_a_date(self):
        day = fields.Date.to_date("2026-01-15")
        account = self._start(self.carol, sync_range="date", sync_from=day)
        self.assertEqual(account.sync_from, day)

    def test_removed_account_is_continued(self):
        account = self._start(self.carol)
        removal = self.env["email.sync.account.removal"].with_user(self.carol)
        removal.create({"account_id": account.id, "mail": "keep"}).action_apply()
        self.assertFalse(account.active)
        self.assertFalse(account._get_secret())
        again = self._start(self.carol, sync_range="everything")
        self.assertEqual(again, account)
        self.assertTrue(again.active)
        self.assertEqual(again.state, "running")
        self.assertEqual(again._get_secret(), self.mailbox.password)

    def test_removed_account_of_others_is_not_continued(self):
        account = self._start(self.carol)
        account._remove_keeping_mail()
        with self.assertRaises(UserError):
            self._sign_in(self.bob)

    def test_reconnect_renews_the_sign_in_only(self):
        account = self._start(self.carol, personal_visibility="shared")
        account._set_secret("outdated")
        account.sudo().write({"state": "sign_in", "failure_count": 3, "error_message": "Refused."})
        action = account.action_reconnect()
        setup = self.env["email.sync.setup"].with_user(self.carol).browse(action["res_id"])
        setup.action_next()
        self.assertEqual(setup.imap_result, "failed")
        self.assertEqual(account.state, "sign_in")
        setup.password = self.mailbox.password
        setup.action_next()
        self.assertEqual(account.state, "running")
        self.assertFalse(account.error_message)
        self.assertEqual(account.visibility, "shared")
        self.assertEqual(account._get_secret(), self.mailbox.password)
        self.assertFalse(setup.exists())

    def test_only_the_owner_reconnects(self):
        account = self._start(self.tina, account_type="team", member_ids=[(6, 0, self.bob.ids)])
        with self.assertRaises(AccessError):
            account.with_user(self.bob).action_reconnect()
        with self.assertRaises(AccessError):
            self.env["email.sync.setup"].with_user(self.bob).create({"account_id": account.id})
