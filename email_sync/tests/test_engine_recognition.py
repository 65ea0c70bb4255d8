"""Known mail is never fetched twice, and never taken for another."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..mailbox.imap import ImapSession
from .common import DATE, build_mail
from .test_engine import EngineCase

TEXT = "Could you send us a quotation? " * 300


class RecognitionCase(EngineCase):
    def _get_messages(self):
        return self.env["email.sync.message"].search(
            [("account_id", "=", self.account.id)], order="date, id"
        )

    @contextmanager
    def _counted(self):
        """Yield the list of sessions that are opened meanwhile."""
        sessions = []
        connect = ImapSession.connect

        def connect_and_note(*args):
            sessions.append(connect(*args))
            return sessions[-1]

        with patch.object(ImapSession, "connect", connect_and_note):
            yield sessions

    def _sync_and_count(self):
        """Sync; return the bytes that came from the server."""
        with self._counted() as sessions:
            self._sync()
        return sum(session.bytes_received for session in sessions)

    @staticmethod
    def _refuse_sources(_session, messages, **_kwargs):
        for message in messages:
            if message:
                raise AssertionError(f"Fetched again: {message}")
            yield message


@tagged("post_install", "-at_install")
class TestEngineRecognition(RecognitionCase):
    def _fill_with_arrivals(self, count, folder, **kwargs):
        for n in range(count):
            self.mailbox.append(
                build_mail(
                    subject=f"Mail {n}",
                    message_id=f"<{n}.work@a.example>",
                    date=DATE + timedelta(minutes=n),
                    text=TEXT,
                    **kwargs,
                ),
                folder=folder,
                date=DATE + timedelta(minutes=n),
            )

    def _copy_folder(self, source, target):
        """Copy as another mail client does: with COPY, which keeps INTERNALDATE."""
        with self.mailbox.connect() as client:
            if not client.folder_exists(target):
                client.create_folder(target)
            client.select_folder(source)
            client.copy("1:*", target)

    def test_moved_and_copied_mail_is_not_fetched_again(self):
        self._fill_with_arrivals(60, "INBOX")
        first = self._sync_and_count()
        messages = self._get_messages()
        links = {message: message.conversation_id.partner_ids for message in messages}
        entries = messages.mail_message_id
        with self.mailbox.connect() as client:
            client.create_folder("Moved")
            client.select_folder("INBOX")
            client.move("1:30", "Moved")
        self._copy_folder("INBOX", "Copied")
        again = self._sync_and_count()
        self.assertLess(again, 0.05 * first)
        self.assertEqual(self._get_messages(), messages)
        self.assertEqual(messages.mail_message_id, entries)
        self.assertFalse(any(messages.mapped("is_removed")))
        for message in messages:
            self.assertEqual(message.conversation_id.partner_ids, links[message])
        self.assertEqual(len(self._get_folder("Moved").placement_ids.message_id), 30)
        self.assertEqual(len(self._get_folder("Copied").placement_ids.message_id), 30)
        self.assertEqual(self.account.run_ids.sorted("id")[-1].recognised_count, 60)

    def test_moved_in_the_wrong_order(self):
        """The run that sees it vanish comes before the one that sees it arrive."""
        self._fill_with_arrivals(3, "INBOX")
        self.mailbox.append(build_mail(message_id="<other@a.example>"), folder="Work")
        self._sync()
        messages = self._get_messages()
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.move("2", "Drafts")
        self._sync()
        self.assertEqual(len(messages.filtered("is_removed")), 1)
        with self.mailbox.connect() as client:
            client.select_folder("Drafts")
            client.move("1:*", "Work")
        with patch.object(ImapSession, "fetch_sources", self._refuse_sources):
            self._sync()
        self.assertEqual(self._get_messages(), messages)
        self.assertFalse(any(messages.mapped("is_removed")))

    def test_same_message_id_size_and_arrival_but_another_text(self):
        """A bulk sender who gives all mails one Message-ID: none is lost, none mistaken."""
        for text in ("Offer for Ann", "Offer for Bob"):
            self.mailbox.append(build_mail(text=text), folder="INBOX", date=DATE)
        self._sync()
        self.assertEqual(len(self._get_messages()), 2)
        self.mailbox.append(build_mail(text="Offer for Cid"), folder="Work", date=DATE)
        self._sync()
        texts = [message.text.strip() for message in self._get_messages()]
        self.assertEqual(sorted(texts), ["Offer for Ann", "Offer for Bob", "Offer for Cid"])

    def test_second_arrival_in_the_same_folder_is_read(self):
        self.mailbox.append(build_mail(text="Offer for Ann"), date=DATE)
        self._sync()
        self.mailbox.append(build_mail(text="Offer for Bob"), date=DATE)
        self._sync()
        self.assertEqual(len(self._get_messages()), 2)

    def test_without_message_id_mail_is_fetched_and_still_one(self):
        self.mailbox.append(build_mail(message_id=None), date=DATE)
        self._sync()
        messages = self._get_messages()
        self._copy_folder("INBOX", "Copied")
        self._sync()
        self.assertEqual(self._get_messages(), messages)
        self.assertEqual(len(messages.placement_ids), 2)

    def test_same_size_and_arrival_but_another_message_id(self):
        self.mailbox.append(build_mail(message_id="<1@a.example>"), date=DATE)
        self._sync()
        self.mailbox.append(build_mail(message_id="<2@a.example>"), folder="Work", date=DATE)
        self._sync()
        self.assertEqual(
            set(self._get_messages().mapped("message_id")), {"<1@a.example>", "<2@a.example>"}
        )

    def test_header_that_is_not_answered_leaves_the_decision_to_the_body(self):
        self.mailbox.append(build_mail(), date=DATE)
        self._sync()
        messages = self._get_messages()
        self._copy_folder("INBOX", "Copied")
        with patch.object(ImapSession, "fetch_message_ids", lambda session, items: iter(())):
            self._sync()
        self.assertEqual(self._get_messages(), messages)
        self.assertEqual(len(messages.placement_ids), 2)

    def test_the_servers_own_identifier_is_enough(self):
        """EMAILID of RFC 8474, X-GM-MSGID: one mail once, however many labels it carries."""
        fetch_metadata = ImapSession.fetch_metadata

        def fetch_with_email_id(session, uids):
            for item in fetch_metadata(session, uids):
                yield item._replace(email_id=f"M{item.size}")

        for n in range(5):
            self.mailbox.append(build_mail(message_id=f"<{n}@a.example>", text="x" * n), date=DATE)
        with patch.object(ImapSession, "fetch_metadata", fetch_with_email_id):
            self._sync()
            messages = self._get_messages()
            for label in ("Label", "Other label"):
                self._copy_folder("INBOX", label)
            with (
                patch.object(ImapSession, "fetch_sources", self._refuse_sources),
                patch.object(ImapSession, "fetch_message_ids", self._refuse_sources),
            ):
                self._sync()
        self.assertEqual(self._get_messages(), messages)
        self.assertEqual(len(messages.placement_ids), 15)
