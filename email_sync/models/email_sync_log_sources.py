from odoo import api, models

EVENT_BY_FIELD = {
    "owner_id": "owner",
    "member_ids": "members",
    "account_type": "type",
    "visibility": "default",
    "active": "archived",
    "retention_days": "retention",
}


class EmailSyncAccount(models.Model):
    """What changes who reads an account's mail is logged, whoever and whatever changes it."""

    _inherit = "email.sync.account"

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        for account in accounts:
            values = account._get_logged_values("member_ids", "visibility")
            self.env["email.sync.log"]._add(account, "connected", after=" · ".join(values.values()))
        return accounts

    def write(self, vals):
        names = [name for name in EVENT_BY_FIELD if name in vals]
        if "owner_id" in vals and "member_ids" not in vals:
            names.append("member_ids")  # who gets it becomes a member
        before = {account: account._get_logged_values(*names) for account in self}
        result = super().write(vals)
        for account, values in before.items():
            for name, value in account._get_logged_values(*names).items():
                if value != values[name]:
                    event = EVENT_BY_FIELD[name]
                    self.env["email.sync.log"]._add(account, event, values[name], value)
        return result

    def unlink(self):
        for account in self:
            values = account._get_logged_values("member_ids")
            self.env["email.sync.log"]._add(account, "removed", values["member_ids"])
        return super().unlink()

    def _get_logged_values(self, *names):
        """Return what the log says of fields, by name."""
        self.ensure_one()
        # sudo: email.sync.account - what is logged does not depend on who changes it
        account = self.sudo()
        values = {}
        for name in names:
            value = account[name]
            if isinstance(value, models.BaseModel):
                users = value.with_context(active_test=False).sorted("id")
                values[name] = ", ".join(users.mapped("login"))
            else:
                values[name] = str(value)
        return values


class EmailSyncConversation(models.Model):
    _inherit = "email.sync.conversation"

    def write(self, vals):
        if "visibility" not in vals:
            return super().write(vals)
        # sudo: email.sync.conversation - what is logged does not depend on who changes it
        changed = self.sudo().filtered(
            lambda conversation: conversation.visibility != vals["visibility"]
        )
        levels_by_account = {
            account: {
                level: conversations.ids
                for level, conversations in of_account.grouped("visibility").items()
            }
            for account, of_account in changed.grouped("account_id").items()
        }
        result = super().write(vals)
        for account, levels in levels_by_account.items():
            self.env["email.sync.log"]._add(
                account, "visibility", ", ".join(levels), vals["visibility"], levels
            )
        return result
