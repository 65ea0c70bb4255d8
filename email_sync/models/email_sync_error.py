from odoo import api, models

from ..mailbox import errors


class EmailSyncError(models.AbstractModel):
    """What an error of a mail server means, in the user's words, with what to do next."""

    _name = "email.sync.error"
    _description = "Mail Server Error in the User's Words"

    @api.model
    def _get_text(self, error, host=""):
        """Return the sentence for an error.

        :param error: a :class:`..mailbox.errors.MailboxError`
        :param str host: the server that was talked to
        :rtype: str
        """
        for error_class, get_text in self._get_texts():
            if isinstance(error, error_class):
                text = get_text(error, host)
                break
        if error.server_text and not isinstance(error, errors.CertificateError):
            text += " " + self.env._("The server said: %(answer)s", answer=error.server_text)
        return text

    @api.model
    def _get_texts(self):
        """Return (class, function) pairs, the more special class first."""
        _ = self.env._
        return [
            (
                errors.AuthenticationError,
                lambda error, host: _(
                    "%(host)s refused the sign-in. Check the user name and the password; many "
                    "providers want an app password here.",
                    host=host,
                ),
            ),
            (
                errors.HostNotFoundError,
                lambda error, host: _(
                    "There is no server called %(host)s. Check its name for typing errors.",
                    host=host,
                ),
            ),
            (
                errors.ConnectionRefusedByHostError,
                lambda error, host: _(
                    "%(host)s does not answer on this port. Check the port and the kind of "
                    "encryption.",
                    host=host,
                ),
            ),
            (
                errors.ConnectionTimeoutError,
                lambda error, host: _(
                    "%(host)s did not answer in time. Check the server's name and the port; if "
                    "they are right, a firewall may be in the way.",
                    host=host,
                ),
            ),
            (
                errors.ThrottledError,
                lambda error, host: _(
                    "%(host)s asks us to wait, as there were too many requests. The sync goes on "
                    "by itself.",
                    host=host,
                ),
            ),
            (
                errors.TransientError,
                lambda error, host: _(
                    "The connection to %(host)s was lost. It is tried again by itself.", host=host
                ),
            ),
            (
                errors.CertificateError,
                lambda error, host: _(
                    "The certificate of %(host)s is not trusted: %(reason)s. It was issued for "
                    "%(subject)s by %(issuer)s (fingerprint %(fingerprint)s).",
                    host=host,
                    reason=error.reason,
                    subject=error.subject or "?",
                    issuer=error.issuer or "?",
                    fingerprint=error.fingerprint or "?",
                ),
            ),
            (
                errors.TlsUnavailableError,
                lambda error, host: _(
                    "%(host)s does not offer this kind of encryption on this port. Choose another "
                    "kind of encryption, or the port that belongs to it.",
                    host=host,
                ),
            ),
            (
                errors.NetworkForbiddenError,
                lambda error, host: _(
                    "%(host)s lies in a network, or uses a port, that this Odoo server does not "
                    "connect to. An administrator can allow it in the settings of Email Sync.",
                    host=host,
                ),
            ),
            (
                errors.FolderGoneError,
                lambda error, host: _("The folder no longer exists on the server."),
            ),
            (
                errors.FolderError,
                lambda error, host: _("The server does not open the folder."),
            ),
            (
                errors.MailboxError,
                lambda error, host: _("%(host)s gave an answer that makes no sense.", host=host),
            ),
        ]
