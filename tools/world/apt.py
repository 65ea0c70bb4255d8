"""Debian packages: those the world needs, and Odoo 19 from Debian's unstable suite."""

import os
import shutil
import subprocess

from .console import WorldError
from .processes import run

# Program that shows the package is there -> package.
PROGRAMS = {
    "postgres": "postgresql",
    "dovecot": "dovecot-imapd",
    "chromium": "chromium",
}
PROGRAM_DIRECTORIES = ["/usr/sbin", "/usr/lib/dovecot"]
DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def missing_packages(programs, directories=()):
    """Return the Debian packages whose programs are not there.

    :param programs: ``{program: package}``
    :param directories: where to look besides PATH
    """
    path = os.pathsep.join([os.environ.get("PATH", ""), *PROGRAM_DIRECTORIES, *directories])
    return [package for name, package in programs.items() if not shutil.which(name, path=path)]


def install(packages):
    """Install Debian packages.

    :raise WorldError: no rights to, no apt, or apt failed; says what to do
    """
    words = " ".join(packages)
    if not shutil.which("apt-get"):
        raise WorldError(
            f"These programs are missing, and there is no apt-get to install them: {words}.\n"
            "The development world is made for Debian; install them by hand and try again."
        )
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if sudo and not _may_use(sudo):
        raise WorldError(
            "Installing Debian packages needs root's rights. Please run this, then try again:\n"
            f"    sudo apt-get update && sudo apt-get install --no-install-recommends {words}"
        )
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    run([*apt, "update"])
    run([*apt, "install", "--yes", "--no-install-recommends", *packages])


def _may_use(sudo):
    """Return whether ``sudo`` is there and asks for no password."""
    if not shutil.which(sudo[0]):
        return False
    return not subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode


class Suite:
    """The Debian suite of this machine, read with lists of its own: the machine stays as it is.

    :param directory: :class:`~pathlib.Path` for the lists and the downloaded packages
    """

    def __init__(self, directory):
        self.directory = directory

    def download(self, packages):
        """Download ``packages`` without what they depend on; return the paths of their files.

        :raise WorldError: no network, or no such package
        """
        self._prepare()
        self._get("update", "--error-on=any")
        return self.download_more(packages)

    def download_more(self, packages):
        """Do the same with the lists that :meth:`download` has fetched."""
        downloads = self.directory / "downloads"
        self._get("download", *packages, cwd=downloads)
        # A package's file starts with its name and an underscore.
        return [self._newest(downloads, package) for package in packages]

    @staticmethod
    def _newest(downloads, package):
        return max(downloads.glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime)

    def _prepare(self):
        if not shutil.which("apt-get"):
            raise WorldError("This is fetched as a Debian package, and there is no apt-get.")
        for name in ("downloads", "lists/partial", "cache"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)

    def _sources(self):
        """Return the options of apt that say where packages come from."""
        return []

    def _get(self, *words, **kwargs):
        run(
            [
                "apt-get",
                "-qq",
                *self._sources(),
                f"-oDir::State::Lists={self.directory / 'lists'}",
                f"-oDir::Cache={self.directory / 'cache'}",
                "-oAcquire::Languages=none",
                "-oAcquire::Retries=2",
                # The directory may be out of reach for apt's own sandbox user.
                "-oAPT::Sandbox::User=root",
                *words,
            ],
            **kwargs,
        )


class Unstable(Suite):
    """Debian's unstable suite, from the mirror that this machine uses."""

    def _prepare(self):
        super()._prepare()
        if not os.path.exists(DEBIAN_KEYRING):
            raise WorldError("Odoo is fetched as a Debian package, and this is not Debian.")
        self._sources_file.write_text(
            f"deb [signed-by={DEBIAN_KEYRING}] {self._mirror()} unstable main\n"
        )

    @property
    def _sources_file(self):
        return self.directory / "sources.list"

    def _sources(self):
        return [f"-oDir::Etc::sourcelist={self._sources_file}", "-oDir::Etc::sourceparts=/dev/null"]

    @staticmethod
    def _mirror():
        """Return the address of the Debian mirror this machine already uses."""
        wanted = ["--format", "$(REPO_URI)", "Created-By: Packages", "Component: main"]
        mirrors = run(["apt-get", "indextargets", *wanted]).split()
        mirrors = [mirror for mirror in mirrors if "security" not in mirror]
        if not mirrors:
            raise WorldError("apt knows no Debian mirror on this machine (see sources.list(5)).")
        return mirrors[0]
