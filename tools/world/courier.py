"""A private Courier on loopback: a server of Maildir++ without CONDSTORE, MOVE or SPECIAL-USE."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from . import paths
from .apt import Suite
from .mail_server import START_SECONDS, ImapsListener
from .processes import ServiceUser, run, stop

PREFIX = paths.WORLD / "courier"
COMPLETE = PREFIX / ".complete"
PACKAGES = ["courier-imap", "courier-authlib"]
# Gamin told older releases of Courier what changes in a Maildir; newer ones see it themselves.
NEEDED = re.compile(r"\b(?:lib[\w.+-]+|gamin\b)")
# As the package's own configuration has it, /etc/courier/imapd.
CAPABILITIES = (
    "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
)
FOLDERS = ("Sent", "Drafts", "Trash", "Junk", "Archive")
# An astring of RFC 9051, but for literals.
WORD = r'("(?:[^"\\]|\\.)*"|[^"\s]+)'
LOGIN = re.compile(rf"(\S+) LOGIN {WORD} {WORD}", re.IGNORECASE)


def is_fetched():
    """Return whether there is a Courier to run."""
    return COMPLETE.exists()


def fetch():
    """Download Debian's Courier and unpack it below ``.world``; nothing is installed.

    :raise WorldError: it cannot be downloaded
    """
    directory = paths.WORLD / "apt-courier"
    suite = Suite(directory)
    files = suite.download(PACKAGES)
    if needed := _missing_packages(files):
        files += suite.download_more(needed)
    shutil.rmtree(PREFIX, ignore_errors=True)
    PREFIX.mkdir(parents=True)
    for file in files:
        run(["dpkg", "-x", file, PREFIX])
    COMPLETE.write_text(f"{files[0].name}\n")
    shutil.rmtree(directory)


def _missing_packages(files):
    """Return what these packages need to run and the machine lacks: libraries, Gamin."""
    needed = set()
    for file in files:
        for alternatives in run(["dpkg-deb", "--field", file, "Depends"]).split(","):
            needed.update(NEEDED.findall(alternatives.partition("|")[0])[:1])
    return sorted(name for name in needed if not _is_installed(name))


def _is_installed(package):
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.endswith(" installed")


class CourierServer(ImapsListener):
    """An IMAP server over TLS; every login has a mailbox, made when it first signs in.

    Courier's own daemons want to be root, to have their configuration in ``/etc`` and to ask
    PAM. Here the connection is accepted and the password compared by this class; from then on the
    client speaks with Courier's ``imapd``, started as Courier starts it: signed in, in the home
    of the user. Use it as a context manager.

    :param directory: :class:`~pathlib.Path` that holds mail and log
    :param password: the password of everybody (str)
    :param files: the :class:`~tools.world.certificates.Certificates` to show
    """

    def __init__(self, directory, password, files):
        super().__init__(password, files)
        self.directory = Path(directory)
        self.log = self.directory / "courier.log"
        self._service_user = ServiceUser("nobody")
        self._service_user.own(self.directory)
        self._watcher = None

    def stop(self):
        """Close the port and every connection."""
        super().stop()
        if self._watcher:
            stop(self._watcher.pid)
            self._watcher.wait(START_SECONDS)

    def _prepare(self):
        """Start Gamin, where ``imapd`` asks it, so that it ends with this server."""
        found = next(PREFIX.rglob("gam_server"), None)
        if not found:
            return
        with open(self.directory / "gamin.log", "wb") as log:
            self._watcher = subprocess.Popen(
                self._command(found, "--notimeout", self._client_id),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    # ---- a connection ----

    async def _converse(self, reader, writer):
        writer.write(f"* OK [CAPABILITY {CAPABILITIES}] Courier-IMAP ready.\r\n".encode())
        while line := (await reader.readline()).decode(errors="replace").strip():
            if login := self._read_login(line):
                if login[2] == self.password:
                    await self._run_imapd(*login[:2], reader, writer)
                    break
                writer.write(f"{login[0]} NO Login failed.\r\n".encode())
            else:
                writer.write(self._answer(line).encode())

    @staticmethod
    def _read_login(line):
        """Return the tag, the login and the password of a LOGIN command; None for another one."""
        if match := LOGIN.fullmatch(line):
            return [re.sub(r"\\(.)", r"\1", word.strip('"')) for word in match.groups()]
        return None

    @staticmethod
    def _answer(line):
        tag, _, command = line.partition(" ")
        if command.upper() == "CAPABILITY":
            return f"* CAPABILITY {CAPABILITIES}\r\n{tag} OK CAPABILITY completed\r\n"
        return f"{tag} BAD Please sign in with LOGIN first.\r\n"

    async def _run_imapd(self, tag, login, reader, writer):
        ours, theirs = socket.socketpair()
        with theirs, open(self.log, "ab") as log:
            imapd = self._start_imapd(tag, login, theirs, log)
        answers, commands = await asyncio.open_connection(sock=ours)
        pumps = [
            asyncio.ensure_future(self._pump(reader, commands)),
            asyncio.ensure_future(self._pump(answers, writer)),
        ]
        try:
            # Whoever closes first: then the other side has nothing more to say either.
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            commands.close()
            imapd.terminate()
            await asyncio.to_thread(imapd.wait, START_SECONDS)

    def _start_imapd(self, tag, login, connection, log):
        home = self._prepare_home(login)
        environment = {
            **self._environment,
            "AUTHENTICATED": login,
            "HOME": str(home),
            "IMAPLOGINTAG": tag,
        }
        return subprocess.Popen(
            self._command(PREFIX / "usr/bin/imapd", "Maildir"),
            cwd=home,
            env=environment,
            stdin=connection,
            stdout=connection,
            stderr=log,
            start_new_session=True,
        )

    @staticmethod
    async def _pump(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    def _prepare_home(self, login):
        home = self.directory / "mail" / login
        folders = [home / "Maildir", *(home / "Maildir" / f".{name}" for name in FOLDERS)]
        if not home.exists():
            for folder in (home.parent, home, *folders):
                self._service_user.own(folder)
                if folder in folders:
                    for name in ("cur", "new", "tmp"):
                        self._service_user.own(folder / name)
        return home

    # ---- what the programs are told ----

    def _command(self, *words):
        return self._service_user.command(*words, directory=self.directory)

    @property
    def _client_id(self):
        """What names this server's Gamin, apart from another run's."""
        return f"courier-{self.imaps_port}"

    @property
    def _environment(self):
        libraries = {path.parent for path in PREFIX.rglob("lib*.so.*")}
        return {
            "PATH": os.environ.get("PATH", ""),
            "LD_LIBRARY_PATH": os.pathsep.join(sorted(map(str, libraries))),
            "GAM_CLIENT_ID": self._client_id,
            "PROTOCOL": "IMAP4",
            "TCPREMOTEIP": "127.0.0.1",
            "TCPREMOTEPORT": "1",
            "IMAP_CAPABILITY": CAPABILITIES,
            "IMAP_KEYWORDS": "1",
            "IMAP_ACL": "1",
            "IMAP_USELOCKS": "1",
            "IMAP_ENHANCEDIDLE": "1",
            "IMAP_TRASHFOLDERNAME": "Trash",
        }
