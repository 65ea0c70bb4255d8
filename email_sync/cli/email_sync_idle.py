"""``odoo-bin email_sync_idle -d DATABASE -c odoo.conf``: new mail within seconds."""

import logging
import signal
import sys
import threading

from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config

_logger = logging.getLogger(__name__)


class EmailSyncIdle(Command):
    """Watch the inboxes of Email Sync, and let Odoo's cron workers sync what changes

    It holds one connection a mailbox and stores nothing itself. Run it beside Odoo, with the same
    configuration, once a database; more than one share the mailboxes.
    """

    name = "email_sync_idle"

    def run(self, args):
        config.parser.prog = self.prog
        config.parse_config(args, setup_logging=True)
        databases = config["db_name"]
        if len(databases) != 1:
            sys.exit("Name one database: odoo-bin email_sync_idle -d DATABASE -c odoo.conf")
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_arguments: stopped.set())
        threading.current_thread().dbname = databases[0]
        registry = Registry(databases[0])
        if "email.sync.watcher" not in registry:
            sys.exit(f"Email Sync is not installed in the database {databases[0]}.")
        # Odoo loads this file as `odoo.cli.email_sync_idle`, before it knows the addon.
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.email_sync.watcher import Watcher  # noqa: PLC0415

        _logger.info("Watching the mailboxes of %s", databases[0])
        with Watcher(databases[0]) as watcher:
            while not stopped.is_set():
                watcher.run_once()
        _logger.info("Stopped watching the mailboxes of %s", databases[0])
