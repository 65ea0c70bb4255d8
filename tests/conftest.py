"""Real servers for the tests: each session gets its own, in a directory of its own."""

import sys
import types
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]

# The addon's package imports odoo. Its two pure packages do not, and are tested without it: a
# bare package of the same name finds them and runs no `email_sync/__init__.py`.
package = types.ModuleType("email_sync")
package.__path__ = [str(CHECKOUT / "email_sync")]
sys.modules.setdefault("email_sync", package)


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory):
    """A :class:`tools.world.dovecot.DovecotServer` without users."""
    from tools.world.dovecot import DovecotServer

    with DovecotServer(tmp_path_factory.mktemp("dovecot")) as server:
        yield server


@pytest.fixture(scope="session")
def smtp_server(dovecot):
    """A :class:`tools.world.smtp.SmtpServer` that delivers into ``dovecot``."""
    from tools.world.smtp import SmtpServer

    with SmtpServer(dovecot) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql():
    """The world's :class:`tools.world.postgresql.PostgreSQL`, running."""
    from tools.world import paths
    from tools.world.postgresql import PostgreSQL

    with PostgreSQL(paths.WORLD / "postgresql").in_use() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def odoo(postgresql, dovecot, tmp_path_factory):
    """A :class:`tools.world.odoo.Odoo` that trusts the certificates of ``dovecot``."""
    from tools.world.certificates import trust_bundle
    from tools.world.odoo import Odoo

    bundle = trust_bundle(dovecot.ca_file, tmp_path_factory.mktemp("tls") / "trusted.pem")
    return Odoo(postgresql, {"SSL_CERT_FILE": str(bundle)})
