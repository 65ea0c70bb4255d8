from odoo import Command, models


class EmailSyncAccount(models.Model):
    """Settings that change more than their own field."""

    _inherit = "email.sync.account"

    def _change_visibility(self, visibility, include_existing):
        """Change the default for new conversations.

        :param str visibility: one of the levels that the account's type offers
        :param bool include_existing: also change the conversations that nobody set by hand
        :return: the conversations changed
        """
        self.ensure_one()
        self._check_is_owner()
        # sudo: email.sync.account - the default is protected, its owner changes it here
        self.sudo().visibility = visibility
        conversations = self.env["email.sync.conversation"]
        if include_existing:
            conversations = conversations.search(self._get_visibility_change_domain(visibility))
            # sudo: email.sync.conversation - a change by default is not one set by hand
            conversations.sudo().write({"visibility": visibility})
        return conversations

    def _get_visibility_change_domain(self, visibility):
        """Return the domain of the conversations that would follow a new default."""
        return [
            ("account_id", "=", self.id),
            ("is_visibility_manual", "=", False),
            ("visibility", "!=", visibility),
        ]

    def _change_type(self, account_type, member_ids=()):
        """Turn a personal account into a team account, or back.

        Conversations move to the level of the new type that is nearest and not wider: private
        and team change places, shared stays.

        :param str account_type: ``personal`` or ``team``
        :param member_ids: ids of the members of the team, the owner is always one
        """
        self.ensure_one()
        self._check_is_owner()
        self._check_may_connect(account_type)
        closed_before, closed_after = (
            ("private", "team") if account_type == "team" else ("team", "private")
        )
        members = [self.owner_id.id]
        if account_type == "team":
            members = list({*members, *member_ids})
        # sudo: email.sync.account, email.sync.conversation - protected, its owner changes them here
        account = self.sudo()
        account.write(
            {
                "account_type": account_type,
                "member_ids": [Command.set(members)],
                "visibility": (
                    closed_after if account.visibility == closed_before else account.visibility
                ),
            }
        )
        account.env["email.sync.conversation"].search(
            [("account_id", "=", account.id), ("visibility", "=", closed_before)]
        ).write({"visibility": closed_after})
