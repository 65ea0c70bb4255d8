"""No mail raises, stalls or eats memory."""

import time
import tracemalloc

import pytest

from email_sync.mime.message import Limits
from email_sync.mime.parse import parse, part_content
from tests.mime.checks import exercise, mutate, seeded
from tests.mime.corpus import BusinessMail
from tests.mime.hostile import HOSTILE
from tests.mime.test_reference_parsers import cpython_mails

SECONDS = 2  # of processor time


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_costs_little(name):
    source = HOSTILE[name]()
    start = time.process_time()
    parsed = parse(source)
    assert time.process_time() - start < SECONDS
    assert len(parsed.parts) <= Limits().parts
    assert len(parsed.text) <= 2 * Limits().text_bytes + 10_000
    start = time.process_time()
    exercise(source, contents=3)
    assert time.process_time() - start < 3 * SECONDS


def test_a_large_mail_takes_no_more_memory_than_itself():
    body = b"A" * 76 + b"\r\n"
    source = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n"
        b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + body * 400_000 + b"--b--\r\n"
    )
    tracemalloc.start()
    parsed = parse(source)
    _current, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert parsed.text == "hi" and parsed.parts[0].size == 57 * 400_000
    assert peak < 8_000_000


def test_mail_cut_at_any_byte_is_read():
    source = BusinessMail(seed=11).make_many(30)[-1][:6_000]
    for length in range(0, len(source), 7):
        exercise(source[:length])


def small_mails():
    mails = list(cpython_mails().values())
    mails += [mail for mail in BusinessMail(seed=5).make_many(25) if len(mail) < 20_000]
    for function in HOSTILE.values():
        mails.append(function(5) if function.__defaults__ else function())
    return mails


@pytest.mark.parametrize("seed", range(8))
def test_damaged_mail_never_raises(seed):
    mails = small_mails()
    for number in range(150):
        rng = seeded(seed, number)
        source = mutate(rng.choice(mails), rng)
        try:
            exercise(source)
        except Exception as error:
            raise AssertionError(f"seed {seed}, mail {number}: {source[:2_000]!r}") from error


def test_noise_never_raises():
    for number in range(300):
        rng = seeded("noise", number)
        exercise(rng.randbytes(rng.randint(0, 3_000)))


def test_content_of_a_part_is_found_or_refused():
    source = BusinessMail(seed=5).make()
    for section in (
        "",
        ".",
        "1.",
        ".1",
        "0",
        "00",
        "1.0.1",
        "9" * 5_000,
        "1" + ".1" * 5_000,
        "é",
        "\0",
    ):
        with pytest.raises(KeyError):
            part_content(source, section)
