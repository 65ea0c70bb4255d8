from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, split_every

from .email_sync_account import VISIBILITY_BY_TYPE

USERS_LIMIT = 500  # users that are asked whether they see a conversation, in one request
NAMES_LIMIT = 10  # names of those who begin or cease to see it
USERS_BATCH = 100  # users about whom the database is asked by one query


class EmailSyncConversation(models.Model):
    """Who can see a conversation: the record rule is asked, as each user."""

    _inherit = "email.sync.conversation"

    visibility_sentence = fields.Char(compute="_compute_visibility_sentence")

    @api.depends_context("uid", "lang")
    @api.depends("visibility", "is_linked", "account_id")
    def _compute_visibility_sentence(self):
        for conversation in self:
            conversation.visibility_sentence = conversation._get_visibility_sentence()

    def _get_visibility_sentence(self):
        self.ensure_one()
        # sudo: email.sync.account - its address and type: both show in the mails themselves
        account = self.account_id.sudo()
        if not self.is_account_member and self.is_emergency_readable:
            return self.env._("You read this by emergency access.")
        if not self.is_account_member:
            return self.env._(
                "You read this because it is shared and you may read everything it is linked to. "
                "Only members of %(email)s can answer.",
                email=account.email,
            )
        if self.visibility == "shared" and self.is_linked:
            return self.env._(
                "Shared: colleagues who may read everything it is linked to can see it."
            )
        if account.account_type == "team":
            if self.visibility == "shared":
                return self.env._(
                    "Shared when linked: it is linked to nothing yet, so only members of "
                    "%(email)s can see it.",
                    email=account.email,
                )
            return self.env._(
                "Team only: only members of %(email)s can see it.", email=account.email
            )
        if self.visibility == "shared":
            return self.env._(
                "Shared when linked: it is linked to nothing yet, so only you can see it."
            )
        return self.env._("Private: only you can see it.")

    # ------------------------------------------------------------
    # WHO CAN SEE THIS
    # ------------------------------------------------------------

    def get_viewers(self, visibility=None):
        """Return who can see the conversation, by the record rule itself.

        :param str visibility: who would see it with this visibility; members only
        :return: ``levels``: the visibilities a member may choose from, as (value, label);
            ``visibility``: the one that was asked about; ``viewers``: dicts with ``user_id``,
            ``partner_id``, ``name`` and ``reason``; ``gained`` and ``lost``: who would begin and
            cease to see it, as ``names`` of the first and ``count`` of all; ``unknown_count``:
            users that were not asked because there are too many
        :rtype: dict
        :raise AccessError: unless the user may read, or with ``visibility`` change, it
        """
        self.ensure_one()
        self.check_access("read")
        visibility = visibility or self.visibility
        levels = self._get_visibility_levels()
        if visibility != self.visibility and visibility not in dict(levels):
            raise AccessError(self.env._("You cannot change who sees this conversation."))
        before, unknown_count = self._get_viewing_users()
        users = before
        if visibility != self.visibility:
            users, unknown_count = self._get_viewing_users_with(visibility)
        return {
            "levels": levels,
            "visibility": visibility,
            "viewers": self._get_viewer_values(users),
            "gained": self._get_names_and_count(users - before),
            "lost": self._get_names_and_count(before - users),
            "unknown_count": unknown_count,
        }

    def _get_visibility_levels(self):
        """Return the visibilities that the user may give the conversation, with their labels."""
        if not self.is_account_member:
            return []
        labels = dict(self._fields["visibility"]._description_selection(self.env))
        return [(level, labels[level]) for level in VISIBILITY_BY_TYPE[self.account_type]]

    def _get_viewing_users(self):
        """Return the users who may read the conversation, and how many were not asked."""
        # sudo: res.users - everybody is asked, also those whom the reader may not see in lists
        users = self.env["res.users"].sudo()
        domain = [("share", "=", False)]
        # sudo: email.sync.account - its members come first, however many users there are
        members = self.account_id.sudo().member_ids.filtered("active")
        asked = members | users.search(
            [*domain, ("id", "not in", members.ids)], limit=USERS_LIMIT, order="id"
        )
        unknown_count = max(users.search_count(domain) - len(asked), 0)
        return self._filter_users_who_read(asked), unknown_count

    def _is_read_by(self, user):
        """Whether the record rule lets a user read the conversation, in all of their companies."""
        return bool(self._filter_users_who_read(user))

    def _filter_users_who_read(self, users):
        """Return the users whom the record rule lets read the conversation, in all companies.

        The rule is asked as each user, as by a search; the database answers for many at once.
        """
        self.ensure_one()
        self.env.flush_all()
        ids = set()
        for some in split_every(USERS_BATCH, users):
            questions = [question for user in some if (question := self._get_question(user))]
            if questions:
                rows = self.env.execute_query(SQL(" UNION ALL ").join(questions))
                ids.update(id_ for (id_,) in rows)
        return users.filtered(lambda user: user.id in ids)

    def _get_question(self, user):
        """Return the query that has a user's id if the user may read this, None for who may not."""
        conversations = (
            self.browse().with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        )
        if not conversations.has_access("read"):
            return None
        found = conversations._search([("id", "=", self.id)], active_test=False)
        return SQL("(SELECT %s AS user_id WHERE EXISTS %s)", user.id, found.subselect())

    def _get_viewing_users_with(self, visibility):
        """Ask the rule about another visibility: set it, ask, and take it back."""
        with self.env.cr.savepoint() as savepoint:
            # sudo: email.sync.conversation - undone below; only members get here
            self.sudo().visibility = visibility
            self.flush_recordset(["visibility"])
            result = self._get_viewing_users()
            savepoint.rollback()
        self.invalidate_recordset()
        return result

    def _get_names_and_count(self, users):
        """Return the names of the first users by the alphabet, and how many all are."""
        names = sorted(users.mapped("name"), key=str.casefold)
        return {"names": names[:NAMES_LIMIT], "count": len(names)}

    def _get_viewer_values(self, users):
        # sudo: email.sync.account - who its members are, told to a reader of its mail
        account = self.account_id.sudo()
        emergencies = account.emergency_ids.filtered("is_current").grouped("user_id")
        values = []
        for user in users.sorted(lambda user: (user not in account.member_ids, user.name)):
            if user == account.owner_id:
                reason = self.env._("owns %(email)s", email=account.email)
            elif user in account.member_ids:
                reason = self.env._("is a member of %(email)s", email=account.email)
            elif user in emergencies:
                reason = self._get_emergency_reason(emergencies[user][:1])
            else:
                reason = self.env._("may read everything it is linked to")
            values.append(
                {
                    "user_id": user.id,
                    "partner_id": user.partner_id.id,
                    "name": user.name,
                    "reason": reason,
                }
            )
        return values
