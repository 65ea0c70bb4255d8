"""The world of `make run`: its servers, its ports, and its demo database."""

import os
import shutil
import sys
from types import SimpleNamespace

from . import paths
from .certificates import trust_bundle
from .console import WorldError, step
from .daemon import Daemon
from .demo.database import DATABASE, create_demo_database, update_addon
from .dovecot import DovecotServer
from .idle_worker import IdleWorker
from .mail_server import START_SECONDS
from .odoo import Odoo
from .odoo_server import OdooServer
from .postgresql import PostgreSQL
from .processes import is_listening

HTTP_PORT = 8069
# The mail servers listen on the standard ports plus this number.
MAIL_PORTS = 11000
STANDARD_PORTS = {"imap": 143, "imaps": 993, "smtp": 587, "smtps": 465}


class World:
    """Every server of the development world, in the order in which they start."""

    def __init__(self):
        self.http_port = _number("PORT", HTTP_PORT)
        self.mail_ports = self._mail_ports()
        self.postgresql = PostgreSQL(paths.WORLD / "postgresql")
        self.dovecot = DovecotServer(
            paths.WORLD / "mail", self.mail_ports.imap, self.mail_ports.imaps
        )
        self.smtp = Daemon("smtp", paths.LOGS)
        bundle = trust_bundle(self.dovecot.ca_file, paths.WORLD / "mail" / "trusted.pem")
        self.odoo = Odoo(self.postgresql, {"SSL_CERT_FILE": str(bundle)})
        self.server = OdooServer(self.odoo, DATABASE, paths.LOGS, self._running_port())
        self.idle_worker = IdleWorker(self.odoo, DATABASE, paths.LOGS)
        self._started = []

    # ---- ports ----

    def _mail_ports(self):
        """Return the mail servers' ports; those of the first run stay, accounts know them."""
        chosen = paths.WORLD / "mail-ports"
        if not chosen.exists():
            chosen.write_text(str(_number("MAIL_PORTS", MAIL_PORTS)))
        offset = int(chosen.read_text())
        return SimpleNamespace(
            **{name: offset + standard for name, standard in STANDARD_PORTS.items()}
        )

    def _running_port(self):
        """Return the port of the Odoo that runs, so that a second command names the right one."""
        remembered = paths.LOGS / "odoo.port"
        if Daemon("odoo", paths.LOGS).pid and remembered.exists():
            return int(remembered.read_text())
        return self.http_port

    def _check_ports(self):
        if not self.server.daemon.pid and is_listening(self.server.port):
            raise WorldError(
                f"Port {self.server.port} is in use by another program. Choose another one:\n"
                f"    make run PORT={self.server.port + 1}"
            )
        mine = {"imap": self.dovecot.pid, "imaps": self.dovecot.pid}
        mine.update(smtp=self.smtp.pid, smtps=self.smtp.pid)
        for name, port in vars(self.mail_ports).items():
            if not mine[name] and is_listening(port):
                raise WorldError(
                    f"Port {port} ({name}) is in use by another program. Stop that program, or "
                    "start afresh with other ports for the mail servers:\n"
                    "    make reset && make run MAIL_PORTS=20000"
                )

    # ---- life ----

    def start(self):
        """Start what does not run yet; return whether anything had to be started.

        :raise WorldError: something is in the way; what was started is stopped again
        """
        self._check_ports()
        try:
            self._start("PostgreSQL", self.postgresql, self.postgresql.is_running())
            self._start("IMAP server (Dovecot)", self.dovecot, self.dovecot.pid)
            if not self.smtp.pid:
                with step("SMTP server"):
                    self._start_smtp()
                self._started.append(self.smtp)
            if not self.postgresql.exists(DATABASE):
                create_demo_database(self)
            elif not self.server.daemon.pid:
                update_addon(self)
            self._start("Odoo", self.server, self.server.daemon.pid)
            self._start("Watching for new mail", self.idle_worker, self.idle_worker.daemon.pid)
            (paths.LOGS / "odoo.port").write_text(str(self.server.port))
        except BaseException:
            self.stop_started()
            raise
        return bool(self._started)

    def _start(self, title, server, running):
        if running:
            return
        with step(title):
            server.start()
        self._started.append(server)

    def _start_smtp(self):
        ports = self.mail_ports
        self.smtp.start(
            [
                *(sys.executable, "-m", "tools.world.smtp_service"),
                *("--directory", self.dovecot.directory),
                *("--smtp-port", ports.smtp, "--smtps-port", ports.smtps),
            ],
            lambda: is_listening(ports.smtp) and is_listening(ports.smtps),
            START_SECONDS,
            cwd=paths.CHECKOUT,
        )

    def stop_started(self):
        """Stop what :meth:`start` of this object started, and nothing else."""
        while self._started:
            self._started.pop().stop()

    def stop(self):
        """Stop every server of this world."""
        for server in (
            self.idle_worker,
            self.server,
            self.smtp,
            self.dovecot,
            self.postgresql,
        ):
            server.stop()

    def reset(self):
        """Stop everything and forget databases and mail; what was downloaded stays."""
        self.stop()
        for name in ("postgresql", "mail", "odoo-data", "log"):
            shutil.rmtree(paths.WORLD / name, ignore_errors=True)
        for name in ("mail-ports", "addon.sha256"):
            (paths.WORLD / name).unlink(missing_ok=True)

    def states(self):
        """Return ``[(name, address, whether it runs)]``."""
        ports = self.mail_ports
        return [
            ("Odoo", self.server.url, bool(self.server.daemon.pid)),
            ("IDLE worker", DATABASE, bool(self.idle_worker.daemon.pid)),
            ("PostgreSQL", self.postgresql.socket_directory, self.postgresql.is_running()),
            ("IMAP", f"localhost:{ports.imap}, TLS {ports.imaps}", bool(self.dovecot.pid)),
            ("SMTP", f"localhost:{ports.smtp}, TLS {ports.smtps}", bool(self.smtp.pid)),
        ]


def _number(variable, default):
    given = os.environ.get(variable) or default
    try:
        return int(given)
    except ValueError:
        raise WorldError(f"{variable}={given} is not a number.") from None
