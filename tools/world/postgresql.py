"""A private PostgreSQL cluster on a unix socket; nobody else's databases are touched."""

import contextlib
import fcntl
import shlex
from pathlib import Path

from . import paths
from .console import WorldError
from .processes import ServiceUser, program, run

ROLE = "odoo"
PORT = 5432
# A development world can be made again: speed over surviving a power cut.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": 200,
    "shared_buffers": "256MB",
}


class PostgreSQL:
    """One cluster in ``directory``, reached through a socket by anybody on this machine who can
    reach the socket's directory.

    :param directory: :class:`~pathlib.Path` that holds data, socket and log
    :param settings: lines of its configuration (dict)
    """

    port = PORT
    role = ROLE

    def __init__(self, directory, settings=SETTINGS):
        self.directory = Path(directory)
        self.settings = settings
        self._service_user = ServiceUser("postgres")
        self.data = self.directory / "data"
        self.log = self.directory / "postgresql.log"
        self.socket_directory = paths.socket_directory(self.directory / "run")

    def start(self):
        """Make the cluster on the first call, start it when it is down; return ``self``."""
        for directory in (self.directory, self.socket_directory):
            self._service_user.own(directory)
        if not (self.data / "PG_VERSION").exists():
            self._run("initdb", f"--username={ROLE}", *self._initdb_options(), self.data)
        self._check_version()
        if not self.is_running():
            self._run("pg_ctl", "start", "--wait", "--log", self.log, "-o", self._options())
        return self

    def stop(self):
        """Stop the cluster, if it runs; open sessions are cut."""
        if self.is_running():
            self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    @contextlib.contextmanager
    def in_use(self):
        """Run the cluster for a block, and stop it at the end unless somebody else needs it.

        Two test runs, or a test run beside `make run`, share it.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "in-use", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            self.start()
            try:
                yield self
            finally:
                # The exclusive lock is had only when no other block is under way.
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.stop_unless_connected()

    def stop_unless_connected(self):
        """Stop the cluster unless a program is connected to it."""
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        sessions = f"SELECT count(*) FROM pg_stat_activity WHERE {others}"  # noqa: S608
        if self.is_running() and self.query(sessions).strip() == "0":
            self.stop()

    def is_running(self):
        """Return whether the cluster runs."""
        if not self.data.exists():
            return False
        try:
            self._run("pg_ctl", "status")
        except WorldError:
            return False
        return True

    # ---- databases ----

    def exists(self, database):
        """Return whether there is a database of this name."""
        return database in self.names()

    def names(self, start=""):
        """Return the names of the databases that start with ``start`` (list of str)."""
        names = self.query("SELECT datname FROM pg_database ORDER BY datname").split()
        return [name for name in names if name.startswith(start)]

    def create(self, database, template="template0"):
        """Create a database as a copy of ``template``."""
        self._client("createdb", "--template", template, database)

    def drop(self, database):
        """Drop a database, if there is one, and cut its sessions."""
        self._client("dropdb", "--if-exists", "--force", database)

    def rename(self, database, name):
        """Give a database another name."""
        self.query(f'ALTER DATABASE "{database}" RENAME TO "{name}"')

    def query(self, sql, database="postgres"):
        """Run one statement; return its rows as text, one a line, fields separated by ``|``."""
        return self._client("psql", "-X", "-A", "-t", "-q", "-d", database, "-c", sql)

    # ---- programs ----

    @staticmethod
    def program_directories():
        """Return where Debian keeps PostgreSQL's programs, newest version first."""
        found = Path("/usr/lib/postgresql").glob("*/bin")
        return sorted(found, key=lambda path: float(path.parent.name), reverse=True)

    @staticmethod
    def _initdb_options():
        return ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-sync"]

    def _options(self):
        """Write the configuration file; return the server's options that name it."""
        settings = {**self.settings, "unix_socket_directories": self.socket_directory}
        file = self.directory / "postgresql.conf"
        file.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
        return f"-c config_file={shlex.quote(str(file))}"

    def _check_version(self):
        made_by = (self.data / "PG_VERSION").read_text().strip()
        present = [path.parent.name for path in self.program_directories()]
        if present and present[0] != made_by:
            raise WorldError(
                f"The databases were made by PostgreSQL {made_by}, and PostgreSQL {present[0]} is "
                "installed now. «make reset» starts afresh."
            )

    def _client(self, name, *words):
        connection = ["-h", self.socket_directory, "-p", PORT, "-U", ROLE]
        return run([program(name, *self.program_directories()), *connection, *words])

    def _run(self, name, *words):
        command = [program(name, *self.program_directories()), *words]
        if name == "pg_ctl":
            command[2:2] = ["--pgdata", self.data]
        # pg_ctl's server keeps its standard output: with a pipe, run() would wait for its end.
        with open(self.directory / f"{name}.out", "w+") as output:
            run_as = self._service_user.command(*command, directory=self.directory)
            return run(run_as, output=output, cwd="/")
