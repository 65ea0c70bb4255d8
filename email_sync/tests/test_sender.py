"""A reader sees when a mail is not from whom it says, and is not alarmed about others."""

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged

from .common import EmailSyncCase, build_mail

OWN_CHECK = "mx.company.example"


def stamp(source, results, authserv_id=OWN_CHECK):
    """Return a mail as the provider delivers it: with its own fields on top."""
    return (
        b"Received: from x by mx.company.example with ESMTP; Mon, 2 Mar 2026 09:30:00 +0000\r\n"
        + f"Authentication-Results: {authserv_id}; {results}\r\n".encode()
        + b"Received: from y by mail.elsewhere.example; Mon, 2 Mar 2026 09:29:00 +0000\r\n"
        + source
    )


@tagged("post_install", "-at_install")
class TestSender(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account.authserv_id = OWN_CHECK
        cls.number = 0

    def _receive_from(self, sender, results="", reply_to="", authserv_id=OWN_CHECK, header=b""):
        self.number += 1
        source = build_mail(sender=sender, message_id=f"<{self.number}@sender.example>")
        if reply_to:
            source = f"Reply-To: {reply_to}\r\n".encode() + source
        source = header + source
        if results:
            source = stamp(source, results, authserv_id)
        return self._receive(source)

    def _get_findings(self, message, user=None):
        (display,) = message.with_user(user or self.alice).get_display()
        return {finding["code"]: finding for finding in display["sender_findings"]}

    def test_an_ordinary_mail_is_shown_without_a_word(self):
        message = self._receive_from("Ada Customer <ada@customer.example>", "dmarc=pass")
        (display,) = message.with_user(self.alice).get_display()
        self.assertEqual(display["sender_findings"], [])
        self.assertTrue(display["is_sender_verified"])
        self.assertFalse(message.sender_finding)
        self.assertFalse(message.conversation_id.has_doubtful_sender)

    def test_a_forged_sender_is_said_on_the_page_in_the_chatter_and_in_lists(self):
        message = self._receive_from("Ada Customer <ada@customer.example>", "dmarc=fail; spf=fail")
        finding = self._get_findings(message)["not-genuine"]
        self.assertEqual(finding["severity"], "danger")
        self.assertIn("ada@customer.example", finding["text"])
        self.assertEqual(message.sender_finding, "not-genuine")
        self.assertTrue(message.conversation_id.has_doubtful_sender)
        entry = message.mail_message_id.with_user(self.alice)
        doubts = entry._get_email_sync_sender_doubts()
        self.assertEqual(doubts[entry.id]["severity"], "danger")

    def test_only_the_own_providers_check_counts(self):
        forged = self._receive_from(
            "Eve <eve@evil.example>", "dmarc=fail", authserv_id="mx.evil.example"
        )
        self.assertNotIn("not-genuine", self._get_findings(forged))
        # What a sender wrote below the provider's own fields.
        header = f"Authentication-Results: {OWN_CHECK}; dmarc=pass\r\n".encode()
        message = self._receive_from(
            "Ada Customer <ada@customer.example>", "dmarc=fail", header=header
        )
        (display,) = message.with_user(self.alice).get_display()
        self.assertFalse(display["is_sender_verified"])
        self.assertIn("not-genuine", self._get_findings(message))

    def test_nobody_is_believed_before_it_is_known_who_checks(self):
        self.account.authserv_id = False
        message = self._receive_from("Ada Customer <ada@customer.example>", "dmarc=pass")
        (display,) = message.with_user(self.alice).get_display()
        self.assertFalse(display["is_sender_verified"])
        self.assertEqual(display["sender_findings"], [])

    def test_mail_in_the_name_of_a_colleague(self):
        self.bob.name = "Bob Builder"
        self.bob.partner_id.email = "bob@company.example"
        message = self._receive_from("Bob Builder <bob.builder@elsewhere.example>")
        self.assertEqual(self._get_findings(message)["name-is-colleague"]["severity"], "danger")
        for sender in ("Bob Builder <bob@company.example>", "Bobby Builder <b@elsewhere.example>"):
            self.assertNotIn("name-is-colleague", self._get_findings(self._receive_from(sender)))

    def test_a_domain_like_the_own_or_a_contacts(self):
        message = self._receive_from("Alice <alice@cornpany.example>")
        self.assertEqual(message.sender_finding, "look-alike-domain")
        self.account.visibility = "shared"
        message = self._receive_from("Ada <ada@custorner.example>")
        self.assertNotIn("look-alike-domain", self._get_findings(message))
        message.conversation_id.partner_ids = self.customer
        self.assertIn("look-alike-domain", self._get_findings(message))

    def test_mailing_lists_cause_no_alarm(self):
        message = self._receive_from(
            "Ada Customer <ada@customer.example>",
            "dmarc=fail; spf=pass smtp.mailfrom=lists.example",
            reply_to="talk@lists.example",
            header=b"List-Id: Talk <talk.lists.example>\r\n",
        )
        self.assertEqual(
            {finding["severity"] for finding in self._get_findings(message).values()}, {"notice"}
        )
        self.assertFalse(message.conversation_id.has_doubtful_sender)

    def test_the_first_mail_from_an_address_says_so_to_members_only(self):
        first = self._receive_from("New <new@stranger.example>", "dmarc=pass")
        self.assertIn("first-mail", self._get_findings(first))
        first.conversation_id.write(
            {"visibility": "shared", "partner_ids": [(4, self.customer.id)]}
        )
        # What else is in the mailbox is not a colleague's to know.
        self.assertNotIn("first-mail", self._get_findings(first, self.bob))
        self.number += 1
        second = self._receive(
            build_mail(
                sender="New <new@stranger.example>",
                message_id="<second@stranger.example>",
                date=first.date.replace(day=3),
            )
        )
        self.assertNotIn("first-mail", self._get_findings(second))

    def test_an_answer_that_goes_elsewhere_says_so_in_the_composer(self):
        self.account.smtp_host = "smtp.company.example"
        message = self._receive_from("Ada <ada@customer.example>", reply_to="eve@evil.example")
        self.assertIn("reply-to-differs", self._get_findings(message))
        action = message.with_user(self.alice).action_reply()
        composer = self.env["email.sync.composer"].with_user(self.alice).browse(action["res_id"])
        self.assertIn("eve@evil.example", composer.recipient_notice)
        composer.to = "ada@customer.example"
        self.assertFalse(composer.recipient_notice)

    def test_own_mail_is_not_judged(self):
        sent = self._new_folder(self.account, "Sent", "sent")
        message = self._receive(
            build_mail(sender="Alice <alice@company.example>", to="x@y.example"), folder=sent
        )
        self.assertEqual(self._get_findings(message), {})
        # In the inbox it may be forged, whatever address it bears.
        forged = self._receive_from("Alice <alice@company.example>", "dmarc=fail; spf=fail")
        self.assertEqual(forged.sender_finding, "not-genuine")

    def test_what_the_provider_writes_is_learned_and_earlier_mail_judged_again(self):
        self.account.authserv_id = False
        messages = self.env["email.sync.message"]
        for number in range(6):
            results = "dmarc=fail; spf=fail" if not number else "dmarc=pass"
            messages |= self._receive_from(f"x@sender{number}.example", results)
        self.assertFalse(any(messages.mapped("sender_finding")))
        self.account._learn_authserv_id()
        self.assertEqual(self.account.authserv_id, OWN_CHECK)
        self.assertEqual(
            messages.filtered("sender_finding").mapped("from_email"), ["x@sender0.example"]
        )


@tagged("post_install", "-at_install")
class TestPicturesOfSenders(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account.authserv_id = OWN_CHECK
        cls.number = 0

    def _receive_pictures(self, results="dmarc=pass", sender="Ada <Ada@customer.example>"):
        self.number += 1
        html = '<img src="https://pictures.example/a.png" width="200">'
        html += '<img src="https://pictures.example/pixel.gif" width="1" height="1">'
        source = build_mail(sender=sender, html=html, message_id=f"<{self.number}@x.example>")
        return self._receive(stamp(source, results))

    def _get_display(self, message, user=None):
        return message.with_user(user or self.alice).get_display()[0]

    def test_pictures_of_a_sender_show_after_the_reader_asked_for_them(self):
        first, second = self._receive_pictures(), self._receive_pictures()
        self.assertTrue(self._get_display(first)["may_always_show_pictures"])
        self.assertNotIn(' src="https', self._get_display(second)["html"])
        first.with_user(self.alice).always_show_pictures()
        first.with_user(self.alice).always_show_pictures()
        display = self._get_display(second)
        self.assertIn('src="https://pictures.example/a.png"', display["html"])
        self.assertFalse(display["has_remote_content"])
        self.assertNotIn("pixel.gif", display["html"])

    def test_mail_that_only_bears_the_address_shows_none(self):
        self._receive_pictures().with_user(self.alice).always_show_pictures()
        for results in ("dmarc=fail", "dmarc=none", "spf=pass smtp.mailfrom=evil.example"):
            forged = self._receive_pictures(results)
            self.assertNotIn(' src="https', self._get_display(forged)["html"], results)
            with self.assertRaises(UserError):
                forged.with_user(self.alice).always_show_pictures()

    def test_it_is_each_readers_own_and_can_be_taken_back(self):
        message = self._receive_pictures()
        message.conversation_id.write({"visibility": "shared"})
        message.with_user(self.alice).always_show_pictures()
        self.assertNotIn(' src="https', self._get_display(message, self.bob)["html"])
        senders = self.alice.with_user(self.alice).email_sync_picture_sender_ids
        self.assertEqual(senders.mapped("email"), ["ada@customer.example"])
        with self.assertRaises(AccessError):
            senders.with_user(self.bob).action_revoke()
        senders.action_revoke()
        self.assertNotIn(' src="https', self._get_display(message)["html"])

    def test_who_may_not_read_the_mail_cannot_ask(self):
        message = self._receive_pictures()
        with self.assertRaises(MissingError):
            message.with_user(self.bob).always_show_pictures()


@tagged("post_install", "-at_install")
class TestAutomaticMail(EmailSyncCase):
    def _receive_with(self, header, number=1, **values):
        source = header + build_mail(message_id=f"<{number}@customer.example>", **values)
        return self._receive(source)

    def setUp(self):
        super().setUp()
        self.lead = self.env["crm.lead"].create(
            {"name": "Deal", "type": "opportunity", "partner_id": self.customer.id}
        )

    def test_what_nobody_wrote_by_hand_is_put_on_no_deal(self):
        """A newsletter of a customer's firm is the contact's, not the business of the deal."""
        for number, header in enumerate(
            (
                b"List-Unsubscribe: <mailto:x@customer.example>\r\n",
                b"Auto-Submitted: auto-replied\r\n",
                b"Precedence: bulk\r\n",
            )
        ):
            conversation = self._receive_with(header, number).conversation_id
            self.assertTrue(conversation.is_automatic)
            self.assertEqual(conversation.partner_ids, self.customer)
            self.assertFalse(conversation.lead_ids)

    def test_an_answer_by_hand_brings_the_conversation_to_the_deal(self):
        message = self._receive_with(b"Auto-Submitted: auto-replied\r\n")
        self._receive(
            build_mail(message_id="<2@customer.example>", references="<1@customer.example>")
        )
        self.assertFalse(message.conversation_id.is_automatic)
        self.assertEqual(message.conversation_id.lead_ids, self.lead)

    def test_it_triggers_nothing(self):
        before = self.env["mail.mail"].search_count([]), self.env["mail.activity"].search_count([])
        message = self._receive_with(b"Auto-Submitted: auto-generated\r\n")
        self.assertFalse(message.mail_message_id.notification_ids)
        self.assertFalse(message.conversation_id.message_follower_ids)
        after = self.env["mail.mail"].search_count([]), self.env["mail.activity"].search_count([])
        self.assertEqual(before, after)
