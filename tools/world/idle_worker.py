"""The addon's own worker, which watches the demo mailboxes: new mail is in Odoo within seconds."""

from .daemon import Daemon

START_SECONDS = 120
READY = "Watching the mailboxes"


class IdleWorker:
    """``odoo email_sync_idle`` in the background.

    :param odoo: the :class:`~tools.world.odoo.Odoo` to run
    :param database: whose mailboxes it watches
    :param directory: :class:`~pathlib.Path` for its log and process id
    """

    def __init__(self, odoo, database, directory):
        self.odoo = odoo
        self.database = database
        self.daemon = Daemon("email-sync-idle", directory)

    def start(self):
        """Start the worker and wait until it watches; return ``self``."""
        log = self.daemon.log
        before = log.stat().st_size if log.exists() else 0
        self.daemon.start(
            self.odoo.command("email_sync_idle", "--database", self.database),
            lambda: READY in log.read_text(errors="replace")[before:],
            START_SECONDS,
            # The command lies in the addon, and Odoo looks for it before it reads --config.
            env={**self.odoo.environment, "ODOO_RC": str(self.odoo.configuration_file)},
            cwd=self.odoo.data_directory,
        )
        return self

    def stop(self):
        """Stop the worker; its connections are closed."""
        self.daemon.stop()
