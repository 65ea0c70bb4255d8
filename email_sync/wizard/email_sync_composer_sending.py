import base64

from odoo import Command, api, fields, models
from odoo.exceptions import LockError, UserError

from ..mailbox import errors
from ..mime.compose import add_bcc
from ..models.email_sync_account_sending import PROVIDERS_KEEPING_SENT
from .email_sync_composer import ANSWERS

PROGRESS_FIELDS = frozenset({"state", "source", "problem", "refused"})


class EmailSyncComposer(models.TransientModel):
    """Sending: at most once, whatever breaks.

    A mail that was handed over cannot be taken back by a rollback. The state is therefore
    committed before the server is spoken to and as soon as it has answered, and the written mail
    is kept byte for byte: a request that is repeated, or comes twice, goes on where the first one
    was instead of sending again.
    """

    _inherit = "email.sync.composer"

    state = fields.Selection(
        [
            ("draft", "Being written"),
            ("sending", "Being sent"),
            ("unknown", "Perhaps sent"),
            ("sent", "Sent"),
        ],
        required=True,
        default="draft",
        readonly=True,
    )
    source = fields.Binary(attachment=True, groups=fields.NO_ACCESS)
    problem = fields.Text(readonly=True, help="Why it is not known whether the mail was sent.")
    refused = fields.Text(readonly=True, help="Who did not get the mail, while others did.")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_progress(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._without_progress(vals))

    def _without_progress(self, vals):
        """Leave out what only sending sets."""
        if self.env.su:
            return vals
        return {name: value for name, value in vals.items() if name not in PROGRESS_FIELDS}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send(self):
        """Send the mail, put it into its conversation, and close the window.

        :raise UserError: nothing was sent; what was written is kept
        """
        self._prepare_sending()
        if self.state == "sent":
            return self._finish()
        if self.state != "draft":
            return self._ask_whether_sent()
        return self._send(self._compose())

    def action_send_again(self):
        """Send once more what may have been sent, under the same Message-ID.

        Many mail programs show a mail with a Message-ID that they know only once.
        """
        self._prepare_sending()
        if self.state in ("draft", "sent"):
            return self.action_send()
        return self._send(self._get_source())

    def action_assume_sent(self):
        """Take a mail that may have been sent for sent: it goes into its conversation."""
        self._prepare_sending()
        if self.state == "draft":
            raise UserError(self.env._("This mail was not sent yet."))
        self._set_progress(state="sent")
        return self._finish()

    def _prepare_sending(self):
        """Check the rights anew, and keep a second request for the same mail out."""
        self.ensure_one()
        self._check_is_own()
        self._check_rights()
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(self.env._("This mail is being sent right now.")) from error
        self.invalidate_recordset(["state"])

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def _send(self, source):
        recipients = self._get_recipients()
        self._set_progress(state="sending", source=base64.b64encode(source), problem=False)
        # Commit: should this worker die with the mail handed over, it is known that it may have
        # been sent. The lock is taken anew, for the time in which the server is spoken to.
        self._commit()
        self.lock_for_update()
        try:
            refused = self.env["email.sync.outgoing"]._deliver(self.account_id, recipients, source)
        except errors.DeliveryUnknownError as error:
            return self._ask_whether_sent(error)
        except (errors.MailboxError, UserError) as error:
            self._set_progress(state="draft", source=False)
            # Commit: the error that tells the user rolls back, and nothing was sent.
            self._commit()
            raise UserError(self._get_problem(error)) from error
        refused = self.env["email.sync.error"]._format_refused(refused) if refused else False
        self._set_progress(state="sent", refused=refused)
        # Commit: whatever happens from here on, this mail is not sent again.
        self._commit()
        return self._finish()

    def _set_progress(self, **vals):
        # sudo: email.sync.composer - fields that no request may set
        self.sudo().write(vals)

    def _commit(self):
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _get_problem(self, error):
        if isinstance(error, UserError):
            return str(error)
        # sudo: email.sync.account - the name of the server, for a member
        host = self.account_id.sudo().smtp_host
        return self.env["email.sync.error"]._get_sending_text(error, host)

    def _ask_whether_sent(self, error=None):
        """Let the user decide about a mail that may or may not have been sent.

        :param error: what broke; None where a worker died while sending
        """
        error = error or errors.DeliveryUnknownError()
        self._set_progress(state="unknown", problem=self.problem or self._get_problem(error))
        return self._get_dialog()

    def _get_source(self):
        # sudo: email.sync.composer - the source is closed to users; its writer sends it
        return base64.b64decode(self.sudo().source or b"")

    # ------------------------------------------------------------
    # AFTERWARDS
    # ------------------------------------------------------------

    def _finish(self):
        """Put the mail that was sent into its conversation, and close the window.

        Done once more after a conflict, it changes nothing.
        """
        message = self._store()
        if message and not message.placement_ids:
            is_kept = self.account_id.provider in PROVIDERS_KEEPING_SENT
            message.sent_copy = "provider" if is_kept else "own"
        self._link(message.conversation_id)
        if self.mode in ANSWERS and self.message_id:
            self.message_id._set_flag("\\Answered", True)
        self.account_id._request_sync()
        notification = self._get_notification()
        self.unlink()
        return notification

    def _store(self):
        source = add_bcc(self._get_source(), self._get_recipients()[2])
        # sudo: email.sync.store - mail is stored for the account, as by a sync
        store = self.env["email.sync.store"].sudo()
        conversation = self.message_id.sudo().conversation_id
        return store._store_sent(self.account_id.sudo(), source, conversation)

    def _link(self, conversation):
        """Link a new conversation to the record that it was begun from."""
        conversation = conversation.sudo(False)
        if not conversation:
            return
        if self.partner_id and self.partner_id.has_access("read"):
            conversation.partner_ids = [Command.link(self.partner_id.id)]
        if self.lead_id and self.lead_id.has_access("read"):
            conversation.lead_ids = [Command.link(self.lead_id.id)]

    def _get_notification(self):
        message = self.env._("The mail was sent.")
        if self.account_id.state != "running":
            message = self.env._(
                "The mail was sent. Its copy is put into the folder of sent mail when the account "
                "is synced again."
            )
        if self.refused:
            message = self.env._(
                "The mail was sent, but not to %(addresses)s.", addresses=self.refused
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if self.refused else "success",
                "sticky": bool(self.refused),
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
