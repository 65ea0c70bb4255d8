"""A team lead connects a mailbox, watches it come in, and reads the mail on the opportunity."""

import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest
from playwright.sync_api import expect

NOW = datetime.datetime.now(datetime.timezone.utc)
CUSTOMER = "ruth@harbour-office.example"
MAILBOX = "sales@connect.example"
WIZARD = ".o_email_sync_setup"
SYNC_SECONDS = 60
PASSWORD = "correct horse"  # of a server that lives as long as the tests

OPPORTUNITY = f"""
partner = env["res.partner"].create({{"name": "Ruth Harbour", "email": "{CUSTOMER}"}})
env["crm.lead"].create({{
    "name": "Desks for the harbour office", "type": "opportunity", "partner_id": partner.id,
    "user_id": env.ref("base.user_admin").id,
}})
env.cr.commit()
"""


def mail(subject, text, days_ago, sender=CUSTOMER, recipient=MAILBOX):
    """Return ``(source, flags, date)`` of one mail."""
    date = NOW - datetime.timedelta(days=days_ago)
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(date)
    message["Message-ID"] = f"<{abs(hash((subject, days_ago)))}@connect.example>"
    message.set_content(text)
    return message.as_bytes(), (), date


@pytest.fixture
def mailbox(dovecot):
    """A mailbox with mail of two folders, inside and outside of the chosen time."""
    dovecot.add_user(MAILBOX, PASSWORD)
    dovecot.append_many(
        MAILBOX,
        "INBOX",
        [
            mail("Desks", "First words from Ruth", 20),
            mail("Chairs", "Third words from Ruth", 5),
            mail("Old desks", "Words of last year", 300),
            mail("Sunday", "Words of a stranger", 4, sender="stranger@elsewhere.example"),
        ],
    )
    dovecot.append_many(
        MAILBOX,
        "Clients/Harbour",
        [mail("Lamps", "Second words from Ruth", 12), mail("Rugs", "Fourth words from Ruth", 2)],
    )
    dovecot.append_many(MAILBOX, "Choir", [mail("Bass", "Words about singing", 3)])
    return dovecot


def only_id(server, table, condition="true"):
    query = f"SELECT id FROM {table} WHERE {condition}"  # noqa: S608
    return int(server.odoo.postgresql.query(query, server.database))


def fill(page, field, value):
    page.locator(f"{WIZARD} div[name={field}] input").fill(str(value))


def choose(page, field, label):
    """Choose an entry of a selection field."""
    page.locator(f"{WIZARD} div[name={field}] input").click()
    page.locator(".o_select_menu_item", has_text=label).click()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def open_preferences(page):
    page.locator(".o_user_menu button").click()
    page.get_by_role("menuitem", name="My Preferences").click()
    page.get_by_role("tab", name="Email sync").click()


def sign_in_to_mailbox(page, imap_port, smtp_port):
    fill(page, "login", MAILBOX)
    fill(page, "password", PASSWORD)
    # The port that goes with an encryption is suggested: to be seen before another one is typed.
    for server, suggested, port in (("imap", "143", imap_port), ("smtp", "587", smtp_port)):
        fill(page, f"{server}_host", "localhost")
        choose(page, f"{server}_security", "STARTTLS")
        expect(page.locator(f"{WIZARD} div[name={server}_port] input")).to_have_value(suggested)
        fill(page, f"{server}_port", port)
        expect(page.locator(f"{WIZARD} div[name={server}_port] input")).to_have_value(str(port))
    press(page, "Sign in")


def assert_chosen_mail_is_there(page):
    for folder, count in (("INBOX", "3"), ("Clients/Harbour", "2")):
        row = page.locator("div[name=folder_ids] tr", has_text=folder)
        assert row.locator("td[name=done_count]").inner_text() == count


def assert_chatter_reads(page, words):
    """Newest first, once each, and nothing that was not chosen or belongs to somebody else."""
    texts = page.get_by_text("words from Ruth")
    texts.nth(len(words) - 1).wait_for()
    assert [text.split()[0] for text in texts.all_inner_texts()] == words
    for other in ("Words of last year", "Words of a stranger", "Words about singing"):
        assert page.get_by_text(other).count() == 0


def assert_mailbox_is_untouched(mailbox):
    with mailbox.connect(MAILBOX) as client:
        for folder in ("INBOX", "Clients/Harbour"):
            client.select_folder(folder, readonly=True)
            assert not client.search(["SEEN"])


def test_team_mailbox_is_connected_and_read_on_the_opportunity(
    mailbox, smtp_server, odoo_server, new_page
):
    server = odoo_server(OPPORTUNITY)
    lead, partner = (
        only_id(server, "crm_lead"),
        only_id(server, "res_partner", f"email='{CUSTOMER}'"),
    )
    page = new_page(server)

    open_preferences(page)
    page.get_by_role("button", name="Connect a mailbox").first.click()
    fill(page, "email", MAILBOX)
    press(page, "Get started")
    page.get_by_role("heading", name="Sign in to").wait_for()
    sign_in_to_mailbox(page, mailbox.imap_port, smtp_server.smtp_port)
    page.get_by_role("heading", name="Whose mailbox is it?").wait_for()
    page.locator("div[name=account_type] label", has_text="Team").click()
    press(page, "Next")
    page.get_by_role("heading", name="What is synced, and who sees it?").wait_for()
    page.locator("div[name=team_visibility] label", has_text="Shared when linked").click()
    choose(page, "sync_range", "The last month")
    page.locator("div[name=folder_mode] label", has_text="Only the folders I choose").click()
    page.locator("div[name=folder_ids] tr", has_text="Harbour").locator("input").check()
    press(page, "Next")
    page.get_by_role("heading", name="This is what will happen").wait_for()
    press(page, "Start sync")
    # The page learns over the bus how far the sync is: nobody reloads it.
    page.get_by_text("Up to date", exact=True).wait_for(timeout=SYNC_SECONDS * 1000)
    assert_chosen_mail_is_there(page)

    for action, record in (("crm", lead), ("contacts", partner)):
        page.goto(f"{server.url}/odoo/{action}/{record}")
        assert_chatter_reads(page, ["Fourth", "Third", "Second", "First"])
    assert_mailbox_is_untouched(mailbox)
