"""The demo database: Odoo's CRM demo data, this addon, and connected demo mailboxes."""

import datetime
import hashlib

from .. import paths
from ..console import step
from .mailboxes import fill

DATABASE = "demo"
CONNECT = """
import sys
sys.path.insert(0, {checkout!r})
from tools.world.demo.connect import connect
connect(env, {ports!r})
"""
ADDON = paths.CHECKOUT / "email_sync"


def create_demo_database(world):
    """Make the demo database; an interrupted attempt is made afresh the next time.

    :param world: the :class:`~tools.world.world.World`, with its databases and mail running
    """
    odoo, draft = world.odoo, f"{DATABASE}_draft"
    odoo.drop_database(draft)
    with step("Demo database: Odoo CRM with its demo data"):
        template = odoo.template("crm_demo", "-i", "crm,contacts", "--with-demo")
        odoo.copy_database(template, draft)
    with step("Demo database: the addon"):
        odoo.install(draft, "-i", "email_sync")
    with step("Demo mail") as note:
        world.dovecot.empty()
        note(f"{fill(world.dovecot, datetime.datetime.now(datetime.timezone.utc))} mails")
    with step("Demo mailboxes: connecting and syncing"):
        odoo.shell(
            draft, CONNECT.format(checkout=str(paths.CHECKOUT), ports=vars(world.mail_ports))
        )
    odoo.rename_database(draft, DATABASE)
    _remember_addon()


def update_addon(world):
    """Update the addon in the demo database when its source has changed since the last run."""
    if _remembered_addon() == _addon_digest():
        return
    with step("The addon has changed: updating it"):
        world.odoo.install(DATABASE, "-u", "email_sync")
    _remember_addon()


def _addon_digest():
    """Return a digest of every source file whose change Odoo takes over at an update only."""
    digest = hashlib.sha256()
    for path in sorted(ADDON.rglob("*")):
        parts = path.relative_to(ADDON).parts
        if path.suffix in {".py", ".xml", ".csv", ".po"} and parts[0] not in {"static", "tests"}:
            digest.update(str(parts).encode() + path.read_bytes())
    return digest.hexdigest()


def _remembered_addon():
    stamp = paths.WORLD / "addon.sha256"
    return stamp.read_text() if stamp.exists() else ""


def _remember_addon():
    (paths.WORLD / "addon.sha256").write_text(_addon_digest())
