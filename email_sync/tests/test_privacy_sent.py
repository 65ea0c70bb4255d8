"""What is sent without being asked for tells nobody of mail: the bus of open pages, and digests."""

from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import build_mail
from .privacy import INSIDERS, SECRET, PrivacyCase


@tagged("post_install", "-at_install")
class TestPrivacySent(PrivacyCase, HttpCase):
    def _receive_more(self):
        """Another mail reaches each conversation, and stands in the chatters of the linked ones."""
        for number, (level, conversation) in enumerate(self.conversations.items()):
            name = "ada" if conversation.is_linked else "nobody"
            message = self._receive(
                build_mail(
                    sender=f"{SECRET} <{name}@customer.example>",
                    subject=f"Re: {SECRET} subject {level}",
                    text=f"{SECRET} text",
                    message_id=f"<more{number}@customer.example>",
                    references=f"<{level}@customer.example>",
                ),
                folder=conversation.email_ids.placement_ids.folder_id[:1],
            )
            self.assertEqual(message.conversation_id, conversation)

    # ------------------------------------------------------------
    # THE BUS
    # ------------------------------------------------------------

    def _get_last(self):
        """Send what waits to be sent, and return the number of the last notification."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        return self.env["bus.bus"].search([], order="id desc", limit=1).id

    def test_arriving_mail_is_not_on_the_bus(self):
        last = self._get_last()
        self._receive_more()
        for account in self.accounts:
            account.with_user(self.viewers["owner"])._request_sync()
        self._get_last()
        sent = self.env["bus.bus"].search([("id", ">", last)])
        self.assertNotIn(SECRET, str(sent.mapped("message")))

    def _get_guessed_channels(self):
        """Names that somebody could ask for, in the hope that they lead to somebody else's page."""
        channels = []
        partners = self.viewers["owner"].partner_id | self.viewers["member"].partner_id
        records = [*self.conversations.values(), *self.accounts, *partners]
        for record in records:
            channels += [
                f"{record._name}_{record.id}",
                f"{record._name},{record.id}",
                f"{record}",
                f'["{self.env.cr.dbname}","{record._name}",{record.id}]',
                f"odoo-presence-{record._name}_{record.id}",
            ]
        return channels

    def _peek(self, viewer, last):
        """Return the notifications that reach the open page of a viewer who asks for everything."""
        channels = self._get_guessed_channels()
        if viewer == "public":
            self.authenticate(None, None)
        else:
            self.authenticate(self.viewers[viewer].login, self.viewers[viewer].login)
            channels += [
                f"editor_collaboration:{conversation._name}:subject:{conversation.id}"
                for conversation in self.conversations.values()
            ]
        return self.make_jsonrpc_request(
            "/websocket/peek_notifications",
            {"channels": channels, "last": last, "is_first_poll": True},
        )

    @mute_logger("odoo.addons.mail.models.ir_websocket")  # names that core does not know
    def test_the_bus_reaches_members_only(self):
        last = self._get_last()
        self.accounts._notify_progress()
        self._get_last()
        levels = {self.personal_account.id: "private", self.team_account.id: "team"}
        for viewer in self.viewers:
            answer = self._peek(viewer, last)
            told = {
                notification["message"]["payload"]["account_id"]
                for notification in answer["notifications"]
                if notification["message"]["type"] == "email_sync/progress"
            }
            expected = {id_ for id_, level in levels.items() if viewer in INSIDERS[level]}
            with self.subTest(viewer=viewer):
                self.assertEqual(told, expected)
                self.assertEqual(SECRET in str(answer["notifications"]), bool(expected))

    @mute_logger("odoo.addons.mail.models.ir_websocket")
    def test_nobody_listens_to_the_editing_of_a_hidden_conversation(self):
        for viewer in self.viewers:
            answer = self._peek(viewer, self._get_last())
            listening = {
                channel[-1]
                for channel in answer["channels"]
                if isinstance(channel, list) and "editor_collaboration" in channel
            }
            members_of = {
                conversation.id
                for level, conversation in self.conversations.items()
                if viewer in INSIDERS[level]
            }
            with self.subTest(viewer=viewer):
                self.assertTrue(listening <= members_of)

    # ------------------------------------------------------------
    # DIGESTS
    # ------------------------------------------------------------

    def _count_in_digest(self, digest, viewer):
        """Return the messages that a digest, sent to a viewer now, counts."""
        now = fields.Datetime.now()
        self.env.invalidate_all()
        return (
            digest.with_user(self.viewers[viewer])
            .with_context(
                start_datetime=now - timedelta(days=1), end_datetime=now + timedelta(days=1)
            )
            .kpi_mail_message_total_value
        )

    def test_a_digest_counts_no_mail(self):
        digest = self.env["digest.digest"].create(
            {"name": "Digest", "kpi_mail_message_total": True}
        )
        viewers = ("owner", "member", "colleague", "crm_manager", "administrator")
        before = {viewer: self._count_in_digest(digest, viewer) for viewer in viewers}
        self._receive_more()
        after = {viewer: self._count_in_digest(digest, viewer) for viewer in viewers}
        self.assertEqual(after, before)
        self.customer.message_post(
            body="x", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(
            self._count_in_digest(digest, "administrator"), before["administrator"] + 1
        )
