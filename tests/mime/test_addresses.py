"""Whoever writes, copies or answers is found, however the field is written (RFC 5322 3.4)."""

import time

import pytest

from email_sync.mime.addresses import (
    address_forms,
    format_address,
    normalize_address,
    parse_addresses,
)
from email_sync.mime.message import Address


def pairs(value):
    return [(address.name, address.email) for address in parse_addresses(value)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ann@example.com", [("", "ann@example.com")]),
        ("Ann <ann@example.com>", [("Ann", "ann@example.com")]),
        ('"Doe, Ann" <ann@example.com>', [("Doe, Ann", "ann@example.com")]),
        ('"Ann \\"A\\" Doe" <ann@example.com>', [('Ann "A" Doe', "ann@example.com")]),
        ("Ann <ann@example.com>, Bob <bob@example.com>",
         [("Ann", "ann@example.com"), ("Bob", "bob@example.com")]),
        ("a@example.com,b@example.com;c@example.com",
         [("", "a@example.com"), ("", "b@example.com"), ("", "c@example.com")]),
        ("ann@example.com (Ann Doe)", [("Ann Doe", "ann@example.com")]),
        ("(before) ann@example.com", [("before", "ann@example.com")]),
        ("ann@example.com (Ann (a \\) b) Doe)", [("Ann (a \\) b) Doe", "ann@example.com")]),
        ("'Ann Doe' <ann@example.com>", [("Ann Doe", "ann@example.com")]),
        ("<ann@example.com>", [("", "ann@example.com")]),
        ("ann@example.com <ann@example.com>", [("ann@example.com", "ann@example.com")]),
        ("Ann<ann@example.com>", [("Ann", "ann@example.com")]),
        ("Ann Doe ann@example.com", [("Ann Doe", "ann@example.com")]),
        ("ann@example.com bob@example.com", [("", "ann@example.com"), ("", "bob@example.com")]),
        ("<ann@example.com> <bob@example.com>", [("", "ann@example.com"), ("", "bob@example.com")]),
        ("Ann <mailto:ann@example.com>", [("Ann", "ann@example.com")]),
        ("Ann <@relay.example,@b.example:ann@example.com>", [("Ann", "ann@example.com")]),
        ("ann@[192.0.2.1]", [("", "ann@[192.0.2.1]")]),
        ('"ann doe"@example.com', [("", '"ann doe"@example.com')]),
        ("Ann <ann @ example.com>", [("Ann", "ann@example.com")]),
        ("=?utf-8?Q?Doe=2C_J=C3=B6rg?= <j@example.com>", [("Doe, Jörg", "j@example.com")]),
        ('"=?utf-8?Q?J=C3=B6rg?=" <j@example.com>', [("Jörg", "j@example.com")]),
        ("=?utf-8?Q?J=C3=B6rg_=3Cj=40example=2Ecom=3E?=", [("Jörg", "j@example.com")]),
        ("=?utf-8?B?7ZWc?= =?utf-8?B?6rWt?= <k@example.com>", [("한국", "k@example.com")]),
        ("ann", [("ann", "")]),
        ("MAILER DAEMON <>", [("MAILER DAEMON", "")]),
        ("undisclosed-recipients:;", []),
        ("Team: ann@example.com, Bob <bob@example.com>;",
         [("", "ann@example.com"), ("Bob", "bob@example.com")]),
        ("Team: a@example.com;, c@example.com", [("", "a@example.com"), ("", "c@example.com")]),
        ("", []),
        (", ,;", []),
        ("Ann <ann@example.com", [("Ann", "ann@example.com")]),
        ('"Ann <ann@example.com>', [("Ann", "ann@example.com")]),
        ("ann@bücher.example", [("", "ann@bücher.example")]),
        ("Ann\u202egnp.exe <ann@example.com>", [("Anngnp.exe", "ann@example.com")]),
    ],
)  # fmt: skip
def test_a_field_names_its_mailboxes(value, expected):
    assert pairs(value) == expected


def test_five_thousand_recipients_are_read_in_a_moment():
    value = ", ".join(f'"Name, {i}" <user{i}@example.com>' for i in range(5_000))
    start = time.process_time()
    found = parse_addresses(value)
    assert time.process_time() - start < 1
    assert len(found) == 5_000
    assert found[-1] == Address("Name, 4999", "user4999@example.com")


def test_a_limit_bounds_what_is_read():
    assert len(parse_addresses("a@example.com, " * 50, limit=7)) == 7
    assert len(parse_addresses("(c) a@example.com, " * 50, limit=7)) == 7


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        ("Ann.Doe@Example.COM", "ann.doe@example.com"),
        (" ann@example.com ", "ann@example.com"),
        ("ann+crm@example.com", "ann+crm@example.com"),
        ("ann@Bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("ann@bücher。example", "ann@xn--bcher-kva.example"),
        ("ann@example.com.", "ann@example.com"),
        ('"ann.doe"@example.com', "ann.doe@example.com"),
        ("josé@example.com", "josé@example.com"),
        ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("ann", ""),
        ("ann@", ""),
        ("@example.com", ""),
        ("ann doe@example.com", ""),
        ("a@b@example.com", ""),
        ("ann@exa mple.com", ""),
        ("ann@example..com", ""),
        ("a" * 400 + "@example.com", ""),
        ("ann\u200b@example.com", ""),
        ("", ""),
    ],
)
def test_one_mailbox_has_one_normalised_address(written, normalized):
    assert normalize_address(written) == normalized
    assert Address("", written).normalized == normalized


def test_a_contact_is_found_under_either_form_of_its_domain():
    both = ["ann@xn--bcher-kva.example", "ann@bücher.example"]
    assert address_forms("Ann@Bücher.example") == both
    assert address_forms("ann@xn--bcher-kva.example") == both
    assert address_forms("ann@example.com") == ["ann@example.com"]
    assert address_forms("nobody") == []


@pytest.mark.parametrize(
    "address",
    [
        Address("Ann", "ann@example.com"),
        Address("Doe, Ann", "ann@example.com"),
        Address('Ann "A" \\ Doe', "ann@example.com"),
        Address("", "ann@example.com"),
        Address("Jörg", "j@example.com"),
    ],
)
def test_a_formatted_address_reads_as_the_same_address(address):
    assert parse_addresses(format_address(address)) == [address]
