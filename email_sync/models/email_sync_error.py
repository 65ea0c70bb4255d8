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
        return [
            (errors.AuthenticationError, self._get_authentication_text),
            (
                errors.HostNotFoundError,
                lambda error, host: self.env._(
                    "There is no server called %(host)s. Check its name for typing errors.",
                    host=host,
                ),
            ),
            (
                errors.ConnectionRefusedByHostError,
                lambda error, host: self.env._(
                    "%(host)s does not answer on this port. Check the port and the kind of "
                    "encryption.",
                    host=host,
                ),
            ),
            (
                errors.ConnectionTimeoutError,
                lambda error, host: self.env._(
                    "%(host)s did not answer in time. Check the server's name and the port; if "
                    "they are right, a firewall may be in the way.",
                    host=host,
                ),
            ),
            (
                errors.DailyBudgetError,
                lambda error, host: self.env._(
                    "%(host)s lets a mailbox be read only so much a day, and that is used up for "
                    "now. The rest follows by itself within a day; nothing is lost.",
                    host=host,
                ),
            ),
            (
                errors.ThrottledError,
                lambda error, host: self.env._(
                    "%(host)s asks us to wait, as there were too many requests. The sync goes on "
                    "by itself.",
                    host=host,
                ),
            ),
            (
                errors.TransientError,
                lambda error, host: self.env._(
                    "The connection to %(host)s was lost. It is tried again by itself.", host=host
                ),
            ),
            (errors.CertificateError, self._get_certificate_text),
            (errors.TlsUnavailableError, self._get_tls_text),
            (
                errors.NetworkForbiddenError,
                lambda error, host: self.env._(
                    "%(host)s lies in a network, or uses a port, that this Odoo server does not "
                    "connect to. An administrator can allow it in the settings of Email Sync.",
                    host=host,
                ),
            ),
            (
                errors.FolderGoneError,
                lambda error, host: self.env._("The folder no longer exists on the server."),
            ),
            (
                errors.FolderResetError,
                lambda error, host: self.env._(
                    "The server numbered the mails of the folder anew. What is here is kept, and "
                    "the folder is compared again by itself."
                ),
            ),
            (
                errors.MessageUnreadableError,
                lambda error, host: self.env._(
                    "The server lists the mail but does not deliver it. It is asked for again "
                    "every day."
                ),
            ),
            (
                errors.FolderError,
                lambda error, host: self.env._("The server does not open the folder."),
            ),
            (
                errors.MailboxError,
                lambda error, host: self.env._(
                    "%(host)s gave an answer that makes no sense.", host=host
                ),
            ),
        ]

    @api.model
    def _get_authentication_text(self, error, host):
        texts = {
            "app_password": self.env._(
                "%(host)s wants an app password: a password that you make for Odoo in the security "
                "settings of your mail account, and type here in place of your own.",
                host=host,
            ),
            "web_login": self.env._(
                "%(host)s wants you to sign in with a browser first. Open your web mail, confirm "
                "that it was you, and try again.",
                host=host,
            ),
            "expired": self.env._(
                "The password for %(host)s has expired. Set a new one at your provider, then sign "
                "in with it.",
                host=host,
            ),
            "disabled": self.env._(
                "%(host)s does not let other programs into this mailbox. Switch on IMAP in the "
                "settings of your web mail, or ask whoever manages your mail.",
                host=host,
            ),
            "unsupported": self.env._(
                "%(host)s accepts no password on this connection. Choose another kind of "
                "encryption, or ask whoever manages your mail how programs sign in.",
                host=host,
            ),
        }
        return texts.get(error.reason) or self.env._(
            "%(host)s refused the sign-in. Check the user name and the password; many providers "
            "want an app password here.",
            host=host,
        )

    @api.model
    def _get_certificate_text(self, error, host):
        reasons = {
            "expired": self.env._("it has expired"),
            "not_yet_valid": self.env._("it is not valid yet"),
            "self_signed": self.env._("the server issued it to itself"),
            "unknown_authority": self.env._("nobody this server trusts has issued it"),
            "wrong_host": self.env._("it belongs to another server"),
            "changed": self.env._("it is another one than the one you trusted"),
        }
        text = self.env._(
            "The certificate of %(host)s is not trusted: %(reason)s.",
            host=host,
            reason=reasons.get(error.reason) or self.env._("it cannot be checked"),
        )
        if not error.fingerprint:
            return text
        return f"{text} " + self.env._(
            "It was issued to %(subject)s by %(issuer)s; its SHA-256 fingerprint is "
            "%(fingerprint)s. Trust it only if whoever manages the mail server confirms the "
            "fingerprint.",
            subject=error.subject or "?",
            issuer=error.issuer or "?",
            fingerprint=self._format_fingerprint(error.fingerprint),
        )

    @api.model
    def _format_fingerprint(self, fingerprint):
        """Return a fingerprint as other programs show it: AB:CD:…"""
        pairs = zip(fingerprint[::2], fingerprint[1::2], strict=True)
        return ":".join(high + low for high, low in pairs).upper()

    @api.model
    def _get_tls_text(self, error, host):
        if error.suggestion == "tls":
            return self.env._(
                "This port of %(host)s speaks SSL/TLS from the start. Choose SSL/TLS as "
                "encryption.",
                host=host,
            )
        if error.suggestion == "starttls":
            return self.env._(
                "This port of %(host)s does not speak SSL/TLS from the start. Choose STARTTLS as "
                "encryption, or the port for SSL/TLS.",
                host=host,
            )
        return self.env._(
            "%(host)s does not offer this kind of encryption on this port. Choose another kind of "
            "encryption, or the port that belongs to it.",
            host=host,
        )
