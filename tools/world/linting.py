"""`make lint` and `make format`: the style of Python, JavaScript and SCSS."""

import os
import shutil
import subprocess

from . import paths
from .apt import install, missing_packages
from .console import say, step
from .processes import run

PACKAGE = paths.CHECKOUT / "tools" / "package.json"
NODE = paths.WORLD / "node"
STATIC = ["email_sync/static/**/*.js", "email_sync/static/**/*.scss", "eslint.config.mjs"]
PROGRAMS = {"node": "nodejs", "npm": "npm"}


def lint():
    """Run every check, show what each finds, and return 0 when nothing was found, else 1."""
    _prepare_node()
    tools, scripts = paths.VENV_PYTHON.parent, NODE / "node_modules" / ".bin"
    checks = [
        [tools / "ruff", "check"],
        [tools / "ruff", "format", "--check"],
        [tools / "pylint", "email_sync"],
        [scripts / "eslint", "email_sync/static"],
        [scripts / "prettier", "--check", "--log-level=warn", *STATIC],
    ]
    failed = [check for check in checks if not _passes(check)]
    say("", f"{len(checks) - len(failed)} checks passed, {len(failed)} failed")
    return 1 if failed else 0


def reformat():
    """Write Python, JavaScript and SCSS the way :func:`lint` wants them; return 0."""
    _prepare_node()
    run([paths.VENV_PYTHON.parent / "ruff", "format"], cwd=paths.CHECKOUT)
    prettier = NODE / "node_modules" / ".bin" / "prettier"
    run([prettier, "--write", "--log-level=warn", *STATIC], cwd=paths.CHECKOUT)
    return 0


def _passes(check):
    name = check[0].name if check[1:2] != ["format"] else f"{check[0].name} format"
    say(f"== {name}")
    # pylint-odoo imports nothing of Odoo; the pure path keeps it from a cache outside the world.
    environment = {**os.environ, "PYLINTHOME": str(paths.WORLD / "pylint")}
    command = [str(word) for word in check]
    return not subprocess.run(command, cwd=paths.CHECKOUT, env=environment, check=False).returncode


def _prepare_node():
    """Install the JavaScript tools when they are missing or others than the package file says."""
    if packages := missing_packages(PROGRAMS):
        with step(f"Debian packages: {' '.join(packages)}"):
            install(packages)
    installed = NODE / "package.json"
    if installed.exists() and installed.read_text() == PACKAGE.read_text():
        return
    with step("JavaScript tools"):
        shutil.rmtree(NODE, ignore_errors=True)
        NODE.mkdir(parents=True)
        draft = NODE / "package"
        draft.mkdir()
        shutil.copy(PACKAGE, draft)
        run(["npm", "install", "--prefix", draft, "--no-audit", "--no-fund", "--loglevel=error"])
        (draft / "node_modules").rename(NODE / "node_modules")
        # Last: an interrupted installation is not taken for a whole one.
        shutil.copy(PACKAGE, installed)
