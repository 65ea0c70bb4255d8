"""The chatter of contacts and leads: linked mail in the order of time, page by page."""

import random
from datetime import timedelta

from odoo.addons.mail.tools.discuss import Store
from odoo.tests import tagged

from .common import DATE, EmailSyncCase, build_mail


class ChatterCase(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(20260302)
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Twelve tables",
                "type": "opportunity",
                "partner_id": cls.customer.id,
                "user_id": cls.alice.id,
            }
        )
        cls.lead.message_ids.unlink()

    @classmethod
    def _receive_many(cls, count, visibility, folder=None, prefix="mail"):
        """Store mails of random dates, some of them the same; return their chatter entries."""
        sources = [
            build_mail(
                subject=f"Topic {number}",
                text=f"{prefix} {number}",
                message_id=f"<{prefix}.{number}@customer.example>",
                date=cls._get_random_date(),
            )
            for number in range(count)
        ]
        messages = cls._receive(*sources, folder=folder, link=False)
        conversations = messages.conversation_id
        conversations.visibility = visibility
        conversations._link_automatically()
        conversations._publish()
        return messages.mail_message_id

    @classmethod
    def _get_random_date(cls):
        return DATE - timedelta(hours=cls.random.randrange(60))

    @classmethod
    def _log_notes(cls, count):
        notes = cls.env["mail.message"]
        for number in range(count):
            note = cls.lead.message_post(body=f"note {number}", message_type="comment")
            note.date = cls._get_random_date().replace(tzinfo=None)
            notes |= note
        return notes

    def _fetch(self, user, record=None, **arguments):
        record = (record or self.lead).with_user(user)
        return record.env["mail.message"]._message_fetch(None, thread=record, **arguments)

    def _in_order(self, entries):
        """Newest first."""
        return entries.sorted(lambda entry: (entry.date, entry.id), reverse=True).ids


@tagged("post_install", "-at_install")
class TestChatterPaging(ChatterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bob_inbox = cls._new_folder(cls._new_account(cls.bob), "INBOX", "inbox")
        first_notes = cls._log_notes(10)
        shared = cls._receive_many(25, "shared", prefix="shared")
        cls.hidden = cls._receive_many(25, "private", folder=bob_inbox, prefix="hidden")
        cls.entries = first_notes | shared | cls._log_notes(10)
        cls.expected = cls.env["mail.message"].browse(cls.entries.ids)
        cls.env.flush_all()

    def test_pages_backwards(self):
        expected = self._in_order(self.entries)
        shown, before = [], None
        while True:
            page = self._fetch(self.alice, before=before, limit=7)["messages"].ids
            shown += page
            if len(page) < 7:
                break
            before = page[-1]
        self.assertEqual(shown, expected)

    def test_pages_forwards(self):
        expected = self._in_order(self.entries)
        shown, after = expected[-1:], expected[-1]
        while True:
            page = self._fetch(self.alice, after=after, limit=7)["messages"].ids
            shown = page + shown
            if len(page) < 7:
                break
            after = page[0]
        self.assertEqual(shown, expected)

    def test_pages_around(self):
        expected = self._in_order(self.entries)
        for index, entry_id in enumerate(expected):
            page = self._fetch(self.alice, around=entry_id, limit=8)["messages"].ids
            self.assertEqual(page, expected[max(index - 4, 0) : index + 4])

    def test_hidden_mail_does_not_shorten_pages(self):
        """The client stops asking after a short page: what is hidden must not make one."""
        page = self._fetch(self.alice, limit=30)["messages"]
        self.assertEqual(len(page), 30)
        self.assertFalse(page & self.hidden)

    def test_owner_sees_own_private_mail_among_the_rest(self):
        page = self._fetch(self.bob, limit=200)["messages"]
        self.assertEqual(page.ids, self._in_order(self.entries | self.hidden))

    def test_contact_shows_mail_and_own_notes_only(self):
        note = self.customer.message_post(body="note on the contact", message_type="comment")
        page = self._fetch(self.alice, self.customer, limit=200)["messages"]
        shared = self.entries.filtered(lambda entry: entry.message_type == "email")
        self.assertEqual(page.ids, self._in_order(shared | note))

    def test_search_finds_mail_notes_and_nothing_hidden(self):
        found = self._fetch(self.alice, search_term="shared 1", limit=4)
        self.assertEqual(found["count"], 12)  # 1, 10 … 19, 21
        more = self._fetch(
            self.alice, search_term="shared 1", before=found["messages"].ids[-1], limit=30
        )
        self.assertEqual(len(found["messages"] | more["messages"]), 12)
        self.assertEqual(self._fetch(self.alice, search_term="note 1")["count"], 2)
        self.assertEqual(self._fetch(self.alice, search_term="hidden")["count"], 0)
        self.assertEqual(self._fetch(self.alice, search_term="ada@customer")["count"], 25)

    def test_search_finds_changes_of_the_record(self):
        lead = self.lead.with_user(self.alice).with_context(tracking_disable=False)
        lead.user_id = self.bob
        self.env.flush_all()
        self.cr.flush()
        found = self._fetch(self.alice, search_term=self.bob.name, is_notification=True)
        changes = found["messages"].sudo().tracking_value_ids
        self.assertEqual(changes.new_value_char, self.bob.name)

    def test_filter_of_notifications(self):
        self.assertFalse(self._fetch(self.alice, is_notification=True)["messages"])
        page = self._fetch(self.alice, is_notification=False, limit=100)["messages"]
        self.assertEqual(page.ids, self._in_order(self.entries))

    def test_new_note_stands_on_top_and_is_fetched_after_the_newest(self):
        newest = self._fetch(self.alice, limit=1)["messages"]
        note = self.lead.with_user(self.alice).message_post(body="just now", message_type="comment")
        self.assertEqual(self._fetch(self.alice, after=newest.id)["messages"], note)
        self.assertEqual(self._fetch(self.alice, limit=1)["messages"], note)

    def test_page_after_a_message_that_is_gone(self):
        gone = self._in_order(self.entries)[0]
        self.env["mail.message"].browse(gone).unlink()
        page = self._fetch(self.alice, before=gone, limit=5)["messages"]
        self.assertEqual(len(page), 5)

    def test_portal_gets_none_of_it(self):
        portal = self._new_user("customer_portal", "base.group_portal")
        record = self.customer.with_user(portal).sudo(False)
        self.assertIsNone(record.env["mail.message"]._get_linked_conversations(record))


@tagged("post_install", "-at_install")
class TestChatterEntries(ChatterCase):
    def _receive_entry(self, source, **arguments):
        """Return the chatter entry of a mail, as the owner of its account is shown it."""
        entry = self._receive(source, **arguments).mail_message_id
        self.assertIn(entry, self._fetch(self.alice, self.customer)["messages"])
        return entry

    def _get_store_data(self, user, entries):
        data = Store().add(entries.with_user(user)).get_result()
        return {values["id"]: values for values in data["mail.message"]}

    def test_what_an_entry_tells(self):
        source = build_mail(
            cc="Ines Kraft <ines@other.example>",
            attachments=[
                ("plan.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image", "svg+xml")
            ],
        )
        entry = self._receive_entry(source)
        values = self._get_store_data(self.alice, entry)[entry.id]
        self.assertEqual(values["incoming_email_to"], [("", "alice@company.example")])
        self.assertEqual(values["incoming_email_cc"], [("Ines Kraft", "ines@other.example")])
        self.assertEqual(entry.author_id, self.customer)
        self.assertEqual(entry.attachment_ids.mimetype, "text/plain")
        self.assertFalse(entry.partner_ids | entry.notified_partner_ids)

    def test_user_is_not_author_but_has_a_picture(self):
        """An author may read a message whatever the rules say."""
        sent = self._new_folder(self.account, "Sent", "sent")
        source = build_mail(sender="Alice <alice@company.example>", to="ada@customer.example")
        entry = self._receive_entry(source, folder=sent)
        self.assertFalse(entry.author_id)
        values = self._get_store_data(self.alice, entry)[entry.id]
        self.assertEqual(values["email_sync_avatar_partner_id"], self.alice.partner_id.id)

    def test_conversation_page_shows_notes_not_mail(self):
        conversation = self._receive(build_mail()).conversation_id
        note = conversation.with_user(self.alice).message_post(
            body="call her back", message_type="comment"
        )
        self.assertEqual(self._fetch(self.alice, conversation)["messages"], note)

    def test_remote_pictures_wait_in_the_entry(self):
        source = build_mail(html='<p>Hello</p><img src="https://tracker.example/a.png">')
        entry = self._receive_entry(source)
        self.assertNotIn(' src="https://tracker.example', entry.body)
        html = self.env["email.sync.message"].with_user(self.alice).get_entry_display(entry.id)
        self.assertIn(' src="https://tracker.example/a.png"', html)

    def test_pictures_of_a_hidden_entry(self):
        entry = self._receive_entry(build_mail())
        display = self.env["email.sync.message"].with_user(self.bob).get_entry_display(entry.id)
        self.assertFalse(display)

    def test_attachment_keeps_its_bytes(self):
        content = b"<html><script>alert(1)</script></html>"
        source = build_mail(attachments=[("page.html", content, "text", "html")])
        attachment = self._receive_entry(source).attachment_ids
        self.assertEqual(attachment.raw, content)
        self.assertEqual(attachment.mimetype, "text/plain")


@tagged("post_install", "-at_install")
class TestChatterQueries(ChatterCase):
    def _count_queries(self):
        self._fetch(self.bob)  # the text of an entry is made when it is first shown
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        count = self.env.cr.sql_log_count
        messages = self._fetch(self.bob)["messages"]
        Store().add(messages).get_result()
        self.assertEqual(len(messages), 30)
        return self.env.cr.sql_log_count - count

    def test_page_costs_no_more_however_much_mail_there_is(self):
        self._log_notes(25)
        self._receive_many(40, "shared", prefix="first")
        few = self._count_queries()
        self._receive_many(1000, "shared", prefix="second")
        # A page without notes may take one less.
        self.assertLessEqual(self._count_queries(), few)

    def test_count_is_one_query(self):
        self._receive_many(30, "shared")
        lead = self.lead.with_user(self.bob)
        self.assertEqual(lead.email_sync_conversation_count, 30)
        lead.invalidate_recordset(["email_sync_conversation_count"])
        with self.assertQueryCount(1):
            self.assertEqual(lead.email_sync_conversation_count, 30)

    def test_counts_obey_the_rule(self):
        self._receive_many(3, "private")
        for record in (self.lead, self.customer):
            self.assertEqual(record.with_user(self.alice).email_sync_conversation_count, 3)
            self.assertEqual(record.with_user(self.bob).email_sync_conversation_count, 0)
