"""A person's mail is exported by those who may read it, and by nobody else."""

import base64
import csv
import io
import json
import tracemalloc
import zipfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from .common import EmailSyncCase, build_mail
from .test_large_mail import CONTENT

ADA = "ada@customer.example"
REASON = "Request under article 15"
SECRET = "xylophone"


class ExportCase(EmailSyncCase):
    """Mail of one person in an account of Alice and in one of Bob, and of another person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._new_user("officer", "email_sync.email_sync_group_data_protection")
        cls.administrator = cls._new_user("administrator", "base.group_system")
        cls.bob_account = cls._new_account(cls.bob)
        cls.bob_inbox = cls._new_folder(cls.bob_account, "INBOX", "inbox")
        cls.source = build_mail(
            subject=f"=HYPERLINK({SECRET}) ../../etc/passwd",
            text=f"{SECRET} text",
            cc="Carl Other <carl@other.example>",
            attachments=[(f"{SECRET}.txt", f"{SECRET} file".encode(), "text", "plain")],
        )
        cls.message = cls._receive(cls.source)
        cls.bob_source = build_mail(to="bob@company.example", message_id="<2@customer.example>")
        cls.bob_message = cls._receive(cls.bob_source, folder=cls.bob_inbox)
        cls.unconcerned = cls._receive(
            build_mail("Carl <carl@other.example>", text="Carl's", message_id="<3@other.example>")
        )

    def _ask(self, addresses=ADA, reason=REASON, user=None):
        requests = self.env["email.sync.export.request"].with_user(user or self.officer)
        action = requests.create({"addresses": addresses, "reason": reason}).action_apply()
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["email.sync.export"].browse(action["res_id"])

    def _get_part(self, export, account):
        return export.part_ids.filtered(lambda part: part.account_id == account)

    def _get_archive(self, part, user):
        file = io.BytesIO()
        part.with_user(user)._write_archive(file)
        return zipfile.ZipFile(file)

    def _get_rows(self, archive, name):
        text = archive.read(name).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))


@tagged("post_install", "-at_install")
class TestExport(ExportCase):
    # ------------------------------------------------------------
    # ASKING
    # ------------------------------------------------------------

    def test_nobody_may_ask_until_it_is_granted(self):
        for user in (self.alice, self.administrator):
            with self.assertRaises(AccessError):
                self._ask(user=user)
            with self.assertRaises(AccessError):
                self.env["email.sync.export"].with_user(user)._get_accounts({ADA})
            with self.assertRaises(AccessError):
                self.env["email.sync.export.request"].with_user(user).onchange(
                    {"addresses": ADA}, ["addresses"], {"account_names": {}, "addresses": {}}
                )

    def test_who_asks_learns_which_accounts_are_asked_and_no_more(self):
        with Form(self.env["email.sync.export.request"].with_user(self.officer)) as form:
            form.addresses = "Ada <ADA@customer.example>"
            form.reason = REASON
        self.assertEqual(form.record.account_names, "alice@company.example and bob@company.example")
        export = self._ask().with_user(self.officer)
        [shown] = self._read_as_shown(export, "list")
        self.assertEqual((shown["part_count"], shown["waiting_count"]), (2, 2))
        self.assertNotIn(SECRET, str(export.read()))
        parts = export.part_ids.read()
        self.assertEqual({part["asked_names"] for part in parts}, {"Alice", "Bob"})
        self.assertNotIn(SECRET, str(parts))
        self.assertFalse(self.env["email.sync.message"].with_user(self.officer).search([]))
        self.assertFalse(self.env["email.sync.account"].with_user(self.officer).search([]))

    def test_it_starts_from_the_contact(self):
        action = self.env.ref("email_sync.email_sync_export_request_action_partner")
        requests = self.env[action.res_model].with_user(self.officer)
        requests = requests.with_context(active_model="res.partner", active_id=self.customer.id)
        request = requests.create({"reason": REASON})
        export = self.env["email.sync.export"].browse(request.action_apply()["res_id"])
        self.assertEqual((export.addresses, export.partner_number), (ADA, self.customer.id))
        self.assertFalse(request.addresses or request.partner_id)

    def test_without_mail_nobody_is_asked(self):
        with self.assertRaisesRegex(UserError, "no mail with this address"):
            self._ask("nobody@nowhere.example")

    def test_a_reason_and_an_address_of_somebody_outside_are_needed(self):
        with self.assertRaises(ValidationError):
            self._ask(reason="so")
        for addresses in ("", "nobody", f"{ADA}, bob@company.example"):
            with self.subTest(addresses=addresses), self.assertRaises(UserError):
                self._ask(addresses)

    def test_accounts_of_another_company_are_not_asked(self):
        company = self.env["res.company"].create({"name": "Other company"})
        self.bob.company_ids += company
        self.bob_account.company_id = company
        self.assertEqual(self._ask().part_ids.account_id, self.account)

    def test_owners_are_told_without_whose_and_how_much(self):
        self._ask()
        for user in (self.alice, self.bob):
            message = self.env["mail.message"].search(
                [("partner_ids", "in", user.partner_id.ids)], order="id desc", limit=1
            )
            self.assertIn(user.email, message.subject)
            self.assertIn("Officer", message.body)
            self.assertNotIn(ADA, message.body)
            self.assertNotIn(SECRET, message.body)

    def test_without_an_owner_the_members_are_asked_or_nobody(self):
        self.bob_account.write({"account_type": "team", "visibility": "team"})
        self.bob_account.member_ids += self.alice
        self.bob.sudo().active = False
        part = self._get_part(self._ask(), self.bob_account)
        self.assertEqual(part.asked_names, "Alice")
        self.alice.sudo().active = False
        part.invalidate_recordset()
        self.assertFalse(part.asked_names)

    # ------------------------------------------------------------
    # THE FILE
    # ------------------------------------------------------------

    def test_it_holds_the_mail_byte_for_byte_and_nothing_else(self):
        part = self._get_part(self._ask(), self.account)
        archive = self._get_archive(part, self.alice)
        self.assertFalse(archive.testzip())
        mails = [name for name in archive.namelist() if name.startswith("mails/")]
        self.assertEqual(len(mails), 1)
        self.assertEqual(archive.read(mails[0]), self.source)
        [row] = self._get_rows(archive, "mails.csv")
        self.assertEqual((row["file"], row["mail"]), (mails[0], str(self.message.id)))
        participants = self._get_rows(archive, "participants.csv")
        self.assertIn(ADA, {row["email"] for row in participants})
        self.assertIn("carl@other.example", {row["email"] for row in participants})
        links = self._get_rows(archive, "links.csv")
        self.assertIn(
            ("res.partner", "Ada Customer"), {(row["model"], row["name"]) for row in links}
        )
        about = json.loads(archive.read("about.json"))
        self.assertEqual((about["addresses"], about["mails"]), ([ADA], 1))

    def test_names_of_files_stay_where_they_are_unpacked(self):
        self._receive(
            *(
                build_mail(subject=subject, message_id=f"<{number}@names.example>")
                for number, subject in enumerate(
                    ["..", "a/b\\c:d", "", "\u202egpj" + "x" * 5000, "Q", "Q"]
                )
            )
        )
        archive = self._get_archive(self._get_part(self._ask(), self.account), self.alice)
        names = archive.namelist()
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len(names), 4 + 7)
        for name in names:
            self.assertRegex(name, r"\A(mails/)?[\w\- .]+\Z")
            self.assertNotIn("..", name)
            self.assertLess(len(name), 120)

    def test_a_spreadsheet_calculates_nothing(self):
        self._receive(
            build_mail(
                f'"@SUM(1)" <{ADA}>', subject="+1-800", message_id="<formula@customer.example>"
            )
        )
        archive = self._get_archive(self._get_part(self._ask(), self.account), self.alice)
        for name in ("mails.csv", "participants.csv", "links.csv"):
            for row in self._get_rows(archive, name):
                for cell in row.values():
                    self.assertNotIn(cell[:1], ("=", "+", "-", "@", "\t", "\r"))
        subjects = {row["subject"] for row in self._get_rows(archive, "mails.csv")}
        self.assertIn("'+1-800", subjects)

    def test_a_record_that_the_member_may_not_read_is_not_named(self):
        hidden = self.env["crm.lead"].create(
            {"name": f"{SECRET} deal", "type": "opportunity", "user_id": self.bob.id}
        )
        self.message.conversation_id.lead_ids = hidden
        self.alice.group_ids = self.env.ref("sales_team.group_sale_salesman")
        archive = self._get_archive(self._get_part(self._ask(), self.account), self.alice)
        self.assertNotIn(f"{SECRET} deal", archive.read("links.csv").decode())

    def test_mail_without_its_text_stands_in_the_table(self):
        self.message._remove_text(30)
        archive = self._get_archive(self._get_part(self._ask(), self.account), self.alice)
        self.assertFalse([name for name in archive.namelist() if name.startswith("mails/")])
        [row] = self._get_rows(archive, "mails.csv")
        self.assertTrue(row["text_removed"])

    def test_mail_that_could_not_be_read_is_in_it(self):
        source = b"To: ADA@customer.example\r\n\r\nx"
        quarantined = self.env["email.sync.placement"].create(
            {
                "account_id": self.account.id,
                "folder_id": self.inbox.id,
                "uid": 900,
                "outcome": "quarantined",
                "source": base64.b64encode(source),
            }
        )
        archive = self._get_archive(self._get_part(self._ask(), self.account), self.alice)
        self.assertEqual(archive.read(f"unreadable/{quarantined.id}.eml"), source)

    def test_the_senders_whose_pictures_one_shows_are_told(self):
        self.env["email.sync.picture.sender"].create({"user_id": self.alice.id, "email": ADA})
        export = self._ask()
        archive = self._get_archive(self._get_part(export, self.account), self.alice)
        self.assertEqual(json.loads(archive.read("about.json"))["pictures_always_shown_of"], [ADA])
        archive = self._get_archive(self._get_part(export, self.bob_account), self.bob)
        self.assertFalse(json.loads(archive.read("about.json"))["pictures_always_shown_of"])
        self.assertIn("pictures", export.with_user(self.officer).held_sentence)

    def test_a_large_mail_takes_little_memory(self):
        self.startPatcher(patch(CONTENT, 1_000_000))
        content = bytes(range(256)) * 4 * 10_000  # 10 MB
        self._receive(
            build_mail(
                message_id="<large@customer.example>",
                attachments=[("a.bin", content, "application", "octet-stream")],
            )
        )
        part = self._get_part(self._ask(), self.account)
        self.env.invalidate_all()
        with open("/dev/null", "wb") as file:
            tracemalloc.start()
            try:
                part.with_user(self.alice)._write_archive(_Unseekable(file))
                _now, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        self.assertLess(peak, 6_000_000)

    def test_statements_do_not_grow_with_each_mail_but_for_its_source(self):
        part = self._get_part(self._ask(), self.account)

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._get_archive(part, self.alice)
            return self.env.cr.sql_log_count - before

        count()
        first = count()
        self._receive(*(build_mail(message_id=f"<{number}@many.example>") for number in range(20)))
        self.assertLessEqual(count() - first, 20 * 2)

    # ------------------------------------------------------------
    # ANSWERING
    # ------------------------------------------------------------

    def test_only_members_answer_and_who_asked_sees_it(self):
        export = self._ask()
        part = self._get_part(export, self.account)
        for user in (self.officer, self.bob, self.administrator):
            for method in ("action_download", "action_hand_over", "action_decline"):
                with self.assertRaises(UserError):
                    getattr(part.with_user(user), method)()
        part.with_user(self.alice).action_hand_over()
        self._get_part(export, self.bob_account).with_user(self.bob).action_decline()
        self.env.invalidate_all()
        as_officer = export.with_user(self.officer)
        self.assertEqual(as_officer.waiting_count, 0)
        answers = {part.email: part.answer for part in as_officer.part_ids}
        self.assertEqual(
            answers, {"alice@company.example": "handed_over", "bob@company.example": "declined"}
        )

    def test_it_is_logged_and_not_of_whom(self):
        part = self._get_part(self._ask(), self.account)
        part.with_user(self.alice).action_hand_over()
        logs = self.env["email.sync.log"].search([("event", "=", "export")])
        self.assertEqual(
            [(log.email, log.user_id, log.after) for log in logs.sorted("id")],
            [
                ("alice@company.example", self.officer, "asked for"),
                ("bob@company.example", self.officer, "asked for"),
                ("alice@company.example", self.alice, "handed over"),
            ],
        )
        self.assertNotIn(ADA, str(logs.read()))

    def test_it_ends_by_the_clock_and_forgets_whose_it_was(self):
        export = self._ask()
        part = self._get_part(export, self.account).with_user(self.alice)
        self.assertEqual(
            export.date_end.date(), (fields.Datetime.now() + timedelta(days=30)).date()
        )
        export.date_end = fields.Datetime.now() - timedelta(seconds=1)
        self.env.invalidate_all()
        self.assertFalse(part.is_current)
        with self.assertRaises(UserError):
            part.action_hand_over()
        self.env["email.sync.export"]._forget_ended()
        self.assertFalse(export.addresses)

    def test_who_asked_ends_it_early(self):
        export = self._ask()
        with self.assertRaises(AccessError):
            export.with_user(self.administrator).action_end()
        export.with_user(self.officer).action_end()
        self.assertFalse(export.is_current or export.addresses)

    def test_erasure_forgets_whose_it_was(self):
        export = self._ask()
        self.env["email.sync.erasure"].with_user(self.officer)._start(
            {ADA}, "Request under article 17", self.customer
        )
        self.env.invalidate_all()
        self.assertFalse(export.is_current or export.addresses)


class _Unseekable:
    """A file that is written to and never read: what a ZIP is streamed into."""

    def __init__(self, file):
        self.write, self.flush = file.write, file.flush


@tagged("post_install", "-at_install")
class TestExportRoute(ExportCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.alice, cls.bob, cls.officer, cls.administrator):
            user.password = f"{user.login}-password"

    def _get(self, part, user):
        self.authenticate(user.login, f"{user.login}-password")
        return self.url_open(f"/email_sync/export/{part.id}")

    def test_a_member_gets_the_file_and_that_is_logged(self):
        export = self._ask()
        part = self._get_part(export, self.account)
        response = self._get(part, self.alice)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        archive = zipfile.ZipFile(io.BytesIO(response.content))
        [name] = [name for name in archive.namelist() if name.startswith("mails/")]
        self.assertEqual(archive.read(name), self.source)
        self.env.invalidate_all()
        self.assertTrue(part.date_downloaded)
        log = self.env["email.sync.log"].search([("event", "=", "export")], limit=1)
        self.assertEqual((log.user_id, log.after), (self.alice, "downloaded"))
        self.assertEqual(part.answer, "waiting", "downloading is not handing over")

    def test_nobody_else_gets_it(self):
        part = self._get_part(self._ask(), self.account)
        for user in (self.bob, self.officer, self.administrator):
            self.assertEqual(self._get(part, user).status_code, 404, user.login)
        self.env.invalidate_all()
        self.assertFalse(part.date_downloaded)

    def test_who_left_the_account_or_comes_too_late_gets_nothing(self):
        export = self._ask()
        part = self._get_part(export, self.account)
        self.account.write({"account_type": "team", "visibility": "team"})
        self.account.member_ids += self.bob
        self.assertEqual(self._get(part, self.bob).status_code, 200)
        self.account.member_ids -= self.bob
        self.assertEqual(self._get(part, self.bob).status_code, 404)
        export.date_end = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self._get(part, self.alice).status_code, 404)
