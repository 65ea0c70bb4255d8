"""The words mail programs put around mail, one line a language: to add a language, add a line.

Languages: English, German, French, Spanish, Portuguese, Italian, Dutch, Catalan, Danish and
Norwegian, Swedish, Finnish, Polish, Czech and Slovak, Hungarian, Romanian, Croatian and Serbian,
Lithuanian, Estonian, Latvian, Icelandic, Russian, Ukrainian, Greek, Turkish, Korean, Chinese,
Japanese, Hebrew, Arabic, Indonesian, Vietnamese.
"""

import re


def alternatives(table):
    """Return a regular expression for any word of a table.

    :param str table: words, parted by ``|`` and line ends
    """
    # The longest first: one may be the beginning of another.
    ordered = sorted(_get_words(table), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(re.escape(word) for word in ordered) + ")"


def longest(table):
    """Return the number of characters of the longest word of a table."""
    return max(map(len, _get_words(table)))


def _get_words(table):
    return {word.strip() for line in table.splitlines() for word in line.split("|")} - {""}


# The last words of 'On Monday, Ann wrote:'; more may follow in languages of _WROTE_EARLIER.
WROTE = """
wrote | writes
schrieb | geschrieben
a écrit
escribió | escribio
escreveu
ha scritto
schreef
va escriure | ha escrit
skrev
kirjoitti
napisał | napisała | napisał(a) | pisze
napsal | napsala | napsal(a) | napísal | napísala | napísal(a)
ezt írta
a scris
je napisao | je napisala | je napisao/la
rašė
kirjutas
rakstīja
skrifaði
пишет | написал | написала | написал(а)
пише | написав | написала
έγραψε
yazdı
작성 | 작성했습니다 | 님이 쓴 글
写道 | 寫道
のメール | 書きました | からのメッセージ
כתב | כתבה | כתב/ה
كتب | كتبت
menulis
đã viết
"""

# Of WROTE, those that the sender's name or a phrase may follow: 'Am 1. Mai schrieb Ann:'.
WROTE_EARLIER = """
schrieb
schreef
skrev
ezt írta
כתב | כתבה | כתב/ה
كتب | كتبت
"""

# Between rows of dashes, in front of the mail answered to.
ORIGINAL_MESSAGE = """
original message | original appointment
ursprüngliche nachricht | urspruengliche nachricht | original-nachricht | originalnachricht
ursprüngliche e-mail | ursprünglicher termin
message d'origine | message d’origine | message original | message initial
mensaje original
mensagem original
messaggio originale
oorspronkelijk bericht
missatge original
oprindelig meddelelse | opprinnelig melding
ursprungligt meddelande | originalmeddelande
alkuperäinen viesti
wiadomość oryginalna | oryginalna wiadomość
původní zpráva | pôvodná správa
eredeti üzenet
mesaj original
izvorna poruka | originalna poruka
исходное сообщение | оригинальное сообщение
вихідне повідомлення
αρχικό μήνυμα
orijinal mesaj | orijinal ileti
원본 메시지 | 원본 메일 | 원본 이메일
原始邮件 | 原始郵件 | 原邮件
元のメッセージ
הודעה מקורית
الرسالة الأصلية
pesan asli
tin nhắn gốc
"""

# In front of a forwarded mail.
FORWARDED_MESSAGE = """
forwarded message | begin forwarded message
weitergeleitete nachricht | anfang der weitergeleiteten nachricht
anfang der weitergeleiteten e-mail
message transféré | message transmis | début du message transféré | début du message réexpédié
mensaje reenviado | inicio del mensaje reenviado
mensagem encaminhada | mensagem reencaminhada | início da mensagem reencaminhada
messaggio inoltrato | inizio messaggio inoltrato
doorgestuurd bericht | begin doorgestuurd bericht
missatge reenviat
videresendt melding | videresendt meddelelse | videresendt besked | videresendt e-post
vidarebefordrat meddelande | vidarebefordrat brev
välitetty viesti | edelleenlähetetty viesti
wiadomość przekazana | przekazana wiadomość
přeposlaná zpráva | preposlaná správa
továbbított üzenet
mesaj redirecționat
proslijeđena poruka | prosleđena poruka
пересылаемое сообщение | пересланное сообщение
переслане повідомлення
προωθημένο μήνυμα
iletilen mesaj | iletilen ileti
전달된 메시지 | 전달된 메일
转发的邮件 | 转发邮件 | 轉寄的郵件 | 轉寄郵件
転送されたメッセージ | 転送メッセージ
הודעה שהועברה
رسالة معاد توجيهها
pesan yang diteruskan
tin nhắn được chuyển tiếp
"""

# 'From:' and 'Sent:' of the header that Outlook writes in front of the mail answered to.
FROM = """
from
von
de
da
van
fra
från
lähettäjä
od
feladó
expeditor
от
від
από
gönderen | kimden
보낸 사람 | 보낸사람
发件人 | 寄件者 | 寄件人
差出人 | 送信者
מאת
من
dari
từ
"""

SENT = """
sent | date
gesendet | datum
envoyé | date d'envoi
enviado | enviado el | fecha
enviado em | enviada em | data
inviato
verzonden
enviat
sendt | dato
skickat
lähetetty | päivämäärä
wysłano | wysłane
odesláno | odoslané | dátum
elküldve
trimis
poslano | poslato
отправлено | дата
надіслано
στάλθηκε | ημερομηνία
gönderme tarihi | gönderildi | tarih
보낸 날짜 | 보낸날짜 | 날짜
发送时间 | 发送日期 | 日期 | 寄件日期 | 傳送時間
送信日時 | 日付
נשלח | תאריך
تم الإرسال | التاريخ
dikirim | tanggal
đã gửi | ngày
"""

# In front of the subject of an answer; only what no subject begins with by itself.
REPLY_PREFIXES = """
re | r | res | rif
aw | antw | antwort
rép | réponse
respuesta | resposta
sv | vs
vá
odp
ats | atb | bls | hl
ответ | відповідь
απ | απάντηση
ynt | yanıt | cvb | cevap
답장 | 회신
回复 | 回覆 | 回 | 答复 | 答覆
返信
תגובה | השב
رد
trả lời
"""

FORWARD_PREFIXES = """
fw | fwd
wg | weitergeleitet
tr
rv
enc
i
doorst
vb | vl | vidarebefordrat
vs
pd
tov | továbbítás | továbbított
переслать | пересланное
πρθ | προώθ
ilt | ilet
전달
转发 | 轉寄 | 轉發
転送
הועבר
إعادة توجيه
chuyển tiếp
"""
