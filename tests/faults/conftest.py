"""Odoo with the addon and a mailbox, for tests that break things.

``FAULTS=long`` (as ``make test-faults`` sets it) repeats each test over many seeds; without it, a
small slice with fixed seeds runs. ``SEED`` starts the seeds elsewhere.
"""

import os

import pytest

from tests.faults.mailbox import Mailbox
from tests.faults.synced import OdooWorker, SyncedMailbox
from tools.world import paths
from tools.world.dovecot import DovecotServer

PASSWORD = "any-mailbox"


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory):
    """A Dovecot that lets every user in who has the password."""
    directory = tmp_path_factory.mktemp("dovecot")
    with DovecotServer(directory, any_user_password=PASSWORD) as server:
        yield server


@pytest.fixture(scope="session")
def worker(odoo):
    """The :class:`.synced.OdooWorker` on a database of its own."""
    template = odoo.template("crm", "-i", "crm,contacts")
    database = f"test_{os.getpid()}_faults"
    odoo.copy_database(template, database)
    try:
        odoo.install(database, "-i", "email_sync")
        with OdooWorker(odoo, database, paths.LOGS / "faults.log") as worker:
            worker.get("prepare")
            yield worker
    finally:
        odoo.drop_database(database)


@pytest.fixture
def connect(worker, dovecot):
    """A factory: each call connects a new mailbox; ``connect(port=None, mails=0, **vals)``."""
    mailboxes = []

    def connect(port=None, **vals):
        mailbox = Mailbox(dovecot, PASSWORD)
        mailboxes.append(mailbox)
        return SyncedMailbox(worker, mailbox, port, **vals)

    yield connect
    for mailbox in mailboxes:
        mailbox.close()
