"""Neither an answer, an error nor the work behind it tells that there is a hidden conversation."""

import json
import logging
import re

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import build_mail
from .privacy import METHODS, SECRET, PrivacyCase, is_seen

LEVEL = "private"
CURIOUS = ("colleague", "crm_manager", "administrator", "internal_user", "portal")


@tagged("post_install", "-at_install")
class TestPrivacyHidden(PrivacyCase, HttpCase):
    def setUp(self):
        super().setUp()
        message = self.conversations[LEVEL].email_ids
        self.hidden = {
            "email.sync.conversation": message.conversation_id,
            "email.sync.message": message,
            "email.sync.participant": message.participant_ids[:1],
            "email.sync.export.part": self._get_part(message.conversation_id),
        }

    def _get_missing(self, records):
        last = records.search([], order="id desc", limit=1)
        return records.browse(last.id + 1000)

    # ------------------------------------------------------------
    # BY ID
    # ------------------------------------------------------------

    def _get_calls(self, records):
        """What a client can ask about a record whose id it guessed."""
        name = next(name for name in ("subject", "name", "email") if name in records._fields)
        calls = {
            "read": lambda: records.read([name]),
            "read id": lambda: records.read(["id"]),
            "read name": lambda: records.read(["display_name"]),
            "web_read": lambda: records.web_read({name: {}, "display_name": {}}),
            "export_data": lambda: records.export_data([name]),
            "write": lambda: records.write({name: "x"}),
            "web_save": lambda: records.web_save({name: "x"}, {name: {}}),
            "unlink": lambda: records.unlink(),
            "copy": lambda: records.copy(),
            "get_metadata": lambda: records.get_metadata(),
            "has_access": lambda: records.has_access("read"),
            "has_access write": lambda: records.has_access("write"),
        }
        for method, who in METHODS.get(records._name, {}).items():
            if who not in ("anyone", "own"):
                calls[method] = lambda method=method: self._call_method(records, method)
        if records._name == "email.sync.conversation":
            calls["message_post"] = lambda: records.message_post(body="x")
            calls["message_subscribe"] = lambda: records.message_subscribe([1])
            calls["message_get_followers"] = lambda: records.message_get_followers()
        return calls

    def _call_method(self, records, method):
        if method == "get_conversation_display":
            return records.browse().get_conversation_display(records.id)
        if method == "get_entry_display":
            return records.browse().get_entry_display(records.id)
        return getattr(records, method)()

    def _ask(self, call, id_):
        """Return the answer or the error without the id, and how many queries it took."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        with self.env.cr.savepoint() as savepoint:
            try:
                answer = repr(call())
            except UserError as error:
                answer = f"{type(error).__name__}: {error}"
            except (ValueError, TypeError, KeyError) as error:
                answer = type(error).__name__
            count = self.env.cr.sql_log_count - before
            savepoint.rollback()
        # Who asks may have the same number.
        answer = re.sub(rf"(?<!User: )\b{id_}\b", "ID", answer)
        # Core names the note that was not made by the next number there is.
        answer = re.sub(r"Records: \d+", "Records: ID", answer)
        return answer, count

    def test_hidden_and_missing_are_answered_alike(self):
        for viewer in CURIOUS:
            user = self.viewers[viewer]
            self.assertFalse(is_seen(viewer, LEVEL))
            for model_name, records in self.hidden.items():
                hidden = records.with_user(user)
                missing = self._get_missing(records).with_user(user)
                of_missing = self._get_calls(missing)
                for name, call in self._get_calls(hidden).items():
                    with self.subTest(viewer=viewer, model=model_name, call=name):
                        # Once each before it counts, for what is cached a user.
                        self._ask(call, hidden.id)
                        self._ask(of_missing[name], missing.id)
                        told = self._ask(call, hidden.id)
                        self.assertEqual(told, self._ask(of_missing[name], missing.id))
                        self.assertNotIn(SECRET, told[0])

    def test_a_condition_on_a_hidden_id_finds_nothing_in_as_many_queries(self):
        for viewer in CURIOUS:
            user = self.viewers[viewer]
            for records in self.hidden.values():
                model = records.browse().with_user(user)
                if not model.has_access("read"):
                    continue
                told = set()
                for _again in range(2):
                    told = {
                        self._ask(lambda id_=id_, m=model: m.search([("id", "=", id_)]), id_)
                        for id_ in (records.id, self._get_missing(records).id)
                    }
                self.assertEqual(len(told), 1, (viewer, records._name))

    @mute_logger("odoo.http")
    def test_developer_mode_names_nothing(self):
        """There, core's errors name the record that was refused, and its rule."""
        for viewer in ("colleague", "administrator"):
            user = self.viewers[viewer]
            self.authenticate(user.login, user.login)
            self.session.debug = "1"
            for model_name, records in self.hidden.items():
                for method, arguments in (
                    ("read", [records.ids, []]),
                    ("web_read", [records.ids, {"display_name": {}}]),
                    ("write", [records.ids, {"subject": "x"}]),
                    ("unlink", [records.ids]),
                ):
                    with self.subTest(viewer=viewer, model=model_name, method=method):
                        answer = self._call(model_name, method, arguments)
                        self.assertNotIn(SECRET, answer)
                        self.assertNotIn("Email conversation:", answer)

    def _call(self, model, method, arguments):
        parameters = {"model": model, "method": method, "args": arguments, "kwargs": {}}
        return self.url_open(
            f"/web/dataset/call_kw/{model}/{method}?debug=1",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters}),
            headers={"Content-Type": "application/json"},
        ).text

    # ------------------------------------------------------------
    # ROUTES OF CORE THAT EXPORT
    # ------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_exported_files(self):
        self.viewers["colleague"].group_ids += self.env.ref("base.group_allow_export")
        for viewer in ("colleague", "administrator", "owner"):
            user = self.viewers[viewer]
            self.authenticate(user.login, user.login)
            for level, conversation in self.conversations.items():
                request = {
                    "model": conversation._name,
                    "fields": [
                        {"name": "subject", "label": "Subject", "type": "char"},
                        {"name": "email_ids/text", "label": "Text", "type": "text"},
                    ],
                    "ids": conversation.ids,
                    "domain": [],
                    "import_compat": False,
                    "groupby": [],
                    "context": {},
                }
                with self.subTest(viewer=viewer, level=level):
                    response = self.url_open(
                        "/web/export/csv",
                        data={"data": json.dumps(request), "csrf_token": "x"},
                    )
                    self.assertEqual(
                        SECRET in response.text,
                        is_seen(viewer, level) and response.status_code == 200,
                    )

    # ------------------------------------------------------------
    # LOGS
    # ------------------------------------------------------------

    def test_a_refused_query_leaves_no_mail_in_the_log(self):
        """Core logs a query that the database refuses with its values: here, the mail."""
        folder = self._new_folder(self.personal_account, "Broken", "inbox")
        self.env.cr.execute(
            "ALTER TABLE email_sync_message ADD CONSTRAINT broken "
            "CHECK (subject NOT LIKE '%unstorable%')"
        )
        with self.assertLogs(level=logging.INFO) as logs:
            self._receive(
                build_mail(
                    subject=f"{SECRET} unstorable", text=SECRET, message_id="<broken@x.example>"
                ),
                folder=folder,
                link=False,
            )
        self.assertEqual(folder.placement_ids.outcome, "quarantined")
        self.assertNotIn(SECRET, "\n".join(logs.output))
        self.assertNotIn(SECRET, folder.placement_ids.reason)
