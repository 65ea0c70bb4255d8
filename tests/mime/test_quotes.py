"""What repeats earlier mail folds away, what is new never does; in the words of many programs."""

import pytest

from email_sync.mime.quotes import fold, is_attribution


def folded(text):
    lines = text.split("\n")
    return [line for line, is_folded in zip(lines, fold(lines), strict=True) if is_folded]


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, Nov 23, 2026 at 10:00 AM Ann Doe <ann@example.com> wrote:",
        "Am 23.11.2026 um 10:00 schrieb Ann Doe:",
        "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Ann Doe <ann@example.com>:",
        "Le lun. 23 nov. 2026 à 10:00, Ann Doe <ann@example.com> a écrit :",
        "Le 23/11/2026 à 10:00, Ann a écrit\u00a0:",
        "El lun, 23 nov 2026 a las 10:00, Ann Doe (<ann@example.com>) escribió:",
        "Em seg., 23 de nov. de 2026 às 10:00, Ann <ann@example.com> escreveu:",
        "Il giorno lun 23 nov 2026 alle ore 10:00 Ann <ann@example.com> ha scritto:",
        "Op ma 23 nov 2026 om 10:00 schreef Ann <ann@example.com>:",
        "Den mån 23 nov. 2026 kl 10:00 skrev Ann <ann@example.com>:",
        "ma 23. marrask. 2026 klo 10.00 Ann (ann@example.com) kirjoitti:",
        "pon., 23 lis 2026 o 10:00 Ann <ann@example.com> napisał(a):",
        "po 23. 11. 2026 v 10:00 odesílatel Ann <ann@example.com> napsal:",
        "пн, 23 нояб. 2026 г. в 10:00, Ann <ann@example.com>:\u200b wrote:",
        "23.11.2026 10:00, Анна пишет:",
        "Ann <ann@example.com>, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:",
        "2026년 11월 23일 (월) 오전 10:00, 안나 <ann@example.com>님이 작성:",
        "2026年11月23日(月) 10:00 Ann <ann@example.com>のメール:",
        "Ann <ann@example.com> 于2026年11月23日周一 10:00写道：",
        "Ann <ann@example.com> 於 2026年11月23日 週一 上午10:00寫道：",
        "Στις Δευ 23 Νοε 2026 στις 10:00 π.μ., ο χρήστης Ann <ann@example.com> έγραψε:",
        "Vào Th 2, 23 thg 11, 2026 vào lúc 10:00 Ann <ann@example.com> đã viết:",
        "Pada tanggal Sen, 23 Nov 2026 pukul 10:00 Ann <ann@example.com> menulis:",
    ],
)
def test_the_line_in_front_of_a_quote_is_known(line):
    assert is_attribution(line)
    assert folded(f"new\n\n{line}\n> old\n") == [line, "> old", ""]


@pytest.mark.parametrize(
    "line",
    [
        "This is what he wrote:",
        "wrote:",
        "Dear Ann,",
        "Prices as of 23.11.2026:",
        "He wrote 3 mails.",
    ],
)
def test_sentences_are_not_taken_for_it(line):
    assert not is_attribution(line)
    assert folded(f"new\n{line}\nmore") == []


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message d'origine --------",
        "-----Mensaje original-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Исходное сообщение-----",
        "----- 원본 메시지 -----",
        "-----原始邮件-----",
        "_____元のメッセージ_____",
    ],
)
def test_all_behind_a_separator_folds(separator):
    assert folded(f"new\n\n{separator}\nFrom: x\nold\n\nolder") == [
        separator, "From: x", "old", "", "older",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("From: Ann", "Sent: Monday, November 23, 2026"),
        ("Von: Ann", "Gesendet: Montag, 23. November 2026"),
        ("*De :* Ann", "*Envoyé :* lundi 23 novembre 2026"),
        ("De: Ann", "Enviado el: lunes, 23 de noviembre"),
        ("Da: Ann", "Inviato: lunedì 23 novembre"),
        ("Van: Ann", "Verzonden: maandag 23 november"),
        ("Från: Ann", "Skickat: den 23 november"),
        ("Od: Ann", "Wysłano: poniedziałek"),
        ("От: Ann", "Отправлено: 23 ноября"),
        ("보낸 사람: Ann", "보낸 날짜: 2026년 11월 23일"),
        ("发件人: Ann", "发送时间: 2026年11月23日"),
        ("差出人: Ann", "送信日時: 2026年11月23日"),
    ],
)
def test_the_header_outlook_writes_begins_the_history(first, second):
    assert folded(f"new\n\n{first}\n{second}\nx: y\n\nold") == [first, second, "x: y", "", "old"]


def test_answers_between_quotes_stay():
    assert folded("On 1.5.2026 Ann wrote:\n> one?\nyes\n> two?\nno") == [
        "On 1.5.2026 Ann wrote:", "> one?", "> two?",
    ]  # fmt: skip


def test_an_attribution_may_be_wrapped():
    text = "new\n\nOn Mon, Nov 23, 2026 at 10:00 AM Ann Doe\n<ann@example.com> wrote:\n\n> old"
    assert folded(text) == text.split("\n")[2:]


def test_a_quote_without_marks_folds_to_the_end():
    # Programs of telephones.
    text = "new\n\nOn 23 Nov 2026, at 10:00, Ann <ann@example.com> wrote:\n\nold\nolder"
    assert folded(text) == text.split("\n")[2:]


def test_a_signature_folds():
    assert folded("new\n-- \nAnn\nExample Ltd") == ["-- ", "Ann", "Example Ltd"]


def test_a_forwarded_mail_stays():
    for separator in (
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "---------- Weitergeleitete Nachricht ----------",
        "---------- 전달된 메일 ----------",
    ):
        assert folded(f"see below\n\n{separator}\nFrom: x\nDate: y\n\nold") == []


def test_where_all_is_quoted_nothing_folds():
    assert folded("> one\n> two") == []
    assert folded("On 1.5.2026 10:00 Ann wrote:\n> one") == []
