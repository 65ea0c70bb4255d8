"""Mail that attacks its reader, and mail without measure, for a running Odoo."""

import importlib.util
import json
import struct
import zlib
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CANARY = "http://canary.example:8000"
SCRIPT = f"(window.hostile=1,fetch(`{CANARY}/script`))"
# What an attack leaves open must not swallow the next one.
CLOSERS = (
    "--></style></script></textarea></title></xmp></noembed></noscript></iframe></select>"
    "</template></math></svg></table></form></object></audio></video></plaintext>"
)
HEAD = (
    "From: Eve <eve@customer.example>\nTo: admin@company.example\n"
    "Date: Mon, 2 Mar 2026 09:{minute:02d}:00 +0000\nMessage-ID: <{number}@hostile.example>\n"
    "References: <0@hostile.example>\n"
)
STORE = """
import json
from datetime import datetime, timezone
from pathlib import Path
from odoo.addons.email_sync.mailbox.fetch import FetchedMessage
from odoo.addons.email_sync.mailbox.imap import MessageMetadata
admin = env.ref("base.user_admin")
partner = env["res.partner"].create({{"name": "Eve", "email": "eve@customer.example"}})
lead = env["crm.lead"].create({{"name": "Deal", "type": "opportunity", "partner_id": partner.id,
    "user_id": admin.id}})
account = env["email.sync.account"].create({{
    "email": "admin@company.example", "owner_id": admin.id, "member_ids": [(6, 0, admin.ids)],
    "sync_range": "everything", "login": "admin", "imap_host": "imap.company.example",
    "smtp_host": "smtp.company.example", "state": "stopped"}})
account._set_secret("secret")
folder = env["email.sync.folder"].create({{
    "account_id": account.id, "name": "INBOX", "special_use": "inbox", "is_synced": True,
    "uidvalidity": 1}})
sources = [text.encode("latin-1") for text in json.loads(Path({path!r}).read_text())]
date = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)
for uid, source in enumerate(sources, 1):
    metadata = MessageMetadata(uid, len(source), date, frozenset())
    found = env["email.sync.store"]._store(folder, [FetchedMessage(uid, metadata, source)])
    found._link_automatically()
    found._update_publication()
while env["email.sync.message"]._render_pending():
    pass
env.cr.commit()
"""


def get_script(sources, directory):
    """Return what stores mails in Odoo, for its shell.

    :param sources: the mails (bytes), one after the other
    :param directory: where to put them for it
    """
    path = directory / "mails.json"
    path.write_text(json.dumps([source.decode("latin-1") for source in sources]))
    return STORE.format(path=str(path))


def load_attacks():
    """Return the attacks that the addon's own tests know."""
    path = CHECKOUT / "email_sync" / "tests" / "hostile_html.py"
    spec = importlib.util.spec_from_file_location("hostile_html", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_attacks():
    """Return the mails of one conversation, with every attack in some of them."""
    attacks = load_attacks()
    bodies = []
    for known, count in ((attacks.ATTACKS, 40), (attacks.ATTACKS_IN_CONTAINERS, 220)):
        known = list(known.values())
        for start in range(0, len(known), count):
            html = CLOSERS.join(map(fill, known[start : start + count]))
            bodies.append(f"Subject: x\nContent-Type: text/html; charset=utf-8\n\n{html}")
    payload = fill("<img src=x onerror={js}><svg/onload={js}><img src={c}/picture.png>")
    for source in attacks.SOURCES.values():
        bodies.append(source.replace("{html}", payload).replace("{js}", SCRIPT))
    bodies.append(build_names(payload))
    return [
        (HEAD.format(number=number, minute=number) + body).encode("utf-8", "replace")
        for number, body in enumerate(bodies)
    ]


def fill(attack):
    return attack.format(c=CANARY, js=SCRIPT, h="canary.example:8000")


def build_names(payload):
    """Return a mail with the payload wherever a name is shown."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = f"{payload} \u202e<script>{SCRIPT}</script>"
    message["Cc"] = f'"{payload[:60]}" <x@customer.example>'
    message.set_content(f"{payload} {{{{ 1 }}}} ${{1}} <t t-esc='1'/>")
    for name in (
        f"{payload[:80]}.html",
        "invoice\u202efdp.exe",
        "../../../etc/passwd",
        "a.pdf.lnk",
    ):
        message.add_attachment(payload.encode(), "application", "octet-stream", filename=name)
    return message.as_bytes().replace(b"\r\n", b"\n").decode("latin-1")


def build_measureless():
    """Return mails without measure, by what they have too much of."""
    html = {
        "5 MB of HTML": "<p>word <b>bold</b></p>" * 230_000,
        "20,000 nested tags": "<div>" * 20_000 + "x" + "</div>" * 20_000,
        "20,000 nested quotes": "<blockquote>" * 20_000 + "x" + "</blockquote>" * 20_000,
        "10,000 links": '<a href="https://x.example/">https://bank.example</a> ' * 10_000,
        "styles without end": "<style>"
        + "".join(f".a{n} *:nth-child({n}) *{{color:red}}" for n in range(50_000))
        + "</style>"
        + "<p style='filter:blur(999px);box-shadow:0 0 9999px red;zoom:9999'>x</p>" * 5_000,
    }
    bodies = {
        name: f"Subject: {name}\nContent-Type: text/html\n\n{text}" for name, text in html.items()
    }
    recipients = ",\n ".join(f"Person {n} <p{n}@x.example>" for n in range(5_000))
    bodies["5,000 recipients"] = f"Subject: 5,000 recipients\nCc: {recipients}\n\nx"
    bodies["a subject of 1 MB"] = f"Subject: a subject of 1 MB {'x' * 1_000_000}\n\nx"
    part = (
        '--b\nContent-Type: application/pdf; name="{n}.pdf"\nContent-Disposition: attachment\n\nx\n'
    )
    bodies["10,000 attachments"] = (
        "Subject: 10,000 attachments\nContent-Type: multipart/mixed; boundary=b\n\n"
        + "".join(part.format(n=n) for n in range(10_000))
    )
    bodies["a picture of 50,000 by 50,000"] = build_picture()
    return {
        name: HEAD.format(number=f"{number}.big", minute=number)
        .replace("References: <0@hostile.example>\n", "")
        .encode()
        + body.encode()
        for number, (name, body) in enumerate(bodies.items())
    }


def build_picture():
    """Return a mail that shows a small file which would unpack to gigabytes."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * 6251) for _row in range(50_000)) + packer.flush()
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    picture = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "a picture of 50,000 by 50,000"
    message.set_content("x")
    message.add_alternative('<p>see</p><img src="cid:p">', subtype="html")
    message.get_payload()[1].add_related(picture, "image", "png", cid="<p>")
    return message.as_bytes().replace(b"\r\n", b"\n").decode("latin-1")
