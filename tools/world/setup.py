"""What has to be there before anything starts; each step does nothing when it already is."""

from . import courier, odoo, paths, venv
from .apt import PROGRAMS, install, missing_packages
from .console import step
from .postgresql import PostgreSQL


def prepare():
    """Install Debian packages, the Python environment, Odoo and Courier, as far as missing.

    :raise WorldError: something is in the way; says what to do
    """
    paths.WORLD.mkdir(exist_ok=True)
    packages = missing_packages(PROGRAMS, map(str, PostgreSQL.program_directories()))
    if packages:
        with step(f"Debian packages: {' '.join(packages)}"):
            install(packages)
    if not venv.is_current():
        with step("Python packages"):
            venv.build()
    if not odoo.is_fetched():
        with step("Odoo 19"):
            odoo.fetch()
    if not courier.is_fetched():
        with step("Courier"):
            courier.fetch()
