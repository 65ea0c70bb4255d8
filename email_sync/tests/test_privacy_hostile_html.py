"""Hostile mail: nothing in it runs, and nothing loads before the reader asks."""

import http.server
import resource
import shutil
import subprocess
import tempfile
import threading
from datetime import timezone
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html

from odoo.tests import tagged

from ..mime.display import display_html
from ..mime.message import ParsedMessage
from ..mime.parse import parse
from .common import EmailSyncCase, build_mail
from .hostile_html import ATTACKS, ATTACKS_IN_CONTAINERS, SOURCES

ACTIVE_TAGS = frozenset(
    "applet audio base basefont body button canvas dialog embed fencedframe form frame frameset"
    " head html iframe input isindex link map area math marquee meta noembed noframes noscript"
    " object option param picture plaintext portal script select slot source style svg template"
    " textarea title track video xmp".split()
)
ADDRESS_ATTRIBUTES = frozenset(
    "action background cite codebase data dynsrc form formaction formtarget icon is longdesc lowsrc"
    " manifest ping popover popovertarget poster profile shadowrootmode srcdoc srcset usemap"
    " xlink:href autofocus contenteditable accesskey".split()
)
LINK_SCHEMES = ("http", "https", "mailto", "tel", "sms", "callto", "sip", "xmpp", "geo", "ftp")
PICTURE_PREFIXES = ("/email_sync/message/", "data:image/png", "data:image/jpeg", "data:image/gif")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60


def fill(attack, canary):
    """Return an attack that asks the canary."""
    script = f"fetch(`{canary}/script`)"
    return attack.format(c=canary, js=script, h=urlsplit(canary).netloc)


class Canary:
    """A server on the loopback interface that serves one page and notes whatever else is asked."""

    def __enter__(self):
        canary = self
        self.page, self.asked = b"", []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/page":
                    self.send_response(200)
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                    self.end_headers()
                    self.wfile.write(canary.page)
                    return
                if self.path != "/favicon.ico":
                    canary.asked.append(self.path)
                self.send_error(404)

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *arguments):
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(SECONDS)


# As the client shows mail: in a shadow root; parsed twice, as what mutates does so on the second
# time; and every element is told whatever a reader's mouse and keyboard would tell it.
PAGE = """<!DOCTYPE html><meta charset="utf-8"><body><script>
for (const html of %s) {
    const host = document.createElement("div");
    document.body.append(host);
    const root = host.attachShadow({ mode: "open" });
    const paper = document.createElement("div");
    root.append(paper);
    paper.innerHTML = html;
    paper.innerHTML = paper.innerHTML;
    for (const element of paper.querySelectorAll("*")) {
        for (const type of ["mouseover", "pointerenter", "focus", "copy", "toggle", "load"]) {
            element.dispatchEvent(new Event(type, { bubbles: true }));
        }
    }
}
</script></body>"""


@tagged("post_install", "-at_install")
class TestHostileHtml(EmailSyncCase):
    def _receive_html(self, html):
        self.number = getattr(self, "number", 0) + 1
        source = build_mail(
            message_id=f"<hostile.{self.number}@customer.example>",
            html="REPLACED",
            date=self.customer.create_date.replace(microsecond=0),
        )
        # After the mail is built: the library would refuse some of the characters.
        html = html.replace("\r", "").encode("utf-8", "replace")
        source = source.replace(b"REPLACED", html)
        return self._receive(source)

    # ------------------------------------------------------------
    # STRUCTURE
    # ------------------------------------------------------------

    def _assert_inert(self, html, canary, remote=False):
        if not html:
            return
        root = lxml.html.fragment_fromstring(str(html), create_parent="div")
        for element in root.iter():
            if not isinstance(element.tag, str):
                continue  # a comment does nothing
            self.assertNotIn(element.tag, ACTIVE_TAGS)
            self.assertNotIn(":", element.tag)
            for name, value in element.attrib.items():
                self._assert_inert_attribute(element, name, value, canary, remote)

    def _assert_inert_attribute(self, element, name, value, canary, remote):
        self.assertFalse(name.startswith(("on", "t-", "data-oe-", "data-embedded")), name)
        self.assertNotIn(name, ADDRESS_ATTRIBUTES)
        self.assertNotIn(name, ("id", "name"))
        if name == "class":
            self.assertEqual(value, "gmail_quote")  # the frame of our own around a quote
        if name == "src":
            allowed = PICTURE_PREFIXES + (("http://", "https://") if remote else ())
            self.assertTrue(value.startswith(allowed), value)
        elif name == "href":
            self.assertEqual(element.tag, "a")
            self.assertIn(urlsplit(value).scheme.lower(), LINK_SCHEMES)
        elif name == "style":
            lower = value.lower()
            for word in ("expression", "behavior", "binding", "@", "\\", "/*", "var("):
                self.assertNotIn(word, lower)
            if not remote:
                self.assertNotIn("url", lower)
        elif name not in ("data-original-src", "alt", "title"):
            self.assertNotIn(canary, value, name)

    def test_nothing_active_is_left(self):
        canary = "http://canary.example:8000"
        for name, attack in ATTACKS.items():
            message = self._receive_html(fill(attack, canary))
            for remote in (False, True):
                with self.subTest(attack=name, remote=remote):
                    html, _has_remote = message._get_display_html(remote=remote)
                    self._assert_inert(html, canary, remote)

    def test_nothing_active_is_left_in_chatters(self):
        canary = "http://canary.example:8000"
        messages = {
            name: self._receive_html(fill(attack, canary)) for name, attack in ATTACKS.items()
        }
        self.env["email.sync.message"].union(*messages.values())._render_entries()
        for name, message in messages.items():
            with self.subTest(attack=name):
                self._assert_inert(message.mail_message_id.body, canary)

    def _receive_source(self, source, canary):
        self.number = getattr(self, "number", 0) + 1
        html = fill("<img src=x onerror={js}><svg/onload={js}><img src={c}/picture.png>", canary)
        script = fill("{js}", canary)
        head = f"From: Eve <eve@customer.example>\nMessage-ID: <source.{self.number}@x.example>\n"
        body = source.replace("{html}", html).replace("{js}", script)
        date = self.customer.create_date.replace(microsecond=0, tzinfo=timezone.utc)
        return self._receive((head + body).encode(), date=date)

    def _get_shown(self, message):
        """Return all HTML that routes of Odoo make of a mail, by the name of the route."""
        self.account.smtp_host = "smtp.company.example"
        reader = message.with_user(self.alice)
        shown = {"page": reader.get_display()[0]["html"]}
        message._render_entries()
        shown["chatter"] = message.mail_message_id.body
        for mode in ("reply", "forward"):
            composer = self.env["email.sync.composer"].with_user(self.alice)
            vals = composer._get_answer_vals(mode, message)
            composer = composer.create(
                {**vals, "mode": mode, "account_id": self.account.id, "message_id": message.id}
            )
            shown[mode] = composer.quote
            composer.to = "ada@customer.example"
            sent = parse(composer._compose())
            again, _has_remote_content = display_html(sent, lambda part: "/email_sync/message/1")
            shown[f"{mode}, received again"] = message._sanitize_display_html(again)
        return shown

    def test_nothing_active_is_left_wherever_a_mail_is_shown(self):
        canary = "http://canary.example:8000"
        messages = {
            **{
                name: self._receive_html(fill(ATTACKS[name], canary)) for name in list(ATTACKS)[::4]
            },
            **{name: self._receive_source(source, canary) for name, source in SOURCES.items()},
        }
        for name, message in messages.items():
            for route, html in self._get_shown(message).items():
                with self.subTest(attack=name, route=route):
                    self._assert_inert(html, canary)

    def test_nothing_active_is_left_of_what_parsers_disagree_about(self):
        canary = "http://canary.example:8000"
        message = self._receive_html("<p>x</p>")
        for name, attack in ATTACKS_IN_CONTAINERS.items():
            parsed = ParsedMessage(html=fill(attack, canary))
            with self.subTest(attack=name):
                self._assert_inert(message._get_display_html(parsed)[0], canary)

    def test_one_mail_with_all_of_it(self):
        canary = "http://canary.example:8000"
        message = self._receive_html("".join(fill(attack, canary) for attack in ATTACKS.values()))
        self._assert_inert(message._get_display_html()[0], canary)

    def test_pixels_never_load(self):
        canary = "http://canary.example:8000"
        message = self._receive_html(fill(ATTACKS["pixel"], canary))
        self.assertNotIn("pixel.gif", message._get_display_html(remote=True)[0])

    def test_headers_are_text(self):
        """Names, subjects and file names are shown as they are, never as HTML."""
        name = "<img src=x onerror=alert(1)>"
        message = self._receive(
            build_mail(
                sender=f'"{name}" <eve@customer.example>',
                subject=name,
                message_id="<headers@customer.example>",
                attachments=[(f"{name}.html", b"<script>1</script>", "text", "html")],
            )
        )
        message._render_entries()
        self.assertNotIn("<img", str(message.mail_message_id.body))
        self.assertEqual(message.subject, name)

    # ------------------------------------------------------------
    # BROWSER
    # ------------------------------------------------------------

    def _browse(self, canary, pieces):
        """Show pieces of HTML in a browser; return what it asked for besides the page."""
        literal = "[" + ",".join(self._get_script_literal(piece) for piece in pieces) + "]"
        canary.page = (PAGE % literal).encode()
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        self.assertTrue(browser, "these tests need Chromium")
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [
                    browser,
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--no-first-run",
                    "--no-proxy-server",
                    f"--user-data-dir={Path(profile)}",
                    "--virtual-time-budget=4000",
                    "--dump-dom",
                    f"{canary.address}/page",
                ],
                check=True,
                capture_output=True,
                timeout=SECONDS,
                preexec_fn=self._lift_memory_limit,
            )
        return canary.asked

    def _lift_memory_limit(self):
        """The server limits its address space; browsers reserve more than they use."""
        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    def _get_script_literal(self, text):
        """Return text as a string of JavaScript that cannot end the script around it."""
        escaped = "".join(
            character if character.isalnum() or character in " =" else f"\\u{{{ord(character):x}}}"
            for character in text
        )
        return f'"{escaped}"'

    def test_the_browser_asks_for_nothing(self):
        with Canary() as canary:
            attacks = [fill(attack, canary.address) for attack in ATTACKS.values()]
            pieces = [str(self._receive_html(attack)._get_display_html()[0]) for attack in attacks]
            self.assertEqual(self._browse(canary, pieces), [])

    def test_the_browser_asks_for_nothing_where_parsers_disagree(self):
        with Canary() as canary:
            message = self._receive_html("<p>x</p>")
            pieces = [
                str(message._get_display_html(ParsedMessage(html=fill(attack, canary.address)))[0])
                for attack in ATTACKS_IN_CONTAINERS.values()
            ]
            for source in SOURCES.values():
                pieces += map(
                    str, self._get_shown(self._receive_source(source, canary.address)).values()
                )
            self.assertEqual(self._browse(canary, pieces), [])

    def test_with_pictures_the_browser_asks_for_pictures_only(self):
        with Canary() as canary:
            attacks = [fill(attack, canary.address) for attack in ATTACKS.values()]
            pieces = [
                str(self._receive_html(attack)._get_display_html(remote=True)[0])
                for attack in attacks
            ]
            asked = self._browse(canary, pieces)
            self.assertIn("/picture.png", asked)
            self.assertFalse([path for path in asked if "script" in path or "pixel" in path])

    def test_the_attacks_are_real(self):
        """Without the sanitiser the same page does ask: the trap works."""
        with Canary() as canary:
            attacks = [fill(attack, canary.address) for attack in ATTACKS.values()]
            asked = self._browse(canary, attacks)
            self.assertIn("/script", asked)
            self.assertIn("/pixel.gif", asked)
            self.assertGreater(len(set(asked)), 15)
