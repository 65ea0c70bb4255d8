from odoo import api, fields, models
from odoo.tools import SQL


class EmailSyncConversation(models.Model):
    """What conversations are found by, beyond their own columns.

    PostgreSQL asks the conditions conversation by conversation where the record leaves few of them,
    and goes through the mails once where it does not: the rule's alternatives are looked at last.
    """

    _inherit = "email.sync.conversation"

    participant_address = fields.Char("Address", store=False, search="_search_participant_address")
    mail_text = fields.Text("Text of the mails", store=False, search="_search_mail_text")
    attachment_name = fields.Char(
        "Name of an attachment", store=False, search="_search_attachment_name"
    )
    folder_ids = fields.Many2many(
        "email.sync.folder",
        string="Folders",
        compute="_compute_folder_ids",
        search="_search_folder_ids",
        help="Where the mails lie on the server; known to members of the account.",
    )

    @api.depends_context("uid")
    def _compute_folder_ids(self):
        folders = {}
        for conversation_id, folder_id in self._get_folders():
            folders.setdefault(conversation_id, []).append(folder_id)
        for conversation in self:
            conversation.folder_ids = folders.get(conversation.id, [])

    def _get_folders(self):
        """Return (conversation id, folder id) of where mails lie; of the reader's own accounts."""
        self._flush_places()
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT message.conversation_id, COALESCE(move.target_id, place.folder_id)
                  FROM email_sync_message message
                  %s
                 WHERE message.conversation_id = ANY(%s)
                """,
                self._join_places(),
                list(self.ids),
            )
        )
        return self.env.cr.fetchall()

    def _search_folder_ids(self, operator, value):
        if operator == "any" and isinstance(value, fields.Domain):
            # Under the reader's rules: folders are known to members only.
            value = self.env["email.sync.folder"].search(value).ids
        elif operator not in ("in", "any"):
            return NotImplemented
        ids = [id_ for id_ in value if id_]
        self._flush_places()
        return fields.Domain.custom(
            # A folder's mails are fewer than all conversations, and found by its placements.
            to_sql=lambda model, alias, query: SQL(
                "%s IN (SELECT message.conversation_id FROM email_sync_message message %s "
                "WHERE move.id IS NULL AND place.folder_id = ANY(%s) "
                "UNION ALL SELECT message.conversation_id FROM email_sync_message message %s "
                "WHERE move.target_id = ANY(%s))",
                SQL.identifier(alias, "id"),
                self._join_places(),
                ids,
                self._join_places(),
                ids,
            )
        )

    def _flush_places(self):
        for name in ("placement", "move", "message"):
            self.env[f"email.sync.{name}"].flush_model()

    def _join_places(self):
        """Join the places of mails, of the reader's own accounts, with where they are moved to.

        What only waits to be expunged by somebody lies there no more.
        """
        return SQL(
            """
            JOIN email_sync_account_member_rel member
              ON member.account_id = message.account_id AND member.user_id = %s
            JOIN email_sync_placement place
              ON place.message_id = message.id AND place.outcome = 'stored'
             AND COALESCE(place.flags, '') NOT LIKE %s
            LEFT JOIN email_sync_move move
              ON move.message_id = message.id AND move.folder_id = place.folder_id
            """,
            self.env.uid,
            "%\\\\Deleted%",
        )

    def _search_participant_address(self, operator, value):
        # Blind copies are not searched: a shared conversation must not tell of them.
        return self._search_exists(
            operator,
            value,
            SQL("email_sync_participant"),
            SQL("email_normalized"),
            SQL("AND role != 'bcc'"),
        )

    def _search_mail_text(self, operator, value):
        return self._search_exists(operator, value, SQL("email_sync_message"), SQL("text"))

    def _search_attachment_name(self, operator, value):
        return self._search_exists(
            operator, value, SQL("email_sync_message"), SQL("attachment_names")
        )

    @api.model
    def _search_exists(self, operator, value, table, column, condition=SQL()):  # noqa: B008
        """Return the domain of conversations with a row that contains, or is, a text."""
        if operator == "ilike" and value:
            comparison = SQL("%s ILIKE %s", column, f"%{value}%")
        elif operator == "in" and all(value):
            comparison = SQL("%s = ANY(%s)", column, list(value))
        else:
            return NotImplemented
        self.env["email.sync.message"].flush_model()
        self.env["email.sync.participant"].flush_model()
        return fields.Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "EXISTS (SELECT FROM %s WHERE conversation_id = %s AND %s %s)",
                table,
                SQL.identifier(alias, "id"),
                comparison,
                condition,
            )
        )
