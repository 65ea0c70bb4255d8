"""The visibility table where core shows, sends or counts what belongs to any document."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .privacy import INSIDERS, SECRET, PrivacyCase, is_seen


@tagged("post_install", "-at_install")
class TestPrivacyCore(PrivacyCase):
    # ------------------------------------------------------------
    # FROM OTHER MODELS
    # ------------------------------------------------------------

    def _get_entry_paths(self, user, conversation):
        entry = conversation.email_ids.mail_message_id.with_user(user)
        attachment = entry.sudo().attachment_ids.with_user(user)
        messages, attachments = entry.browse(), attachment.browse()
        on_conversation = [("model", "=", conversation._name), ("res_id", "=", conversation.id)]
        paths = {
            "message by id": lambda: bool(entry.read(["subject", "body"])),
            "message web_read": lambda: bool(entry.web_read({"subject": {}})),
            "message access": lambda: entry.has_access("read"),
            "message search": lambda: bool(messages.search([("id", "=", entry.id)])),
            "message search_count": lambda: messages.search_count(on_conversation),
            "message group": lambda: messages._read_group(on_conversation, [], ["__count"])[0][0],
            "message subject": lambda: bool(
                messages.search([("subject", "ilike", SECRET), ("id", "=", entry.id)])
            ),
            "message with access": lambda: bool(messages._get_with_access(entry.id, "read")),
            "attachment by id": lambda: bool(attachment.read(["name", "raw"])),
            "attachment access": lambda: attachment.has_access("read"),
            "attachment search": lambda: bool(
                attachments.search([("name", "ilike", SECRET), ("id", "=", attachment.id)])
            ),
            "attachment of document": lambda: bool(
                attachments.search(
                    [("res_model", "=", conversation._name), ("res_id", "=", conversation.id)]
                )
            ),
            "attachment count": lambda: attachments.search_count(
                [("index_content", "ilike", SECRET), ("id", "=", attachment.id)]
            ),
        }
        if not user.share:
            thread = conversation.with_user(user)
            paths["message search by name"] = lambda: bool(
                messages.search([*on_conversation, ("message_type", "=", "email")])
            )
            paths["conversation's name"] = lambda: thread.read(["display_name"])
        return paths

    def test_entries_and_attachments(self):
        for viewer, user, level, conversation, seen in self._each_cell():
            if not conversation.is_linked:
                self.assertFalse(conversation.email_ids.mail_message_id)
                continue
            with self.subTest(viewer=viewer, level=level):
                self._assert_paths(self._get_entry_paths(user, conversation), seen, (viewer, level))

    def test_modes_of_access_to_an_entry(self):
        """What core's routes for reactions, edits and answers ask for."""
        for viewer, user, level, conversation, _seen in self._each_cell():
            entry = conversation.email_ids.mail_message_id
            if not entry:
                continue
            messages = self.env["mail.message"].with_user(user)
            for mode in ("create", "write", "unlink"):
                with self.subTest(viewer=viewer, level=level, mode=mode):
                    self.env.invalidate_all()
                    self.assertEqual(
                        bool(messages._get_with_access(entry.id, mode)), viewer in INSIDERS[level]
                    )

    def test_chatters(self):
        for viewer, user in self.viewers.items():
            if user.share:
                continue
            for record in (self.customer, self.lead):
                if not record.with_user(user).has_access("read"):
                    continue
                linked = [level for level, each in self.conversations.items() if each.is_linked]
                expected = {
                    self.conversations[level].email_ids.mail_message_id.id
                    for level in linked
                    if is_seen(viewer, level)
                }
                hidden = {
                    conversation.email_ids.mail_message_id.id
                    for conversation in self.conversations.values()
                } - expected
                with self.subTest(viewer=viewer, record=record._name):
                    self._assert_chatter(record.with_user(user), expected, hidden)

    def _assert_chatter(self, record, expected, hidden):
        messages = self.env["mail.message"].with_user(record.env.user)
        self.env.invalidate_all()
        for arguments in ({}, {"search_term": SECRET}, {"around": max(hidden | expected)}):
            fetched = messages._message_fetch(None, thread=record, **arguments)
            found = set(fetched["messages"].ids)
            self.assertFalse(found & hidden, arguments)
            self.assertTrue(expected <= found, arguments)
            if "search_term" in arguments:
                self.assertEqual(fetched["count"], len(expected))
        self.assertEqual(record.email_sync_conversation_count, len(expected))
        self.assertFalse(set(record.message_ids.ids) & (hidden | expected))

    def test_filters_of_other_models(self):
        """A condition on another model must not test what a mail says."""
        fields_of_messages = ("body", "subject", "attachment_ids.name", "email_from")
        for viewer, user in self.viewers.items():
            for record in (self.customer, self.lead):
                records = record.with_user(user).browse()
                if not records.has_access("read"):
                    continue
                for name in fields_of_messages:
                    domain = [(f"message_ids.{name}", "ilike", SECRET)]
                    with self.subTest(viewer=viewer, domain=domain):
                        self._assert_paths(self._get_filter_paths(records, domain), False, viewer)

    def _get_filter_paths(self, records, domain):
        return {
            "search": lambda: bool(records.search(domain)),
            "search_count": lambda: records.search_count(domain),
        }

    # ------------------------------------------------------------
    # THREADS
    # ------------------------------------------------------------

    def test_threads_methods_take_membership(self):
        """What core offers on any document: notes, followers, notifications."""
        for viewer, user, level, conversation, _seen in self._each_cell():
            if viewer in INSIDERS[level]:
                continue
            as_user = conversation.with_user(user)
            partner = user.partner_id
            calls = {
                "message_post": lambda as_user=as_user: as_user.message_post(body="x"),
                "message_notify": lambda as_user=as_user, partner=partner: as_user.message_notify(
                    body="x", partner_ids=partner.ids
                ),
                "copy": lambda as_user=as_user: as_user.copy(),
                "unlink": lambda as_user=as_user: as_user.unlink(),
                "message": lambda as_user=as_user: as_user.env["mail.message"].create(
                    {"model": as_user._name, "res_id": as_user.id, "body": "x"}
                ),
            }
            for name, call in calls.items():
                with self.subTest(viewer=viewer, level=level, method=name):
                    self.env.invalidate_all()
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        call()

    def test_subscribing_takes_reading(self):
        for viewer, user, level, conversation, seen in self._each_cell():
            if user.share:
                continue
            with self.subTest(viewer=viewer, level=level):
                self.env.invalidate_all()
                try:
                    conversation.with_user(user).message_subscribe(user.partner_id.ids)
                except AccessError:
                    self.assertFalse(seen)
                self.env.invalidate_all()
                self.assertEqual(user.partner_id in conversation.message_partner_ids, seen)

    # ------------------------------------------------------------
    # NOTIFICATIONS
    # ------------------------------------------------------------

    def test_progress_goes_to_members(self):
        told = []

        def _bus_send(partner, notification_type, message, /, **kwargs):
            told.append((notification_type, partner.user_ids))

        with patch.object(type(self.env["res.partner"]), "_bus_send", _bus_send):
            self.team_account._notify_progress()
            self.team_account._notify_sign_in("reason")
        users = self.env["res.users"].union(*(users for _type, users in told))
        self.assertEqual(users, self.viewers["owner"] | self.viewers["member"])

    def test_synced_mail_notifies_nobody(self):
        for conversation in self.conversations.values():
            entry = conversation.email_ids.mail_message_id
            self.assertFalse(entry.notification_ids | entry.partner_ids.env["mail.notification"])
            self.assertFalse(entry.partner_ids)
            self.assertFalse(entry.author_id.user_ids)
