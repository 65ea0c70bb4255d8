"""The visibility table on every route: the addon's own, and core's that serve any document."""

import json
import re
from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .privacy import INSIDERS, ROUTES, SECRET, PrivacyCase, is_seen


@tagged("post_install", "-at_install")
class TestPrivacyHttp(PrivacyCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.tokens = {}
        for level, conversation in self.conversations.items():
            attachment = conversation.email_ids.mail_message_id.attachment_ids
            if attachment:
                self.tokens[level] = [
                    attachment.generate_access_token()[0],
                    attachment._get_raw_access_token(),
                    attachment._get_thumbnail_token(),
                ]
        self.env.flush_all()

    def _log_in(self, viewer):
        user = self.viewers[viewer]
        if viewer == "public":
            self.authenticate(None, None)
        else:
            self.authenticate(user.login, user.login)

    def _get(self, url, **parameters):
        """Return what a browser gets: status and text, redirects not followed."""
        if parameters:
            url = f"{url}?{urlencode(parameters)}"
        response = self.url_open(url, allow_redirects=False)
        return response.status_code, response.text + str(response.headers)

    def _call(self, route, **parameters):
        response = self.url_open(
            route,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": parameters}),
            headers={"Content-Type": "application/json"},
        )
        return response.text

    # ------------------------------------------------------------
    # THE ADDON'S ROUTES
    # ------------------------------------------------------------

    def test_routes_of_the_addon(self):
        section = next(
            part.section
            for part in self.conversations["private"].email_ids._parse().parts
            if part.filename
        )
        for viewer in self.viewers:
            self._log_in(viewer)
            for level, conversation in self.conversations.items():
                message = conversation.email_ids
                allowed = {
                    "reader": is_seen(viewer, level),
                    "member": viewer in INSIDERS[level],
                }
                for route, who in ROUTES.items():
                    url = route.replace("<int:message_id>", str(message.id))
                    url = url.replace("<int:part_id>", str(self._get_part(conversation).id))
                    url = url.replace("<string:section>", section)
                    with self.subTest(viewer=viewer, level=level, url=route):
                        status, text = self._get(url)
                        self.assertEqual(status == 200, allowed[who], status)
                        self.assertEqual(SECRET in text, allowed[who])

    def test_hidden_and_missing_are_answered_alike(self):
        """Neither status nor text tells that there is a mail with this id."""
        hidden = {
            "<int:message_id>": self.conversations["private"].email_ids.id,
            "<int:part_id>": self._get_part(self.conversations["private"]).id,
        }
        missing = max(hidden.values()) + 100_000
        for viewer in ("colleague", "administrator", "portal"):
            self._log_in(viewer)
            for route in ROUTES:
                url = route.replace("<string:section>", "1")
                placeholder = next(name for name in hidden if name in url)
                answers = set()
                for id_ in (hidden[placeholder], missing):
                    response = self.url_open(url.replace(placeholder, str(id_)))
                    text = re.sub(rf"\b{id_}\b", "id", response.text)
                    answers.add((response.status_code, text))
                self.assertEqual(len(answers), 1, (viewer, route, answers))

    # ------------------------------------------------------------
    # CORE'S ROUTES
    # ------------------------------------------------------------

    def _get_attachment_urls(self, level, attachment):
        urls = {
            "content": (f"/web/content/{attachment.id}", {}),
            "content with name": (f"/web/content/{attachment.id}/x.txt", {"download": "true"}),
            "content of field": (f"/web/content/ir.attachment/{attachment.id}/raw", {}),
            "content by query": (
                "/web/content",
                {"model": "ir.attachment", "id": attachment.id, "field": "datas"},
            ),
            "zip": (f"/web/content/{attachment.id}", {"unique": "x"}),
        }
        for number, token in enumerate(self.tokens[level]):
            urls[f"content with token {number}"] = (
                f"/web/content/{attachment.id}",
                {"access_token": token},
            )
            urls[f"image with token {number}"] = (
                f"/web/image/{attachment.id}",
                {"access_token": token},
            )
        return urls

    def test_attachments_by_address(self):
        """Also with a token that was handed out while the reader, or anybody, could see it."""
        for viewer in self.viewers:
            self._log_in(viewer)
            for level in self.tokens:
                attachment = self.conversations[level].email_ids.mail_message_id.attachment_ids
                seen = is_seen(viewer, level)
                for name, (url, parameters) in self._get_attachment_urls(level, attachment).items():
                    with self.subTest(viewer=viewer, level=level, url=name):
                        _status, text = self._get(url, **parameters)
                        if not seen:
                            self.assertNotIn(SECRET, text)
                        elif "token" not in name:
                            self.assertIn(SECRET, text)

    def test_closed_fields_by_address(self):
        sources = self.env["ir.attachment"].search(
            [("res_model", "=", "email.sync.message"), ("res_field", "=", "source")]
        )
        self.assertTrue(sources)
        for viewer in self.viewers:
            self._log_in(viewer)
            for conversation in self.conversations.values():
                message = conversation.email_ids
                source = sources.filtered(lambda each, message=message: each.res_id == message.id)
                for url in (
                    f"/web/content/email.sync.message/{message.id}/source",
                    f"/web/content/{source.id}",
                    f"/web/content/{source.id}?access_token={source._get_raw_access_token()}",
                    f"/web/image/email.sync.message/{message.id}/source",
                    f"/web/content/email.sync.account/{conversation.account_id.id}/sealed_secret",
                ):
                    with self.subTest(viewer=viewer, url=url):
                        status, text = self._get(url)
                        self.assertNotIn(SECRET, text)
                        self.assertTrue(status != 200 or "image" in url, status)

    def _get_thread_calls(self, conversation):
        entry = conversation.email_ids.mail_message_id
        thread = {"thread_model": conversation._name, "thread_id": conversation.id}
        return {
            "/mail/thread/messages": {**thread, "fetch_params": {"search_term": SECRET}},
            "/mail/thread/recipients": {**thread, "message_id": entry.id},
            "/mail/thread/recipients/get_suggested_recipients": thread,
            "/mail/thread/subscribe": {
                "res_model": conversation._name,
                "res_id": conversation.id,
                "partner_ids": [self.env.ref("base.partner_root").id],
            },
            "/mail/message/post": {**thread, "post_data": {"body": "x"}},
            "/mail/message/reaction": {
                "message_id": entry.id,
                "content": "x",
                "action": "add",
            },
            "/mail/message/update_content": {
                "message_id": entry.id,
                "update_data": {"body": "x", "attachment_ids": []},
            },
            "/mail/link_preview": {"message_id": entry.id},
            "/mail/attachment/delete": {"attachment_id": entry.attachment_ids.id},
            "/mail/data": {
                "fetch_params": [
                    [
                        "mail.thread",
                        {
                            **thread,
                            "request_list": [
                                "display_name",
                                "attachments",
                                "followers",
                                "suggestedRecipients",
                                "activities",
                            ],
                        },
                    ]
                ]
            },
        }

    @mute_logger("odoo.http")  # core answers some of it with an error of its own
    def test_threads_of_hidden_conversations(self):
        for viewer in self.viewers:
            self._log_in(viewer)
            for level, conversation in self.conversations.items():
                if is_seen(viewer, level) or not conversation.is_linked:
                    continue
                entry = conversation.email_ids.mail_message_id
                for route, parameters in self._get_thread_calls(conversation).items():
                    with self.subTest(viewer=viewer, level=level, route=route):
                        answer = self._call(route, **parameters)
                        if route == "/mail/thread/messages":
                            answer = answer.replace(f'"search_term": "{SECRET}"', "")
                        self.assertNotIn(f"{SECRET} ", answer)
                self.env.invalidate_all()
                self.assertTrue(entry.exists() and entry.attachment_ids.exists())
                self.assertFalse(entry.sudo().reaction_ids)
                self.assertEqual(conversation.message_ids, entry)
                self.assertFalse(conversation.message_follower_ids)

    def test_chatter_of_a_contact(self):
        for viewer in self.viewers:
            if self.viewers[viewer].share:
                continue
            self._log_in(viewer)
            answer = self._call(
                "/mail/thread/messages",
                thread_model="res.partner",
                thread_id=self.customer.id,
                fetch_params={"limit": 30},
            )
            for level, conversation in self.conversations.items():
                seen = is_seen(viewer, level) and conversation.is_linked
                with self.subTest(viewer=viewer, level=level):
                    self.assertEqual(f"{SECRET} subject {level}" in answer, seen)

    def test_a_colleague_is_handed_no_token(self):
        """Tokens in the answers of chatters would open files to whoever gets them."""
        self._log_in("colleague")
        answer = self._call(
            "/mail/thread/messages", thread_model="res.partner", thread_id=self.customer.id
        )
        token = self.tokens["shared_linked"][1]
        attachment = self.conversations["shared_linked"].email_ids.mail_message_id.attachment_ids
        self.assertIn(f"{SECRET}.txt", answer)
        self.authenticate(None, None)
        _status, text = self._get(f"/web/content/{attachment.id}", access_token=token)
        self.assertNotIn(SECRET, text)

    def test_links_in_notifications(self):
        """`View` buttons lead readers to the conversation and name it to nobody else."""
        for viewer in self.viewers:
            self._log_in(viewer)
            for level, conversation in self.conversations.items():
                if is_seen(viewer, level):
                    continue
                entry = conversation.email_ids.mail_message_id
                urls = [
                    f"/mail/view?model={conversation._name}&res_id={conversation.id}",
                    f"/odoo/action-email_sync.email_sync_conversation_action/{conversation.id}",
                ]
                if entry:
                    urls += [f"/mail/view?message_id={entry.id}", f"/mail/message/{entry.id}"]
                for url in urls:
                    with self.subTest(viewer=viewer, level=level, url=url):
                        self.assertNotIn(SECRET, self._get(url)[1])

    @mute_logger("odoo.http")
    def test_rpc_by_guessed_ids(self):
        """Through the door that scripts use, and with the contexts that they can set."""
        for viewer in ("colleague", "administrator", "other_company", "portal"):
            self._log_in(viewer)
            for level, conversation in self.conversations.items():
                if is_seen(viewer, level):
                    continue
                for model, ids, names in (
                    ("email.sync.conversation", conversation.ids, ["subject", "snippet"]),
                    ("email.sync.message", conversation.email_ids.ids, ["text"]),
                    ("mail.message", conversation.email_ids.mail_message_id.ids, ["body"]),
                ):
                    for context in (
                        {},
                        {"active_test": False},
                        {"allowed_company_ids": self.env["res.company"].search([]).ids},
                        {"bin_size": True, "skip_res_field_check": True, "bypass_access": True},
                    ):
                        with self.subTest(viewer=viewer, level=level, model=model):
                            answer = self._call(
                                "/web/dataset/call_kw",
                                model=model,
                                method="read",
                                args=[ids, names],
                                kwargs={"context": context},
                            )
                            self.assertNotIn(SECRET, answer)

    @mute_logger("odoo.http")
    def test_private_methods_are_closed(self):
        """What begins with an underscore is not for RPC; nor is what core marks as private."""
        self._log_in("owner")
        account = self.personal_account
        for model, method, ids in (
            ("email.sync.account", "_get_secret", account.ids),
            ("email.sync.account", "_set_secret", account.ids),
            ("email.sync.account", "_change_type", account.ids),
            ("email.sync.store", "_store", []),
            ("email.sync.engine", "_cron_sync", []),
            ("email.sync.message", "_get_source", self.conversations["private"].email_ids.ids),
        ):
            answer = json.loads(
                self._call(
                    "/web/dataset/call_kw", model=model, method=method, args=[ids], kwargs={}
                )
            )
            self.assertIn("error", answer, method)
            self.assertNotIn(SECRET, str(answer))
