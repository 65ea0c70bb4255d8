from odoo import api, fields, models
from odoo.tools import SQL


class EmailSyncConversation(models.Model):
    """What conversations are found by, beyond their own columns.

    The conditions are asked conversation by conversation, of those that the account or the record
    and the rule leave: the mails of everybody else are never gone through. ``OFFSET 0`` keeps
    PostgreSQL from turning them into a scan of all mails.
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
        placements = self.env["email.sync.placement"]._read_group(
            [("message_id.conversation_id", "in", self.ids)],
            ["folder_id", "message_id"],
        )
        for conversation in self:
            conversation.folder_ids = self.env["email.sync.folder"].union(
                *(
                    folder
                    for folder, message in placements
                    if message.conversation_id == conversation
                )
            )

    def _search_folder_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        return [("email_ids.placement_ids.folder_id", operator, value)]

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
                "EXISTS (SELECT FROM %s WHERE conversation_id = %s AND %s %s OFFSET 0)",
                table,
                SQL.identifier(alias, "id"),
                comparison,
                condition,
            )
        )
