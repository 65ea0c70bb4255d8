"""Text is readable, whatever the label says; only what cannot be read is replaced."""

import pytest

from email_sync.mime.encoding import decode, decode_encoded_words, find_codec, make_safe

KOREAN, JAPANESE, CHINESE = "안녕하세요 견적서", "見積もりの件", "报价单请查收"


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("utf-8", "utf-8", "Größe " + KOREAN),
        ("UTF8", "utf-8", "Größe"),
        ('"utf-8"', "utf-8", "Größe"),
        ("iso-8859-1", "cp1252", "Größe – 100 €"),
        ("us-ascii", "utf-8", "Größe"),
        ("us-ascii", "cp1252", "Größe"),
        ("", "utf-8", KOREAN),
        ("", "cp1252", "Größe"),
        ("x-unknown", "utf-8", KOREAN),
        ("unknown-8bit", "cp1252", "Größe"),
        ("iso-8859-1", "utf-8", "Größe, mislabelled"),
        ("windows-1252", "utf-8", KOREAN),
        ("utf-8", "cp1252", "Größe, mislabelled the other way"),
        ("iso-8859-15", "iso8859-15", "100 €"),
        ("iso-8859-2", "iso8859-2", "Żółć"),
        ("windows-1250", "cp1250", "Žluťoučký kůň"),
        ("windows-1251", "cp1251", "Привет"),
        ("koi8-r", "koi8-r", "Привет"),
        ("cp-1251", "cp1251", "Привет"),
        ("gb2312", "gb18030", "镕 " + CHINESE),
        ("gbk", "gb18030", CHINESE),
        ("hz-gb-2312", "hz", CHINESE),
        ("big5", "cp950", "報價單"),
        ("ks_c_5601-1987", "cp949", "똠방각하 " + KOREAN),
        ("euc-kr", "cp949", "펲시 " + KOREAN),
        ("shift_jis", "cp932", "①㈱髙 " + JAPANESE),
        ("windows-31j", "cp932", "①㈱髙 " + JAPANESE),
        ("iso-2022-jp", "iso2022_jp", JAPANESE),
        ("utf-8", "iso2022_jp", JAPANESE),
        ("iso-2022-kr", "iso2022_kr", KOREAN),
        ("euc-jp", "euc_jp", JAPANESE),
        ("utf-16", "utf-16", KOREAN),
        ("utf-16le", "utf-16-le", KOREAN),
        ("utf-7", "utf-7", "Größe"),
        ("tis-620", "cp874", "สวัสดี"),
        ("iso-8859-8-i", "iso8859-8", "שלום"),
    ],
)
def test_text_is_read_in_the_charset_it_is_in(label, codec, text):
    assert decode(text.encode(codec), label) == text


def test_japanese_with_the_characters_of_windows_is_read():
    # NEC's row 13, which ISO-2022-JP does not have and Outlook sends nevertheless.
    source = b"\x1b$B-!-j\x1b(B ok"
    assert decode(source, "iso-2022-jp") == "①㈱ ok"


def test_japanese_with_bad_escapes_stays_readable():
    source = "件名".encode("iso2022_jp") + b"\x1b(Z!\x1b ok \x1b$B8+"
    text = decode(source, "iso-2022-jp")
    assert text.startswith("件名") and "ok" in text


def test_utf_8_that_is_cut_loses_one_character_only():
    assert decode("안녕하세요".encode()[:-1], "utf-8") == "안녕하세\ufffd"


@pytest.mark.parametrize(
    "label", ["rot13", "base64", "hex", "idna", "punycode", "zlib", "undefined"]
)
def test_what_python_calls_a_codec_and_is_no_charset_is_not_used(label):
    assert decode(b"plain", label) == "plain"


@pytest.mark.parametrize("label", ["\x00", "x" * 10_000, "utf-8\r\nX: y", "../utf_8", "é"])
def test_nonsense_for_a_charset_is_unknown(label):
    assert find_codec(label) == ""
    assert decode(b"plain", label) == "plain"


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (b"a\x00b", "utf-8"),
        (b"a\x00\x08\x0b\x1fb", "iso-8859-1"),
        (b"a+AAA-b", "utf-7"),
        (b"a+2AA-b", "utf-7"),
        ("a\0b".encode("utf-16"), "utf-16"),
        (b"a\xed\xa0\x80b", "utf-8"),
        ("a\ufffeb".encode(), "utf-8"),
        (b"a\x00\xd8b\x00", "utf-16-le"),
        (b"\x1b$Ba\x00b", "iso-2022-jp"),
    ],
)
def test_nothing_is_left_that_the_database_refuses(data, label):
    text = decode(data, label)
    assert "\0" not in text and "\ufffe" not in text
    text.encode("utf-8")


def test_a_surrogate_in_the_middle_is_replaced():
    assert make_safe("a\ud800b\0c\ufffe") == "a\ufffdbc\ufffd"


def test_line_ends_become_line_feeds():
    assert decode(b"a\r\nb", "utf-8") == "a\nb"
    assert decode("a\r\nb".encode("utf-16"), "utf-16") == "a\nb"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?q?Gr=C3=B6=C3=9Fe_10?= cm", "Größe 10 cm"),
        ("Re: =?iso-8859-1?Q?Gr=F6=DFe?= x", "Re: Größe x"),
        ("=?utf-8?B?R3LDtsOf?= =?utf-8?B?ZQ==?=", "Größe"),
        ("=?utf-8?Q?a?=  =?iso-8859-1?Q?b?=", "ab"),
        ("=?utf-8?B?R3LDtsOfZQ?=", "Größe"),
        ("=?utf-8*de?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        ("=?utf-8?Q?with space?=", "with space"),
        ("=?utf-8?Q?really??=", "really?"),
        ("=?ks_c_5601-1987?B?vsiz58fPvLy/5A==?=", "안녕하세요"),
        ("=?utf-8?X?what?=", "=?utf-8?X?what?="),
        ("=?utf-8?Q?open", "=?utf-8?Q?open"),
        ("a=?utf-8?Q?b?=c", "abc"),
        ("=?iso-2022-jp?B?GyRCN29MPhsoQg==?=", "件名"),
        ("=?utf-8?Q??= x", " x"),
    ],
)
def test_encoded_words_are_read(value, expected):
    assert decode_encoded_words(value) == expected


def test_a_character_spread_over_two_words_is_one_character():
    # Exchange counts bytes, not characters.
    assert decode_encoded_words("=?utf-8?B?7ZU=?= =?utf-8?B?nA==?=") == "한"
