"""The guided set-up, on real servers and with users of least rights."""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, new_test_user

from .common import EmailSyncCase, build_mail
from .servers import Mailbox, setting

SUMMARY = "odoo.addons.email_sync.wizard.email_sync_setup_summary"
PORTS = ("IMAP_PORT", "IMAPS_PORT", "SMTP_PORT", "SMTPS_PORT", "CLOSED_PORT")


class SetupCase(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        set_param = cls.env["ir.config_parameter"].set_param
        set_param("email_sync.allowed_networks", "127.0.0.0/8 ::1")
        set_param("email_sync.allowed_ports", " ".join(map(setting, PORTS)))
        cls.carol = cls._new_user("carol", "sales_team.group_sale_salesman")
        cls.tina = cls._new_user("tina", "sales_team.group_sale_manager")

    def setUp(self):
        super().setUp()
        self.mailbox = Mailbox()

    def _open(self, user):
        action = self.env["email.sync.setup"].with_user(user).action_open()
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def _sign_in(self, user, mailbox=None, **vals):
        """Go through the first two steps; return the set-up."""
        mailbox = mailbox or self.mailbox
        setup = self._open(user)
        setup.email = mailbox.login
        setup.action_next()
        setup.write({**mailbox.connection_vals, "password": mailbox.password, **vals})
        setup.action_next()
        return setup

    def _start(self, user, mailbox=None, **vals):
        """Go through all steps; return the account."""
        setup = self._sign_in(user, mailbox)
        setup.write({name: vals.pop(name) for name in ("account_type",) if name in vals})
        setup.action_next()
        setup.write(vals)
        setup.action_next()
        action = setup.action_start()
        return self.env["email.sync.account"].with_user(user).browse(action["res_id"])


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


class TestDryRun(SetupCase):
    def setUp(self):
        super().setUp()
        self.today = datetime.now(UTC)

    def _append(self, sender, days, folder="INBOX"):
        date = self.today - timedelta(days=days)
        self.mailbox.append(
            build_mail(sender=sender, message_id=f"<{days}@x.example>", date=date),
            folder=folder,
            date=date,
        )

    def _summarise(self, user, **vals):
        setup = self._sign_in(user)
        setup.action_next()
        setup.write(vals)
        setup.action_next()
        return setup

    def test_folder_tree_with_counts(self):
        self._append("ada@customer.example", 1)
        self._append("ada@customer.example", 1, "Projects/Büro")
        setup = self._sign_in(self.carol)
        setup.action_next()
        counts = dict(setup.folder_ids.mapped(lambda folder: (folder.name, folder.message_count)))
        self.assertEqual(counts["INBOX"], 1)
        self.assertEqual(counts["Projects/Büro"], 1)
        self.assertEqual(setup.folder_ids[0].special_use, "inbox")
        names = setup.folder_ids.mapped("name")
        self.assertEqual(names.index("Projects") + 1, names.index("Projects/Büro"))
        parent = setup.folder_ids.filtered(lambda folder: folder.name == "Projects")
        self.assertFalse(parent._is_wanted())

    def test_range_is_counted_to_the_day(self):
        for days in (0, 1, 2, 3, 4, 5, 9):
            self._append("ada@customer.example", days)
        setup = self._summarise(self.carol, sync_range="3_days")
        self.assertEqual(setup.in_range_count, 4)
        setup.action_back()
        setup.sync_range = "everything"
        setup.action_next()
        self.assertEqual(setup.in_range_count, 7)

    def test_only_wanted_folders_are_counted(self):
        self._append("ada@customer.example", 1)
        self._append("ada@customer.example", 1, "Other")
        self._append("ada@customer.example", 1, "Junk")
        setup = self._summarise(self.carol)
        self.assertEqual(setup.in_range_count, 2)
        setup.action_back()
        setup.folder_mode = "selected"
        setup.folder_ids.is_selected = False
        setup.folder_ids.filtered(lambda folder: folder.name == "Junk").is_selected = True
        setup.action_next()
        self.assertEqual(setup.in_range_count, 1)
        self.assertEqual(setup.wanted_folder_ids.mapped("name"), ["Junk"])

    def test_known_contacts_are_those_the_user_may_read(self):
        self.env["res.partner"].create({"name": "Eve", "email": "eve@secret.example"})
        self.env["ir.rule"].create(
            {
                "name": "Nobody reads Eve",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('email', '!=', 'eve@secret.example')]",
            }
        )
        self._append("Ada <ADA@customer.example>", 1)
        self._append("eve@secret.example", 2)
        self._append("stranger@nowhere.example", 3)
        self._append("bob@company.example", 4)
        setup = self._summarise(self.carol)
        self.assertEqual(setup.sample_count, 4)
        self.assertEqual(setup.matched_count, 1)
        self.assertEqual(setup.matched_partner_count, 1)

    def test_a_sample_is_the_newest(self):
        self._append("stranger@nowhere.example", 9)
        self._append("ada@customer.example", 1)
        self._append("ada@customer.example", 0)
        with patch(f"{SUMMARY}.SAMPLE_SIZE", 2):
            setup = self._summarise(self.carol)
        self.assertEqual(setup.in_range_count, 3)
        self.assertEqual(setup.sample_count, 2)
        self.assertEqual(setup.matched_count, 2)

    def test_without_time_the_count_is_a_bound_and_says_so(self):
        self._append("ada@customer.example", 1)
        with patch(f"{SUMMARY}.SECONDS", 0):
            setup = self._summarise(self.carol, sync_range="everything")
        self.assertFalse(setup.is_in_range_exact)
        self.assertEqual(setup.in_range_count, 1)

    def test_who_will_see_them(self):
        setup = self._summarise(self.tina)
        self.assertIn("Nobody else", setup.viewers)
        setup.personal_visibility = "shared"
        self.assertIn("once it is linked", setup.viewers)
        setup.write({"account_type": "team", "member_ids": [(4, self.bob.id)]})
        self.assertIn("Tina", setup.viewers)
        self.assertIn("Bob", setup.viewers)

    def test_cost_does_not_grow_with_the_mailbox(self):
        def count_queries(mailbox):
            setup = self._sign_in(self.carol, mailbox)
            setup.action_next()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            setup.action_next()
            self.env.flush_all()
            count = self.env.cr.sql_log_count - before
            setup.action_discard()
            return count

        warm, small, large = Mailbox(), Mailbox(), Mailbox()
        for mailbox, number in ((warm, 1), (small, 2), (large, 40)):
            mailbox.append(
                *(build_mail(message_id=f"<{index}@x.example>") for index in range(number)),
                date=self.today,
            )
        count_queries(warm)
        self.assertEqual(count_queries(small), count_queries(large))


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
