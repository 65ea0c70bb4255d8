"""Answering hostile mail: it goes to whom the window shows, and to nobody else."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..mime.addresses import parse_addresses
from .common import build_mail
from .servers import Mailbox
from .test_composer import ComposerCase

REPLY_TO = """Reply-To: =?utf-8?q?=22=2C_<evil=40x.example>=2C?= <one@outside.example>,
 Sales: two@outside.example, "three@company.example" <four@outside.example>;,
 =?utf-8?q?five=40outside.example?=, <six@outside.example> <seven@outside.example>,
 "x\\",y" <eight@outside.example>
Bcc: hidden@outside.example
Resent-Bcc: hidden@outside.example
Return-Path: <return@outside.example>
Disposition-Notification-To: <receipt@outside.example>
"""


@tagged("post_install", "-at_install")
class TestHostileComposer(ComposerCase):
    def _receive_hostile(self, header, **kwargs):
        """Let a mail with these further header fields arrive."""
        source = build_mail(
            **{
                "sender": f"Ada Customer <{self.customer_mailbox.login}>",
                "to": f"Alice <{self.mailbox.login}>",
                **kwargs,
            }
        )
        self.mailbox.append(header.replace("\n", "\r\n").encode() + source)
        self._sync()
        return self._get_messages()[-1]

    def test_an_answer_goes_to_whom_the_window_shows(self):
        original = self._receive_hostile(REPLY_TO)
        composer = self._open("reply", original)
        numbers = "one two four five six seven eight".split()
        asked = [f"{number}@outside.example" for number in numbers]
        shown = [address.email for address in parse_addresses(composer.to)]
        self.assertEqual(shown, asked)
        self.assertFalse(composer.cc or composer.bcc)
        self.assertIn("one@outside.example", composer.recipient_notice)
        recipients = self.env["email.sync.outgoing"]._parse_recipients(
            composer.to, composer.cc, composer.bcc
        )
        self.assertEqual([address.email for address in recipients[0]], asked)
        for text in ("hidden@", "return@", "receipt@"):
            self.assertNotIn(text, composer.quote + composer.to)

    def test_another_address_of_the_same_provider_is_said(self):
        original = self._receive_hostile(
            "Reply-To: Boss <b0ss@gmail.com>\n", sender="Boss <boss@gmail.com>"
        )
        self.assertIn("b0ss@gmail.com", self._open("reply", original).recipient_notice)

    def test_a_mail_is_answered_whatever_its_identifier_is(self):
        original = self._receive_hostile("Message-ID: <é\x07 x@customer.example>\n", message_id="")
        composer = self._open("reply", original)
        self._send(composer)
        [delivered] = self._get_delivered(self.customer_mailbox)
        self.assertIsNone(delivered["In-Reply-To"])
        self.assertEqual(original.conversation_id.email_count, 2)

    def test_no_request_makes_somebody_write_as_another_account(self):
        foreign = self._connect(self.bob, Mailbox("bob"))
        as_alice = self.env["email.sync.composer"].with_user(self.alice)
        vals = {"to": self.customer_mailbox.login, "subject": "x"}
        for create in (
            lambda: as_alice.create({**vals, "account_id": foreign.id}),
            lambda: as_alice.with_context(default_account_id=foreign.id).create(vals),
            lambda: as_alice.web_save({**vals, "account_id": foreign.id}, {"to": {}}),
            lambda: self._open_new().write({"account_id": foreign.id}),
            lambda: (
                self._open_new()
                .with_context(default_account_id=foreign.id)
                .copy({"account_id": foreign.id})
            ),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                create()
        composer = self._open_new(to=self.customer_mailbox.login)
        answered = self._receive_from_customer()
        with self.assertRaises(AccessError), self.cr.savepoint():
            # A mail of one account answered from another would lie in a foreign conversation.
            second = self._connect(self.alice, Mailbox("second"))
            composer.write({"message_id": answered.id, "account_id": second.id})
        self.assertFalse(self._get_delivered(self.customer_mailbox))
