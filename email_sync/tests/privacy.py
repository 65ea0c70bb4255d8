"""The visibility table, in one place, and everything of the addon that it has to cover.

`test_privacy_coverage` fails when the addon gets a model, a field, a route or a method callable by
RPC that is not declared here.
"""

from datetime import timedelta

from odoo.tests import new_test_user

from .common import REFUSED, EmailSyncCase, build_mail

# ------------------------------------------------------------
# THE TABLE
# ------------------------------------------------------------

LEVELS = ("private", "team", "shared_unlinked", "shared_linked")
INSIDERS = {
    "private": {"owner"},
    "team": {"owner", "member"},
    "shared_unlinked": {"owner", "member"},
    "shared_linked": {"owner", "member"},
}
# Internal users who may read the contact and the opportunity that `shared_linked` is linked to.
READERS_OF_EVERY_LINK = {"former_member", "colleague", "crm_manager", "administrator"}
# Who has emergency access to the personal account at this moment, and had it to the team's.
READERS_IN_EMERGENCY = {"private": {"emergency_reader"}}
ADMINISTRATORS = {"administrator", "administrator_without_crm"}
# Who sees that there are accounts, and how they are, without their mail.
SUPERVISORS = ADMINISTRATORS | {"emergency_reader", "emergency_group"}
VIEWERS = {
    "owner": "sales_team.group_sale_salesman_all_leads,email_sync.email_sync_group_team",
    "member": "sales_team.group_sale_salesman_all_leads",
    "former_member": "sales_team.group_sale_salesman_all_leads",
    "colleague": "sales_team.group_sale_salesman_all_leads,base.group_partner_manager",
    "colleague_of_own_leads": "sales_team.group_sale_salesman",
    "internal_user": "base.group_user",
    "crm_manager": "sales_team.group_sale_manager",
    "administrator": "base.group_system,sales_team.group_sale_manager",
    "administrator_without_crm": "base.group_system",
    "emergency_reader": "email_sync.email_sync_group_emergency",
    "emergency_group": "email_sync.email_sync_group_emergency",
    "data_protection": "email_sync.email_sync_group_data_protection",
    "other_company": "sales_team.group_sale_manager",
    "portal": "base.group_portal",
    "public": None,
}


def is_seen(viewer, level):
    """Whether mission.md's visibility table lets a viewer see a conversation."""
    if viewer in INSIDERS[level] | READERS_IN_EMERGENCY.get(level, set()):
        return True
    return level == "shared_linked" and viewer in READERS_OF_EVERY_LINK


# ------------------------------------------------------------
# WHAT IT COVERS
# ------------------------------------------------------------

# Who reads the rows of a model. `conversation`: by the table; `members`: of the account;
# `health`: members and supervisors; `own`: who made it, for a while; `user`: whose it is;
# `data_protection`: who may erase, as it holds no mail; `handing_over`: these and members;
# `nobody`: the server alone.
MODELS = {
    "email.sync.account": "health",
    "email.sync.account.conversion": "own",
    "email.sync.account.inquiry": "own",
    "email.sync.account.inquiry.find": "own",
    "email.sync.account.handover": "own",
    "email.sync.account.question": "abstract",
    "email.sync.account.removal": "own",
    "email.sync.account.visibility": "own",
    "email.sync.annex.mixin": "abstract",
    "email.sync.change": "nobody",
    "email.sync.composer": "own",
    "email.sync.connection.mixin": "abstract",
    "email.sync.conversation": "conversation",
    "email.sync.conversation.reader.mixin": "abstract",
    "email.sync.conversation.move": "own",
    "email.sync.data.protection.mixin": "abstract",
    "email.sync.emergency": "health",
    "email.sync.emergency.opening": "members",
    "email.sync.emergency.request": "own",
    "email.sync.engine": "abstract",
    "email.sync.erased": "nobody",
    "email.sync.erasure": "data_protection",
    "email.sync.erasure.request": "own",
    "email.sync.error": "abstract",
    "email.sync.export": "data_protection",
    "email.sync.export.part": "handing_over",
    "email.sync.export.request": "own",
    "email.sync.folder": "members",
    "email.sync.hidden.mixin": "abstract",
    "email.sync.log": "health",
    "email.sync.message": "conversation",
    "email.sync.move": "nobody",
    "email.sync.opening.mixin": "abstract",
    "email.sync.outgoing": "abstract",
    "email.sync.participant": "conversation",
    "email.sync.person.question": "abstract",
    "email.sync.picture.sender": "user",
    "email.sync.placement": "members",
    "email.sync.reference": "nobody",
    "email.sync.run": "health",
    "email.sync.secret.mixin": "abstract",
    "email.sync.setup": "own",
    "email.sync.setup.folder": "own",
    "email.sync.store": "abstract",
    "email.sync.switches.mixin": "abstract",
    "email.sync.watcher": "abstract",
}

# Every field that holds text or leads to other records; numbers and dates go with their row.
FIELDS = {
    "email.sync.account": "authserv_id company_id conversation_ids email emergency_ids "
    "emergency_notice error_code error_message folder_ids idle_digest imap_fingerprint imap_host "
    "login member_ids name owner_id retention_sentence run_ids sealed_secret "
    "signature smtp_fingerprint smtp_host viewers",
    "email.sync.change": "account_id flag message_id",
    "email.sync.conversation": "account_id attachment_name base_subject correspondents email_ids "
    "emergency_sentence folder_ids lead_ids mail_text message_follower_ids message_ids "
    "message_partner_ids "
    "participant_address participant_ids partner_ids removed_lead_ids removed_partner_ids snippet "
    "subject tag_names visibility_sentence website_message_ids",
    "email.sync.folder": "account_id delimiter error_message highestmodseq mailbox_id name "
    "outcomes placement_ids successor_id write_message",
    "email.sync.emergency": "account_id opening_ids reason user_id",
    "email.sync.emergency.opening": "conversation_id emergency_id",
    "email.sync.erased": "account_id digest",
    "email.sync.erasure": "address_digest reason user_id",
    "email.sync.export": "address_digest addresses held_sentence part_ids reason user_id",
    "email.sync.export.part": "account_id addresses answer_user_id asked_names email export_id "
    "reason user_id",
    "email.sync.log": "account_id after before email user_id",
    "email.sync.message": "account_id attachment_names conversation_id digest from_email from_name "
    "mail_message_id message_id participant_ids placement_ids snippet source subject text",
    "email.sync.move": "account_id folder_id message_id target_id",
    "email.sync.participant": "account_id conversation_id email email_normalized message_id name",
    "email.sync.picture.sender": "email user_id",
    "email.sync.placement": "account_id email_id flags folder_id message_id reason source",
    "email.sync.reference": "account_id conversation_id key",
    "email.sync.run": "account_id error_message",
}
CLOSED_FIELDS = {
    ("email.sync.account", "idle_digest"),
    ("email.sync.account", "sealed_secret"),
    ("email.sync.setup", "sealed_secret"),
    ("email.sync.erasure", "addresses"),
    ("email.sync.erasure", "counts"),
    ("email.sync.log", "conversation_levels"),
    ("email.sync.message", "source"),
    ("email.sync.placement", "source"),
}
# Fields that other models get, whoever reads these models.
FOREIGN_FIELDS = {
    "crm.lead": "email_sync_conversation_count may_send_email_sync",
    "res.partner": "email_sync_conversation_count may_send_email_sync",
    "res.users": "email_sync_account_ids email_sync_picture_sender_ids may_connect_email_sync",
    "res.config.settings": "email_sync_account_count email_sync_allowed_networks "
    "email_sync_allowed_ports email_sync_emergency_max_hours email_sync_failing_account_count "
    "email_sync_interval email_sync_retention_count email_sync_retention_days "
    "email_sync_max_size email_sync_paused group_email_sync_personal group_email_sync_team",
}

# Who may use a route: `reader` of the mail, or `member` of its account.
ROUTES = {
    "/email_sync/export/<int:part_id>": "member",
    "/email_sync/message/<int:message_id>/part/<string:section>": "reader",
    "/email_sync/message/<int:message_id>/source": "member",
}

# Who may call a method by RPC with an effect or an answer that tells something: `reader` and
# `member` by the table; `owner` of the account; `health`: who reads the account;
# `emergency`: who may have emergency access; `owner_of_emergency`: who had it to the accounts of
# the table; `reader_in_emergency`: who reads by it; `supervisor`: who sees how accounts are;
# `data_protection`: who has that right; `own`: who made the record; `anyone`: it tells and does
# nothing but for the caller's own.
METHODS = {
    "crm.lead": {
        "action_new_email_sync": "anyone",
        "action_open_email_sync_conversations": "anyone",
    },
    "res.partner": {
        "action_new_email_sync": "anyone",
        "action_open_email_sync_conversations": "anyone",
    },
    "res.users": {"action_open_email_sync_setup": "anyone"},
    "email.sync.account": {
        "action_change_type": "owner",
        "action_change_visibility": "owner",
        "action_find_mail": "member",
        "action_emergency": "emergency",
        "action_end_emergency": "emergency",  # one's own
        "action_hand_over": "owner",
        "action_reconnect": "owner",
        "action_remove": "anyone",
        "action_retry_quarantine": "owner",
        "action_start": "owner",
        "action_stop": "owner",
        "action_sync_now": "member",
        "action_view_account": "anyone",
        "action_view_conversations": "anyone",
        "action_view_runs": "anyone",
        "get_progress": "health",
    },
    "email.sync.account.conversion": {"action_apply": "own"},
    "email.sync.account.inquiry": {"action_search": "own"},
    "email.sync.account.inquiry.find": {"action_open": "own", "action_retry": "own"},
    "email.sync.account.handover": {"action_apply": "own"},
    "email.sync.account.removal": {"action_apply": "own"},
    "email.sync.account.visibility": {"action_apply": "own"},
    "email.sync.emergency": {"action_end": "supervisor", "action_extend": "owner_of_emergency"},
    "email.sync.emergency.request": {"action_apply": "own"},
    "email.sync.erasure.request": {"action_apply": "own"},
    "email.sync.export": {"action_end": "data_protection"},
    "email.sync.export.part": {
        "action_decline": "member",
        "action_download": "member",
        "action_hand_over": "member",
    },
    "email.sync.export.request": {"action_apply": "own"},
    "email.sync.composer": {
        "action_assume_sent": "own",
        "action_discard": "own",
        "action_send": "own",
        "action_send_again": "own",
    },
    "email.sync.conversation": {
        "action_delete_mail": "member",
        "action_end_emergency": "reader_in_emergency",
        "action_forward": "member",
        "action_move": "member",
        "action_move_to_archive": "member",
        "action_new_email": "anyone",
        "action_reply": "member",
        "action_reply_all": "member",
        "action_mark_read": "reader",  # without effect unless a member
        "action_mark_unread": "reader",  # without effect unless a member
        "action_toggle_flagged": "reader",  # without effect unless a member
        "get_known_tags": "member",
        "get_viewers": "reader",
        "set_tag": "member",
        "undo_move": "member",
    },
    "email.sync.conversation.move": {"action_apply": "own"},
    "email.sync.log": {"action_undo": "member"},
    "email.sync.picture.sender": {"action_revoke": "own"},
    "email.sync.message": {
        "action_fetch_again": "member",
        "always_show_pictures": "reader",
        "action_forward": "member",
        "action_reply": "member",
        "action_reply_all": "member",
        "get_conversation_display": "reader",
        "get_display": "reader",
        "get_entry_display": "reader",
        "set_tag": "member",
        "toggle_flagged": "member",
    },
    "mail.message": {
        "action_email_sync_forward": "member",
        "action_email_sync_reply": "member",
        "action_email_sync_reply_all": "member",
    },
    "email.sync.setup": {
        "action_back": "own",
        "action_discard": "own",
        "action_next": "own",
        "action_open": "anyone",
        "action_start": "own",
    },
}

# ------------------------------------------------------------
# THE WORLD IT IS TRIED IN
# ------------------------------------------------------------

SECRET = "xylophone"  # a word that stands in every part of a mail and nowhere else


class PrivacyCase(EmailSyncCase):
    """One conversation a level, and one user a viewer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewers = cls._create_viewers()
        owner = cls.viewers["owner"]
        team = cls.viewers["member"] | cls.viewers["former_member"]
        cls.personal_account = cls._new_account(owner, login=f"{SECRET}.login")
        cls.team_account = cls._new_account(
            owner, "team@company.example", team, account_type="team", visibility="team"
        )
        cls.accounts = cls.personal_account | cls.team_account
        cls.accounts._set_secret(f"{SECRET}-password")
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Deal",
                "type": "opportunity",
                "partner_id": cls.customer.id,
                "user_id": owner.id,
                "company_id": cls.env.company.id,
            }
        )
        cls.conversations = {
            "private": cls._create_conversation("private", cls.personal_account, "private", True),
            "team": cls._create_conversation("team", cls.team_account, "team", True),
            "shared_unlinked": cls._create_conversation(
                "shared_unlinked", cls.team_account, "shared", False
            ),
            "shared_linked": cls._create_conversation(
                "shared_linked", cls.team_account, "shared", True
            ),
        }
        cls.env["email.sync.run"].create(
            [
                {"account_id": account.id, "date_start": "2026-03-02 09:30:00"}
                for account in cls.accounts
            ]
        )
        cls.env["email.sync.picture.sender"].create(
            {"user_id": owner.id, "email": f"{SECRET}@customer.example"}
        )
        cls.team_account.with_user(owner).member_ids -= cls.viewers["former_member"]
        cls._open_emergencies()
        cls.env["email.sync.erasure"].with_user(cls.viewers["data_protection"])._start(
            {"somebody.else@customer.example"}, "Asked by letter", cls.env["res.partner"]
        )
        cls.export = (
            cls.env["email.sync.export"]
            .with_user(cls.viewers["data_protection"])
            ._start(
                {"ada@customer.example", "nobody@customer.example"},
                "Asked by letter",
                cls.env["res.partner"],
            )
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _create_viewers(cls):
        other_company = cls.env["res.company"].create({"name": "Other company"})
        viewers = {}
        for viewer, groups in VIEWERS.items():
            if groups is None:
                viewers[viewer] = cls.env.ref("base.public_user")
                continue
            values = {}
            if viewer == "other_company":
                values = {
                    "company_id": other_company.id,
                    "company_ids": [(6, 0, other_company.ids)],
                }
            viewers[viewer] = new_test_user(
                cls.env,
                f"{viewer}_of_the_table",
                groups=groups,
                email=f"{viewer}@company.example",
                password=f"{viewer}_of_the_table",
                **values,
            )
        return viewers

    @classmethod
    def _open_emergencies(cls):
        """One that is open now, and one that has ended, in which a conversation was opened."""
        reader = cls.viewers["emergency_reader"]
        emergencies = cls.env["email.sync.emergency"].with_user(reader)
        cls.emergency = emergencies._open(
            cls.personal_account.with_user(reader), "A court orders it", timedelta(hours=4)
        )
        ended = emergencies._open(
            cls.team_account.with_user(reader), "A court ordered it", timedelta(hours=4)
        )
        ended.action_end()
        cls.env["email.sync.emergency.opening"].create(
            [
                {
                    "emergency_id": emergency.id,
                    "conversation_id": cls.conversations[level].id,
                    "date": "2026-03-02 09:30:00",
                }
                for emergency, level in ((cls.emergency, "private"), (ended, "team"))
            ]
        )

    @classmethod
    def _create_conversation(cls, level, account, visibility, is_linked):
        folder = cls._new_folder(account, f"{SECRET} {level}", "inbox")
        name = "ada" if is_linked else "nobody"
        message = cls._receive(
            build_mail(
                sender=f"{SECRET} <{name}@customer.example>",
                subject=f"{SECRET} subject {level}",
                text=f"{SECRET} text",
                html=f"<p>{SECRET} text</p>",
                message_id=f"<{level}@customer.example>",
                attachments=[(f"{SECRET}.txt", f"{SECRET} file".encode(), "text", "plain")],
            ),
            folder=folder,
        )
        conversation = message.conversation_id
        conversation.visibility = visibility
        assert conversation.is_linked is is_linked
        return conversation

    def _get_part(self, conversation):
        """Return the part that the export of the table has for the account of a conversation."""
        return self.export.sudo().part_ids.filtered(
            lambda part: part.account_id == conversation.account_id
        )

    def _each_cell(self):
        """Go through the table: (viewer, user, level, conversation, whether it is seen)."""
        for viewer, user in self.viewers.items():
            for level, conversation in self.conversations.items():
                yield viewer, user, level, conversation, is_seen(viewer, level)

    def _reveals(self, function):
        """Whether an answer holds the secret, or records at all."""
        self.env.invalidate_all()
        try:
            answer = function()
        except REFUSED as error:
            self.assertNotIn(SECRET, str(error))
            return False
        if isinstance(answer, bool | int):
            return bool(answer)
        return SECRET in str(answer)

    def _assert_paths(self, paths, seen, who):
        wrong = {path for path, function in paths.items() if self._reveals(function) is not seen}
        self.assertFalse(wrong, f"{who}: seen must be {seen}; these paths differ")
