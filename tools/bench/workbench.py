"""The servers of the bench: PostgreSQL that keeps what it says, Dovecot, Odoo with the addon."""

import contextlib
import functools
import json
import shutil

from tools.world import apt, paths
from tools.world.certificates import trust_bundle
from tools.world.console import WorldError, step
from tools.world.dovecot import DovecotServer
from tools.world.odoo import Odoo
from tools.world.postgresql import SETTINGS, PostgreSQL

from . import corpus, mbsync
from .mailbox import PACKED, PASSWORD, fill, fill_packed

# Durable, as mbsync's default FSync is. The time of commits tells when a mail was stored.
DURABLE = {
    **SETTINGS,
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "track_commit_timestamp": "on",
}
BASE = "bench_base"
CALL = """
import json, sys
sys.path.insert(0, {checkout!r})
from {module} import {function}
print({mark!r} + json.dumps({function}(env, **json.loads({arguments!r}))))
"""
MARK = "bench result: "


class Workbench:
    """Everything that measures need, while used as a context manager.

    :ivar postgresql: durable :class:`~tools.world.postgresql.PostgreSQL`
    :ivar dovecot: a :class:`~tools.world.dovecot.DovecotServer` that takes every login
    :ivar odoo: the :class:`~tools.world.odoo.Odoo` on them
    :param directory: :class:`~pathlib.Path` for all of it
    """

    def __init__(self, directory):
        self.directory = directory
        self._mailboxes = {}

    def __enter__(self):
        if packages := apt.missing_packages(mbsync.PROGRAMS):
            with step(f"Debian packages: {' '.join(packages)}"):
                apt.install(packages)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._stack = contextlib.ExitStack()
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exc_info):
        self._stack.close()

    def _start(self):
        self.postgresql = PostgreSQL(self.directory / "postgresql", DURABLE)
        self._stack.enter_context(self.postgresql.in_use())
        shutil.rmtree(self.directory / "mail", ignore_errors=True)
        self.dovecot = self._stack.enter_context(
            DovecotServer(self.directory / "mail", any_user_password=PASSWORD)
        )
        bundle = trust_bundle(self.dovecot.ca_file, self.directory / "trusted.pem")
        self.odoo = Odoo(self.postgresql, {"SSL_CERT_FILE": str(bundle)}, self.directory)
        self.odoo.data_directory.mkdir(exist_ok=True)
        for database in self.postgresql.names("bench_"):
            self.odoo.drop_database(database)
        with step("Database with CRM and the addon"):
            self.odoo.copy_database(self.plain, BASE)
            self.odoo.install(BASE, "-i", "email_sync")
            self.call(BASE, "tools.bench.inside.people:create_people")

    base = BASE  # the name of a database with CRM, the addon, contacts and leads, to be copied

    @property
    def plain(self):
        """The name of a database with CRM and without the addon, to be copied."""
        return self.odoo.template("crm", "-i", "crm,contacts")

    # ---- mailboxes ----

    def mailbox(self, count=5000):
        """Return the :class:`~tools.bench.mailbox.Mailbox` with the corpus of ``count`` mails."""
        if count not in self._mailboxes:
            login = f"corpus{count}@bench.example"
            self._mailboxes[count] = fill(self.dovecot, login, corpus.build(count))
        return self._mailboxes[count]

    def small_mailbox(self, count):
        """Return a :class:`~tools.bench.mailbox.Mailbox` with ``count`` mails of few bytes."""
        return self.own_mailbox(f"small{count}", corpus.build_small(count))

    def own_mailbox(self, name, mails):
        """Return a :class:`~tools.bench.mailbox.Mailbox` with some mails, filled once."""
        if name not in self._mailboxes:
            self._mailboxes[name] = fill(self.dovecot, f"{name}@bench.example", mails)
        return self._mailboxes[name]

    def packed_mailbox(self, count):
        """Return a :class:`~tools.bench.mailbox.Mailbox` with ``count`` mails of few bytes.

        In a format that opens at once however many mails there are, on a Dovecot of its own; it is
        kept from one run of the bench to the next.
        """
        return fill_packed(self._packing_dovecot, f"packed{count}", corpus.build_small(count))

    @functools.cached_property
    def _packing_dovecot(self):
        server = DovecotServer(
            self.directory / "packed", any_user_password=PASSWORD, extra=f"mail_location = {PACKED}"
        )
        server.certificates = self.dovecot.certificates
        return self._stack.enter_context(server)

    # ---- databases ----

    @contextlib.contextmanager
    def database(self, template=BASE):
        """Yield the name of a new database; it is dropped afterwards.

        :param template: what it is a copy of: by default CRM, the addon, contacts and leads
        """
        name = "bench_round"
        self.odoo.drop_database(name)
        self.odoo.copy_database(template, name)
        # What copying left to write is not the measure's.
        self.postgresql.query("CHECKPOINT")
        try:
            yield name
        finally:
            self.odoo.drop_database(name)

    def call(self, database, function, **arguments):
        """Call a function in an Odoo process of its own, with the superuser's ``env``.

        :param function: ``module:function``; takes ``env`` and the arguments
        :param arguments: of what JSON can say
        :return: what the function returns, of what JSON can say
        """
        module, _, name = function.partition(":")
        script = CALL.format(
            checkout=str(paths.CHECKOUT),
            module=module,
            function=name,
            mark=MARK,
            arguments=json.dumps(arguments),
        )
        printed = self.odoo.shell(database, script)
        for line in printed.splitlines():
            if line.startswith(MARK):
                return json.loads(line.removeprefix(MARK))
        raise WorldError(f"{function} did not end well in Odoo:\n{printed[-3000:]}")

    # ---- the addon ----

    def first_sync(self, mailbox):
        """Let the addon sync a mailbox into a new database.

        :param mailbox: the :class:`~tools.bench.mailbox.Mailbox`
        :return: as :func:`tools.bench.inside.first_sync.first_sync`
        """
        with self.database() as database:
            return self.first_sync_into(database, mailbox)

    def first_sync_into(self, database, mailbox):
        """Let the addon sync a mailbox into a database that stays; see :meth:`first_sync`."""
        return self.call(
            database,
            "tools.bench.inside.first_sync:first_sync",
            login=mailbox.login,
            password=mailbox.password,
            port=mailbox.port,
            count=mailbox.count,
        )
