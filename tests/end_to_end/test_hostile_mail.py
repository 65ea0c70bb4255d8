"""Hostile mail in a running Odoo: nothing runs or loads by itself, and pages stay usable."""

import re
import time

from tests.end_to_end.hostile_mail import build_attacks, build_measureless, get_script

# Whatever of a mail is drawn beyond the box of that mail, and what a reader's mouse would do
STRAY = """() => {
    const hosts = [...document.querySelectorAll("*")].filter((element) => element.shadowRoot);
    const found = [];
    for (const host of hosts) {
        for (const element of host.shadowRoot.querySelectorAll("*")) {
            for (const type of ["mouseover", "pointerenter", "focus", "copy", "toggle", "load"]) {
                element.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
            }
        }
    }
    for (let x = 5; x < innerWidth; x += 25) {
        for (let y = 5; y < innerHeight; y += 25) {
            const element = document.elementFromPoint(x, y);
            if (element?.shadowRoot) {
                const box = element.getBoundingClientRect();
                const isBeside = x < box.left - 1 || x > box.right + 1;
                if (isBeside || y < box.top - 1 || y > box.bottom + 1) {
                    found.push(`${element.className} at ${x}, ${y}`);
                }
            }
        }
    }
    const leaked = document.querySelectorAll(
        "body > style, link[href*=canary], base, [src*=canary]"
    );
    return { found, leaked: leaked.length, hosts: hosts.length, ran: window.hostile ?? false };
}"""


class Watch:
    """Notes what a page asks of others, opens and says."""

    def __init__(self, page, server):
        self.asked, self.opened = [], []
        page.on("request", lambda request: self._note(request.url, server.url))
        page.on("dialog", lambda dialog: self.opened.append(dialog.message))
        page.context.on("page", lambda other: self.opened.append(other.url))
        self.page = page

    def _note(self, url, own):
        if not url.startswith((own, "data:", "blob:", "about:")):
            self.asked.append(url)

    def assert_harmless(self, least_hosts=0):
        told = self.page.evaluate(STRAY)
        self.page.wait_for_timeout(100)
        assert told["hosts"] >= least_hosts, told
        assert not told["found"] and not told["leaked"] and not told["ran"], told
        assert not self.asked and not self.opened, (self.asked, self.opened)
        assert self.page.evaluate("window.hostile") is None


def only_id(server, table, condition="true"):
    query = f"SELECT min(id) FROM {table} WHERE {condition}"  # noqa: S608
    return int(server.odoo.postgresql.query(query, server.database))


def test_no_attack_leaves_the_frame_of_its_mail(odoo_server, new_page, tmp_path):
    mails = build_attacks()
    server = odoo_server(get_script(mails, tmp_path))
    page = new_page(server)
    watch = Watch(page, server)
    lead = only_id(server, "crm_lead")
    partner = only_id(server, "res_partner", "email='eve@customer.example'")
    conversation = only_id(server, "email_sync_conversation")

    page.goto(f"{server.url}/odoo/email.sync.conversation/{conversation}")
    page.locator(".o_email_sync_mail").nth(len(mails) - 1).wait_for()
    for header in page.locator(".o_email_sync_mail:not(.o_email_sync_open) > button").all()[::-1]:
        header.evaluate("element => element.click()")
    page.wait_for_function(
        "count => document.querySelectorAll('.o_email_sync_open').length >= count"
        " && !document.querySelector('.o_email_sync_mail .fa-spin')",
        arg=len(mails),
    )
    for button in page.locator(".o_email_sync_details_toggle").all():
        button.evaluate("element => element.click()")
    watch.assert_harmless(least_hosts=len(mails) // 2)
    for fraction in (0.25, 0.5, 0.75, 1):
        page.evaluate(
            "fraction => { for (const element of document.querySelectorAll('*'))"
            " element.scrollTop = element.scrollHeight * fraction; }",
            fraction,
        )
        watch.assert_harmless()

    for label in ("Reply", "Forward"):
        buttons = page.locator(".o_email_sync_open button")
        buttons.filter(has_text=re.compile(rf"^\s*{label}\s*$")).last.evaluate(
            "element => element.click()"
        )
        page.locator(".modal .odoo-editor-editable").wait_for()
        page.wait_for_timeout(500)
        watch.assert_harmless()
        page.locator(".modal .btn-close").click()
        page.locator(".modal").wait_for(state="detached")

    for action, record in (("crm", lead), ("contacts", partner)):
        page.goto(f"{server.url}/odoo/{action}/{record}")
        page.locator(".o-mail-Message").nth(5).wait_for()
        page.wait_for_timeout(500)
        watch.assert_harmless(least_hosts=5)
    page.goto(f"{server.url}/odoo/action-email_sync.email_sync_conversation_action")
    page.locator(".o_data_row").first.wait_for()
    watch.assert_harmless()


TOO_LONG = "This mail is too long to be shown in full."
CUT = {
    "5 MB of HTML": [TOO_LONG],
    "5,000 recipients": ["There are more recipients than are listed here."],
    "10,000 attachments": ["This mail has more attachments than are listed here."],
}
# Asks for a mail as the page does; answers with the milliseconds and characters
ASK = """async (id) => {
    const started = performance.now();
    const response = await fetch("/web/dataset/call_kw/email.sync.message/get_display", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", method: "call", params: {
            model: "email.sync.message", method: "get_display", args: [[id]], kwargs: {} } }),
    });
    const text = await response.text();
    return [performance.now() - started, text.length, text.includes('"error"')];
}"""


def test_pages_stay_usable_whatever_a_mail_measures(odoo_server, new_page, tmp_path):
    mails = build_measureless()
    server = odoo_server(get_script(mails.values(), tmp_path))
    page = new_page(server)
    page.set_default_timeout(60_000)
    for name in mails:
        message = only_id(server, "email_sync_message", f"subject LIKE '{name}%'")
        conversation = only_id(
            server,
            "email_sync_conversation",
            f"id IN (SELECT conversation_id FROM email_sync_message WHERE id={message})",  # noqa: S608
        )
        asked, length, has_failed = page.evaluate(ASK, message)
        started = time.monotonic()
        page.goto(f"{server.url}/odoo/email.sync.conversation/{conversation}")
        page.locator(".o_email_sync_open .o_email_sync_details_toggle").wait_for()
        shown = time.monotonic() - started
        started = time.monotonic()
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        page.locator(".o_email_sync_details_toggle").click()
        page.locator(".o_email_sync_details").wait_for()
        clicked = time.monotonic() - started
        print(
            f"{name}: server {asked / 1000:.2f} s, {length / 1e6:.1f} MB, "
            f"page {shown:.2f} s, a click {clicked:.2f} s"
        )
        assert not has_failed, name
        assert asked < 10_000 and length < 8e6, name
        assert shown < 30 and clicked < 10, name
        for text in CUT.get(name, ()):
            page.get_by_text(text).first.wait_for()
        assert page.get_by_role("link", name="Download the mail").count() == 1
