from odoo import api, fields, models
from odoo.exceptions import UserError


class EmailSyncLog(models.Model):
    """Who changed who reads mail, when, and from what to what: added to, never changed.

    It names accounts, users and levels, and no mail: administrators read it too.
    """

    _name = "email.sync.log"
    _description = "Change of Who Reads Mail"
    _order = "id desc"
    _rec_name = "event"

    account_id = fields.Many2one("email.sync.account", index=True, ondelete="set null")
    email = fields.Char("Email address", required=True, help="Kept when the account is removed.")
    user_id = fields.Many2one("res.users", "Changed by", required=True, ondelete="restrict")
    event = fields.Selection(
        [
            ("connected", "Account connected"),
            ("removed", "Account removed"),
            ("archived", "Account taken out of use, or into use again"),
            ("owner", "Handed over"),
            ("handed_over", "Handed over, with the reason"),
            ("members", "Members changed"),
            ("type", "Type changed"),
            ("default", "Visibility of new conversations changed"),
            ("visibility", "Visibility of conversations changed"),
            ("retention", "Days that unlinked text is kept changed"),
            ("retention_policy", "Days that unlinked text is kept in all accounts changed"),
            ("text_removed", "Text of mail removed by the retention policy"),
            ("erased", "Mail of a person erased, as they asked"),
            ("export", "Export of a person's mail"),
            ("emergency", "Emergency access"),
            ("emergency_ended", "Emergency access ended"),
        ],
        required=True,
    )
    before = fields.Char()
    after = fields.Char()
    conversation_count = fields.Integer("Conversations")
    conversation_levels = fields.Json(
        groups=fields.NO_ACCESS,
        help="Technical: ids of the conversations by the level they had, for undoing.",
    )
    is_undoable = fields.Boolean(compute="_compute_is_undoable")

    @api.depends_context("uid")
    @api.depends("event", "account_id")
    def _compute_is_undoable(self):
        for log in self:
            # sudo: email.sync.account - whether the reader is a member
            members = log.account_id.sudo().member_ids
            log.is_undoable = log.event == "visibility" and self.env.user in members

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The log of who reads mail is not changed afterwards."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The log of who reads mail is kept."))

    @api.model
    def _add(self, account, event, before=False, after=False, levels=None):
        """Add an entry, in the name of the current user.

        :param account: the account; none where all are concerned
        :param str event: see the field
        :param before: what it was, in words
        :param after: what it is
        :param dict levels: ids of the conversations concerned, by the level they had
        """
        # sudo: email.sync.log - written for whoever makes the change, who could not write it
        self.sudo().create(
            {
                "account_id": account.id if event != "removed" else False,
                "email": account.email or self.env._("All accounts"),
                "user_id": self.env.uid,
                "event": event,
                "before": before,
                "after": after,
                "conversation_count": sum(map(len, (levels or {}).values())),
                "conversation_levels": levels,
            }
        )

    def action_undo(self):
        """Give the conversations back the level they had, unless it was changed since."""
        self.check_access("read")
        if not all(log.is_undoable for log in self):
            raise UserError(
                self.env._("Only a change of conversations is undone here, by a member.")
            )
        for log in self:
            log._undo()

    def _undo(self):
        conversations = self.env["email.sync.conversation"]
        # sudo: email.sync.log - the ids, for what a member may do conversation by conversation
        for level, ids in (self.sudo().conversation_levels or {}).items():
            changed = conversations.search([("id", "in", ids), ("visibility", "=", self.after)])
            changed.write({"visibility": level})
