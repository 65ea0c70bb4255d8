"""The Python environment: one virtual environment with what Odoo, the addon and the tests need."""

import hashlib
import shutil
import subprocess
import sys

from . import paths
from .apt import install
from .console import WorldError
from .processes import run

REQUIREMENTS = paths.CHECKOUT / "tools" / "requirements.txt"
OLDEST, NEWEST = (3, 10), (3, 13)


def is_current():
    """Return whether the environment exists and holds what the requirements say now."""
    stamp = paths.WORLD / "venv" / "requirements.sha256"
    return stamp.exists() and stamp.read_text() == _digest()


def build():
    """Make or update the environment.

    :raise WorldError: no Python that Odoo runs on, or the packages cannot be fetched
    """
    python = _python()
    if not paths.VENV_PYTHON.exists():
        if _lacks_ensurepip(python):
            install(["python3-venv"])
        run([python, "-m", "venv", "--clear", paths.WORLD / "venv"])
    pip = [paths.VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "-qq"]
    try:
        run([*pip, "install", "--retries=2", "--requirement", REQUIREMENTS])
    except WorldError as error:
        raise WorldError(
            "The Python packages could not be installed. Is there a network, and does pip reach "
            f"its package index?\n{error}"
        ) from error
    (paths.WORLD / "venv" / "requirements.sha256").write_text(_digest())


def _digest():
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def _python():
    """Return a Python that Odoo 19 runs on: this one, or another one in PATH."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise WorldError(
        f"Odoo 19 runs on Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and this is "
        f"{sys.version_info[0]}.{sys.version_info[1]}. Please install one of them, then try again."
    )


def _lacks_ensurepip(python):
    command = [python, "-c", "import ensurepip"]
    return bool(subprocess.run(command, capture_output=True, check=False).returncode)
