"""Whatever is passed to whatever can be called, by RPC: nothing of hidden mail comes back."""

import json
import random
from datetime import datetime, timedelta

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .privacy import METHODS, SECRET, PrivacyCase

CURIOUS = ("colleague", "crm_manager", "administrator", "portal")
MODELS = (
    "email.sync.account",
    "email.sync.conversation",
    "email.sync.message",
    "email.sync.participant",
    "email.sync.placement",
    "email.sync.folder",
    "email.sync.composer",
    "email.sync.run",
    "email.sync.log",
    "email.sync.change",
    "email.sync.export.part",
    "email.sync.setup",
    "mail.message",
    "ir.attachment",
    "res.partner",
    "crm.lead",
)
# Core's own methods that answer with something of records
READERS = (
    "read search_read search web_read web_search_read web_read_group formatted_read_group "
    "read_progress_bar search_panel_select_range search_panel_select_multi_range name_search "
    "export_data copy copy_data onchange web_save web_save_multi default_get get_views "
    "get_formview_action get_metadata get_property_definition web_name_search "
    "message_post message_get_followers message_subscribe write unlink load "
    "action_archive toggle_active search_count fields_get mail_get_partner_fields"
).split()
CONTEXTS = (
    {},
    {"active_test": False, "bin_size": False, "prefetch_fields": False, "lang": "xx_YY"},
    {"uid": 1, "su": True, "sudo": True, "install_mode": True, "import_file": True},
    {"email_sync_leave": True, "email_sync_no_unpacking": True, "email_sync_deadline": 1e12},
    {"allowed_company_ids": [], "tz": "Mars/Olympus", "mail_notrack": True},
)


@tagged("post_install", "-at_install")
class TestPrivacyWrongArguments(PrivacyCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # From here on nobody but members may see anything that has the secret in it.
        for conversation in cls.conversations.values():
            is_personal = conversation.account_id.account_type == "personal"
            conversation.visibility = "private" if is_personal else "team"
        cls.env.flush_all()

    def _get_wrong(self, model):
        """Return what may stand where ids, domains, names and values are expected."""
        message = self.conversations["private"].email_ids
        hidden = {
            "email.sync.conversation": message.conversation_id,
            "email.sync.message": message,
            "email.sync.participant": message.participant_ids,
            "email.sync.account": self.accounts,
            "mail.message": message.mail_message_id,
            "ir.attachment": message.mail_message_id.attachment_ids,
            "res.partner": self.customer,
            "crm.lead": self.lead,
        }
        records = hidden.get(model._name) or model.sudo().search([], limit=3)
        id_ = (records.ids or [1])[0]
        name = "subject" if "subject" in model._fields else "display_name"
        relations = {
            field.name: id_
            for field in model._fields.values()
            if field.type == "many2one" and field.comodel_name.startswith("email.sync")
        }
        return [
            [id_],
            id_,
            [],
            None,
            False,
            -1,
            2**63,
            2**31,
            [-id_, 0, 2**40],
            [[id_]],
            {"id": id_},
            {},
            str(id_),
            f"{id_}) OR (1=1",
            [name],
            {name: {}, "display_name": {}},
            {field: {"fields": {"display_name": {}, name: {}}} for field in relations},
            relations,
            [("id", "=", id_)],
            [("id", "child_of", id_)],
            [("id", "in", [id_]), ("1", "=", "1")],
            [(name, "=ilike", f"%{SECRET}%")],
            ["|", ("id", "!=", 0), (1, "=", 1)],
            [("account_id.sealed_secret", "!=", False)],
            name,
            f"{name}; DROP TABLE email_sync_message",
            f"{name}.{name}",
            "__count",
        ]

    def _get_own_methods(self, model_name):
        # What only its author may press needs a record of theirs, and some of it a mail server.
        methods = METHODS.get(model_name, {})
        return [method for method, who in methods.items() if who not in ("own", "anyone")]

    def _call(self, user, model_name, method, arguments, context=None):
        """Call as the dispatcher of RPC does; return what the caller is told."""
        model = self.env(user=user)[model_name].with_context(**(context or {}))
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            try:
                answer = call_kw(model, method, arguments, {})
                told = json.dumps(answer, default=str)
            except UserError as error:
                told = str(error)
            except Exception as error:  # noqa: BLE001 - whatever breaks is told to the caller
                told = f"{type(error).__name__} {error}"
            savepoint.rollback()
        self.env.cr.cache.clear()
        return told

    def _get_told(self, viewers, sample):
        """Yield (what was asked, what was told) of a sample of calls, the same each time."""
        generator = random.Random("wrong arguments")
        methods = [
            (model_name, method)
            for model_name in MODELS
            for method in (*READERS, *self._get_own_methods(model_name))
            if hasattr(type(self.env[model_name]), method)
        ]
        wrong = {model_name: self._get_wrong(self.env[model_name]) for model_name in MODELS}
        generator.shuffle(methods)
        for number in range(sample):
            model_name, method = methods[number % len(methods)]
            viewer = generator.choice(viewers)
            context = generator.choice(CONTEXTS)
            count = generator.randint(1, 3)
            arguments = [generator.choice(wrong[model_name]) for _argument in range(count)]
            told = self._call(self.viewers[viewer], model_name, method, arguments, context)
            # What was asked for may come back in an error.
            yield (viewer, model_name, method, arguments), told.replace(f"%{SECRET}%", "")

    @mute_logger("odoo.sql_db", "odoo.models", "odoo.orm", "odoo.domains", "py.warnings")
    def test_wrong_arguments_bring_nothing_of_hidden_mail(self):
        for asked, told in self._get_told(CURIOUS, 1500):
            self.assertNotIn(SECRET, told, asked)

    @mute_logger("odoo.sql_db", "odoo.models", "odoo.orm", "odoo.domains", "py.warnings")
    def test_the_same_calls_bring_mail_to_whom_it_belongs(self):
        self.assertTrue(any(SECRET in told for _asked, told in self._get_told(("owner",), 5000)))

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.json2")
    def test_calls_over_json_2(self):
        """The way of programs, which sign in with a key and name their arguments."""
        message = self.conversations["private"].email_ids
        calls = {
            "read": {"ids": message.ids, "fields": ["subject", "text"]},
            "web_read": {"ids": message.ids, "specification": {"subject": {}}},
            "search_read": {"domain": [["id", "=", message.id]], "fields": ["subject"]},
            "get_display": {"ids": message.ids, "context": {"su": True, "uid": 1}},
            "name_search": {"name": SECRET, "context": {"active_test": False}},
        }
        for viewer, may_read in (("colleague", False), ("administrator", False), ("owner", True)):
            user = self.viewers[viewer]
            expires = datetime.now() + timedelta(days=1)
            key = self.env["res.users.apikeys"].with_user(user)._generate("rpc", "test", expires)
            for method, arguments in calls.items():
                with self.subTest(viewer=viewer, method=method):
                    response = self.url_open(
                        f"/json/2/{message._name}/{method}",
                        data=json.dumps(arguments),
                        headers={
                            "Content-Type": "application/json",
                            "Authorization": f"Bearer {key}",
                        },
                    )
                    self.assertEqual(SECRET in response.text, may_read, response.text[:300])
