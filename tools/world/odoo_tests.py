"""The addon's tests that run inside Odoo, with real mail servers beside it."""

import os
import re
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import paths
from .certificates import trust_bundle
from .console import say, step
from .courier import CourierServer
from .dovecot import DovecotServer
from .gmail.server import GmailServer
from .odoo import Odoo
from .outcome import Count
from .processes import free_port, stop
from .smtp import SmtpServer

ADDON_TAGS = "/email_sync"
PASSWORD = "any-mailbox"  # noqa: S105 - of a server that lives as long as the tests
# 2025-01-01 00:00:00,000 4711 ERROR database odoo.addons.x.tests.test_y: message
LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[\w.]+)"
)
# Requests that the tests make to be refused, by the dozen.
REFUSALS = "odoo.http"
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading database")
SKIPPED = re.compile(r"odoo\.addons\.email_sync\.\S+: skipped (.*)")


def run_odoo_tests(postgresql, tags=ADDON_TAGS):
    """Install the addon in a new database, run its tests, and return their :class:`Count`.

    Errors and warnings are shown as they come; the whole log stays in ``.world/log``.

    :param postgresql: the running :class:`~tools.world.postgresql.PostgreSQL`
    :param tags: Odoo's ``--test-tags``
    """
    say("", f"== Inside Odoo: {tags}")
    log = paths.LOGS / "odoo-tests.log"
    log.parent.mkdir(exist_ok=True)
    with _mail_servers() as environment:
        odoo = Odoo(postgresql, environment)
        with step("Database with CRM, without demo data"):
            template = odoo.template("crm", "-i", "crm,contacts")
        database = f"test_{os.getpid()}"
        odoo.copy_database(template, database)
        try:
            code = _run(odoo, database, tags, log)
        finally:
            odoo.drop_database(database)
    count = read_log(log.read_text(errors="replace").splitlines(), code)
    say(f"{count} (log: {log})")
    return count


@contextmanager
def _mail_servers():
    """Yield the environment that names the mail servers to the tests, while they run."""
    with (
        tempfile.TemporaryDirectory() as directory,
        DovecotServer(Path(directory), any_user_password=PASSWORD) as dovecot,
        SmtpServer(dovecot) as smtp,
        CourierServer(Path(directory) / "courier", PASSWORD, dovecot.certificates) as courier,
        GmailServer(PASSWORD, dovecot.certificates) as gmail,
        # As a user may set it at Google, so that folders behave as those of other servers.
        GmailServer(
            PASSWORD, dovecot.certificates, shows_all_mail=False, auto_expunge=False
        ) as gmail_as_folders,
        socket.socket() as closed,
    ):
        # Bound, but nobody listens: a connection is refused, and nobody else gets the port.
        closed.bind(("127.0.0.1", 0))
        # For the tests of sending: an address that no mail is taken for.
        smtp.refuse("refused@outside.example", "550 5.1.1 No such user")
        bundle = trust_bundle(dovecot.ca_file, Path(directory) / "trusted.pem")
        settings = {
            "IMAP_HOST": dovecot.host,
            "IMAP_PORT": dovecot.imap_port,
            "IMAPS_PORT": dovecot.imaps_port,
            "COURIER_PORT": courier.imaps_port,
            "GMAIL_PORT": gmail.imaps_port,
            "GMAIL_AS_FOLDERS_PORT": gmail_as_folders.imaps_port,
            "SMTP_PORT": smtp.smtp_port,
            "SMTPS_PORT": smtp.smtps_port,
            "CLOSED_PORT": closed.getsockname()[1],
            "PASSWORD": PASSWORD,
            "CA_FILE": dovecot.ca_file,
            "DOVEADM_CONF": dovecot.configuration_file,
        }
        environment = {f"EMAIL_SYNC_TEST_{name}": str(value) for name, value in settings.items()}
        yield {**environment, "SSL_CERT_FILE": str(bundle)}


def _run(odoo, database, tags, log):
    """Run Odoo with its tests, copy what matters to the screen; return its exit code."""
    process = odoo.popen(
        *("-d", database, "-i", "email_sync", "--test-tags", tags, "--stop-after-init"),
        *("--http-port", free_port(), "--workers=0", "--max-cron-threads=0"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        _copy_output(process, log)
    except BaseException:
        stop(process.pid)
        raise
    return process.wait()


def _copy_output(process, log):
    shown = False
    with open(log, "w") as file:
        for line in process.stdout:
            file.write(line)
            if match := LOG_LINE.match(line):
                bad = match["level"] in ("WARNING", "ERROR", "CRITICAL")
                shown = bad and match["logger"] != REFUSALS
            # Lines without a time go on with the message before them: a traceback.
            if shown:
                say(line.rstrip())


def read_log(lines, code):
    """Return the :class:`Count` of a run of Odoo's tests.

    :param lines: its log (list of str)
    :param code: its exit code
    """
    skipped = [match[1] for line in lines if (match := SKIPPED.search(line))]
    for reason in skipped:
        say(f"skipped: {reason}")
    results = [match for line in lines if (match := RESULT.search(line))]
    if not results:
        # Odoo ended before its tests did.
        return Count(failed=1, skipped=len(skipped))
    failures, errors, total = map(int, results[-1].groups())
    # A class that cannot be set up is an error and no test: never less than nothing passed.
    failed = failures + errors or int(bool(code))
    return Count(max(total - failed - len(skipped), 0), failed, len(skipped))
