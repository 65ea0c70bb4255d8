"""A real submission server on loopback: checks passwords, delivers into Dovecot, relays nothing."""

import asyncio
import logging
import mailbox
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from .console import WorldError
from .mail_server import MailServer
from .processes import free_port

MAXIMUM_BYTES = 25 * 1024 * 1024

# aiosmtpd warns, at each connection, of passwords without TLS: they are meant to be possible here.
warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
logging.getLogger("mail.log").setLevel(logging.ERROR)


class SmtpServer(MailServer):
    """SMTP submission (RFC 6409) with STARTTLS on one port and TLS on another.

    Users and passwords are those of the Dovecot server. A recipient who is one of them gets the
    mail in the inbox; a mail to anybody else ends in ``outbox``, a Maildir, and leaves for nowhere.

    :param dovecot: the :class:`~tools.world.dovecot.DovecotServer` to deliver into
    :param outbox: :class:`~pathlib.Path` of that Maildir
    :param smtp_port: port for plain SMTP and STARTTLS, a free one when not given
    :param smtps_port: port for SMTP over TLS, a free one when not given
    """

    def __init__(self, dovecot, outbox=None, smtp_port=None, smtps_port=None):
        self.dovecot = dovecot
        self.smtp_port = smtp_port or free_port()
        self.smtps_port = smtps_port or free_port()
        self.outbox = mailbox.Maildir(outbox or dovecot.directory / "outbox")
        self._refusals = {}
        self._controllers = []

    @property
    def certificates(self):
        return self.dovecot.certificates

    def start(self):
        """Listen on both ports, in threads of this process; return ``self``."""
        context = self.tls_context
        self._controllers = [
            self._controller(self.smtp_port, tls_context=context),
            self._controller(self.smtps_port, ssl_context=context),
        ]
        for controller in self._controllers:
            controller.start()
        return self

    def stop(self):
        """Close both ports."""
        while self._controllers:
            self._controllers.pop().stop()

    def refuse(self, address, reply):
        """Answer ``reply`` (such as ``"550 5.1.1 No such user"``) to RCPT TO ``address``.

        An empty ``reply`` accepts the address again.
        """
        self._refusals[address] = reply

    def _controller(self, port, **tls):
        return Controller(
            _Submission(self),
            hostname="127.0.0.1",
            port=port,
            server_hostname=self.host,
            ident="Email Sync development server",
            auth_required=True,
            # As Dovecot here: a client may choose to use no TLS, on loopback.
            auth_require_tls=False,
            authenticator=self._authenticate,
            data_size_limit=MAXIMUM_BYTES,
            enable_SMTPUTF8=True,
            **tls,
        )

    def _authenticate(self, server, session, envelope, mechanism, data):
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        login, password = data.login.decode(), data.password.decode()
        accepted = self.dovecot.accepts(login, password)
        return AuthResult(success=accepted, auth_data=login, handled=False)


class _Submission:
    """What is done with each command of a session (aiosmtpd calls ``handle_<command>``)."""

    def __init__(self, server):
        self.server = server

    async def handle_RCPT(self, server, session, envelope, address, options):
        if reply := self._refusal(address):
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    def _refusal(self, address):
        if reply := self.server._refusals.get(address):
            return reply
        dovecot = self.server.dovecot
        login = address.lower()
        if not dovecot.has_mailbox(login) and login.partition("@")[2] in dovecot.domains():
            return f"550 5.1.1 <{address}> No such user here"
        return ""

    async def handle_DATA(self, server, session, envelope):
        try:
            await asyncio.to_thread(self._deliver, envelope)
        except WorldError as error:
            return f"451 4.3.0 Delivery failed: {str(error).splitlines()[-1]}"
        return "250 2.0.0 Accepted"

    def _deliver(self, envelope):
        dovecot = self.server.dovecot
        logins = {address.lower() for address in envelope.rcpt_tos}
        here = {login for login in logins if dovecot.has_mailbox(login)}
        for login in here:
            dovecot.deliver(login, envelope.content, envelope.mail_from or "")
        if logins - here:
            self.server.outbox.add(envelope.content)
