"""Names of special folders, for servers that do not say what a folder is for (RFC 6154)."""

# What mail programs and providers call these folders where the server does not say what they are
# for. Compared without case, accents, spaces and punctuation.
NAMES = {
    "sent": """
        Sent|Sent Mail|Sent Items|Sent Messages|Sent Objects|Outbox Sent|Gesendet|Gesendete Objekte
        |Gesendete Elemente|Gesendete Nachrichten|Envoyés|Éléments envoyés|Messages envoyés
        |Courrier envoyé|Objets envoyés|Enviados|Elementos enviados|Mensajes enviados|Enviadas
        |Itens enviados|Mensagens enviadas|Correo enviado|Enviats|Posta inviata|Inviata|Inviati
        |Elementi inviati|Verzonden|Verzonden items|Verzonden berichten|Skickat|Skickade objekt
        |Sendt|Sendte elementer|Sendt post|Sende elementer|Lähetetyt|Lähetetyt kohteet|Wysłane
        |Elementy wysłane|Odeslané|Odeslaná pošta|Odeslané zprávy|Odoslané|Elküldött
        |Elküldött elemek|Trimise|Mesaje trimise|Elemente trimise|Изпратени|Отправленные
        |Надіслані|Відправлені|Απεσταλμένα|Gönderilmiş Öğeler|Gönderilenler|Gönderilmiş|Poslano
        |Poslane stavke|Saadetud|Nosūtītie|Išsiųsti|Išsiųsta|נשלח|פריטים שנשלחו|المرسلة
        |البريد المرسل|العناصر المرسلة|ارسال شده|送信済み|送信済みメール|送信済みアイテム|送信済
        |보낸 편지함|보낸메일함
        |보낸 메일함|보낸메일|보낸 메일|已发送|已发送邮件|已发邮件|寄件備份|已傳送|寄件备份|送出郵件
        |Đã gửi|Thư đã gửi|Terkirim|Item Terkirim|จดหมายที่ส่ง|ส่งแล้ว|ข้อความที่ส่งแล้ว|भेजा गया
    """,
    "drafts": """
        Drafts|Draft|Draft Messages|Entwürfe|Entwurf|Brouillons|Brouillon|Borradores|Borrador
        |Rascunhos|Rascunho|Esborranys|Bozze|Bozza|Concepten|Utkast|Kladder|Kladde|Luonnokset
        |Wersje robocze|Robocze|Szkice|Koncepty|Rozepsané|Rozpísané|Piszkozatok|Ciorne|Schițe
        |Чернови|Черновики|Чернетки|Πρόχειρα|Taslaklar|Skice|Nacrti|Osnutki|Mustandid|Melnraksti
        |Juodraščiai|טיוטות|المسودات|مسودات|پیش نویس ها|下書き|草稿|草稿箱|草稿夹|임시보관함
        |임시 보관함|임시저장|Thư nháp|Bản nháp|Draf|Konsep|แบบร่าง|จดหมายร่าง|ड्राफ़्ट
    """,
    "trash": """
        Trash|Deleted|Deleted Items|Deleted Messages|Bin|Wastebasket|Papierkorb|Gelöscht
        |Gelöschte Objekte|Gelöschte Elemente|Gelöschte Nachrichten|Corbeille|Éléments supprimés
        |Messages supprimés|Papelera|Elementos eliminados|Eliminados|Papelera de reciclaje|Lixeira
        |Lixo|Itens excluídos|Itens eliminados|Paperera|Cestino|Elementi eliminati|Posta eliminata
        |Prullenbak|Verwijderde items|Verwijderd|Papperskorgen|Borttagna objekt|Borttaget|Slettet
        |Slettede elementer|Slettet post|Papirkurv|Papirkurven|Poistetut|Roskakori
        |Poistetut kohteet|Kosz|Elementy usunięte|Usunięte|Koš|Odstraněná pošta|Odstraněné|Kôš
        |Odstránené|Kuka|Lomtár|Törölt elemek|Törölt|Coș de gunoi|Coș|Elemente șterse|Șterse|Кошче
        |Корзина|Удаленные|Удалённые|Кошик|Видалені|Κάδος απορριμμάτων|Κάδος|Διαγραμμένα
        |Çöp Kutusu|Çöp|Silinmiş Öğeler|Silinenler|Smeće|Obrisane stavke|Koš za smeti|Smeti
        |Prügikast|Kustutatud|Miskaste|Dzēstie|Šiukšliadėžė|Šiukšlinė|Ištrinti|אשפה|פריטים שנמחקו
        |المهملات|سلة المهملات|العناصر المحذوفة|زباله دان|ゴミ箱|ごみ箱|削除済みアイテム|削除済み
        |휴지통|지운 편지함|지운메일함|已删除|已删除邮件|废件箱|垃圾桶|刪除的郵件|Thùng rác
        |Thư đã xóa|Sampah|Tong Sampah|ถังขยะ|रद्दी
    """,
    "junk": """
        Junk|Junk Mail|Junk Email|Spam|Spam Mail|Bulk|Bulk Mail|Unerwünscht|Spamverdacht
        |Junk-E-Mail|Spamordner|Courrier indésirable|Indésirables|Pourriels|Correo no deseado
        |No deseado|Correo basura|Lixo eletrônico|Lixo eletrónico|Correu brossa
        |Posta indesiderata|Indesiderata|Ongewenste e-mail|Ongewenst|Skräppost|Uønsket post
        |Uønsket e-post|Søppelpost|Uønsket|Roskaposti|Wiadomości-śmieci|Niechciane
        |Nevyžádaná pošta|Nevyžiadaná pošta|Nevyžádaná|Levélszemét|Nedorite|Mesaje nedorite
        |E-mailuri nedorite|Нежелана поща|Спам|Нежелательная почта|Рассылки спам|Небажана пошта
        |Ανεπιθύμητα|Ανεπιθύμητη αλληλογραφία|İstenmeyen|Gereksiz|Önemsiz E-posta|Gereksiz E-posta
        |Neželjena pošta|Neželena pošta|Rämpspost|Mēstules|Brukalas|דואר זבל|ספאם
        |البريد غير الهام|البريد غير المرغوب فيه|هرزنامه|迷惑メール|迷惑メールフォルダ|스팸메일함
        |스팸 메일함|스팸|스팸메일|정크 메일|垃圾邮件|垃圾郵件|垃圾箱|Thư rác|อีเมลขยะ|จดหมายขยะ
    """,
    "archive": """
        Archive|Archives|Archived|Archiv|Archivo|Archivados|Arquivo|Arquivo morto|Arxiu|Archivio
        |Archief|Arkiv|Arkisto|Archiwum|Archív|Archívum|Arhivă|Arhiva|Архив|Архів|Αρχείο
        |Αρχειοθέτηση|Arşiv|Arhiv|Arhiiv|Arhīvs|Archyvas|ארכיון|الأرشيف|أرشيف|アーカイブ
        |보관함|보관 메일함|归档|存档|封存|Lưu trữ|Arsip|เก็บถาวร
    """,
    "all": "All Mail|Alle Nachrichten|Tous les messages|Todos|전체보관함|すべてのメール",
}
