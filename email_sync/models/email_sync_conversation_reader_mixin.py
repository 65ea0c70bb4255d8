from odoo import api, fields, models


class EmailSyncConversationReaderMixin(models.AbstractModel):
    """What belongs to a conversation and is read by exactly those who read the conversation."""

    _name = "email.sync.conversation.reader.mixin"
    _inherit = ["email.sync.hidden.mixin"]
    _description = "Read With Its Conversation"

    conversation_id = fields.Many2one(
        "email.sync.conversation", required=True, index=True, ondelete="cascade"
    )
    is_conversation_readable = fields.Boolean(
        compute="_compute_is_conversation_readable",
        search="_search_is_conversation_readable",
        help="Technical: the record rule of this model.",
    )

    @api.depends_context("uid")
    @api.depends(lambda self: (self._rec_name,) if self._rec_name else ())
    def _compute_display_name(self):
        """Core names records as superuser in many places: the name is the reader's all the same."""
        result = super()._compute_display_name()
        hidden = self - self.with_user(self.env.uid)._filtered_access("read")
        hidden.display_name = False
        return result

    @api.depends_context("uid")
    @api.depends("conversation_id")
    def _compute_is_conversation_readable(self):
        conversations = self.conversation_id.with_user(self.env.uid)._filtered_access("read")
        for record in self:
            record.is_conversation_readable = record.conversation_id in conversations

    def _search_is_conversation_readable(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Record rules are evaluated as superuser but keep the uid: going back to that user
        # applies the conversation's own rule, so that there is no second copy of it.
        readable = self.env["email.sync.conversation"].with_user(self.env.uid)._search([])
        return [("conversation_id", "in" if True in value else "not in", readable)]
