"""Starting, stopping and waiting for programs, and running servers that refuse to run as root."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from .console import WorldError

STOP_SECONDS = 20


def program(name, *directories):
    """Return the path of the program ``name``; looked for in ``directories``, then in PATH.

    Debian keeps servers in ``/usr/sbin`` and PostgreSQL's programs in a directory of their own,
    neither of which is in an ordinary user's PATH.
    """
    path = os.pathsep.join([*map(str, directories), os.environ.get("PATH", ""), "/usr/sbin"])
    found = shutil.which(name, path=path)
    if not found:
        raise WorldError(f"The program {name} is missing. «make setup» installs it.")
    return found


def run(command, output=None, **kwargs):
    """Run ``command`` to its end; return what it printed (str, or bytes with ``text=False``).

    :param output: an open file for what it prints instead of a pipe, for a program that leaves a
        server behind, which would keep the pipe open
    :raise WorldError: it ended with an error; the text holds its last lines
    """
    kwargs.setdefault("text", True)
    done = subprocess.run(
        [str(word) for word in command],
        stdin=None if "input" in kwargs else subprocess.DEVNULL,
        stdout=output or subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **kwargs,
    )
    printed = done.stdout
    if output:
        output.seek(0)
        printed = output.read()
    if done.returncode:
        text = printed.decode(errors="replace") if isinstance(printed, bytes) else printed
        last = "\n".join(text.strip().splitlines()[-15:])
        raise WorldError(f"{Path(command[0]).name} ended with code {done.returncode}.\n{last}")
    return printed


def free_port():
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port, host="127.0.0.1"):
    """Return whether somebody accepts connections on ``host``:``port``."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=2):
        return True
    return False


def wait_until(ready, process, seconds, what, log):
    """Wait until ``ready()`` is true while ``process`` lives.

    :param process: the :class:`subprocess.Popen` that should get ready
    :param log: path of its log file, quoted when it dies or is too slow
    :raise WorldError: the process ended, or ``seconds`` are over
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            last = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
            why = "is not ready in time" if process.poll() is None else "ended at once"
            raise WorldError("\n".join([f"{what} {why}. The end of {log}:", *last]))
        time.sleep(0.05)


def is_alive(pid):
    """Return whether a process ``pid`` exists and is more than a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def stop(pid, how=signal.SIGTERM):
    """Ask the process ``pid`` to end, wait for it, and kill it when it does not."""
    for sign in (how, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + STOP_SECONDS
        while is_alive(pid) and time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.02)
        if not is_alive(pid):
            return


def call(command, **kwargs):
    """Run ``command`` on the reader's screen; return its exit code.

    It gets a session of its own, so that a Ctrl-C reaches this program only, which then asks it
    to end, once, and waits until it has stopped what it started.
    """
    words = [str(word) for word in command]
    with subprocess.Popen(words, start_new_session=True, **kwargs) as process:
        try:
            return process.wait()
        except BaseException:
            stop(process.pid, how=signal.SIGINT)
            raise


class ServiceUser:
    """The user a server runs as: oneself, or a system user when the world is run by root.

    PostgreSQL refuses to run as root and Dovecot to hold root's mail.

    :param name: the system user to take when run by root, such as ``postgres``
    """

    def __init__(self, name):
        self.is_root = os.geteuid() == 0
        entry = pwd.getpwnam(name) if self.is_root else pwd.getpwuid(os.geteuid())
        self.name, self.uid, self.gid = entry.pw_name, entry.pw_uid, entry.pw_gid

    def command(self, *words, directory):
        """Return ``words`` as a command that runs as this user and can work in ``directory``.

        Below a home directory of mode 700 such as root's the user could not even reach its own
        files; only there it gets the capability to pass.
        """
        words = [str(word) for word in words]
        if not self.is_root:
            return words
        switch = ["setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--init-groups"]
        if not self._reaches(directory):
            # Without the secure bit access(2) would ignore the capability.
            switch += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
            switch += ["--securebits=+no_setuid_fixup"]
        return [*switch, "--", *words]

    def _reaches(self, directory):
        return all(folder.stat().st_mode & 0o001 for folder in directory.resolve().parents)

    def own(self, directory):
        """Create ``directory`` when missing and hand it to this user."""
        directory.mkdir(parents=True, exist_ok=True)
        if self.is_root:
            os.chown(directory, self.uid, self.gid)
