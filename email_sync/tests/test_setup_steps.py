"""The steps of the set-up: what is kept, whose it is, and who has the address."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import new_test_user

from .setup_case import SetupCase


class TestSteps(SetupCase):
    def test_nothing_but_the_set_up_is_stored_before_start(self):
        count = self.env["email.sync.account"].search_count([])
        setup = self._sign_in(self.carol)
        setup.action_next()
        setup.action_next()
        self.assertEqual(setup.step, "summary")
        self.assertEqual(self.env["email.sync.account"].search_count([]), count)

    def test_what_was_left_in_the_middle_is_found_again(self):
        setup = self._sign_in(self.carol, name="Carol of Sales")
        again = self._open(self.carol)
        self.assertEqual(again, setup)
        self.assertEqual(again.step, "type")
        again.action_back()
        self.assertEqual(again.imap_host, self.mailbox.connection_vals["imap_host"])

    def test_a_set_up_is_its_users_own(self):
        setup = self._sign_in(self.carol)
        admin = self._new_user("root2", "base.group_system,sales_team.group_sale_manager")
        for user in (self.tina, admin):
            self.assertNotEqual(self._open(user), setup)
            with self.assertRaises(AccessError):
                setup.with_user(user).read(["email"])
            with self.assertRaises(AccessError):
                setup.with_user(user).action_next()

    def test_who_may_not_connect_has_no_set_up(self):
        dave = new_test_user(self.env, "dave", groups="base.group_user")
        with self.assertRaises(AccessError):
            self._open(dave)

    def test_team_accounts_take_their_own_right(self):
        setup = self._sign_in(self.carol)
        self.assertFalse(setup.may_connect_team)
        setup.account_type = "team"
        with self.assertRaises(AccessError):
            setup.action_next()

    def test_the_last_step_has_no_next(self):
        setup = self._sign_in(self.carol)
        for _step in range(3):
            setup.action_next()
        self.assertEqual(setup.step, "summary")

    def test_steps_cannot_be_left_out(self):
        setup = self._open(self.carol)
        setup.write({"email": self.mailbox.login, "step": "summary"})
        with self.assertRaises(UserError):
            setup.action_start()

    def test_start_date_is_checked(self):
        setup = self._sign_in(self.carol)
        setup.action_next()
        setup.sync_range = "date"
        with self.assertRaises(UserError):
            setup.action_next()
        setup.sync_from = fields.Date.today() + timedelta(days=1)
        with self.assertRaises(UserError):
            setup.action_next()

    def test_choosing_no_folder_is_refused(self):
        setup = self._sign_in(self.carol)
        setup.action_next()
        setup.folder_mode = "selected"
        setup.folder_ids.is_selected = False
        with self.assertRaises(UserError):
            setup.action_next()

    def test_discard_forgets_the_password_too(self):
        setup = self._sign_in(self.carol)
        setup.action_discard()
        self.assertFalse(setup.exists())


class TestWhoHasTheAddress(SetupCase):
    def _type_address(self, user, email):
        setup = self._open(user)
        setup.email = email
        return setup.action_next()

    def test_own_account_is_named_and_linked(self):
        self._new_account(self.carol, self.mailbox.login)
        with self.assertRaises(RedirectWarning) as caught:
            self._type_address(self.carol, self.mailbox.login)
        self.assertIn(self.mailbox.login, caught.exception.args[0])
        self.assertEqual(caught.exception.args[1]["res_model"], "email.sync.account")

    def test_account_of_ones_team_is_named(self):
        self._new_account(
            self.tina, self.mailbox.login, self.carol, account_type="team", visibility="team"
        )
        with self.assertRaises(RedirectWarning) as caught:
            self._type_address(self.carol, self.mailbox.login.upper())
        self.assertIn("team account", caught.exception.args[0])

    def test_account_of_others_is_not_told_to_who_cannot_sign_in(self):
        self._new_account(self.bob, self.mailbox.login)
        self._type_address(self.carol, self.mailbox.login)
        setup = self._open(self.carol)
        self.assertEqual(setup.step, "sign_in")
        setup.write({**self.mailbox.connection_vals, "password": "wrong"})
        setup.action_next()
        self.assertEqual(setup.imap_result, "failed")

    def test_account_of_others_is_told_without_its_owner(self):
        self._new_account(self.bob, self.mailbox.login)
        with self.assertRaises(UserError) as caught:
            self._sign_in(self.carol)
        self.assertEqual(
            caught.exception.args[0],
            "This address is already connected in this database. Ask your administrator.",
        )
