"""The servers of well-known providers, as their help pages and Thunderbird's public list name them.

A line is: name | IMAP server | SMTP server | note | domains. A server without a port has 993 (IMAP)
or 465 (SMTP) with TLS from the start; ``:587`` means STARTTLS. The note is one of
:data:`.provider.NOTES`, and ``local`` says that one signs in with what stands before the @.
"""

TABLE = """
AOL | imap.aol.com | smtp.aol.com | app_password | aol.com aim.com aol.de aol.fr aol.co.uk love.com
iCloud | imap.mail.me.com | smtp.mail.me.com:587 | app_password | icloud.com me.com mac.com
GMX | imap.gmx.net | mail.gmx.net | enable_imap | gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.biz
GMX | imap.gmx.net | mail.gmx.net | enable_imap | gmx.org gmx.info
GMX | imap.gmx.com | mail.gmx.com | enable_imap | gmx.com gmx.us gmx.co.uk gmx.fr gmx.es
WEB.DE | imap.web.de | smtp.web.de:587 | enable_imap | web.de email.de
mail.com | imap.mail.com | smtp.mail.com | enable_imap | mail.com email.com usa.com post.com
mail.com | imap.mail.com | smtp.mail.com | enable_imap | europe.com
T-Online | secureimap.t-online.de | securesmtp.t-online.de | email_password | t-online.de magenta.de
freenet | mx.freenet.de | mx.freenet.de | enable_imap | freenet.de
1&1 IONOS | imap.ionos.de | smtp.ionos.de | | online.de onlinehome.de
Posteo | posteo.de | posteo.de | | posteo.de posteo.net posteo.org posteo.at posteo.ch posteo.eu
mailbox.org | imap.mailbox.org | smtp.mailbox.org | | mailbox.org
Vodafone | imap.vodafonemail.de | smtp.vodafonemail.de | | vodafonemail.de arcor.de
Fastmail | imap.fastmail.com | smtp.fastmail.com | app_password | fastmail.com fastmail.fm sent.com
Zoho Mail | imap.zoho.com | smtp.zoho.com | enable_imap | zoho.com zohomail.com
Zoho Mail | imap.zoho.eu | smtp.zoho.eu | enable_imap | zoho.eu zohomail.eu
Zoho Mail | imap.zoho.in | smtp.zoho.in | enable_imap | zoho.in zohomail.in
Runbox | mail.runbox.com | mail.runbox.com | | runbox.com
Bluewin | imaps.bluewin.ch | smtpauths.bluewin.ch | | bluewin.ch
A1 | securemail.a1.net | securemail.a1.net | | a1.net aon.at
Orange | imap.orange.fr | smtp.orange.fr | | orange.fr wanadoo.fr
Free | imap.free.fr | smtp.free.fr | | free.fr aliceadsl.fr
La Poste | imap.laposte.net | smtp.laposte.net | | laposte.net
SFR | imap.sfr.fr | smtp.sfr.fr | | sfr.fr neuf.fr cegetel.net club-internet.fr
Bouygues Telecom | imap.bbox.fr | smtp.bbox.fr | | bbox.fr
Libero | imapmail.libero.it | smtp.libero.it | app_password | libero.it iol.it inwind.it giallo.it
Libero | imapmail.libero.it | smtp.libero.it | app_password | blu.it
Virgilio | in.virgilio.it | out.virgilio.it | | virgilio.it
Aruba | imaps.aruba.it | smtps.aruba.it | | aruba.it
Movistar | imap.movistar.es | smtp.movistar.es:587 | | movistar.es telefonica.net
KPN | imap.kpnmail.nl | smtp.kpnmail.nl:587 | | kpnmail.nl planet.nl hetnet.nl kpnplanet.nl
Ziggo | imap.ziggo.nl | smtp.ziggo.nl:587 | | ziggo.nl home.nl casema.nl upcmail.nl
Telenet | imap.telenet.be | smtp.telenet.be:587 | | telenet.be
Seznam | imap.seznam.cz | smtp.seznam.cz | | seznam.cz email.cz post.cz
Centrum | imap.centrum.cz | smtp.centrum.cz | | centrum.cz
WP | imap.wp.pl | smtp.wp.pl | enable_imap | wp.pl
o2 | poczta.o2.pl | poczta.o2.pl | enable_imap local | o2.pl tlen.pl go2.pl prokonto.pl
Onet | imap.poczta.onet.pl | smtp.poczta.onet.pl | enable_imap | onet.pl op.pl poczta.onet.pl vp.pl
Interia | poczta.interia.pl | poczta.interia.pl | enable_imap | interia.pl interia.eu
Mail.ru | imap.mail.ru | smtp.mail.ru | app_password | mail.ru bk.ru inbox.ru list.ru internet.ru
Yandex | imap.yandex.com | smtp.yandex.com | app_password | yandex.ru yandex.com ya.ru yandex.by
Yandex | imap.yandex.com | smtp.yandex.com | app_password | yandex.kz yandex.ua narod.ru
Rambler | imap.rambler.ru | smtp.rambler.ru | enable_imap | rambler.ru lenta.ru ro.ru
ukr.net | imap.ukr.net | smtp.ukr.net | app_password | ukr.net
BT | mail.btinternet.com | mail.btinternet.com | | btinternet.com btopenworld.com
Virgin Media | imap.virginmedia.com | smtp.virginmedia.com | app_password | virginmedia.com
Virgin Media | imap.virginmedia.com | smtp.virginmedia.com | app_password | ntlworld.com
Comcast | imap.comcast.net | smtp.comcast.net | enable_imap | comcast.net xfinity.com
AT&T | imap.mail.att.net | smtp.mail.att.net | app_password | att.net sbcglobal.net bellsouth.net
Cox | imap.cox.net | smtp.cox.net | | cox.net
UOL | imap.uol.com.br | smtps.uol.com.br:587 | enable_imap local | uol.com.br
BOL | imap.bol.com.br | smtps.bol.com.br:587 | enable_imap local | bol.com.br
Terra | imap.terra.com.br | smtp.terra.com.br:587 | | terra.com.br
Naver | imap.naver.com | smtp.naver.com | app_password | naver.com
Daum | imap.daum.net | smtp.daum.net | app_password | daum.net hanmail.net
Kakao | imap.kakao.com | smtp.kakao.com | app_password | kakao.com
Nate | imap.nate.com | smtp.mail.nate.com | enable_imap | nate.com
Yahoo! Japan | imap.mail.yahoo.co.jp | smtp.mail.yahoo.co.jp | enable_imap local | yahoo.co.jp
Yahoo! Japan | imap.mail.yahoo.co.jp | smtp.mail.yahoo.co.jp | enable_imap local | ybb.ne.jp
QQ | imap.qq.com | smtp.qq.com | authorization_code | qq.com foxmail.com vip.qq.com
Tencent Exmail | imap.exmail.qq.com | smtp.exmail.qq.com | authorization_code | exmail.qq.com
NetEase 163 | imap.163.com | smtp.163.com | authorization_code | 163.com
NetEase 126 | imap.126.com | smtp.126.com | authorization_code | 126.com
NetEase yeah.net | imap.yeah.net | smtp.yeah.net | authorization_code | yeah.net
Sina | imap.sina.com | smtp.sina.com | authorization_code | sina.com
Rediffmail | imap.rediffmail.com | smtp.rediffmail.com | paid | rediffmail.com
Telstra | imap.telstra.com | smtp.telstra.com | | bigpond.com telstra.com bigpond.net.au
Xtra | imap.xtra.co.nz | send.xtra.co.nz | | xtra.co.nz
"""
