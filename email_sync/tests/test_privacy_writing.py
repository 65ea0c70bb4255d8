"""Writing where one may not: into forms, questions and records that belong to somebody else."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .test_privacy_roundabout import RoundaboutCase


@tagged("post_install", "-at_install")
class TestPrivacyWriting(RoundaboutCase):
    def test_folders_take_the_owners_choice_and_nothing_else(self):
        other = self._new_account(self.bob)
        folder = self.inbox.with_user(self.alice)
        folder.is_selected = True
        for values in (
            {"account_id": other.id},
            {"uidnext": 5},
            {"is_synced": False},
            {"name": "Other"},
            {"placement_ids": [Command.clear()]},
        ):
            with self.assertRaises(AccessError):
                folder.write(values)

    def test_accounts_take_settings_and_nothing_else(self):
        account = self.account.with_user(self.alice)
        for values in (
            {"conversation_ids": [Command.clear()]},
            {"conversation_ids": [Command.link(self.private.id)]},
            {"run_ids": [Command.clear()]},
            {"sealed_secret": "x"},
            {"email": "boss@company.example"},
            {"state": "running"},
        ):
            with self.assertRaises(AccessError):
                account.write(values)
        with self.assertRaises(ValidationError):
            account.write({"member_ids": [Command.link(self.bob.id)]})

    def test_a_question_about_somebody_elses_account_tells_nothing(self):
        for kind in ("removal", "conversion", "visibility"):
            model = self.env[f"email.sync.account.{kind}"].with_user(self.bob)
            spec = {
                name: {}
                for name in model._fields
                if name.endswith("_count") or name in ("email", "viewers", "is_owner")
            }
            values = {"account_id": self.account.id}
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                model.onchange(values, ["account_id"], spec)
            with self.assertRaises(AccessError):
                model.with_context(default_account_id=self.account.id).onchange({}, [], spec)
            with self.assertRaises(AccessError):
                model.create(values)

    def test_a_folder_of_somebody_elses_setup(self):
        setup = self.env["email.sync.setup"].with_user(self.alice).create({"email": "x@y.example"})
        with self.assertRaises(AccessError):
            self.env["email.sync.setup.folder"].with_user(self.bob).create(
                {"setup_id": setup.id, "name": "INBOX"}
            )

    def test_an_answer_to_a_hidden_mail(self):
        """A form computes the quote before it is saved, and with it the rights are checked."""
        account = self._new_account(self.bob, smtp_host="smtp.company.example")
        composers = self.env["email.sync.composer"].with_user(self.bob)
        values = {
            "mode": "reply",
            "account_id": account.id,
            "message_id": self.private.email_ids.id,
        }
        spec = {"quote": {}, "subject": {}, "body": {}, "message_id": {"fields": {"subject": {}}}}
        self.env.invalidate_all()
        self._assert_tells_nothing(
            lambda: composers.onchange(values, list(values), spec),
            lambda: composers.with_context(
                **{f"default_{name}": value for name, value in values.items()}
            ).onchange({}, [], spec),
            lambda: composers.create(values).read(),
        )
        composer = composers.create({"account_id": account.id})
        attachment = self.entry.attachment_ids
        self._assert_tells_nothing(
            lambda: composer.write({"message_id": self.private.email_ids.id}),
            lambda: (
                composer.write({"attachment_ids": [Command.link(attachment.id)]})
                and composer.web_read({"attachment_ids": {"fields": {"name": {}, "raw": {}}}})
            ),
        )
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            composer._compose()

    def test_what_is_written_in_a_wizard_is_its_writers(self):
        account = self._new_account(
            self.alice, "write@company.example", smtp_host="smtp.company.example"
        )
        wizards = [
            self.env["email.sync.setup"].with_user(self.alice).create({"email": "x@y.example"}),
            self.env["email.sync.composer"]
            .with_user(self.alice)
            .create({"account_id": account.id, "body": "hidden draft"}),
            *(
                self.env[f"email.sync.account.{kind}"]
                .with_user(self.alice)
                .create({"account_id": account.id})
                for kind in ("removal", "visibility", "conversion")
            ),
        ]
        for wizard in wizards:
            for user in (self.bob, self.admin):
                as_user = self._as(user, wizard)
                self.assertFalse(as_user.search([("id", "=", wizard.id)]), wizard._name)
                for operation in ("read", "write", "unlink"):
                    self.assertFalse(as_user.has_access(operation), wizard._name)
                for method in ("action_apply", "action_start", "action_send", "action_discard"):
                    if hasattr(type(wizard), method):
                        with self.assertRaises(AccessError):
                            getattr(as_user, method)()
        for wizard in wizards:
            self.assertTrue(wizard.exists())
