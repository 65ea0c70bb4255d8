from odoo import api, fields, models
from odoo.tools import SQL


class EmailSyncConversation(models.Model):
    """The tags of a conversation's mails; known to members of the account."""

    _inherit = "email.sync.conversation"

    tag_names = fields.Char(
        "Tags",
        compute="_compute_tag_names",
        search="_search_tag_names",
        help="Separated by commas.",
    )

    tags = fields.Json(
        "Tags in colour",
        compute="_compute_tag_names",
        help="Of all its mails. They are in the mailbox, too, as keywords; only members see them.",
    )

    @api.depends_context("uid", "lang")
    def _compute_tag_names(self):
        # Of no others is a mail read for its tags: what emergency access reads is noted.
        own = self.filtered("is_account_member")
        messages = self.env["email.sync.message"].search([("conversation_id", "in", own.ids)])
        keywords = messages._get_keywords()
        tags = {}
        for message in messages.browse(keywords):
            for tag in messages._get_tags(keywords[message.id]):
                tags.setdefault(message.conversation_id.id, {}).setdefault(tag["name"].lower(), tag)
        for conversation in self:
            found = sorted(tags.get(conversation.id, {}).items())
            conversation.tags = [tag for _name, tag in found]
            conversation.tag_names = ", ".join(tag["name"] for _name, tag in found)

    def _search_tag_names(self, operator, value):
        """Find by the name that is shown, or by the keyword that the server has."""
        if operator not in ("ilike", "in") or not value:
            return NotImplemented
        values = [value] if isinstance(value, str) else list(value)
        if not all(isinstance(item, str) for item in values):
            return NotImplemented
        names = self.env["email.sync.message"]._get_keyword_names()
        is_part = operator == "ilike"
        keywords = [item.lower() for item in values]
        for keyword, name in names.items():
            if any(
                item.lower() in name.lower() if is_part else item.lower() == name.lower()
                for item in values
            ):
                keywords.append(keyword)
        pattern = [f"%{keyword}%" if is_part else keyword for keyword in keywords]
        for model_name in ("message", "placement", "change"):
            self.env[f"email.sync.{model_name}"].flush_model()
        return fields.Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """
                EXISTS (
                    SELECT FROM email_sync_message message
                      JOIN email_sync_account_member_rel member
                        ON member.account_id = message.account_id AND member.user_id = %s
                      JOIN LATERAL (
                            SELECT unnest(string_to_array(placement.flags, ' ')) AS name
                              FROM email_sync_placement placement
                             WHERE placement.message_id = message.id
                               AND placement.outcome = 'stored'
                             UNION
                            SELECT change.flag
                              FROM email_sync_change change
                             WHERE change.message_id = message.id AND change.is_set
                               AND change.told_up_to IS NULL
                           ) keyword ON lower(keyword.name) LIKE ANY(%s)
                                    AND left(keyword.name, 1) != %s
                     WHERE message.conversation_id = %s
                       AND NOT EXISTS (
                            SELECT FROM email_sync_change change
                             WHERE change.message_id = message.id
                               AND lower(change.flag) = lower(keyword.name)
                               AND NOT change.is_set
                               AND change.told_up_to IS NULL)
                    OFFSET 0)
                """,
                self.env.uid,
                pattern,
                "\\",
                SQL.identifier(alias, "id"),
            )
        )

    # ------------------------------------------------------------
    # CHANGES
    # ------------------------------------------------------------

    def set_tag(self, keyword, is_set):
        """Set or remove a keyword of all mails, here and in the mailbox; for members only.

        :param str keyword: as the mail server has it, an atom of RFC 9051
        :param bool is_set: whether to set or to remove it
        """
        self.check_access("read")
        self.account_id._check_is_member()
        # A mail that is no longer in the mailbox cannot be told; it is meant where none is.
        messages = self.email_ids.filtered(lambda message: not message.is_removed) or self.email_ids
        having = self.env["email.sync.message"]
        spelling = keyword
        for message_id, known in messages._get_keywords().items():
            for item in known:
                if item.lower() == keyword.lower():
                    having |= having.browse(message_id)
                    # RFC 9051, 2.3.2: without regard to case, so as it is in use.
                    spelling = item
        # What is no keyword is refused also where nothing would change.
        (messages - having if is_set else having).set_tag(spelling, is_set)
        self.invalidate_recordset(["tags", "tag_names"])

    def get_known_tags(self):
        """Return the tags to choose from: the common ones, and those in use in the accounts.

        :return: as ``tags``, by name; for members of the accounts
        :rtype: list[dict]
        """
        self.check_access("read")
        self.account_id._check_is_member()
        messages = self.env["email.sync.message"]
        tags = messages._get_tags(messages._get_known_keywords(self.account_id))
        return sorted(tags, key=lambda tag: tag["name"].lower())
