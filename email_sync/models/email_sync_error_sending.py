from odoo import api, models
from odoo.tools import format_list, human_size

from ..mailbox import errors


class EmailSyncError(models.AbstractModel):
    """What keeps a mail from being sent, in the user's words."""

    _inherit = "email.sync.error"

    @api.model
    def _get_sending_text(self, error, host=""):
        """Return the sentence for an error while sending; what was written is kept.

        :param error: a :class:`..mailbox.errors.MailboxError`
        :param str host: the sending server
        :rtype: str
        """
        get_text = next(
            (
                get_text
                for error_class, get_text in self._get_sending_texts()
                if isinstance(error, error_class)
            ),
            None,
        )
        if get_text:
            text = get_text(error, host)
            if error.server_text:
                text += " " + self.env._("The server said: %(answer)s", answer=error.server_text)
        else:
            text = self._get_text(error, host)
        if isinstance(error, errors.DeliveryUnknownError):
            return text
        return text + " " + self.env._("Nothing was sent; what you wrote is kept.")

    @api.model
    def _get_sending_texts(self):
        """Return (class, function) pairs, the more special class first."""
        return [
            (errors.RecipientsRefusedError, self._get_recipients_refused_text),
            (
                errors.SenderRefusedError,
                lambda error, host: self.env._(
                    "%(host)s does not let this mailbox send from this address. Check the address "
                    "of the account with whoever manages your mail.",
                    host=host,
                ),
            ),
            (errors.MessageTooLargeError, self._get_too_large_text),
            (
                errors.DeliveryUnknownError,
                lambda error, host: self.env._(
                    "The connection to %(host)s broke when the mail was handed over: it may or may "
                    "not have been sent. Ask a recipient, or look into the folder of sent mail of "
                    "your provider, before you send it again.",
                    host=host,
                ),
            ),
            (
                errors.SendError,
                lambda error, host: self.env._("%(host)s refuses to send this mail.", host=host),
            ),
            (
                errors.ThrottledError,
                lambda error, host: self.env._(
                    "%(host)s takes no more mail from you for now. Try again later.", host=host
                ),
            ),
            (
                errors.ServerBusyError,
                lambda error, host: self.env._(
                    "%(host)s cannot take the mail right now. Try again in a few minutes.",
                    host=host,
                ),
            ),
            (
                errors.ConnectionLostError,
                lambda error, host: self.env._(
                    "The connection to %(host)s was lost. Try again.", host=host
                ),
            ),
        ]

    @api.model
    def _get_recipients_refused_text(self, error, host):
        return self.env._(
            "%(host)s does not take mail for %(addresses)s. Check how it is written.",
            host=host,
            addresses=self._format_refused(error.refused),
        )

    @api.model
    def _format_refused(self, refused):
        """Return refused recipients with what the server said of each.

        :param dict refused: (SMTP code, text) by address
        """
        return format_list(
            self.env, [f"{address} ({text})" for address, (_code, text) in refused.items()]
        )

    @api.model
    def _get_too_large_text(self, error, host):
        if not error.limit:
            return self.env._(
                "The mail is larger than %(host)s takes. Leave out attachments, or send them in "
                "several mails.",
                host=host,
            )
        return self.env._(
            "The mail is larger than the %(limit)s that %(host)s takes. Leave out attachments, or "
            "send them in several mails.",
            limit=human_size(error.limit),
            host=host,
        )
