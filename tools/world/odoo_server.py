"""A running Odoo that answers in a browser."""

import contextlib
import signal
import urllib.request

from .daemon import Daemon
from .processes import free_port, stop

START_SECONDS = 180


class OdooServer:
    """Odoo's HTTP server with threads for cron; it serves the bus (websocket) on the same port.

    :param odoo: the :class:`~tools.world.odoo.Odoo` to run
    :param database: the only database it shows
    :param directory: :class:`~pathlib.Path` for its log and process id
    :param port: HTTP port, a free one when not given
    :param options: more words of the command line
    """

    host = "localhost"

    def __init__(self, odoo, database, directory, port=None, options=()):
        self.odoo = odoo
        self.database = database
        self.port = port or free_port()
        self.options = options
        self.daemon = Daemon("odoo", directory)

    @property
    def url(self):
        """The address to open in a browser, without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    @property
    def log(self):
        """The path of the log file."""
        return self.daemon.log

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        """Start the server and wait until it answers; return ``self``."""
        if self.daemon.pid:
            return self
        command = self.odoo.command(
            "--database",
            self.database,
            "--db-filter",
            f"^{self.database}$",
            "--http-port",
            self.port,
            "--workers=0",
            "--max-cron-threads=2",
            *self.options,
        )
        self.daemon.start(
            command,
            self._answers,
            START_SECONDS,
            env=self.odoo.environment,
            cwd=self.odoo.data_directory,
        )
        return self

    def stop(self):
        """Stop the server and let its requests end."""
        self.daemon.stop()

    def kill(self):
        """End the server in the middle of whatever it does, as a crash would."""
        if pid := self.daemon.pid:
            stop(pid, how=signal.SIGKILL)

    def _answers(self):
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{self.url}/web/health", timeout=5) as answer,  # noqa: S310
        ):
            return answer.status == 200
        return False
