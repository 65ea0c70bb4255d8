"""A running Odoo with the addon, and a real browser to use it."""

import os
import uuid

import pytest
from playwright.sync_api import sync_playwright

from tools.world import paths
from tools.world.odoo_server import OdooServer
from tools.world.processes import program

FAILED = pytest.StashKey()
PAGE_SECONDS = 15
BROWSER_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PREPARE = """
import sys
sys.path.insert(0, {checkout!r})
from tools.world.demo.connect import allow_mail_servers
allow_mail_servers(env, {ports!r})
# Once for all copies: the scripts and styles that the first page would have to build.
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


@pytest.fixture(scope="session")
def installed_database(odoo, dovecot, smtp_server):
    """The name of a database with CRM and the addon, to be copied, never used itself."""
    template = odoo.template("crm", "-i", "crm,contacts")
    database = f"test_{os.getpid()}_installed"
    odoo.copy_database(template, database)
    odoo.install(database, "-i", "email_sync")
    ports = [
        dovecot.imap_port,
        dovecot.imaps_port,
        smtp_server.smtp_port,
        smtp_server.smtps_port,
    ]
    odoo.shell(database, PREPARE.format(checkout=str(paths.CHECKOUT), ports=ports))
    yield database
    odoo.drop_database(database)


@pytest.fixture
def odoo_server(odoo, installed_database, tmp_path):
    """A factory: each call starts an Odoo on a database of its own.

    ``odoo_server(script="", options=())`` runs ``script`` in Odoo's shell first (it commits what
    it wants to keep) and returns a :class:`tools.world.odoo_server.OdooServer`. ``admin`` signs in
    with the password ``admin``.
    """
    servers = []

    def start(script="", options=()):
        database = f"test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        odoo.copy_database(installed_database, database)
        server = OdooServer(odoo, database, tmp_path / database, options=options)
        servers.append(server)
        if script:
            odoo.shell(database, script)
        return server.start()

    yield start
    for server in servers:
        server.stop()
        odoo.drop_database(server.database)


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=BROWSER_OPTIONS
        )
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Leave the outcome of a test where its fixtures can read it."""
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def new_page(browser, request):
    """A factory: each call is another person at another computer.

    ``new_page(server, login, password)`` signs in and returns a Playwright page. An error in the
    page's own scripts fails the test; a failed test leaves pictures in ``.world/log``.
    """
    pages, errors = [], []

    def sign_in(server, login="admin", password="admin"):
        page = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
        page.set_default_timeout(PAGE_SECONDS * 1000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        page.goto(f"{server.url}/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", password)
        page.click("form.oe_login_form button[type=submit]")
        page.wait_for_selector(".o_main_navbar")
        return page

    yield sign_in
    for number, page in enumerate(pages):
        if request.node.stash.get(FAILED, False):
            page.screenshot(path=paths.LOGS / f"{request.node.name}-{number}.png")
        page.context.close()
    assert not errors
