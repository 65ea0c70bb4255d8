"""Odoo 19: where its source comes from, and how it is called."""

import configparser
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from . import paths
from .apt import Unstable
from .console import WorldError
from .processes import run

# Odoo, and the packages that its Debian package's relative links point into.
PACKAGES = [
    "odoo-19",
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
PREFIX = paths.WORLD / "odoo"
COMPLETE = PREFIX / ".complete"
DIST_PACKAGES = PREFIX / "usr/lib/python3/dist-packages"
SELFIE_SEGMENTATION = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
OTHER_SOURCE = (
    "Odoo can also be taken from a clone of its repository, branch 19.0:\n"
    "    make run ODOO_SOURCE=/path/to/odoo"
)


def is_fetched():
    """Return whether there is an Odoo to run; a wrong ``ODOO_SOURCE`` raises."""
    return bool(_own_source()) or COMPLETE.exists()


def fetch():
    """Download Debian's Odoo 19 and unpack it below ``.world``; nothing is installed.

    :raise WorldError: it cannot be downloaded; says what else can be done
    """
    try:
        files = Unstable(paths.WORLD / "apt").download(PACKAGES)
    except WorldError as error:
        raise WorldError(
            "Odoo 19 could not be fetched as Debian's package odoo-19 (suite unstable): either "
            "there is no network, or Debian no longer has the package.\n"
            f"{OTHER_SOURCE}\n\n{error}"
        ) from error
    shutil.rmtree(PREFIX, ignore_errors=True)
    PREFIX.mkdir(parents=True)
    for file in files:
        run(["dpkg", "-x", file, PREFIX])
    # Debian leaves this file out of its package, and the browser reports that as an error.
    lacking = DIST_PACKAGES / "odoo/addons" / SELFIE_SEGMENTATION
    if not lacking.exists():
        lacking.parent.mkdir(parents=True, exist_ok=True)
        lacking.touch()
    COMPLETE.write_text(f"{files[0].name}\n")
    shutil.rmtree(paths.WORLD / "apt")


def _own_source():
    """Return the directory of ``ODOO_SOURCE``, or None when it is not given."""
    given = os.environ.get("ODOO_SOURCE")
    if not given:
        return None
    source = Path(given).expanduser().resolve()
    if not (source / "odoo-bin").exists():
        raise WorldError(f"ODOO_SOURCE={given} is not a clone of Odoo: it has no odoo-bin.")
    return source


class Odoo:
    """Odoo with this addon, on the world's PostgreSQL.

    :param postgresql: the running :class:`~tools.world.postgresql.PostgreSQL`
    :param environment: more environment variables (dict of str)
    :param directory: :class:`~pathlib.Path` that holds its configuration and its data
    """

    def __init__(self, postgresql, environment=None, directory=paths.WORLD):
        source = _own_source()
        self.postgresql = postgresql
        self.directory = directory
        self.data_directory = directory / "odoo-data"
        self.configuration_file = directory / "odoo.conf"
        if source:
            self._executable, self._python_path = source / "odoo-bin", source
            self._addons = [source / "addons", source / "odoo/addons"]
        else:
            self._executable, self._python_path = PREFIX / "usr/bin/odoo", DIST_PACKAGES
            self._addons = [DIST_PACKAGES / "odoo/addons"]
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(self._python_path),
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }

    @property
    def version(self):
        """What the template databases were made by: the package's name, or the clone's state."""
        if self._python_path == DIST_PACKAGES:
            return COMPLETE.read_text().strip()
        # A clone has its commit there; an unpacked archive only its own day.
        head = self._python_path / ".git" / "logs" / "HEAD"
        state = head if head.exists() else self._executable
        return f"{self._python_path} {state.stat().st_mtime_ns}"

    def command(self, *words):
        """Return the command line (list of str) for ``odoo`` with ``words``.

        A sub-command such as ``shell`` comes first. Odoo reads no configuration but its own.
        """
        self._write_configuration()
        head = [paths.VENV_PYTHON, self._executable]
        if words and not str(words[0]).startswith("-"):
            head, words = [*head, words[0]], words[1:]
        return [str(word) for word in [*head, "--config", self.configuration_file, *words]]

    def run(self, *words, **kwargs):
        """Run ``odoo`` to its end; return what it printed.

        :raise WorldError: it ended with an error
        """
        return run(self.command(*words), env=self.environment, cwd=self.directory, **kwargs)

    def popen(self, *words, **kwargs):
        """Start ``odoo``; return the :class:`subprocess.Popen`."""
        return subprocess.Popen(
            self.command(*words), env=self.environment, cwd=self.directory, **kwargs
        )

    def shell(self, database, script):
        """Run ``script`` (str, Python) in Odoo's shell on ``database``; return what it printed."""
        return self.run("shell", "-d", database, "--no-http", "--log-level=warn", input=script)

    def copy_database(self, template, database):
        """Make ``database`` a copy of ``template``, with the files Odoo keeps beside it."""
        self.postgresql.create(database, template)
        filestore = self.data_directory / "filestore"
        if (filestore / template).exists():
            # Odoo never changes a stored file: the copy may share them.
            shutil.copytree(filestore / template, filestore / database, copy_function=os.link)

    def drop_database(self, database):
        """Drop ``database`` and the files beside it."""
        self.postgresql.drop(database)
        shutil.rmtree(self.data_directory / "filestore" / database, ignore_errors=True)

    def rename_database(self, database, name):
        """Give ``database`` and the files beside it another name."""
        self.postgresql.rename(database, name)
        filestore = self.data_directory / "filestore"
        if (filestore / database).exists():
            (filestore / database).rename(filestore / name)

    def install(self, database, *options):
        """Install (``-i``) or update (``-u``) modules in ``database``, made when missing."""
        self.run("-d", database, "--stop-after-init", "--no-http", "--log-level=warn", *options)

    def template(self, name, *options):
        """Make a database installed with ``options`` unless it is there; return its name.

        It is made under a draft name: an interrupted installation is never taken for a whole one.
        Another version of Odoo makes another database, and drops the one before.

        :param name: what its name starts with
        """
        digest = hashlib.sha256(f"{self.version} {options}".encode()).hexdigest()[:8]
        template = f"template_{name}_{digest}"
        with open(self.directory / "templates.lock", "w") as lock:
            # Two runs at the same time: the second one waits and finds it made.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.postgresql.exists(template):
                for outdated in self.postgresql.names(f"template_{name}_"):
                    self.drop_database(outdated)
                self.install(f"{template}_draft", *options)
                self.rename_database(f"{template}_draft", template)
        return template

    def _write_configuration(self):
        options = {
            "addons_path": ",".join(str(path) for path in [*self._addons, paths.CHECKOUT]),
            "data_dir": self.data_directory,
            "db_host": self.postgresql.socket_directory,
            "db_port": self.postgresql.port,
            "db_user": self.postgresql.role,
            "http_interface": "127.0.0.1",
            "list_db": False,
        }
        parser = configparser.ConfigParser(interpolation=None)
        parser["options"] = {name: str(value) for name, value in options.items()}
        draft = self.configuration_file.with_suffix(f".{os.getpid()}")
        with open(draft, "w") as file:
            parser.write(file)
        draft.replace(self.configuration_file)
