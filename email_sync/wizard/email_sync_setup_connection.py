from contextlib import contextmanager
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..mailbox import errors, probe
from ..mailbox.provider import recognise

# What decides whether a connection works: a change of these makes a test worthless.
SERVER_FIELDS = {
    server: {f"{server}_{name}" for name in ("host", "port", "security", "fingerprint")}
    for server in ("imap", "smtp")
}
SIGN_IN_FIELDS = {"login", "password", "sealed_secret"}
TIMEOUT_SECONDS = 15
# An address of each provider whose servers are known; see the onchange of the provider.
ADDRESS_BY_PROVIDER = {"google": "name@gmail.com", "microsoft": "name@company.onmicrosoft.com"}
# RFC 8314 section 3; RFC 3501; RFC 6409
PORTS = {
    "imap": {"tls": 993, "starttls": 143, "none": 143},
    "smtp": {"tls": 465, "starttls": 587, "none": 25},
}
RESULT_SELECTION = [("ok", "Works"), ("failed", "Does not work")]


class EmailSyncSetup(models.TransientModel):
    """The sign-in: servers suggested from the address, both of them tried out."""

    _inherit = "email.sync.setup"

    provider_name = fields.Char(
        "Recognised as",
        compute="_compute_provider_advice",
        help="Who runs the mailbox, as far as the address tells.",
    )
    provider_advice = fields.Text(compute="_compute_provider_advice")
    recognised_email = fields.Char(
        readonly=True, help="Technical: the address that the suggested servers belong to."
    )
    password = fields.Char(compute="_compute_password", inverse="_inverse_password")
    password_hint = fields.Char(compute="_compute_password_hint")
    receive_only = fields.Boolean(
        "Connect without sending for now",
        help="Mail is synced; sending from this address is set up later through Reconnect.",
    )
    is_unencrypted = fields.Boolean(compute="_compute_is_unencrypted")

    imap_result = fields.Selection(RESULT_SELECTION, readonly=True)
    imap_answer = fields.Char(readonly=True)
    imap_offered_fingerprint = fields.Char("Certificate of the IMAP server", readonly=True)
    imap_is_pinned = fields.Boolean(
        "I checked this certificate of the IMAP server: trust it for this account",
        compute="_compute_is_pinned",
        inverse="_inverse_imap_is_pinned",
    )
    smtp_result = fields.Selection(RESULT_SELECTION, readonly=True)
    smtp_answer = fields.Char(readonly=True)
    smtp_offered_fingerprint = fields.Char("Certificate of the SMTP server", readonly=True)
    smtp_is_pinned = fields.Boolean(
        "I checked this certificate of the SMTP server: trust it for this account",
        compute="_compute_is_pinned",
        inverse="_inverse_smtp_is_pinned",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    def _compute_password(self):
        """A password goes in, and never comes out."""
        self.password = False

    def _inverse_password(self):
        for setup in self:
            if setup.password:
                setup._set_secret(setup.password)
                setup._forget_results("imap", "smtp")
        self.invalidate_recordset(["password"], flush=False)

    @api.depends("password")
    def _compute_password_hint(self):
        for setup in self:
            setup.password_hint = (
                self.env._("Saved. Type to replace it.")
                if setup._has_secret()
                else self.env._("Password")
            )

    @api.depends("imap_security", "smtp_security", "receive_only")
    def _compute_is_unencrypted(self):
        for setup in self:
            setup.is_unencrypted = setup.imap_security == "none" or (
                setup.smtp_security == "none" and not setup.receive_only
            )

    @api.depends("imap_fingerprint", "smtp_fingerprint")
    def _compute_is_pinned(self):
        for setup in self:
            setup.imap_is_pinned = bool(setup.imap_fingerprint)
            setup.smtp_is_pinned = bool(setup.smtp_fingerprint)

    def _inverse_imap_is_pinned(self):
        for setup in self:
            setup.imap_fingerprint = setup.imap_is_pinned and setup.imap_offered_fingerprint

    def _inverse_smtp_is_pinned(self):
        for setup in self:
            setup.smtp_fingerprint = setup.smtp_is_pinned and setup.smtp_offered_fingerprint

    @api.depends("email", "provider")
    def _compute_provider_advice(self):
        for setup in self:
            recognised = recognise(setup.email or "")
            setup.provider_name = recognised.note != "guessed" and recognised.name
            setup.provider_advice = setup._get_advice(setup._get_provider())

    def _get_advice(self, provider):
        """Return what a person has to know before signing in, '' where that is nothing.

        Google and Microsoft have a paragraph of their own on the form.
        """
        advice = {
            "app_password": self.env._(
                "%(provider)s wants an app password here, not your own: make one in the security "
                "settings of your mail account.",
                provider=provider.name,
            ),
            "authorization_code": self.env._(
                "%(provider)s wants an authorisation code in place of the password. Its web mail "
                "shows the code where IMAP is switched on.",
                provider=provider.name,
            ),
            "email_password": self.env._(
                "%(provider)s has a password of its own for mail, which is not that of your "
                "customer account. Set it in the customer centre.",
                provider=provider.name,
            ),
            "enable_imap": self.env._(
                "IMAP has to be switched on first, in the settings of %(provider)s' web mail.",
                provider=provider.name,
            ),
            "bridge": self.env._(
                "%(provider)s needs its own program, the bridge, on the server that runs Odoo. Ask "
                "your administrator.",
                provider=provider.name,
            ),
            "paid": self.env._(
                "%(provider)s gives IMAP to paid accounts only.", provider=provider.name
            ),
            "unavailable": self.env._(
                "%(provider)s offers no IMAP: its mailboxes cannot be connected.",
                provider=provider.name,
            ),
            "guessed": self.env._(
                "The servers are guessed from the address. If the sign-in fails, look them up in "
                "the help pages of your provider, or ask whoever manages your mail.",
            ),
        }
        return provider.key == "other" and advice.get(provider.note) or ""

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        """A tried connection that changes has to be tried again; its certificate is another's."""
        for server, names in SERVER_FIELDS.items():
            moved = {f"{server}_host", f"{server}_port"} & vals.keys()
            changed = (names | SIGN_IN_FIELDS) & vals.keys()
            if changed and f"{server}_result" not in vals:
                vals = {**vals, f"{server}_result": False, f"{server}_answer": False}
            if moved and f"{server}_fingerprint" not in vals:
                vals = {
                    **vals,
                    f"{server}_fingerprint": False,
                    f"{server}_offered_fingerprint": False,
                }
        return super().write(vals)

    def _forget_results(self, *servers):
        for server in servers:
            self.write({f"{server}_result": False, f"{server}_answer": False})

    # ------------------------------------------------------------
    # STEP
    # ------------------------------------------------------------

    def _enter_sign_in(self):
        """Suggest servers and user name, unless the user was here before for this address."""
        if self.recognised_email != self.email:
            suggestion = recognise(self.email)
            self.write(
                {
                    "recognised_email": self.email,
                    **self._get_suggested_vals(suggestion),
                }
            )

    @api.onchange("provider")
    def _onchange_provider(self):
        """A company's own domain may be kept by Google or Microsoft: their servers are known."""
        self.update({**self._get_suggested_vals(self._get_provider()), "provider": self.provider})

    @api.onchange("imap_security", "smtp_security")
    def _onchange_security(self):
        """Keep the port in step, unless it is one of the provider's own."""
        for server, ports in PORTS.items():
            if self[f"{server}_port"] in ports.values():
                self[f"{server}_port"] = ports[self[f"{server}_security"]]

    @api.onchange(
        "login", "password", "imap_host", "imap_port", "smtp_host", "smtp_port", "receive_only"
    )
    def _onchange_connection(self):
        """An answer of before is not one to what is on the form now; `write` forgets it too."""
        self.imap_result = self.smtp_result = False

    def _get_provider(self):
        """Return the :class:`..mailbox.provider.Provider` that was recognised or chosen."""
        recognised = recognise(self.email or "")
        if recognised.key != self.provider and self.provider in ADDRESS_BY_PROVIDER:
            return recognise(ADDRESS_BY_PROVIDER[self.provider])
        return recognised

    def _get_suggested_vals(self, suggestion):
        return {
            "provider": suggestion.key,
            "login": suggestion.get_login(self.email or ""),
            "imap_host": suggestion.imap.host,
            "imap_port": suggestion.imap.port,
            "imap_security": suggestion.imap.security,
            "smtp_host": suggestion.smtp.host,
            "smtp_port": suggestion.smtp.port,
            "smtp_security": suggestion.smtp.security,
        }

    def _get_imap_endpoint(self):
        # A person waits for the answer.
        return replace(super()._get_imap_endpoint(), timeout=TIMEOUT_SECONDS)

    @contextmanager
    def _talk_to_imap(self):
        """Open a session on the mailbox; what goes wrong in it is told in the user's words."""
        try:
            with self._open_imap() as session:
                yield session
        except errors.MailboxError as error:
            raise UserError(
                self.env["email.sync.error"]._get_text(error, self.imap_host)
            ) from error

    def _test_connection(self):
        """Try both servers; the answers stand on the form.

        :return: whether mail can be read, and sent unless the user does without
        :rtype: bool
        """
        self._check_complete()
        credentials, policy = self._get_credentials(), self._get_network_policy()
        if self.imap_result != "ok":
            result = probe.probe_imap(self._get_imap_endpoint(), credentials, policy)
            self._note_result("imap", result)
            if isinstance(result.error, errors.AuthenticationError):
                # A second refusal of the same password brings providers closer to locking it.
                self._forget_results("smtp")
                return False
        if not self.receive_only and self.smtp_result != "ok":
            result = probe.probe_smtp(self._get_smtp_endpoint(), credentials, policy)
            self._note_result("smtp", result)
        return self._is_connection_tested()

    def _is_connection_tested(self):
        return self.imap_result == "ok" and (self.receive_only or self.smtp_result == "ok")

    def _check_complete(self):
        if not (self.imap_host and self.login and (self.receive_only or self.smtp_host)):
            raise UserError(self.env._("Please fill in the servers and the user name."))
        if not self._has_secret():
            raise UserError(self.env._("Please type the password."))

    def _has_secret(self):
        # sudo: email.sync.setup - whether there is a password, not which
        return bool(self.sudo().sealed_secret)

    def _note_result(self, server, result):
        host = self[f"{server}_host"]
        vals = {
            f"{server}_result": "ok" if result.ok else "failed",
            f"{server}_answer": False,
        }
        if not result.ok:
            vals[f"{server}_answer"] = self.env["email.sync.error"]._get_text(result.error, host)
        if isinstance(result.error, errors.CertificateError):
            vals[f"{server}_offered_fingerprint"] = result.error.fingerprint
        self.write(vals)
