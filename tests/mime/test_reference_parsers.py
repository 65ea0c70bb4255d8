"""On well-formed mail the parser agrees with the standard library's two, to the character."""

import email
import email.policy
import importlib.util
from pathlib import Path

import pytest

from email_sync.mime.parse import parse, part_content
from tests.mime.corpus import BusinessMail

POLICIES = [email.policy.compat32, email.policy.default]


def cpython_mails():
    """Return CPython's own test mails by name; none where this Python came without its tests."""
    package = importlib.util.find_spec("test")
    for location in package.submodule_search_locations or [] if package else []:
        data = Path(location) / "test_email" / "data"
        return {path.name: path.read_bytes() for path in sorted(data.glob("msg_*.txt"))}
    return {}


def read_with(policy, source):
    """Return (subject, date, From addresses) by the standard library."""
    message = email.message_from_bytes(source, policy=policy)
    if policy is email.policy.compat32:
        subject = str(
            email.header.make_header(email.header.decode_header(message["subject"] or ""))
        )
        senders = [
            address
            for _name, address in email.utils.getaddresses([message["from"] or ""])
            if address
        ]
        date = message["date"] and email.utils.parsedate_to_datetime(message["date"])
    else:
        subject = str(message["subject"] or "")
        senders = (
            [address.addr_spec for address in message["from"].addresses] if message["from"] else []
        )
        date = message["date"].datetime if message["date"] else None
    return " ".join(subject.split()), date and date.timestamp(), senders, message


def leaves(message):
    for part in message.walk():
        if not part.is_multipart():
            yield part


@pytest.mark.parametrize("policy", POLICIES)
def test_business_mail_reads_alike(policy):
    for source in BusinessMail(seed=7).make_many(150):
        parsed = parse(source)
        subject, date, senders, message = read_with(policy, source)
        assert parsed.subject == subject
        assert parsed.date.timestamp() == date
        assert [address.email for address in parsed.from_] == senders
        texts = {"plain": [], "html": []}
        attached = []
        for part in leaves(message):
            if part.get_content_maintype() == "text":
                content = part.get_payload(decode=True).decode("utf-8").replace("\r\n", "\n")
                texts[part.get_content_subtype()].append(content)
            else:
                attached.append((part.get_filename(), part.get_payload(decode=True)))
        assert texts["plain"] == [parsed.text] or not texts["plain"]
        assert texts["html"] == ([parsed.html] if parsed.html else [])
        assert attached == [
            (part.filename, part_content(source, part.section)) for part in parsed.parts
        ]


# 'From: foo' is a name to us, an address to the standard library.
BARE_NAMES = ("msg_05.txt", "msg_43.txt")


def test_cpythons_own_mails_read_alike():
    for name, source in cpython_mails().items():
        parsed = parse(source)
        subject, date, senders, _message = read_with(email.policy.compat32, source)
        assert parsed.subject == subject, name
        assert (parsed.date and parsed.date.timestamp()) == date, name
        if name not in BARE_NAMES:
            assert [address.email for address in parsed.from_ if address.email] == senders, name
