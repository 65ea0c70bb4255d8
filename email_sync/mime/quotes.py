"""Which lines of a mail are its own, and which repeat earlier mail.

Works on lines of text, whether they come from a plain text or from an HTML tree
(:mod:`.folding`); knows the words of mail programs in many languages.
"""

import re
from enum import Enum

LINES_LIMIT = 20_000


class Kind(Enum):
    """What a line is."""

    TEXT = "text"
    ATTRIBUTION = "attribution"  # 'On Monday, Ann wrote:'
    QUOTE = "quote"  # '> …'
    HISTORY = "history"  # the mail answered to, unmarked, to the end
    FORWARD = "forward"  # a forwarded mail: what the sender wants read
    SIGNATURE = "signature"  # from '-- ' on


_WROTE = re.compile(
    r"(?:\b(?:wrote|writes|schrieb\b[^:]{0,150}|geschrieben|a écrit|escribió|escribio|escreveu"
    r"|ha scritto|ha escrit|va escriure|schreef\b[^:]{0,150}|skrev\b[^:]{0,150}|kirjoitti"
    r"|napisał(?:a|\(a\))?|pisze|napsal(?:a|\(a\))?|napísal(?:a|\(a\))?|пишет|написал(?:а|\(а\))?"
    r"|пише|написав|написала|yazdı|ezt írta\b[^:]{0,150}|a scris|έγραψε|đã viết|menulis"
    r"|je napisa[ol]a?|je napisao/la|rašė|kirjutas|rakstīja|skrifaði)"
    r"|(?:のメール|書きました|からのメッセージ|작성|작성했습니다|님이 쓴 글|写道|寫道)"
    r"|(?:כתב|כתבה|כתב/ה|‏כתב/ה|كتب|كتبت)[^:]{0,150}"
    r")[ \u00a0\u200f]{0,3}[:：]$"
)
_DATE_HINT = re.compile(r"\d|@")
_TIME_OR_ADDRESS = re.compile(r"\d{1,2}[:.h]\d\d|@")

_ORIGINAL = re.compile(
    r"[-_=*\s]{2,80}(?:original message|original-nachricht|urspr(?:ü|ue)ngliche (?:nachricht|e-mail)"
    r"|originalnachricht|message d['’]origine|message original|message initial|mensaje original"
    r"|mensagem original|messaggio originale|oorspronkelijk bericht|originalmeddelande"
    r"|ursprungligt meddelande|opprinnelig melding|oprindelig meddelelse|alkuperäinen viesti"
    r"|(?:wiadomość oryginalna|oryginalna wiadomość)|původní zpráva|pôvodná správa"
    r"|eredeti üzenet|mesaj original|исходное сообщение|оригинальное сообщение"
    r"|вихідне повідомлення|orijinal (?:mesaj|ileti)|αρχικό μήνυμα|원본 메시지|원본 메일|원본 이메일"
    r"|原始邮件|原始郵件|原邮件|元のメッセージ|original appointment|ursprünglicher termin"
    r")[-_=*\s]{2,80}",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[-_=*>\s]{0,80}(?:forwarded message|begin forwarded message|weitergeleitete nachricht"
    r"|anfang der weitergeleiteten (?:nachricht|e-mail)|message transféré|message transmis"
    r"|début du message (?:transféré|réexpédié)|mensaje reenviado|inicio del mensaje reenviado"
    r"|mensagem (?:encaminhada|reencaminhada)|messaggio inoltrato|inizio messaggio inoltrato"
    r"|doorgestuurd bericht|begin doorgestuurd bericht|vidarebefordrat (?:meddelande|brev)"
    r"|videresendt (?:melding|meddelelse|besked)|välitetty viesti|edelleenlähetetty viesti"
    r"|wiadomość przekazana|przekazana wiadomość|přeposlaná zpráva|továbbított üzenet"
    r"|пересылаемое сообщение|пересланное сообщение|переслане повідомлення|iletilen (?:mesaj|ileti)"
    r"|προωθημένο μήνυμα|전달된 메시지|전달된 메일|轉寄郵件|转发的邮件|轉寄的郵件|转发邮件|転送されたメッセージ"
    r"|転送メッセージ)\s?[-_=:：\s]{0,80}",
    re.IGNORECASE,
)

# The header that Outlook writes in front of the mail answered to.
_FROM = (
    "from|von|de|da|van|från|fra|lähettäjä|od|feladó|expeditor|от|від|kimden|gönderen|από|보낸 사람"
    "|보낸사람|发件人|寄件者|寄件人|差出人|送信者|מאת|من|dari|từ"
)
_SENT = (
    "sent|date|gesendet|datum|envoyé|date d'envoi|enviado(?: el)?|enviada(?: em)?|fecha|data|inviato"
    "|verzonden|skickat|sendt|dato|lähetetty|päivämäärä|wysłano|wysłane|odesláno|odoslané|elküldve"
    "|dátum|trimis|отправлено|дата|надіслано|gönderme tarihi|gönderildi|tarih|ημερομηνία|στάλθηκε"
    "|보낸 날짜|보낸날짜|날짜|发送时间|发送日期|日期|寄件日期|傳送時間|送信日時|日付|נשלח|תאריך|تم الإرسال"
    "|التاريخ|dikirim|tanggal|ngày|đã gửi"
)
_FROM_LINE = re.compile(rf"[*\s]{{0,5}}(?:{_FROM})\s{{0,3}}\*?\s?[:：]", re.IGNORECASE)
_SENT_LINE = re.compile(rf"[*\s]{{0,5}}(?:{_SENT})\s{{0,3}}\*?\s?[:：]", re.IGNORECASE)
_HEADER_LINES = 6


def has_content(line):
    """Return whether a line shows anything."""
    return bool(line.strip(" \t\r\n\u00a0\u200b\u200c\u200d\u2007\u034f\ufeff\u00ad"))


def classify(lines, quoted=None):
    """Return the :class:`Kind` of each line.

    :param list[str] lines: of a mail, in order
    :param quoted: list of booleans, which lines are known to be quoted; None when none are known
    :rtype: list[Kind]
    """
    quoted = quoted or [False] * len(lines)
    kinds = [Kind.TEXT] * len(lines)
    last_quote = max(
        (i for i, line in enumerate(lines[:LINES_LIMIT]) if quoted[i] or _is_quoted(line)),
        default=-1,
    )
    index = 0
    while index < min(len(lines), LINES_LIMIT):
        line = lines[index].strip()
        if quoted[index] or _is_quoted(line):
            kinds[index] = Kind.QUOTE
        elif _FORWARDED.fullmatch(line[:300]) and len(line) > 10:
            _fill(kinds, index, Kind.FORWARD)
            break
        elif _ORIGINAL.fullmatch(line[:300]) or _is_header(lines, index):
            _fill(kinds, index, Kind.HISTORY)
            break
        elif line == "--" and len(lines) - index <= 30:
            _fill_signature(kinds, lines, quoted, index)
        elif kinds[index] is Kind.TEXT and line:
            length = _get_attribution_length(lines, index)
            follows = _next_content(lines, index + length) if length else None
            if not length:
                pass
            elif follows is not None and (quoted[follows] or _is_quoted(lines[follows])):
                kinds[index : index + length] = [Kind.ATTRIBUTION] * length
            elif last_quote < index and _TIME_OR_ADDRESS.search(line):
                # Programs of telephones repeat the mail answered to without marking it.
                _fill(kinds, index, Kind.HISTORY)
                break
            index += max(length, 1) - 1
        index += 1
    return kinds


def fold(lines, quoted=None):
    """Return which lines a reader who knows the earlier mail can do without.

    Empty lines count with their neighbours. Nothing is folded where nothing would be left.

    :rtype: list[bool]
    """
    kinds = classify(lines, quoted)
    folded = [kind not in (Kind.TEXT, Kind.FORWARD) for kind in kinds]
    content = [has_content(line) for line in lines]
    if not any(content[i] and not folded[i] for i in range(len(lines))):
        return [False] * len(lines)
    following = True
    for i in range(len(lines) - 1, -1, -1):
        if content[i]:
            following = folded[i]
        elif not folded[i]:
            folded[i] = following and _is_folded_before(folded, content, i)
    return folded


def _is_folded_before(folded, content, index):
    for i in range(index - 1, max(index - 50, -1), -1):
        if content[i]:
            return folded[i]
    return False


def visible_lines(lines):
    """Return the lines of a mail that are its own."""
    return [line for line, is_folded in zip(lines, fold(lines), strict=True) if not is_folded]


def is_attribution(line):
    """Return whether a line introduces a quote: 'On Monday at 10:00, Ann wrote:'."""
    line = line.strip()
    return (
        8 < len(line) < 400
        and line[-1] in ":："
        and bool(_WROTE.search(line[-200:]))
        and bool(_DATE_HINT.search(line))
    )


def _is_quoted(line):
    return line.lstrip()[:1] in (">", "＞")


def _fill(kinds, index, kind):
    kinds[index:] = [kind if k is not Kind.QUOTE else k for k in kinds[index:]]


def _fill_signature(kinds, lines, quoted, index):
    for i in range(index, len(lines)):
        if quoted[i] or _is_quoted(lines[i]) or _get_attribution_length(lines, i):
            break
        kinds[i] = Kind.SIGNATURE


def _get_attribution_length(lines, index):
    """Return over how many lines an attribution goes that begins here, 0 when there is none."""
    if is_attribution(lines[index]):
        return 1
    # Plain texts are wrapped.
    for length in (2, 3):
        if index + length > len(lines) or not lines[index + length - 1].strip():
            break
        if lines[index + length - 1].rstrip()[-1:] in ":：":
            joined = " ".join(lines[index : index + length])
            # The date or the sender begins it: else it is a sentence in front of an attribution.
            if is_attribution(joined) and _DATE_HINT.search(lines[index]):
                return length
            break
    return 0


def _next_content(lines, index):
    for i in range(index, min(index + 20, len(lines))):
        if has_content(lines[i]):
            return i
    return None


def _is_header(lines, index):
    if not _FROM_LINE.match(lines[index][:60]):
        return False
    following = [
        line[:60] for line in lines[index + 1 : index + 1 + 3 * _HEADER_LINES] if has_content(line)
    ]
    return any(_SENT_LINE.match(line) for line in following[:_HEADER_LINES])
