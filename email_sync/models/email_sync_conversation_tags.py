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

    @api.depends_context("uid", "lang")
    def _compute_tag_names(self):
        # Of no others is a mail read for its tags: what emergency access reads is noted.
        own = self.filtered("is_account_member")
        messages = self.env["email.sync.message"].search([("conversation_id", "in", own.ids)])
        keywords = messages._get_keywords()
        names = {}
        for message in messages.browse(keywords):
            for tag in messages._get_tags(keywords[message.id]):
                names.setdefault(message.conversation_id.id, {})[tag["name"]] = True
        for conversation in self:
            conversation.tag_names = ", ".join(
                sorted(names.get(conversation.id, ()), key=str.lower)
            )

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
