"""The demo mail is believable: complete, in the order of time, readable, about real customers."""

import datetime
from collections import Counter
from email import message_from_bytes, policy

import pytest

from tools.world.demo.mailboxes import demo_mailboxes
from tools.world.demo.people import MARC, MITCHELL, SALES

NOW = datetime.datetime(2025, 6, 18, 15, 0, tzinfo=datetime.timezone.utc)


@pytest.fixture(scope="module")
def boxes():
    return demo_mailboxes(NOW)


@pytest.fixture(scope="module")
def messages(boxes):
    return [
        message_from_bytes(mail.source, policy=policy.default)
        for mails in boxes.values()
        for mail in mails
    ]


def test_every_mailbox_has_mail_in_several_folders(boxes):
    assert {address: len(mails) > 60 for address, mails in boxes.items()} == {
        MARC: True,
        MITCHELL: True,
        SALES: True,
    }
    folders = {mail.folder for mail in boxes[MARC]}
    assert {"INBOX", "Sent", "Archive", "Clients/Acme Corporation"} <= folders
    assert "Büro & Möbelmesse" in folders


def test_mail_is_of_the_last_eight_months_and_never_of_the_future(boxes):
    dates = [mail.date for mails in boxes.values() for mail in mails]
    assert min(dates) > NOW - datetime.timedelta(days=245)
    assert max(dates) < NOW


def test_the_same_day_gives_the_same_mail(boxes):
    again = demo_mailboxes(NOW)
    for address, mails in boxes.items():
        subjects = [message_from_bytes(mail.source)["Message-ID"] for mail in mails]
        assert subjects == [
            message_from_bytes(mail.source)["Message-ID"] for mail in again[address]
        ]


def test_no_mail_is_damaged(messages):
    assert not [message["Subject"] for message in messages if list(message.walk())[0].defects]


def test_every_text_can_be_read_in_its_character_set(messages):
    charsets = Counter()
    for message in messages:
        body = message.get_body(("plain",))
        charsets[body.get_content_charset()] += 1
        assert "\ufffd" not in body.get_content()
    assert {"euc-kr", "iso-2022-jp", "koi8-r", "windows-1256", "utf-8"} <= set(charsets)


def test_no_two_first_texts_are_alike(messages):
    bodies = {
        message["Message-ID"]: message.get_body(("plain",)).get_content()
        for message in messages
        if not message["References"] and not message["List-Unsubscribe"]
    }
    assert len(set(bodies.values())) == len(bodies)


def test_answers_name_what_they_answer(messages):
    known = {message["Message-ID"] for message in messages}
    answers = [message["In-Reply-To"] for message in messages if message["In-Reply-To"]]
    assert len(answers) > 150
    assert set(answers) <= known
