"""What `make` calls: ``python -m tools.world <command>``.

Any Python will do: it installs what is missing, then goes on in the world's own environment.
"""

import argparse
import importlib
import os
import signal
import sys

from . import paths
from .console import WorldError, complain
from .setup import prepare

# Command -> module, from here, and function that does it.
COMMANDS = {
    "setup": None,
    "run": "commands:run",
    "start": "commands:start",
    "stop": "commands:stop",
    "status": "commands:status",
    "reset": "commands:reset",
    "test": "testing:test",
    "bench": ".bench.command:bench",
    "lint": "linting:lint",
    "format": "linting:reformat",
}


def main():
    parser = argparse.ArgumentParser(prog="python -m tools.world", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Being told to end is as good as Ctrl-C: what was started is stopped.
        signal.signal(number, signal.default_int_handler)
    try:
        prepare()
        if not COMMANDS[given.command]:
            return 0
        if not _in_environment():
            os.chdir(paths.CHECKOUT)
            command = [paths.VENV_PYTHON, "-m", "tools.world", *sys.argv[1:]]
            os.execv(command[0], command)  # noqa: S606
        module, _, function = COMMANDS[given.command].partition(":")
        command = getattr(importlib.import_module(f".{module}", __package__), function)
        return command(*given.arguments)
    except WorldError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        return 130


def _in_environment():
    return os.path.realpath(sys.prefix) == os.path.realpath(paths.WORLD / "venv")


if __name__ == "__main__":
    sys.exit(main())
