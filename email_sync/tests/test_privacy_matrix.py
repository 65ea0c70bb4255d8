"""The visibility table on every path of the ORM: models and methods of the addon."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged

from .privacy import (
    INSIDERS,
    METHODS,
    MODELS,
    READERS_IN_EMERGENCY,
    READERS_OF_EVERY_LINK,
    SECRET,
    SUPERVISORS,
    PrivacyCase,
    is_seen,
)


@tagged("post_install", "-at_install")
class TestPrivacyMatrix(PrivacyCase):
    # ------------------------------------------------------------
    # MODELS
    # ------------------------------------------------------------

    def _get_rows(self, model_name, conversation):
        """Return the rows of a model that belong to a conversation."""
        message = conversation.email_ids
        account = conversation.account_id
        rows = {
            "email.sync.account": account,
            "email.sync.conversation": conversation,
            "email.sync.emergency": account.emergency_ids,
            "email.sync.emergency.opening": account.emergency_ids.opening_ids,
            "email.sync.export.part": self._get_part(conversation),
            "email.sync.folder": message.placement_ids.folder_id,
            "email.sync.log": self.env["email.sync.log"].search([("account_id", "=", account.id)]),
            "email.sync.message": message,
            "email.sync.participant": message.participant_ids,
            "email.sync.placement": message.placement_ids,
            "email.sync.run": account.run_ids,
            "mail.message": message.mail_message_id,
        }
        return rows.get(model_name, self.env[model_name].search([]))

    def _is_row_seen(self, readers, viewer, level):
        if readers == "conversation":
            return is_seen(viewer, level)
        if readers == "members":
            return viewer in INSIDERS[level]
        if readers == "health":
            return viewer in INSIDERS[level] | SUPERVISORS
        if readers == "handing_over":
            return viewer in INSIDERS[level] | {"data_protection"}
        if readers == "data_protection":
            return viewer == "data_protection"
        return readers == "user" and viewer == "owner"

    def _get_model_paths(self, rows):
        model, ids = rows.browse(), rows.ids
        domain = [("id", "in", ids)]
        first = ids[0]
        names = [
            field.name
            for field in rows._fields.values()
            if field.store and field.type in ("char", "many2one") and not field.groups
        ]
        paths = {
            "search": lambda: bool(model.search(domain)),
            "search without ids": lambda: first in model.search([]).ids,
            "search with archived": lambda: (
                first in model.with_context(active_test=False).search([]).ids
            ),
            "search_count": lambda: model.search_count(domain),
            "_read_group": lambda: model._read_group(domain, [], ["__count"])[0][0],
            "search_read": lambda: bool(model.search_read(domain, ["id"])),
            "web_search_read": lambda: model.web_search_read(domain, {"id": {}})["length"],
            "web_read": lambda: bool(rows.web_read({"display_name": {}})),
            "display_name": lambda: bool(rows.read(["display_name"])),
            "access": lambda: rows.has_access("read"),
        }
        for name in names:
            paths[f"formatted_read_group by {name}"] = lambda name=name: bool(
                model.formatted_read_group(domain, [name], ["__count"])
            )
        if names:
            # A stored field: core answers for the id alone whether or not there is such a record.
            paths["read"] = lambda: bool(rows.read([names[0]]))
            paths["web_read_group"] = lambda: bool(
                model.web_read_group(domain, [names[0]])["groups"]
            )
            paths["search_fetch"] = lambda: bool(model.search_fetch(domain, [names[0]]))
            paths["name_search"] = lambda: first in dict(model.name_search("", domain, limit=None))
            paths["web_name_search"] = lambda: (
                first
                in [
                    found["id"]
                    for found in model.web_name_search("", {"id": {}}, domain, limit=None)
                ]
            )
        return paths

    def test_models_of_the_addon(self):
        for viewer, user, level, conversation, _seen in self._each_cell():
            for model_name, readers in MODELS.items():
                if readers in ("abstract", "own", "nobody"):
                    continue
                rows = self._get_rows(model_name, conversation)
                self.assertTrue(rows, model_name)
                seen = self._is_row_seen(readers, viewer, level)
                with self.subTest(viewer=viewer, level=level, model=model_name):
                    self._assert_paths(
                        self._get_model_paths(rows.with_user(user)), seen, (viewer, level)
                    )

    def test_models_of_the_server_alone(self):
        for viewer, user in self.viewers.items():
            for model_name, readers in MODELS.items():
                if readers == "nobody":
                    with self.subTest(viewer=viewer, model=model_name):
                        self.assertFalse(self.env[model_name].with_user(user).has_access("read"))

    def test_nobody_creates_rows_by_rpc(self):
        for viewer, user in self.viewers.items():
            for model_name, readers in MODELS.items():
                if readers in ("abstract", "own"):
                    continue
                model = self.env[model_name].with_user(user)
                with self.subTest(viewer=viewer, model=model_name):
                    self.assertFalse(model.has_access("create"))
                    self.assertFalse(model.has_access("unlink"))

    def test_only_members_write(self):
        for viewer, user, level, conversation, _seen in self._each_cell():
            with self.subTest(viewer=viewer, level=level):
                self.assertEqual(
                    conversation.with_user(user).has_access("write"), viewer in INSIDERS[level]
                )
                for model_name in ("email.sync.message", "email.sync.participant"):
                    rows = self._get_rows(model_name, conversation).with_user(user)
                    self.assertFalse(rows.has_access("write"))
                account = conversation.account_id.with_user(user)
                self.assertEqual(account.has_access("write"), viewer == "owner")

    def test_closed_fields_are_closed_to_everybody(self):
        for viewer, user in self.viewers.items():
            for rows, name in (
                (self.accounts, "sealed_secret"),
                (self.conversations["shared_linked"].email_ids, "source"),
            ):
                records = rows.with_user(user)
                with self.subTest(viewer=viewer, field=name):
                    with self.assertRaises(AccessError):
                        records.read([name])
                    with self.assertRaises(AccessError):
                        records.search([(name, "!=", False)])
                    with self.assertRaises(UserError):
                        records.export_data([name])
                    with self.assertRaises(AccessError):
                        records.formatted_read_group([], [name], ["__count"])
                    with self.assertRaises(AccessError):
                        records.search([], order=name)
                    self.assertNotIn(
                        name, records.fields_get() if records.has_access("read") else ()
                    )

    def test_export_takes_reading(self):
        group = self.env.ref("base.group_allow_export")
        for viewer, user, level, conversation, seen in self._each_cell():
            if user.share:
                continue
            user.sudo().group_ids += group
            rows = conversation.with_user(user)
            names = ["subject", "email_ids/text", "participant_ids/email"]
            with self.subTest(viewer=viewer, level=level):
                self.assertEqual(
                    self._reveals(lambda rows=rows, names=names: rows.export_data(names)), seen
                )

    def test_domain_of_everything_is_the_table(self):
        """No condition, and its negation, together show more than the table."""
        for viewer, user in self.viewers.items():
            conversations = self.env["email.sync.conversation"].with_user(user)
            if not conversations.has_access("read"):
                continue
            expected = {
                self.conversations[level].id
                for level in self.conversations
                if is_seen(viewer, level)
            }
            every = {conversation.id for conversation in self.conversations.values()}
            for condition in (
                Domain("subject", "ilike", SECRET),
                Domain("email_ids.text", "ilike", SECRET),
                Domain("participant_ids.email", "ilike", "customer"),
                Domain("is_every_link_readable", "=", True),
                Domain("mail_text", "ilike", SECRET),
                Domain("attachment_name", "ilike", SECRET),
                Domain("participant_address", "ilike", "customer"),
                Domain("partner_ids", "=", False),
                Domain("lead_ids.name", "=", "Deal"),
                Domain("message_ids.body", "ilike", SECRET),
            ):
                with self.subTest(viewer=viewer, condition=condition):
                    self.env.invalidate_all()
                    try:
                        found = conversations.search(condition) | conversations.search(~condition)
                    except AccessError:  # a condition on records that the viewer may not read
                        continue
                    self.assertEqual(set(found.ids) & every, expected)

    def test_names_that_core_reads_as_superuser(self):
        """As Odoo's privacy lookup does, of any record whose id an administrator types in."""
        administrator = self.viewers["administrator"]
        for level, conversation in self.conversations.items():
            seen = is_seen("administrator", level)
            for record in (conversation, conversation.email_ids, conversation.participant_ids[:1]):
                self.env.invalidate_all()
                name = record.with_user(administrator).sudo().display_name
                with self.subTest(level=level, model=record._name):
                    self.assertEqual(SECRET in (name or ""), seen)

    # ------------------------------------------------------------
    # METHODS
    # ------------------------------------------------------------

    def test_methods(self):
        for viewer, user, level, conversation, seen in self._each_cell():
            if not conversation.is_linked:
                continue  # without a chatter entry; seen by nobody whom `team` does not have
            allowed = {
                "reader": seen,
                "member": viewer in INSIDERS[level],
                "owner": viewer == "owner",
                "emergency": viewer in ("emergency_reader", "emergency_group"),
                "owner_of_emergency": viewer == "emergency_reader",
                "reader_in_emergency": viewer in READERS_IN_EMERGENCY.get(level, ()),
                "supervisor": viewer in SUPERVISORS,
                "data_protection": viewer == "data_protection",
                "health": viewer in INSIDERS[level] | SUPERVISORS,
            }
            for model_name, method, who in self._each_method():
                with self.subTest(viewer=viewer, level=level, method=f"{model_name}.{method}"):
                    rows = self._get_rows(model_name, conversation).with_user(user)
                    self._assert_call(rows, method, conversation, allowed[who])

    def _each_method(self):
        for model_name, methods in METHODS.items():
            for method, who in methods.items():
                if who not in ("anyone", "own"):
                    yield model_name, method, who

    def _assert_call(self, rows, method, conversation, is_allowed):
        arguments = {
            "get_conversation_display": [conversation.id],
            "get_entry_display": [conversation.email_ids.mail_message_id.id],
            "set_tag": ["$label1", True],
        }.get(method, [])
        if method.startswith("get_") and arguments:
            rows = rows.browse()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.env.cr.savepoint() as savepoint:
            try:
                answer = getattr(rows, method)(*arguments)
            except UserError as error:
                self.assertNotIn(SECRET, str(error))
                self.assertFalse(is_allowed and isinstance(error, AccessError), error)
            else:
                if not is_allowed:
                    self.assertNotIn(SECRET, str(answer))
                    self.assertTrue(arguments, "a method that is not allowed must refuse")
            savepoint.rollback()
        self.env.invalidate_all()

    def test_a_colleague_marks_nothing_as_read(self):
        conversation = self.conversations["shared_linked"]
        self.assertEqual(conversation.unread_count, 1)
        conversation.with_user(self.viewers["colleague"]).action_mark_read()
        self.assertEqual(conversation.unread_count, 1)
        conversation.with_user(self.viewers["member"]).action_mark_read()
        self.assertEqual(conversation.unread_count, 0)
        conversation.with_user(self.viewers["colleague"]).action_mark_unread()
        conversation.with_user(self.viewers["colleague"]).action_toggle_flagged()
        self.assertFalse(conversation.is_flagged)
        self.assertEqual(conversation.unread_count, 0)

    def test_a_colleague_asks_nothing_about_another_visibility(self):
        conversation = self.conversations["shared_linked"]
        for viewer in READERS_OF_EVERY_LINK:
            with self.assertRaises(AccessError):
                conversation.with_user(self.viewers[viewer]).get_viewers("team")
        self.assertEqual(conversation.visibility, "shared")
