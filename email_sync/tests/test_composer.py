"""Writing in the name of an account, on real SMTP and IMAP servers: sent once, kept once."""

import base64
import email
import email.policy
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..mailbox.imap import ImapSession
from ..mime.parse import parse
from .common import build_mail
from .servers import Mailbox
from .test_engine import EngineCase

PIXEL = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class ComposerCase(EngineCase):
    def setUp(self):
        super().setUp()
        self.customer_mailbox = Mailbox("ada")
        self.account.write({"name": "Alice Müller", "signature": "<p>Alice, Sales</p>"})

    def _receive_from_customer(self, **kwargs):
        """Let the customer write to the account; return the synced mail."""
        source = build_mail(
            **{
                "sender": f"Ada Customer <{self.customer_mailbox.login}>",
                "to": f"Alice <{self.mailbox.login}>",
                **kwargs,
            }
        )
        self.mailbox.append(source)
        self._sync()
        return self._get_messages()[-1]

    def _get_messages(self):
        return self.env["email.sync.message"].search(
            [("account_id", "=", self.account.id)], order="id"
        )

    def _open(self, mode, message, user=None):
        """Press Reply (all) or Forward; return what is being written, as the user."""
        action = getattr(message.with_user(user or self.alice), f"action_{mode}")()
        return self._get_composer(action)

    def _open_new(self, **vals):
        action = self.env["email.sync.conversation"].with_user(self.alice).action_new_email()
        composer = self._get_composer(action)
        composer.write(vals)
        return composer

    def _get_composer(self, action):
        return self.env[action["res_model"]].with_user(self.alice).browse(action["res_id"])

    def _send(self, composer, button="action_send"):
        """Press a button of the window, in a request of its own."""
        with self._request(composer) as composer:
            return getattr(composer, button)()

    def _send_in_vain(self, composer, error_class, pattern):
        """Press Send; the request fails and is rolled back, but for what it had committed."""
        with self._request(composer) as composer:
            try:
                composer.action_send()
            except error_class as error:
                composer.env.cr.rollback()
                self.assertRegex(str(error), pattern)
            else:
                self.fail("The mail was sent.")

    @contextmanager
    def _request(self, composer):
        """Give the composer a cursor on which it may commit."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield composer.with_env(self.env(cr=cr, user=composer.env.user, su=False))
        self.env.invalidate_all()

    def _get_delivered(self, mailbox):
        """Return what arrived in an inbox, oldest first, read by the standard library."""
        return [
            email.message_from_bytes(raw, policy=email.policy.default)
            for raw in self._fetch(mailbox, "INBOX")
        ]

    def _fetch(self, mailbox, folder):
        with mailbox.connect() as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = sorted(client.search())
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return [found[uid][b"BODY[]"] for uid in uids]


@tagged("post_install", "-at_install")
class TestComposer(ComposerCase):
    # -- answering ------------------------------------------------------------------------------

    def test_reply(self):
        original = self._receive_from_customer(
            references="<0@customer.example>", html="<p>Could you send us a <b>quotation</b>?</p>"
        )
        composer = self._open("reply", original)
        self.assertEqual(composer.to, f"Ada Customer <{self.customer_mailbox.login}>")
        self.assertEqual(composer.subject, "Re: Quotation")
        self.assertIn("On Mon, 2 Mar 2026, ", composer.quote)
        self.assertIn("Alice, Sales", composer.body)
        self.assertIn("quotation", composer.quote)
        read = composer.with_context(bin_size=True).read(["quote"])
        self.assertIn("quotation", read[0]["quote"], "as a form reads it")
        composer.body = "<p>Grüße</p>" + composer.body
        action = self._send(composer)
        self.assertEqual(action["params"]["message"], "The mail was sent.")
        [delivered] = self._get_delivered(self.customer_mailbox)
        self.assertEqual(delivered["From"], f"Alice Müller <{self.mailbox.login}>")
        self.assertEqual(delivered["In-Reply-To"], "<1@customer.example>")
        self.assertEqual(delivered["References"], "<0@customer.example> <1@customer.example>")
        self.assertRegex(delivered["Message-ID"], r"^<[^<>@]+@company\.example>$")
        plain = delivered.get_body(("plain",)).get_content()
        html = delivered.get_body(("html",)).get_content()
        for text in (plain, html):
            self.assertLess(text.index("Grüße"), text.index("Alice, Sales"))
            self.assertLess(text.index("Alice, Sales"), text.index("quotation"))

    def test_reply_is_in_its_conversation_at_once(self):
        original = self._receive_from_customer()
        self._send(self._open("reply", original))
        conversation = original.conversation_id
        self.assertEqual(conversation.email_count, 2)
        answer = conversation.email_ids - original
        self.assertTrue(answer.is_outgoing and answer.is_read)
        self.assertTrue(original.is_answered)
        self.assertFalse(conversation.message_ids.filtered(lambda m: m.model == "res.partner"))

    def test_reply_to_a_mail_without_message_id_stays_in_its_conversation(self):
        original = self._receive_from_customer(message_id="")
        self._send(self._open("reply", original))
        self.assertEqual(original.conversation_id.email_count, 2)

    def test_one_copy_in_sent_and_none_doubled_by_the_sync(self):
        original = self._receive_from_customer()
        self._send(self._open("reply", original))
        for _run in range(3):
            self._sync()
        self.assertEqual(len(self._fetch(self.mailbox, "Sent")), 1)
        self.assertEqual(len(self._get_messages()), 2)
        answer = self._get_messages() - original
        self.assertEqual(answer.placement_ids.folder_id.name, "Sent")
        with self.mailbox.connect() as client:
            client.select_folder("Sent", readonly=True)
            self.assertIn(b"\\Seen", client.get_flags(client.search())[1])
            client.select_folder("INBOX", readonly=True)
            self.assertIn(b"\\Answered", client.get_flags(client.search())[1])

    def test_what_was_sent_counts_as_done(self):
        self._sync()
        for number in range(2):
            self._send(self._open("reply", self._receive_from_customer(message_id=f"<{number}@x>")))
            self._sync()
            self._sync()
        sent = self._get_folder("Sent")
        self.assertEqual((sent.done_count, sent.in_range_count), (2, 2))
        self.assertEqual(self.account.progress_done, self.account.progress_total)

    def test_copy_in_sent_that_is_moved_is_not_fetched(self):
        original = self._receive_from_customer()
        self._send(self._open("reply", original))
        self._sync()
        answer = self._get_messages() - original
        with self.mailbox.connect() as client:
            client.select_folder("Sent")
            told = client.fetch([1], ["RFC822.SIZE", "INTERNALDATE"])[1]
            client.create_folder("Moved")
            client.move([1], "Moved")
        self.assertEqual(answer.placement_ids.size, told[b"RFC822.SIZE"])
        sources = []
        fetch_sources = ImapSession.fetch_sources

        def noted(session, messages, **kwargs):
            messages = list(messages)
            sources.extend(messages)
            return fetch_sources(session, messages, **kwargs)

        with patch.object(ImapSession, "fetch_sources", noted):
            self._sync()
            # A folder that seems empty is looked at twice.
            self._sync()
        places = answer.placement_ids.filtered(lambda placement: placement.outcome == "stored")
        self.assertEqual(places.folder_id.name, "Moved")
        self.assertFalse(sources)

    def test_copy_in_sent_once_although_killed_after_append(self):
        original = self._receive_from_customer()
        self._send(self._open("reply", original))
        self._sync()
        # As if the worker had died before it could note that the copy lies in the folder.
        answer = self._get_messages() - original
        answer.placement_ids.unlink()
        answer.sent_copy = "own"
        self._sync()
        self.assertEqual(len(self._fetch(self.mailbox, "Sent")), 1)
        self.assertEqual(len(answer.placement_ids), 1)

    def test_copy_that_the_provider_keeps_and_changes_is_no_second_mail(self):
        self.account.provider = "microsoft"
        original = self._receive_from_customer()
        self._send(self._open("reply", original))
        [delivered] = self._fetch(self.customer_mailbox, "INBOX")
        changed = delivered.replace(b"Alice, Sales", b"Alice of Sales")
        self.assertNotEqual(parse(changed).digest, parse(delivered).digest)
        self.mailbox.append(changed, folder="Sent")
        self._sync()
        self.assertEqual(len(self._fetch(self.mailbox, "Sent")), 1, "nothing is appended")
        self.assertEqual(len(self._get_messages()), 2)

    def test_answer_to_the_answer_joins_the_conversation(self):
        original = self._receive_from_customer()
        self._send(self._open("reply", original))
        [delivered] = self._get_delivered(self.customer_mailbox)
        self._receive_from_customer(
            message_id="<2@customer.example>", references=delivered["Message-ID"], subject="Another"
        )
        self.assertEqual(original.conversation_id.email_count, 3)

    def test_reply_all(self):
        colleague = Mailbox("carl")
        original = self._receive_from_customer(
            to=f"Alice <{self.mailbox.login}>, Carl <{colleague.login}>",
            cc=f"{self.mailbox.login}, dora@customer.example",
        )
        composer = self._open("reply_all", original)
        self.assertEqual(composer.to, f"Ada Customer <{self.customer_mailbox.login}>")
        self.assertEqual(composer.cc, f"Carl <{colleague.login}>, dora@customer.example")
        self._send(composer)
        self.assertEqual(len(self._get_delivered(colleague)), 1)
        self.assertFalse(self._get_delivered(self.mailbox)[1:], "none to oneself")

    def test_bcc_is_known_to_the_sender_alone(self):
        hidden = Mailbox("hidden")
        self.env["res.partner"].create({"name": "Hidden", "email": hidden.login})
        original = self._receive_from_customer()
        composer = self._open("reply", original)
        composer.bcc = hidden.login
        self._send(composer)
        self._sync()
        for mailbox in (self.customer_mailbox, hidden):
            [delivered] = self._fetch(mailbox, "INBOX")
            self.assertNotIn(hidden.login.encode(), delivered.partition(b"\r\n\r\n")[0])
        [kept] = self._fetch(self.mailbox, "Sent")
        self.assertEqual(parse(kept).bcc[0].email, hidden.login)
        answer = self._get_messages() - original
        self.assertIn("bcc", answer.participant_ids.mapped("role"))
        self.assertFalse(answer.conversation_id.partner_ids, "a link would show it to readers")
        again = self._open("reply_all", answer)
        self.assertNotIn(hidden.login, f"{again.to} {again.cc} {again.bcc} {again.quote}")

    # -- forwarding and new mail ----------------------------------------------------------------

    def test_forward_takes_the_attachments_along(self):
        original = self._receive_from_customer(
            attachments=[("Größe.pdf", b"%PDF-1.4 \0\xff", "application", "pdf")]
        )
        composer = self._open("forward", original)
        self.assertFalse(composer.to)
        self.assertEqual(composer.subject, "Fwd: Quotation")
        self.assertEqual(composer.attachment_ids.mapped("name"), ["Größe.pdf"])
        third = Mailbox("third")
        composer.to = third.login
        self._send(composer)
        [delivered] = self._get_delivered(third)
        self.assertFalse(delivered["In-Reply-To"])
        [part] = delivered.iter_attachments()
        self.assertEqual(part.get_filename(), "Größe.pdf")
        self.assertEqual(part.get_content(), b"%PDF-1.4 \0\xff")
        self.assertFalse(original.is_answered)

    def test_picture_in_the_text_and_attachment(self):
        composer = self._open_new(to=self.customer_mailbox.login, subject="Häuser")
        picture, file = (
            self.env["ir.attachment"]
            .with_user(self.alice)
            .create(
                [
                    {
                        "name": "logo.png",
                        "raw": PIXEL,
                        "res_model": composer._name,
                        "res_id": composer.id,
                    },
                    {
                        "name": "list.csv",
                        "raw": b"a;b",
                        "res_model": composer._name,
                        "res_id": composer.id,
                    },
                ]
            )
        )
        composer.body = f'<p>See <img src="/web/image/{picture.id}-abc/logo.png"> here</p>'
        composer.attachment_ids = file
        self._send(composer)
        [delivered] = self._get_delivered(self.customer_mailbox)
        self.assertEqual(delivered["Subject"], "Häuser")
        parts = {part.get_content_type(): part for part in delivered.walk()}
        content_id = parts["image/png"]["Content-ID"].strip("<>")
        self.assertIn(f'src="cid:{content_id}"', parts["text/html"].get_content())
        self.assertEqual(parts["image/png"].get_content(), PIXEL)
        [attached] = delivered.iter_attachments()
        self.assertEqual(attached.get_filename(), "list.csv")

    def test_picture_that_the_writer_may_not_see_is_not_sent(self):
        hidden = self.env["ir.attachment"].create(
            {"name": "x.png", "raw": PIXEL, "res_model": "ir.ui.view", "res_id": 1}
        )
        composer = self._open_new(to=self.customer_mailbox.login, subject="Picture")
        composer.body = f'<p><img src="/web/image/{hidden.id}"></p>'
        self._send(composer)
        [delivered] = self._get_delivered(self.customer_mailbox)
        self.assertNotIn("image/png", [part.get_content_type() for part in delivered.walk()])

    def test_new_mail_from_a_lead_is_linked_to_it(self):
        lead = self.env["crm.lead"].create(
            {"name": "Roof", "email_from": self.customer_mailbox.login, "user_id": self.alice.id}
        )
        composer = self._get_composer(lead.with_user(self.alice).action_new_email_sync())
        self.assertEqual(composer.to, self.customer_mailbox.login)
        composer.subject = "Your roof"
        self._send(composer)
        conversation = self._get_messages().conversation_id
        self.assertEqual(conversation.lead_ids, lead)
        self.assertEqual(conversation.visibility, "private")
        self.assertFalse(lead.message_ids.filtered(lambda m: "roof" in (m.subject or "")))

    def test_what_was_written_is_found_again(self):
        original = self._receive_from_customer()
        composer = self._open("reply", original)
        composer.body = "<p>Half of it</p>"
        self.assertEqual(self._open("reply", original), composer)
        self.assertNotEqual(self._open("forward", original), composer)
        composer.action_discard()
        self.assertNotIn("Half of it", self._open("reply", original).body)

    # -- rights ---------------------------------------------------------------------------------

    def test_colleague_who_reads_may_not_answer(self):
        partner = self.env["res.partner"].create(
            {"name": "Ada", "email": self.customer_mailbox.login}
        )
        original = self._receive_from_customer()
        original.conversation_id.visibility = "shared"
        self.assertEqual(original.conversation_id.partner_ids, partner)
        entry = original.mail_message_id
        self.assertEqual(entry.with_user(self.alice)._get_email_sync_answerable_ids(), {entry.id})
        self.assertFalse(entry.with_user(self.bob)._get_email_sync_answerable_ids())
        with self.assertRaises(AccessError):
            entry.with_user(self.bob).action_email_sync_reply()
        seen = original.with_user(self.bob)
        self.assertTrue(seen.subject, "the colleague reads it")
        self.assertFalse(seen.conversation_id.is_answerable)
        for mode in ("reply", "reply_all", "forward"):
            with self.assertRaises(AccessError):
                getattr(seen, f"action_{mode}")()
        with self.assertRaises(AccessError):
            self.env["email.sync.composer"].with_user(self.bob).create(
                {"account_id": self.account.id, "message_id": original.id, "to": "x@y.example"}
            )

    def test_nobody_sends_or_reads_what_another_writes(self):
        composer = self._open_new(to=self.customer_mailbox.login, subject="Mine")
        with self.assertRaises(AccessError):
            composer.with_user(self.bob).subject  # noqa: B018
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            composer.with_user(admin).action_send()

    def test_hidden_mail_is_not_quoted_by_its_id(self):
        foreign_account = self._connect(self.bob, Mailbox("bob"))
        foreign_inbox = self._new_folder(foreign_account, "INBOX", "inbox")
        hidden = self._receive(build_mail(), folder=foreign_inbox)
        with self.assertRaises(AccessError):
            self.env["email.sync.composer"].with_user(self.alice).create(
                {"account_id": self.account.id, "message_id": hidden.id, "mode": "reply"}
            )

    def test_who_left_the_team_sends_nothing_any_more(self):
        self.account.write(
            {
                "account_type": "team",
                "owner_id": self.bob.id,
                "member_ids": [(4, self.alice.id), (4, self.bob.id)],
                "visibility": "team",
            }
        )
        composer = self._open_new(to=self.customer_mailbox.login, subject="Team")
        self.account.member_ids = self.bob
        self._send_in_vain(composer, AccessError, "Only members")
        self.assertFalse(self._get_delivered(self.customer_mailbox))
