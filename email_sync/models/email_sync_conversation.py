from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..mime.warnings import DANGERS
from .email_sync_account import VISIBILITY_BY_TYPE, VISIBILITY_SELECTION

LINKED_MODELS = {"partner_ids": "res.partner", "lead_ids": "crm.lead"}


class EmailSyncConversation(models.Model):
    """A conversation of an account: the document that mail, links and visibility belong to.

    Its record rule is the visibility rule: members of the account read it; everybody else reads
    it when it is shared, linked, and every linked record is readable by the reader.
    """

    _name = "email.sync.conversation"
    _inherit = ["email.sync.hidden.mixin", "mail.thread"]
    _description = "Email Conversation"
    _order = "last_date desc, id desc"
    _rec_name = "subject"
    _mail_post_access = "write"

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade", readonly=True
    )
    account_type = fields.Selection(related="account_id.account_type")
    subject = fields.Char(required=True, readonly=True)
    base_subject = fields.Char(readonly=True)
    visibility = fields.Selection(VISIBILITY_SELECTION, required=True)
    is_visibility_manual = fields.Boolean("Visibility set by hand", readonly=True, copy=False)

    partner_ids = fields.Many2many(
        "res.partner",
        "email_sync_conversation_res_partner_rel",
        "conversation_id",
        "partner_id",
        string="Contacts",
    )
    lead_ids = fields.Many2many(
        "crm.lead",
        "email_sync_conversation_crm_lead_rel",
        "conversation_id",
        "lead_id",
        string="Leads and opportunities",
    )
    removed_partner_ids = fields.Many2many(
        "res.partner",
        "email_sync_conversation_removed_res_partner_rel",
        "conversation_id",
        "partner_id",
        string="Contacts unlinked by hand",
        copy=False,
    )
    removed_lead_ids = fields.Many2many(
        "crm.lead",
        "email_sync_conversation_removed_crm_lead_rel",
        "conversation_id",
        "lead_id",
        string="Leads unlinked by hand",
        copy=False,
    )
    is_linked = fields.Boolean(compute="_compute_is_linked", store=True, index=True)
    is_every_link_readable = fields.Boolean(
        compute="_compute_is_every_link_readable", search="_search_is_every_link_readable"
    )

    email_ids = fields.One2many(
        "email.sync.message", "conversation_id", string="Mails", readonly=True
    )
    participant_ids = fields.One2many(
        "email.sync.participant", "conversation_id", string="Participants", readonly=True
    )
    email_count = fields.Integer("Number of mails", readonly=True)
    unread_count = fields.Integer("Unread mails", readonly=True)
    is_unread = fields.Boolean("Unread", compute="_compute_is_unread", search="_search_is_unread")
    is_flagged = fields.Boolean("Flagged", readonly=True)
    is_removed = fields.Boolean(
        "No longer in the mailbox", readonly=True, help="All of its mails were deleted."
    )
    has_attachments = fields.Boolean("With attachments", readonly=True)
    is_automatic = fields.Boolean(
        "Automatic",
        readonly=True,
        help="Newsletters, mailing lists and what programs write: nobody wrote by hand.",
    )
    has_doubtful_sender = fields.Boolean(
        "Doubtful sender",
        readonly=True,
        help="A mail looks as if it were from somebody else than it is.",
    )
    last_date = fields.Datetime("Last mail", readonly=True)
    snippet = fields.Char(readonly=True)
    correspondents = fields.Char(readonly=True, help="Whom the conversation is with, for lists.")
    is_account_member = fields.Boolean(compute="_compute_is_account_member")
    to_publish = fields.Boolean(
        readonly=True, help="Technical: has mails that wait for their chatter entry."
    )

    to_link = fields.Boolean(
        readonly=True, help="Technical: a contact or lead was made that may belong to it."
    )

    # As searches write it: PostgreSQL before 17 does not take "to_link" for "to_link IS TRUE".
    _to_link_index = models.Index("(id) WHERE to_link IS TRUE")
    _date_index = models.Index("(last_date DESC, id DESC)")
    _list_index = models.Index("(account_id, last_date DESC, id DESC)")
    _base_subject_index = models.Index("(account_id, base_subject, last_date)")
    _to_publish_index = models.Index("(id) WHERE to_publish IS TRUE")

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("partner_ids", "lead_ids")
    def _compute_is_linked(self):
        for conversation in self:
            conversation.is_linked = bool(conversation.partner_ids or conversation.lead_ids)

    @api.depends_context("uid")
    @api.depends("subject")
    def _compute_display_name(self):
        """Core names records as superuser in many places: the name is the reader's all the same."""
        result = super()._compute_display_name()
        hidden = self - self.with_user(self.env.uid)._filtered_access("read")
        hidden.display_name = False
        return result

    @api.depends_context("uid")
    @api.depends("partner_ids", "lead_ids")
    def _compute_is_every_link_readable(self):
        readable = self.search([("id", "in", self.ids), ("is_every_link_readable", "=", True)])
        for conversation in self:
            conversation.is_every_link_readable = conversation in readable

    def _search_is_every_link_readable(self, operator, value):
        """Whether the reader may read each linked record, archived ones included.

        Record rules are evaluated as superuser but keep the uid: the sub-selects are built as
        that user, so that each reader has exactly the rules of contacts and leads that they have.
        """
        if operator != "in":
            return NotImplemented
        domain = fields.Domain.TRUE
        for field_name, model_name in LINKED_MODELS.items():
            model = self.env[model_name].with_user(self.env.uid).with_context(active_test=False)
            if not model.has_access("read"):
                domain &= fields.Domain(field_name, "=", False)
                continue
            # bypass_access stays off: the rules of the linked model are the point
            unreadable = fields.Domain("id", "not in", model._search([]))
            domain &= ~fields.Domain(field_name, "any!", unreadable)
        return domain if True in value else ~domain

    @api.depends("unread_count")
    def _compute_is_unread(self):
        for conversation in self:
            conversation.is_unread = bool(conversation.unread_count)

    def _search_is_unread(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("unread_count", ">" if True in value else "=", 0)]

    @api.depends_context("uid")
    def _compute_is_account_member(self):
        # sudo: email.sync.account - whether the reader is a member, nothing else, is told
        for conversation in self:
            conversation.is_account_member = (
                self.env.user in conversation.account_id.sudo().member_ids
            )

    # ------------------------------------------------------------
    # CONSTRAINS
    # ------------------------------------------------------------

    @api.constrains("visibility", "account_id")
    def _check_visibility(self):
        # sudo: email.sync.account - its type only
        for conversation in self.sudo():
            offered = VISIBILITY_BY_TYPE[conversation.account_id.account_type]
            if conversation.visibility not in offered:
                raise ValidationError(
                    self.env._("This visibility is not offered by this type of account.")
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        vals = dict(vals)
        self._check_may_change(vals)
        if "visibility" in vals:
            vals["is_visibility_manual"] = True
        before = {
            conversation: {name: conversation.sudo()[name] for name in LINKED_MODELS}
            for conversation in self
            if not vals.keys().isdisjoint(LINKED_MODELS)
        }
        result = super().write(vals)
        for conversation, links in before.items():
            conversation._remember_removed_links(links)
        if before:
            self._update_publication()
        return result

    def unlink(self):
        self.check_access("unlink")
        # sudo: email.sync.message - deleted with its conversation; not left to the database's
        # cascade, which knows nothing of sources, chatter entries and attachments
        self.sudo().email_ids.unlink()
        return super().unlink()

    def _check_may_change(self, vals):
        """Members change links and visibility; the rest is the mailbox's own."""
        allowed = {"visibility", *LINKED_MODELS, "message_follower_ids", "message_ids"}
        if not allowed.issuperset(vals):
            raise AccessError(
                self.env._("Only the visibility and the links of a conversation can be changed.")
            )
        for field_name in vals.keys() & LINKED_MODELS.keys():
            self._check_links_readable(field_name, vals[field_name])

    def _check_links_readable(self, field_name, commands):
        """Linking a record takes the right to read it."""
        ids = set()
        for command in commands:
            if command[0] == Command.LINK:
                ids.add(command[1])
            elif command[0] == Command.SET:
                ids.update(command[2])
            elif command[0] not in (Command.UNLINK, Command.CLEAR):
                raise AccessError(
                    self.env._("Linked records cannot be created or changed from a conversation.")
                )
        linked = self.sudo()[field_name]  # sudo: linked before, perhaps by somebody else
        new = self.env[LINKED_MODELS[field_name]].browse(ids - set(linked.ids))
        new.check_access("read")

    def _remember_removed_links(self, before):
        """What is unlinked by hand is not linked again; what is linked by hand may be again."""
        # sudo: email.sync.conversation - own technical fields, after the member's own change
        record = self.sudo()
        for field_name, links in before.items():
            removed_name = f"removed_{field_name}"
            removed = (record[removed_name] | (links - record[field_name])) - record[field_name]
            if removed != record[removed_name]:
                record[removed_name] = [Command.set(removed.ids)]

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_outside_addresses(self):
        """Return, per conversation, the normalised addresses of the outside participants.

        Without Bcc: a link shows to everybody who reads the conversation.
        """
        addresses = {conversation.id: set() for conversation in self}
        # sudo: email.sync.participant - linking acts for the account, not for the reader
        groups = (
            self.env["email.sync.participant"]
            .sudo()
            ._read_group(
                [
                    ("conversation_id", "in", self.ids),
                    ("email_normalized", "!=", False),
                    ("role", "!=", "bcc"),
                ],
                ["conversation_id", "email_normalized"],
            )
        )
        inside = self.env["email.sync.account"]._get_inside_addresses(
            {address for _conversation, address in groups}
        )
        for conversation, address in groups:
            if address not in inside:
                addresses[conversation.id].add(address)
        return addresses

    def _merge_into(self, target):
        """Move everything of these conversations into another one of the same account.

        The narrower visibility wins, and one set by hand wins over one that was not.
        """
        # sudo: email.sync.* - threading acts for the account
        source, target = self.sudo(), target.sudo()
        merged = target | source
        manual = merged.filtered("is_visibility_manual")
        visibilities = set((manual or merged).mapped("visibility"))
        narrowest = next(level for level, _label in VISIBILITY_SELECTION if level in visibilities)
        source.email_ids.mail_message_id.write({"res_id": target.id})
        source.message_ids.write({"res_id": target.id})
        for model_name in (
            "email.sync.message",
            "email.sync.participant",
            "email.sync.reference",
        ):
            self.env[model_name].sudo().search(
                [("conversation_id", "in", source.ids)]
            ).conversation_id = target
        removed_partners = merged.removed_partner_ids - target.partner_ids
        removed_leads = merged.removed_lead_ids - target.lead_ids
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", source.ids)]
        ).res_id = target.id
        target.write(
            {
                "visibility": narrowest,
                "is_visibility_manual": bool(manual),
                "partner_ids": [Command.set((merged.partner_ids - removed_partners).ids)],
                "lead_ids": [Command.set((merged.lead_ids - removed_leads).ids)],
                "removed_partner_ids": [Command.set(removed_partners.ids)],
                "removed_lead_ids": [Command.set(removed_leads.ids)],
                "to_publish": any(merged.mapped("to_publish")) or target.is_linked,
            }
        )
        source.unlink()
        target._update_statistics()

    def _update_statistics(self):
        """Count what lists show of conversations, in a constant number of queries."""
        if not self:
            return
        self.env["email.sync.message"].flush_model()
        self.env.cr.execute(
            """
            UPDATE email_sync_conversation conversation
               SET email_count = s.email_count,
                   unread_count = s.unread_count,
                   has_attachments = s.has_attachments,
                   is_flagged = s.is_flagged,
                   is_automatic = s.is_automatic,
                   has_doubtful_sender = s.has_doubtful_sender,
                   is_removed = s.is_removed,
                   last_date = s.last_date,
                   snippet = s.snippet
              FROM (
                SELECT conversation_id,
                       count(*) AS email_count,
                       count(*) FILTER (WHERE is_read IS NOT TRUE AND is_removed IS NOT TRUE)
                           AS unread_count,
                       bool_or(attachment_count > 0) AS has_attachments,
                       bool_or(COALESCE(is_flagged, FALSE)) AS is_flagged,
                       bool_and(is_automatic IS TRUE) AS is_automatic,
                       bool_or(sender_finding = ANY(%s)) IS TRUE AS has_doubtful_sender,
                       bool_and(COALESCE(is_removed, FALSE)) AS is_removed,
                       max(date) AS last_date,
                       (array_agg(snippet ORDER BY date DESC, id DESC))[1] AS snippet
                  FROM email_sync_message
                 WHERE conversation_id = ANY(%s)
                 GROUP BY conversation_id
              ) s
             WHERE s.conversation_id = conversation.id
            """,
            [list(DANGERS), list(self.ids)],
        )
        self.invalidate_recordset(
            [
                "email_count",
                "unread_count",
                "has_attachments",
                "is_flagged",
                "is_automatic",
                "has_doubtful_sender",
                "is_removed",
                "last_date",
                "snippet",
            ]
        )
        self._update_correspondents()

    def _update_correspondents(self):
        """Write the names that lists show: those who are not the mailbox itself."""
        self.env["email.sync.participant"].flush_model()
        self.env.cr.execute(
            """
            WITH named AS (
                SELECT p.conversation_id,
                       COALESCE(p.email_normalized, p.email) AS address,
                       max(COALESCE(NULLIF(p.name, ''), p.email)) AS name,
                       min(CASE p.role WHEN 'from' THEN 0 WHEN 'to' THEN 1 ELSE 2 END) AS rank
                  FROM email_sync_participant p
                  JOIN email_sync_account a ON a.id = p.account_id
                 WHERE p.conversation_id = ANY(%s)
                   AND p.role IN ('from', 'to', 'cc')
                   AND p.email_normalized IS DISTINCT FROM a.email
                 GROUP BY 1, 2
            ), ranked AS (
                SELECT conversation_id, name,
                       row_number() OVER (PARTITION BY conversation_id ORDER BY rank, name) AS n
                  FROM named
            )
            UPDATE email_sync_conversation conversation
               SET correspondents = names.correspondents
              FROM (
                SELECT conversation_id, left(string_agg(name, ', ' ORDER BY n), 200)
                       AS correspondents
                  FROM ranked WHERE n <= 4 GROUP BY conversation_id
              ) names
             WHERE names.conversation_id = conversation.id
            """,
            [list(self.ids)],
        )
        self.invalidate_recordset(["correspondents"])
