from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..mailbox.endpoint import Endpoint, PasswordCredentials
from ..mailbox.imap import ImapSession
from ..mailbox.network import NetworkPolicy
from ..mailbox.smtp import SmtpSession

SECURITY_SELECTION = [
    ("tls", "SSL/TLS"),
    ("starttls", "STARTTLS"),
    ("none", "None (not encrypted)"),
]


class EmailSyncConnectionMixin(models.AbstractModel):
    """How a mailbox is reached: its servers and the sign-in."""

    _name = "email.sync.connection.mixin"
    _inherit = ["email.sync.secret.mixin"]
    _description = "Mailbox Connection"

    provider = fields.Selection(
        [("google", "Google"), ("microsoft", "Microsoft"), ("other", "Other (IMAP and SMTP)")],
        default="other",
        required=True,
    )
    authentication = fields.Selection(
        [("password", "Password"), ("oauth", "Provider's sign-in page")],
        default="password",
        required=True,
    )
    imap_host = fields.Char("IMAP server")
    imap_port = fields.Integer("IMAP port", default=993)
    imap_security = fields.Selection(SECURITY_SELECTION, default="tls", required=True)
    imap_fingerprint = fields.Char(
        "Trusted IMAP certificate",
        help="SHA-256 fingerprint of a certificate that is trusted although no authority vouches "
        "for it.",
    )
    smtp_host = fields.Char("SMTP server")
    smtp_port = fields.Integer("SMTP port", default=465)
    smtp_security = fields.Selection(SECURITY_SELECTION, default="tls", required=True)
    smtp_fingerprint = fields.Char("Trusted SMTP certificate")
    login = fields.Char("User name")

    @api.constrains("imap_port", "smtp_port")
    def _check_ports(self):
        for record in self:
            for port in (record.imap_port, record.smtp_port):
                if not 0 < port < 65536:
                    raise ValidationError(
                        self.env._("%(port)s is not a port. Ports are 1 to 65535.", port=port)
                    )

    def _get_imap_endpoint(self):
        self.ensure_one()
        return Endpoint(
            host=(self.imap_host or "").strip(),
            port=self.imap_port,
            security=self.imap_security,
            fingerprint=self.imap_fingerprint or None,
        )

    def _get_smtp_endpoint(self):
        self.ensure_one()
        return Endpoint(
            host=(self.smtp_host or "").strip(),
            port=self.smtp_port,
            security=self.smtp_security,
            fingerprint=self.smtp_fingerprint or None,
        )

    def _get_credentials(self):
        """Return what signs in to the mailbox; providers with a sign-in page override this."""
        self.ensure_one()
        return PasswordCredentials(login=self.login or "", password=self._get_secret())

    @api.model
    def _get_network_policy(self):
        # sudo: ir.config_parameter - which networks the server may reach is not for users to read
        get_param = self.env["ir.config_parameter"].sudo().get_param
        networks = get_param("email_sync.allowed_networks", "")
        ports = get_param("email_sync.allowed_ports", "")
        try:
            return NetworkPolicy.from_text(networks=networks, ports=ports)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The networks or ports that Email Sync may use are not written correctly "
                    "(%(error)s). An administrator can mend them in the settings of Email Sync.",
                    error=error,
                )
            ) from error

    def _open_imap(self):
        """Open a session on the mailbox.

        :return: a connected session, to be used as a context manager
        :rtype: ImapSession
        :raise MailboxError: see :mod:`..mailbox.errors`
        """
        return ImapSession.connect(
            self._get_imap_endpoint(), self._get_credentials(), self._get_network_policy()
        )

    def _open_smtp(self):
        """Open a session on the sending server; as :meth:`_open_imap`."""
        return SmtpSession.connect(
            self._get_smtp_endpoint(), self._get_credentials(), self._get_network_policy()
        )
