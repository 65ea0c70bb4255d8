"""A person who asks for it is erased from all mail that is here, and by nobody who reads it."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ..models import email_sync_erasure
from .common import EmailSyncCase, build_mail

ADA = "ada@customer.example"
REASON = "Request under article 17"
SECRET = "xylophone"


@tagged("post_install", "-at_install")
class TestErasure(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._new_user("officer", "email_sync.email_sync_group_data_protection")
        cls.alone_source = build_mail(
            subject=f"{SECRET} alone",
            text=f"{SECRET} text",
            attachments=[(f"{SECRET}.txt", f"{SECRET} file".encode(), "text", "plain")],
        )
        cls.alone = cls._receive(cls.alone_source)
        cls.together_source = build_mail(
            cc="Carl Other <carl@other.example>",
            subject="Meeting with Ada Customer",
            text=f"{SECRET} text",
            message_id="<2@customer.example>",
            attachments=[(f"{SECRET}.txt", f"{SECRET} file".encode(), "text", "plain")],
        )
        cls.together = cls._receive(cls.together_source)
        cls.unconcerned = cls._receive(
            build_mail(
                sender="Carl Other <carl@other.example>",
                text="Carl's own",
                message_id="<3@other.example>",
            )
        )

    def _ask(self, addresses=ADA, reason=REASON, user=None):
        requests = self.env["email.sync.erasure.request"].with_user(user or self.officer)
        return requests.create({"addresses": addresses, "reason": reason})

    def _erase(self, **kwargs):
        action = self._ask(**kwargs).action_apply()
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["email.sync.erasure"].browse(action["res_id"])

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    def test_nobody_may_until_it_is_granted(self):
        administrator = self._new_user("administrator", "base.group_system")
        for user in (self.alice, administrator):
            with self.assertRaises(AccessError):
                self._ask(user=user)
            with self.assertRaises(AccessError):
                self.env["email.sync.erasure"].with_user(user)._get_reach({ADA})
            with self.assertRaises(AccessError):
                self.env["email.sync.erasure.request"].with_user(user).onchange(
                    {"addresses": ADA}, ["addresses"], {"email_count": {}, "addresses": {}}
                )
        self.assertFalse(
            administrator.has_group("email_sync.email_sync_group_data_protection"),
        )

    def test_who_asks_sees_numbers_and_no_mail(self):
        with Form(self.env["email.sync.erasure.request"].with_user(self.officer)) as form:
            form.addresses = "Ada <ADA@customer.example>"
            form.reason = REASON
        request = form.record
        self.assertEqual(
            (request.email_count, request.conversation_count, request.account_count), (2, 2, 1)
        )
        self.assertEqual((request.deleted_count, request.redacted_count), (1, 1))
        self.assertFalse(self.env["email.sync.message"].with_user(self.officer).search([]))
        self.assertFalse(self.env["email.sync.account"].with_user(self.officer).search([]))

    def test_it_starts_from_the_contact(self):
        action = self.env.ref("email_sync.email_sync_erasure_request_action_partner")
        requests = self.env[action.res_model].with_user(self.officer)
        requests = requests.with_context(active_model="res.partner", active_id=self.customer.id)
        request = requests.create({"reason": REASON})
        self.assertEqual(request._get_addresses(), {ADA})
        erasure = self.env["email.sync.erasure"].browse(request.action_apply()["res_id"])
        self.assertEqual(erasure.partner_number, self.customer.id)
        self.assertFalse(request.addresses or request.partner_id)

    def test_mail_of_another_company_is_not_concerned(self):
        self.account.owner_id.company_ids += (
            company := self.env["res.company"].create({"name": "Other company"})
        )
        self.account.company_id = company
        self.assertFalse(self._ask().email_count)
        self._erase()
        self.assertTrue(self.alone.exists())

    def test_a_reason_and_an_address_of_somebody_outside_are_needed(self):
        with self.assertRaises(ValidationError):
            self._ask(reason=" so ").action_apply()
        for addresses in ("", "nobody", "alice@company.example", f"{ADA}, bob@company.example"):
            with self.subTest(addresses=addresses), self.assertRaises(UserError):
                self._ask(addresses=addresses).action_apply()
        self.assertTrue(self.alone.exists())

    # ------------------------------------------------------------
    # WHAT IS ERASED
    # ------------------------------------------------------------

    def test_mail_with_nobody_else_from_outside_goes(self):
        conversation, entry = self.alone.conversation_id, self.alone.mail_message_id
        files = entry.attachment_ids | self.env["ir.attachment"].search(
            [
                ("res_model", "=", "email.sync.message"),
                ("res_field", "=", "source"),
                ("res_id", "=", self.alone.id),
            ]
        )
        self.assertEqual(len(files), 2)
        paths = [file._full_path(file.store_fname) for file in files]
        participants = self.alone.participant_ids
        erasure = self._erase()
        for records in (self.alone, conversation, entry, files, participants):
            self.assertFalse(records.exists(), records)
        self.assertEqual(
            (erasure.state, erasure.deleted_count, erasure.redacted_count), ("done", 1, 1)
        )
        self.env["ir.attachment"]._gc_file_store_unsafe()
        for path in paths:
            with self.assertRaises(FileNotFoundError), open(path, "rb"):
                pass

    def test_mail_of_others_forgets_the_person(self):
        entry = self.together.mail_message_id
        attachments = entry.attachment_ids
        self.assertTrue(attachments)
        self._erase()
        message = self.together
        self.assertTrue(message.exists())
        self.assertFalse(message.text or message.snippet or message.attachment_names)
        self.assertEqual(message._get_source(), b"")
        self.assertFalse(entry.exists() or attachments.exists())
        self.assertIn("carl@other.example", message.participant_ids.mapped("email_normalized"))
        self.assertEqual(message.subject, "Meeting with (erased)")
        [display] = message.with_user(self.alice).get_display()
        self.assertIn("because a person asked for erasure", display["html"])
        self.assertFalse(display["can_be_fetched_again"] or display["source_url"])
        with self.assertRaises(UserError):
            message.with_user(self.alice).action_fetch_again()
        self.assertIn("Carl", self.unconcerned.text)

    def test_it_is_found_nowhere_in_the_database(self):
        """Neither the address nor the name nor the text is in a table of the addon or a chatter."""
        self.customer.unlink()
        self._erase()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
            "AND table_type = 'BASE TABLE' AND (table_name LIKE 'email\\_sync\\_%' "
            "OR table_name IN ('mail_message', 'mail_message_id', 'ir_attachment'))"
        )
        for (table,) in self.env.cr.fetchall():
            for word in (ADA, "Ada Customer", SECRET, "<1@customer.example>"):
                found = self.env.execute_query(
                    SQL(
                        "SELECT 1 FROM %s row WHERE row::text ILIKE %s",
                        SQL.identifier(table),
                        f"%{word}%",
                    )
                )
                self.assertFalse(found, f"{word} stands in {table}")

    def test_chatters_of_others_say_that_it_was_erased(self):
        lead = self.env["crm.lead"].create({"name": "Deal", "type": "opportunity"})
        self.together.conversation_id.with_user(self.alice).lead_ids = lead
        self._erase()
        self.together._render_entries()
        entry = self.together.mail_message_id
        self.assertIn("asked for erasure", entry.body)
        self.assertNotIn("ada", f"{entry.email_from} {entry.incoming_email_to}".lower())
        self.assertFalse(entry.author_id & self.customer)

    def test_the_rest_of_a_conversation_stays(self):
        answer = self._receive(
            build_mail(
                sender="Carl Other <carl@other.example>",
                subject="Re: Quotation",
                text="Carl answers",
                message_id="<4@other.example>",
                references="<1@customer.example>",
            )
        )
        self.assertEqual(answer.conversation_id, self.alone.conversation_id)
        self._erase()
        conversation = answer.conversation_id
        self.assertEqual(conversation.email_ids, answer)
        self.assertEqual((conversation.email_count, answer.text.strip()), (1, "Carl answers"))
        self.assertIn("Carl", conversation.correspondents)
        self.assertNotIn("Ada", conversation.correspondents)

    def test_quarantined_mail_that_names_the_address_goes(self):
        placement = self.unconcerned.placement_ids
        placement.write(
            {"outcome": "quarantined", "source": "VG86IEFEQUBjdXN0b21lci5leGFtcGxl"}  # To: ADA@…
        )
        self._erase()
        self.assertEqual(placement.outcome, "erased")
        self.assertFalse(placement._get_source())

    # ------------------------------------------------------------
    # IT STAYS AWAY
    # ------------------------------------------------------------

    def test_it_does_not_come_back(self):
        placement = self.alone.placement_ids
        self._erase()
        self.assertEqual((placement.outcome, placement.message_id.id), ("erased", False))
        uid = placement.uid
        self.assertIn(uid, placement._get_known_uids(self.inbox, uid, uid))
        archive = self._new_folder(self.account, "Archive", "archive")
        self.assertFalse(self._receive(self.alone_source, folder=archive))
        moved = self.env["email.sync.placement"].search([("folder_id", "=", archive.id)])
        self.assertEqual(moved.outcome, "erased")
        again = self._receive(self.together_source, folder=archive)
        self.assertEqual(again, self.together)
        self.assertFalse(again.text or again._get_source())

    def test_what_is_remembered_is_a_digest(self):
        self._erase()
        [erased] = self.env["email.sync.erased"].search([])
        self.assertRegex(erased.digest, r"^[0-9a-f]{64}$")

    def test_new_mail_comes_as_ever(self):
        self._erase()
        [new] = self._receive(build_mail(text="A new matter", message_id="<9@customer.example>"))
        self.assertIn("A new matter", new.text)

    # ------------------------------------------------------------
    # RECORD AND BATCHES
    # ------------------------------------------------------------

    def test_members_are_told_by_the_log_and_not_whom(self):
        erasure = self._erase()
        [log] = self.env["email.sync.log"].with_user(self.alice).search([("event", "=", "erased")])
        self.assertEqual((log.account_id, log.user_id), (self.account, self.officer))
        self.assertEqual(log.after, "1 mails deleted, 1 redacted")
        self.assertEqual(erasure.reason, REASON)
        self.assertFalse(erasure.addresses or erasure.counts)
        self.assertNotIn("ada", erasure.address_digest)
        self.assertEqual(self._erase().address_digest, erasure.address_digest)

    def test_much_mail_is_erased_in_batches(self):
        with patch.object(email_sync_erasure, "ERASURE_BATCH", 1):
            self._receive(
                *(build_mail(message_id=f"<{n}@batch.example>") for n in range(3)), link=False
            )
            erasure = self._erase()
            self.assertEqual(erasure.state, "running")
            with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60):
                self.env["email.sync.erasure"]._cron_erase()
        self.assertEqual(
            (erasure.state, erasure.deleted_count, erasure.redacted_count), ("done", 4, 1)
        )
