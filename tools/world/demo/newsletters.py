"""Newsletters, receipts and spam: mail from machines, in HTML, with pictures on far servers."""

import datetime
import html
import random
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from .people import MARC, MITCHELL, SALES

SEED = 26
DAYS = 240


@dataclass(frozen=True)
class Newsletter:
    """One sender of many mails.

    :ivar to: addresses of the mailboxes; :ivar every: days between two mails
    :ivar subjects: and :ivar stories: what they are made of, in turn
    :ivar folder: where their readers have it put
    """

    name: str
    address: str
    to: tuple
    every: int
    subjects: tuple
    stories: tuple
    folder: str = "INBOX"
    colour: str = "#875a7b"


NEWSLETTERS = [
    Newsletter(
        "Desk & Light",
        "news@desk-and-light.example",
        (MARC, MITCHELL),
        14,
        ("Issue {number}: {first}", "{first}, and more | Desk & Light {number}"),
        (
            "Why the corner office is coming back",
            "Four lamps that do not glare",
            "What a good chair does to a bad meeting",
            "Cork: loved, forgotten, loved again",
            "A library in Oslo that nobody wants to leave",
            "The return of the telephone booth",
            "Linoleum turns 160",
            "How loud is a plant?",
        ),
        "Newsletters",
        "#2f5d50",
    ),
    Newsletter(
        "The Pipeline Letter",
        "letter@pipeline-letter.example",
        (MARC, MITCHELL, SALES),
        28,
        ("The Pipeline Letter, no. {number}", "{first}"),
        (
            "Answer within the hour, or do not answer",
            "The customer who said no three times",
            "Forecasts are stories with a decimal point",
            "Ask what happens if they do nothing",
            "Discounts are forever",
        ),
        "Newsletters",
        "#1f4e8c",
    ),
    Newsletter(
        "Riverside Runners",
        "hello@riverside-runners.example",
        (MARC,),
        21,
        ("This month along the river", "{first}"),
        (
            "New: the slow group, Tuesdays at 6",
            "Shoes to give away, size 44",
            "The bridge is closed, we run the other way",
            "Half marathon: 12 places left",
        ),
        "INBOX",
        "#b5502f",
    ),
    Newsletter(
        "Boxcloud Billing",
        "billing@boxcloud.example",
        (MITCHELL,),
        30,
        ("Your receipt {number}", "Receipt {number} for your subscription"),
        ("Team plan, 12 seats: $ 96.00. Your card ending in 0148 was charged.",),
        "INBOX",
        "#444444",
    ),
    Newsletter(
        "Northwest Air",
        "trips@northwest-air.example",
        (MARC,),
        60,
        ("Your trip to Cologne: check in now", "{first}"),
        ("Your seat is 14A, by the window", "Your miles are about to expire, all 312 of them"),
        "INBOX",
        "#0b6e99",
    ),
]

SPAM = [
    ("Dr. Williams Adeyemi", "barrister@inheritance-office.example", "URGENT and CONFIDENTIAL business proposal"),
    ("SEO Expert Team", "rank@number-one-seo.example", "Your website is not on page 1 of search!!!"),
    ("Parcel Service", "no-reply@parcel-desk.example", "Your parcel could not be delivered (2 attempts)"),
    ("Crypto Gains", "profit@coin-rocket.example", "Last chance: 340% in 9 days"),
]  # fmt: skip


def newsletters(now):
    """Yield ``(mailbox address, folder, bytes, date, index)`` of every mail, oldest first.

    :param now: aware datetime, the moment of the first run
    """
    for newsletter in NEWSLETTERS:
        chance = random.Random(f"{SEED} {newsletter.address}")
        day, number = DAYS - chance.randint(0, newsletter.every), 0
        while day > 0:
            number += 1
            date = now - datetime.timedelta(days=day, minutes=chance.randint(0, 300))
            for address in newsletter.to:
                source = _source(newsletter, number, address, date)
                yield address, newsletter.folder, source, date, number
            day -= newsletter.every
    for number, (name, address, subject) in enumerate(SPAM):
        date = now - datetime.timedelta(days=3 + 7 * number)
        for mailbox in (MARC, SALES):
            sender = Newsletter(name, address, (mailbox,), 0, (subject,), (subject,), "Junk")
            yield mailbox, "Junk", _source(sender, number, mailbox, date), date, number


def _source(newsletter, number, address, date):
    stories = [
        newsletter.stories[(number + turn) % len(newsletter.stories)]
        for turn in range(min(3, len(newsletter.stories)))
    ]
    subject = newsletter.subjects[number % len(newsletter.subjects)]
    domain = newsletter.address.partition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["Date"] = format_datetime(date)
    message["From"] = f'"{newsletter.name}" <{newsletter.address}>'
    message["To"] = address
    message["Subject"] = subject.format(number=number + 40, first=stories[0])
    message["Message-ID"] = f"<{number}.{address.replace('@', '=')}@{domain}>"
    message["List-Unsubscribe"] = f"<https://{domain}/leave?n={number}>"
    message["Precedence"] = "bulk"
    message.set_content("\n\n".join([*stories, f"Unsubscribe: https://{domain}/leave"]))
    message.add_alternative(_page(newsletter, stories, domain, number), subtype="html")
    return message.as_bytes()


def _page(newsletter, stories, domain, number):
    items = "".join(
        f'<tr><td style="padding:16px"><h2 style="margin:0 0 6px">{html.escape(story)}</h2>'
        f'<a href="https://{domain}/{number}/{turn}">Read on</a></td></tr>'
        for turn, story in enumerate(stories)
    )
    return (
        "<html><head><style>h2{font-family:sans-serif}</style></head>"
        '<body style="background:#f4f4f4;margin:0"><table width="600" align="center" '
        'style="background:#ffffff;font-family:sans-serif" cellspacing="0"><tr>'
        f'<td style="background:{newsletter.colour};color:#ffffff;padding:20px;font-size:22px">'
        f'<img src="https://{domain}/logo.png" alt="" width="32" height="32"> '
        f"{html.escape(newsletter.name)}</td></tr>{items}"
        '<tr><td style="padding:16px;color:#888888;font-size:11px">You get this mail because you '
        f'once asked for it. <a href="https://{domain}/leave">Unsubscribe</a></td></tr></table>'
        f'<img src="https://{domain}/open.gif?n={number}" width="1" height="1" alt="">'
        "</body></html>"
    )
