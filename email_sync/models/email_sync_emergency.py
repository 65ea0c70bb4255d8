from datetime import timedelta

from markupsafe import Markup
from psycopg2.errors import ReadOnlySqlTransaction

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

EMERGENCY_GROUP = "email_sync.email_sync_group_emergency"
REASON_LENGTH = 10  # characters that a reason has at least
OPENING_INTERVAL = timedelta(hours=1)  # the same conversation is noted once in it


class EmailSyncEmergency(models.Model):
    """A time during which somebody who is no member reads an account's mail, for a stated reason.

    It widens the visibility rule of conversations and nothing else. Whether it is current is
    decided by the clock whenever the rule is asked: nothing has to run for it to end.
    """

    _name = "email.sync.emergency"
    _description = "Emergency Access"
    _order = "id desc"
    _rec_name = "reason"

    account_id = fields.Many2one(
        "email.sync.account", required=True, index=True, ondelete="cascade", readonly=True
    )
    user_id = fields.Many2one(
        "res.users", "Read by", required=True, index=True, ondelete="restrict", readonly=True
    )
    reason = fields.Text(required=True, readonly=True)
    date_start = fields.Datetime("From", required=True, readonly=True)
    date_end = fields.Datetime("Until", required=True, readonly=True)
    is_current = fields.Boolean(compute="_compute_is_current")
    is_end_logged = fields.Boolean(readonly=True, help="Technical: the log says that it ended.")
    opening_ids = fields.One2many("email.sync.emergency.opening", "emergency_id", readonly=True)
    opened_count = fields.Integer("Conversations opened", compute="_compute_opened_count")

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends("date_start", "date_end")
    def _compute_is_current(self):
        now = fields.Datetime.now()
        for emergency in self:
            emergency.is_current = emergency.date_start <= now < emergency.date_end

    @api.depends("opening_ids")
    def _compute_opened_count(self):
        # sudo: email.sync.emergency.opening - how many, not which: shown to whoever reads this
        openings = self.env["email.sync.emergency.opening"].sudo()
        counts = dict(
            openings._read_group(
                [("emergency_id", "in", self.ids)],
                ["emergency_id"],
                ["conversation_id:count_distinct"],
            )
        )
        for emergency in self:
            emergency.opened_count = counts.get(emergency._origin, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_extend(self):
        """Ask for how much longer, and why."""
        self.ensure_one()
        self._check_may_read_mail()
        if self.user_id != self.env.user:
            raise AccessError(self.env._("Only who reads the mail can ask for more time."))
        return self.account_id._get_question_action(
            "email.sync.emergency.request",
            self.env._("Read for longer"),
            default_emergency_id=self.id,
        )

    def action_end(self):
        """End it now."""
        self.check_access("read")
        if not self.env.user.has_groups(f"{EMERGENCY_GROUP},base.group_system"):
            raise AccessError(
                self.env._("Only who reads the mail, or an administrator, can end this.")
            )
        now = fields.Datetime.now()
        # sudo: email.sync.emergency - changed by its own actions only
        for emergency in self.sudo().filtered("is_current"):
            emergency.write({"date_end": now, "is_end_logged": True})
            emergency._log("emergency_ended", after=emergency._get_period())
        self.invalidate_recordset(["is_current"])
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _open(self, account, reason, duration):
        """Let the current user read an account's mail, and tell its members.

        :param account: the account
        :param str reason: why, as it is told to the owner and kept in the log
        :param timedelta duration: for how long
        :raise AccessError: where the user may not do this
        :raise UserError: where the reason or the duration cannot be
        """
        self._check_may_read_mail()
        self._check_request(account, reason, duration)
        now = fields.Datetime.now()
        # sudo: email.sync.emergency - made here only, after the checks above
        emergency = self.sudo().create(
            {
                "account_id": account.id,
                "user_id": self.env.uid,
                "reason": reason.strip(),
                "date_start": now,
                "date_end": now + duration,
            }
        )
        emergency._log("emergency", after=emergency._get_period_and_reason())
        emergency._tell_members()
        return emergency.sudo(False)

    def _extend(self, reason, duration):
        """Let it last longer, from now on; as :meth:`_open`."""
        self.ensure_one()
        self._check_may_read_mail()
        self._check_request(self.account_id, reason, duration)
        if self.user_id != self.env.user or not self.is_current:
            raise UserError(self.env._("This emergency access has ended. Ask for a new one."))
        before = self._get_period_and_reason()
        # sudo: email.sync.emergency - changed by its own actions only
        emergency = self.sudo()
        emergency.write(
            {
                "reason": f"{emergency.reason}\n{reason.strip()}",
                "date_end": fields.Datetime.now() + duration,
            }
        )
        emergency._log("emergency", before, emergency._get_period_and_reason())
        emergency._tell_members()

    @api.model
    def _end_own(self, accounts):
        """End what the current user reads of accounts by emergency access."""
        self._check_may_read_mail()
        current = self._get_current().filtered(lambda each: each.account_id in accounts)
        return current.sudo(False).action_end()

    @api.model
    def _check_may_read_mail(self):
        if not self.env.user.has_group(EMERGENCY_GROUP):
            raise AccessError(
                self.env._(
                    "Only users with the right “Emergency access to mail” may do this. An "
                    "administrator grants it in the user's access rights."
                )
            )

    @api.model
    def _check_request(self, account, reason, duration):
        if self.env.user in account.member_ids:
            raise UserError(self.env._("You are a member: you read this account's mail anyway."))
        if account.company_id not in self.env.user.company_ids:
            raise UserError(self.env._("You do not work in the company of this account."))
        if len((reason or "").strip()) < REASON_LENGTH:
            raise UserError(
                self.env._(
                    "Please state the reason in a few words: the owner is told, and the log keeps "
                    "it."
                )
            )
        hours = self._get_max_hours()
        if not timedelta() < duration <= timedelta(hours=hours):
            raise UserError(
                self.env._(
                    "Emergency access lasts at most %(hours)s hours at a time. It can be extended "
                    "with another reason.",
                    hours=hours,
                )
            )

    @api.model
    def _get_max_hours(self):
        # sudo: ir.config_parameter - how long emergency access may last, asked by who may have it
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return int(get_param("email_sync.emergency_max_hours") or 72)

    @api.model
    def _get_current(self):
        """Return the emergency accesses of the current user that the clock says are open.

        Record rules are evaluated as superuser but keep the uid: it is that user who is meant.
        """
        if not self._is_reader():
            return self.browse()
        now = fields.Datetime.now()
        # sudo: email.sync.emergency - one's own
        return self.sudo().search(
            [("user_id", "=", self.env.uid), ("date_start", "<=", now), ("date_end", ">", now)]
        )

    @api.model
    def _is_reader(self):
        """Whether the current user may have emergency access at all; asked without a query."""
        return bool(self.env.uid) and self.env.user._has_group(EMERGENCY_GROUP)

    # ------------------------------------------------------------
    # LOG
    # ------------------------------------------------------------

    def _log(self, event, before=False, after=False):
        self.ensure_one()
        self.env["email.sync.log"]._add(self.account_id, event, before, after)

    def _get_period(self):
        """Return from when to when, in words that stay true in every time zone."""
        self.ensure_one()
        return f"{self.user_id.login}: {self.date_start} – {self.date_end} UTC"

    def _get_period_and_reason(self):
        return f"{self._get_period()}: {' / '.join(self.reason.splitlines())}"

    @api.autovacuum
    def _log_ends(self):
        """Add to the log what the clock ended since the last time."""
        ended = self.search(
            [("is_end_logged", "=", False), ("date_end", "<=", fields.Datetime.now())]
        )
        for emergency in ended:
            emergency.is_end_logged = True
            emergency._log("emergency_ended", after=emergency._get_period())

    @api.model
    def _note_openings(self, conversations):
        """Note which conversations the current user opens by emergency access.

        :param conversations: what is being read, whatever it is read by
        """
        now = fields.Datetime.now()
        # sudo: email.sync.emergency.opening, email.sync.conversation - noted for the members
        openings = self.env["email.sync.emergency.opening"].sudo()
        for emergency in self._get_current():
            opened = conversations.sudo().filtered(
                lambda conversation, account=emergency.account_id: (
                    conversation.account_id == account
                )
            )
            noted = openings.search(
                [
                    ("emergency_id", "=", emergency.id),
                    ("conversation_id", "in", opened.ids),
                    ("date", ">", now - OPENING_INTERVAL),
                ]
            ).conversation_id
            if opened - noted and self.env.cr.readonly:
                # The request is served again with a transaction that may write: what cannot be
                # noted is not shown.
                raise ReadOnlySqlTransaction("what emergency access opens is noted")
            openings.create(
                [
                    {"emergency_id": emergency.id, "conversation_id": conversation.id, "date": now}
                    for conversation in opened - noted
                ]
            )

    # ------------------------------------------------------------
    # NOTIFICATION
    # ------------------------------------------------------------

    def _tell_members(self):
        """Tell the owner and the members at once: in Odoo, and by mail."""
        self.ensure_one()
        for user in self.account_id.member_ids.filtered("active"):
            emergency = self.with_context(lang=user.lang)
            subject = emergency.env._(
                "Emergency access to the mail of %(email)s", email=self.account_id.email
            )
            user._tell_of_email_sync(subject, emergency._get_notice(user))

    def _get_notice(self, user):
        """Return what a member is told."""
        sentence = self.env._(
            "%(name)s may read all mail of %(email)s here until %(until)s. Reading is all that is "
            "possible. What is opened is listed on the page of the account.",
            name=self.user_id.name,
            email=self.account_id.email,
            until=format_datetime(self.env, self.date_end, tz=user.tz or "UTC", dt_format="short"),
        )
        reason = self.env._("The reason that was stated: %(reason)s", reason=self.reason)
        return Markup("<p>%s</p>\n<p>%s</p>") % (sentence, reason)


class EmailSyncEmergencyOpening(models.Model):
    """A conversation that was opened by emergency access: noted for the members, never changed."""

    _name = "email.sync.emergency.opening"
    _description = "Conversation Opened by Emergency Access"
    _order = "id desc"
    _log_access = False

    emergency_id = fields.Many2one(
        "email.sync.emergency", required=True, index=True, ondelete="cascade"
    )
    conversation_id = fields.Many2one(
        "email.sync.conversation", index="btree_not_null", ondelete="set null"
    )
    date = fields.Datetime(required=True)
