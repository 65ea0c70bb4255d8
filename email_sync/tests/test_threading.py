"""Conversations by RFC 5322 References, whichever mail comes first; one mail once."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DATE, EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestThreading(EmailSyncCase):
    def test_answer_joins_what_it_answers(self):
        first = self._receive(build_mail(message_id="<1@a.example>"))
        answer = self._receive(build_mail(message_id="<2@a.example>", references="<1@a.example>"))
        self.assertEqual(first.conversation_id, answer.conversation_id)
        self.assertEqual(first.conversation_id.email_count, 2)

    def test_newest_first(self):
        """Backfill meets the answer before the question, and the mail between them never."""
        answer = self._receive(
            build_mail(message_id="<3@a.example>", references="<1@a.example> <2@a.example>")
        )
        first = self._receive(build_mail(message_id="<1@a.example>"))
        other_answer = self._receive(
            build_mail(message_id="<4@a.example>", references="<2@a.example>")
        )
        self.assertEqual(answer.conversation_id, (first | answer | other_answer).conversation_id)

    def test_order_within_a_batch_does_not_matter(self):
        sources = [
            build_mail(message_id=f"<{n}@a.example>", references=f"<{n - 1}@a.example>")
            for n in range(2, 8)
        ]
        sources = [sources[5], sources[0], sources[3], sources[1], sources[4], sources[2]]
        messages = self._receive(*sources)
        self.assertEqual(len(messages.conversation_id), 1)

    def test_two_conversations_turn_out_to_be_one(self):
        """The narrower visibility wins, links of both stay."""
        newer = self._receive(build_mail(message_id="<3@a.example>", references="<2@a.example>"))
        older = self._receive(build_mail(message_id="<1@a.example>", sender="Bea <bea@b.example>"))
        self.assertNotEqual(newer.conversation_id, older.conversation_id)
        bea = self.env["res.partner"].create({"name": "Bea", "email": "bea@b.example"})
        newer.conversation_id.visibility = "shared"
        between = self._receive(build_mail(message_id="<2@a.example>", references="<1@a.example>"))
        conversation = (newer | older | between).conversation_id
        self.assertEqual(len(conversation), 1)
        self.assertEqual(conversation.visibility, "private")
        self.assertEqual(conversation.partner_ids, self.customer | bea)
        self.assertEqual(conversation.email_count, 3)
        entries = conversation.email_ids.mail_message_id
        self.assertEqual(len(entries), 3)
        self.assertEqual(set(entries.mapped("res_id")), {conversation.id})

    def test_subject_only_as_a_last_resort(self):
        first = self._receive(build_mail(subject="Offer 17", message_id="<1@a.example>"))
        answer = build_mail(
            subject="Re: Offer 17", message_id="<2@a.example>", date=DATE + timedelta(days=2)
        )
        stranger = build_mail(
            sender="Zoe <zoe@z.example>", subject="Re: Offer 17", message_id="<3@a.example>"
        )
        late = build_mail(
            subject="Re: Offer 17", message_id="<4@a.example>", date=DATE + timedelta(days=90)
        )
        same_subject = build_mail(subject="Offer 17", message_id="<5@a.example>")
        messages = self._receive(answer)
        self.assertEqual(messages.conversation_id, first.conversation_id)
        for source in (stranger, late, same_subject):
            message = self._receive(source, date=DATE + timedelta(days=91))
            self.assertNotEqual(message.conversation_id, first.conversation_id)

    def test_conversations_of_two_accounts_stay_apart(self):
        account = self._new_account(self.bob)
        folder = self._new_folder(account, "INBOX", "inbox")
        first = self._receive(build_mail())
        copy = self._receive(build_mail(), folder=folder)
        self.assertNotEqual(first, copy)
        self.assertNotEqual(first.conversation_id, copy.conversation_id)

    def test_one_mail_in_several_folders(self):
        archive = self._new_folder(self.account, "Archive", "archive")
        first = self._receive(build_mail())
        again = self._receive(build_mail(), folder=archive)
        self.assertEqual(first, again)
        self.assertEqual(len(first.placement_ids), 2)
        twice = self._receive(build_mail(message_id="<9@a.example>", text="twice"), folder=archive)
        self.assertEqual(len(twice), 1)

    def test_same_message_id_with_another_body_is_another_mail(self):
        first = self._receive(build_mail(text="as sent"))
        copy = self._receive(build_mail(text="as sent\n-- \nfooter of the list"))
        self.assertNotEqual(first, copy)
        self.assertEqual(first.conversation_id, copy.conversation_id)

    def test_no_message_id(self):
        report = build_mail(message_id=None, subject="Report", text="all is well")
        next_report = build_mail(
            message_id=None, subject="Report", text="all is well", date=DATE + timedelta(days=1)
        )
        self.assertEqual(self._receive(report), self._receive(report))
        self.assertNotEqual(self._receive(report), self._receive(next_report))

    def test_read_in_one_folder_is_read(self):
        archive = self._new_folder(self.account, "Archive", "archive")
        message = self._receive(build_mail())
        self.assertEqual(message.conversation_id.unread_count, 1)
        self._receive(build_mail(), folder=archive, flags=["\\Seen"])
        self.assertEqual(message.conversation_id.unread_count, 0)

    def test_what_cannot_be_stored_is_quarantined_and_the_rest_is_stored(self):
        store = type(self.env["email.sync.store"])
        get_message_vals = store._get_message_vals

        def fail_on_poison(store, folder, arrival):
            if arrival.parsed.subject == "poison":
                raise ValueError("not a mail")
            return get_message_vals(store, folder, arrival)

        sources = [
            build_mail(subject="poison" if n == 3 else "fine", message_id=f"<{n}@a.example>")
            for n in range(7)
        ]
        with (
            patch.object(store, "_get_message_vals", fail_on_poison),
            mute_logger("odoo.addons.email_sync.models.email_sync_store"),
        ):
            messages = self._receive(*sources)
        self.assertEqual(len(messages), 6)
        placement = self.env["email.sync.placement"].search(
            [("account_id", "=", self.account.id), ("outcome", "=", "quarantined")]
        )
        self.assertEqual(len(placement), 1)
        self.assertIn("not a mail", placement.reason)
        self.assertEqual(placement.source and len(placement._get_source()), len(sources[3]))
        self.assertEqual(self.account.with_user(self.alice).quarantined_count, 1)
        with self.assertRaises(AccessError):
            self.account.with_user(self.bob).action_retry_quarantine()
        self.account.with_user(self.alice).action_retry_quarantine()
        self.assertEqual(placement.outcome, "stored")
        self.assertEqual(placement.message_id.subject, "poison")
        self.assertFalse(placement.source)
        self.assertEqual(self.account.quarantined_count, 0)
