"""A program in the background that a later command finds again."""

import contextlib
import subprocess
from pathlib import Path

from .processes import stop, wait_until


class Daemon:
    """A background program, known by a file with its process id and its time of start.

    The time of start tells it from another program that got the same id later.

    :param name: what it is called on the screen and in the names of its files
    :param directory: :class:`~pathlib.Path` for those files
    """

    def __init__(self, name, directory):
        self.name = name
        self.log = directory / f"{name}.log"
        self._file = directory / f"{name}.pid"
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def pid(self):
        """The process id (int) while it runs, else None."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid, started = map(int, self._file.read_text().split())
            if _started(pid) == started:
                return pid
        return None

    def start(self, command, ready, seconds, **kwargs):
        """Start ``command`` and wait until ``ready()`` is true.

        :param seconds: how long to wait
        :raise WorldError: it ended, or was not ready in time; quotes the end of its log
        """
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **kwargs,
            )
        self._file.write_text(f"{process.pid} {_started(process.pid)}")
        try:
            wait_until(ready, process, seconds, self.name, self.log)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Stop the program, if it runs."""
        if pid := self.pid:
            stop(pid)
        self._file.unlink(missing_ok=True)


def _started(pid):
    """Return when process ``pid`` started, in clock ticks since boot (proc(5)), or None."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[19]) if fields[0] != "Z" else None
    return None
