"""The everyday mail of older months: orders, deliveries, invoices and small troubles.

Each kind of exchange is a list of lines with gaps, each line in several wordings; a fixed seed
fills them, so that every run writes the same mail and no two exchanges read alike.
"""

import random

from .people import PEOPLE
from .script import ScriptedMail, Thread

SEED = 19
OLDEST, NEWEST = 168, 46
CUSTOMERS = [
    ("woodcorner", ["willie", "ron"]),
    ("gemini", ["edwin", "soham"]),
    ("azure", ["colleen", "brandon"]),
    ("lumber", ["lorraine"]),
    ("readymat", ["billy", "sandra"]),
    ("acme", ["douglas", "floyd"]),
    ("lightsup", []),
    ("toni", ["gordon"]),
]
PRODUCTS = [
    "customizable desks", "black mesh chairs", "acoustic bloc screens", "large cabinets",
    "corner desks", "pedal bins", "desk lamps", "drawer units", "flipover boards",
    "conference chairs", "four-person desks", "whiteboards with feet",
]  # fmt: skip
PLACES = ["the ground floor", "building C", "the new annex", "the mezzanine", "the training centre"]
WHYS = [
    "We are four more people since Monday",
    "The old ones did not survive the move",
    "Our auditor sits on a box at the moment",
    "The trainees start on the first",
    "We found half a room behind the archive",
    "Finance has released what was left in the budget",
]

# Kind -> subject, and per mail: who writes (c = customer, s = seller), days later, wordings, file.
KINDS = {
    "order": (
        ["Order: {count} {product}", "{count} {product} for {place}", "Please send {count} {product}"],
        [
            ("c", 0, [
                "Hello,\n\n{why}. Please send us {count} {product} to {place}, same conditions as last time.",
                "Good morning,\n\nwe would like to order {count} {product}. {why}, so the sooner the better.",
                "Hi, another order from us: {count} {product}, to be delivered to {place}. {why}.",
            ], None),
            ("s", 0, [
                "Thank you for your order, the confirmation {number} is attached. We deliver in week {week}.",
                "Noted, with thanks. Confirmation {number} attached; the truck comes in week {week}.",
                "Done. You find everything on confirmation {number}. In week {week} they are yours.",
            ], "Confirmation-{number}.pdf"),
            ("c", 2, [
                "Perfect, thank you. Please ring the bell on the left, the right one is broken.",
                "Thank you. Could the driver call half an hour ahead? The yard is narrow.",
                "Great. The invoice goes to the head office as always.",
            ], None),
        ],
    ),
    "invoice": (
        ["Invoice {number}", "Question about invoice {number}", "{number}: one line too many"],
        [
            ("c", 0, [
                "Hello,\n\non invoice {number} we find {count} {product}, but only {fewer} arrived. Could you check?",
                "Good afternoon, our accountant asks why invoice {number} has freight on it. We had agreed on none.",
                "Hi,\n\nplease put our purchasing number on invoice {number}, otherwise nobody here may pay it.",
            ], None),
            ("s", 1, [
                "You are right, I am sorry. A corrected invoice is attached, please forget the first one.",
                "Our mistake. Attached is {number} as it should have been from the beginning.",
                "Of course. Here is the invoice again, with everything your accountant likes to see.",
            ], "Invoice-{number}.pdf"),
            ("c", 1, ["Thank you for the quick answer, it will be paid this week.", "Now it is correct. Thanks!"], None),
        ],
    ),
    "damage": (
        ["Scratched: {product}", "One of the {product} arrived broken", "Delivery of the {product}"],
        [
            ("c", 0, [
                "Hello,\n\nyour people were friendly and quick, but one of the {product} has a scratch as long as my arm. Picture attached.",
                "Hi,\n\nall {count} {product} are in {place}, one of them with a dent. It is the one everybody sees first, naturally.",
            ], None),
            ("s", 0, [
                "I am sorry to hear that. A new one leaves tomorrow, and the driver takes the other one back.",
                "That should not happen. You can keep it at half the price, or we change it next week. Which do you prefer?",
            ], None),
            ("c", 1, [
                "The new one is here and it is flawless. Thank you.",
                "We keep it. Turned around, nobody will ever know.",
                "Next week is fine. Tuesday, if possible.",
            ], None),
        ],
    ),
    "visit": (
        ["A visit to your showroom", "Can we come by?", "Trying the {product}"],
        [
            ("c", 0, [
                "Hello,\n\nthree of us would like to see the {product} before we decide. Is the showroom open on Thursday?",
                "Hi,\n\nI am in town on Wednesday. Do you have the {product} in the showroom?",
            ], None),
            ("s", 0, [
                "It is, from nine to six, and there is coffee. Ask for me, please.",
                "We do, in two colours, and you may take one along for a week.",
                "With pleasure. Invitation attached, so that nobody forgets it, me included.",
            ], "invitation.ics"),
        ],
    ),
}  # fmt: skip


def routine_threads():
    """Return some sixty mails' worth of everyday exchanges (list of :class:`.script.Thread`)."""
    chance = random.Random(SEED)
    threads = []
    day = OLDEST
    while day > NEWEST:
        threads.append(_thread(chance, day))
        day -= chance.randint(2, 6)
    return threads


def _thread(chance, day):
    subjects, mails = KINDS[chance.choice(list(KINDS))]
    company, contacts = chance.choice(CUSTOMERS)
    customer = PEOPLE[chance.choice(contacts or [company])]
    seller = PEOPLE[chance.choice(["marc", "marc", "mitchell", "sales"])]
    count = chance.randint(3, 40)
    gaps = {
        "count": count,
        "fewer": count - chance.randint(1, 2),
        "product": chance.choice(PRODUCTS),
        "place": chance.choice(PLACES),
        "why": chance.choice(WHYS),
        "number": f"S{chance.randint(10, 99):05d}",
        "week": chance.randint(10, 40),
    }
    thread = Thread(chance.choice(subjects).format(**gaps))
    hour = 8
    for writer, later, wordings, file in mails:
        day, hour = (day - later, 9) if later else (day, hour + 1)
        sender, other = (customer, seller) if writer == "c" else (seller, customer)
        time = (hour, chance.randint(0, 59))
        mail = ScriptedMail(day, time, sender, [other], [])
        if writer == "c" and customer.key != company and chance.random() < 0.3:
            mail.cc.append(PEOPLE[company])
        mail.text = chance.choice(wordings).format(**gaps)
        if "Picture attached" in mail.text:
            mail.files.append("scratch.jpg")
        if file:
            mail.files.append(file.format(**gaps))
        thread.mails.append(mail)
    return thread
