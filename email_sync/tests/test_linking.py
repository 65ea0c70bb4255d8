"""Links: by address to contacts; to a deal when exactly one fits; what a person did stays."""

from odoo.tests import Form, tagged

from .common import EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestLinking(EmailSyncCase):
    def _new_lead(self, name="Deal", **vals):
        return self.env["crm.lead"].create(
            {"name": name, "type": "opportunity", "user_id": self.alice.id, **vals}
        )

    def _receive_conversation(self, *args, **kwargs):
        return self._receive(build_mail(*args, **kwargs)).conversation_id

    def test_every_outside_participant(self):
        bea = self.env["res.partner"].create({"name": "Bea", "email": "Bea.B@B.example"})
        conversation = self._receive_conversation(
            sender="ADA@Customer.example", to="alice@company.example", cc="bea.b@b.example"
        )
        self.assertEqual(conversation.partner_ids, self.customer | bea)

    def test_colleagues_are_inside(self):
        conversation = self._receive_conversation(
            sender="bob@company.example", to="alice@company.example"
        )
        self.assertFalse(conversation.is_linked)
        self.assertFalse(conversation.email_ids.mail_message_id)

    def test_exactly_one_open_lead(self):
        won_stage = self.env["crm.stage"].create({"name": "Done", "is_won": True})
        lead = self._new_lead(partner_id=self.customer.id)
        self._new_lead("Lost", partner_id=self.customer.id, active=False, probability=0)
        self._new_lead("Won", partner_id=self.customer.id, stage_id=won_stage.id)
        self.assertEqual(self._receive_conversation().lead_ids, lead)

    def test_several_leads_are_for_a_person_to_choose_from(self):
        self._new_lead("One", partner_id=self.customer.id)
        self._new_lead("Two", email_from="ada@customer.example")
        conversation = self._receive_conversation()
        self.assertFalse(conversation.lead_ids)
        self.assertEqual(conversation.partner_ids, self.customer)

    def test_lead_by_its_own_address(self):
        lead = self._new_lead(type="lead", email_from="New Person <new@prospect.example>")
        conversation = self._receive_conversation(sender="new@prospect.example")
        self.assertEqual(conversation.lead_ids, lead)

    def test_a_lead_that_the_owner_may_not_read_does_not_fit(self):
        narrow = self._new_user("narrow", "sales_team.group_sale_salesman")
        folder = self._new_folder(self._new_account(narrow), "INBOX", "inbox")
        self._new_lead("Alice's", partner_id=self.customer.id)
        own = self._new_lead("Own", partner_id=self.customer.id, user_id=narrow.id)
        conversation = self._receive(build_mail(), folder=folder).conversation_id
        self.assertEqual(conversation.lead_ids, own)

    def test_found_again_when_the_record_is_made_later(self):
        conversation = self._receive_conversation(sender="late@prospect.example")
        self.assertFalse(conversation.is_linked)
        partner = (
            self.env["res.partner"]
            .with_user(self.bob)
            .create({"name": "Late", "email": "late@prospect.example"})
        )
        self.assertEqual(conversation.partner_ids, partner)
        lead = self._new_lead(partner_id=partner.id)
        self.assertEqual(conversation.lead_ids, lead)
        self.assertTrue(conversation.email_ids.mail_message_id)

    def test_found_again_when_the_address_is_added_later(self):
        conversation = self._receive_conversation(sender="other@prospect.example")
        self.customer.with_user(self.bob).email = "other@prospect.example"
        self.assertEqual(conversation.partner_ids, self.customer)

    def test_removed_by_hand_stays_removed(self):
        lead = self._new_lead(partner_id=self.customer.id)
        conversation = self._receive_conversation()
        as_alice = conversation.with_user(self.alice)
        as_alice.write({"lead_ids": [(3, lead.id)], "partner_ids": [(3, self.customer.id)]})
        self.assertFalse(conversation.is_linked)
        self.assertFalse(conversation.email_ids.mail_message_id)
        conversation._link_automatically()
        self._receive(build_mail(message_id="<2@a.example>", references="<1@customer.example>"))
        self.assertFalse(conversation.is_linked)

    def test_linked_by_hand_stays_linked(self):
        lead = self._new_lead("Chosen")
        self._new_lead("Fits", partner_id=self.customer.id)
        conversation = self._receive(build_mail(), link=False).conversation_id
        conversation.with_user(self.alice).write({"lead_ids": [(4, lead.id)]})
        conversation._link_automatically()
        self.assertEqual(conversation.lead_ids, lead)

    def test_links_survive_merge_of_leads(self):
        lead = self._new_lead(partner_id=self.customer.id, priority="3", probability=80)
        other = self._new_lead("Other", probability=10)
        conversation = self._receive(build_mail(), link=False).conversation_id
        conversation.with_user(self.alice).write({"lead_ids": [(4, other.id)]})
        merged = (lead | other).merge_opportunity()
        self.assertEqual(conversation.lead_ids, merged)
        self.assertTrue(conversation.email_ids.mail_message_id.exists())

    def test_links_survive_merge_of_contacts(self):
        conversation = self._receive_conversation()
        double = self.env["res.partner"].create({"name": "Ada", "email": "ada2@customer.example"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | double).ids, double)
        self.env.invalidate_all()
        self.assertEqual(conversation.partner_ids, double)

    def test_links_survive_conversion_and_archiving(self):
        lead = self._new_lead(type="lead", partner_id=self.customer.id)
        conversation = self._receive_conversation()
        lead.convert_opportunity(self.customer)
        self.assertEqual(lead.type, "opportunity")
        lead.action_set_lost()
        self.customer.active = False
        conversation.invalidate_recordset()
        found = conversation.with_context(active_test=False)
        self.assertEqual((found.lead_ids, found.partner_ids), (lead, self.customer))
        self.assertTrue(conversation.is_linked)

    def test_gateway_and_sync_do_not_disturb_each_other(self):
        """The alias' own copy of a mail is taken in by the gateway, whichever comes first."""
        source = build_mail(to="alice@company.example, contact@company.example")
        self.env["mail.alias.domain"].create({"name": "company.example"})
        alias = self.env["mail.alias"].create(
            {
                "alias_name": "contact",
                "alias_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "alias_contact": "everyone",
            }
        )
        self.assertTrue(alias)
        message = self._receive(source)
        lead_id = self.env["mail.thread"].message_process(False, source)
        self.assertTrue(lead_id, "the gateway makes its lead although the mail was synced")
        answer = build_mail(
            sender="Stranger <stranger@s.example>",
            to="contact@company.example",
            message_id="<2@s.example>",
            references="<1@customer.example>",
            text="answer of a stranger",
        )
        self.env["mail.thread"].message_process(False, answer)
        self.assertFalse(
            self.env["mail.message"].search(
                [
                    ("model", "=", "email.sync.conversation"),
                    ("body", "ilike", "answer of a stranger"),
                ]
            ),
            "a stranger's answer is never threaded into a synced conversation",
        )
        after = self._receive(
            build_mail(to="contact@company.example", message_id="<5@customer.example>")
        )
        self.assertNotEqual(after, message)

    def test_nobody_is_notified_of_synced_mail(self):
        mails_before = self.env["mail.mail"].search_count([])
        conversation = self._receive_conversation()
        entry = conversation.email_ids.mail_message_id
        self.assertTrue(entry)
        self.assertTrue(entry.is_internal)
        self.assertFalse(entry.partner_ids | entry.notified_partner_ids)
        self.assertFalse(entry.author_id.with_context(active_test=False).user_ids)
        self.assertFalse(conversation.message_follower_ids)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails_before)

    def test_form_of_a_contact_counts_what_the_reader_sees(self):
        self._receive_conversation()
        for user, count in ((self.alice, 1), (self.bob, 0)):
            with Form(self.customer.with_user(user)) as form:
                self.assertEqual(form.email_sync_conversation_count, count)
