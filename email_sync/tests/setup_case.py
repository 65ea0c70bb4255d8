"""What the tests of the set-up share."""

from .common import EmailSyncCase
from .servers import Mailbox, setting

PORTS = ("IMAP_PORT", "IMAPS_PORT", "SMTP_PORT", "SMTPS_PORT", "CLOSED_PORT")


class SetupCase(EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        set_param = cls.env["ir.config_parameter"].set_param
        set_param("email_sync.allowed_networks", "127.0.0.0/8 ::1")
        set_param("email_sync.allowed_ports", " ".join(map(setting, PORTS)))
        cls.carol = cls._new_user("carol", "sales_team.group_sale_salesman")
        cls.tina = cls._new_user("tina", "sales_team.group_sale_manager")

    def setUp(self):
        super().setUp()
        self.mailbox = Mailbox()

    def _open(self, user):
        action = self.env["email.sync.setup"].with_user(user).action_open()
        return self.env[action["res_model"]].with_user(user).browse(action["res_id"])

    def _sign_in(self, user, mailbox=None, **vals):
        """Go through the first two steps; return the set-up."""
        mailbox = mailbox or self.mailbox
        setup = self._open(user)
        setup.email = mailbox.login
        setup.action_next()
        setup.write({**mailbox.connection_vals, "password": mailbox.password, **vals})
        setup.action_next()
        return setup

    def _start(self, user, mailbox=None, **vals):
        """Go through all steps; return the account."""
        setup = self._sign_in(user, mailbox)
        setup.write({name: vals.pop(name) for name in ("account_type",) if name in vals})
        setup.action_next()
        setup.write(vals)
        setup.action_next()
        action = setup.action_start()
        return self.env["email.sync.account"].with_user(user).browse(action["res_id"])
