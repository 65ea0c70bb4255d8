"""What about a mail's sender deserves a second look."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from .normalize import domain_of, normalize_address

_ADDRESS_IN_NAME = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
# Domains under which organisations have theirs; enough to tell organisations apart for a warning.
_SECOND_LEVELS = frozenset(
    "co com net org gov edu ac ne or go gob gouv nom asso ltd plc sch me k12 mil nic".split()
)
# Where everybody can have an address: one domain is not one organisation.
_PUBLIC_PROVIDERS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com"
    " icloud.com me.com mac.com aol.com gmx.net gmx.de gmx.com gmx.at gmx.ch web.de t-online.de"
    " freenet.de mail.de proton.me protonmail.com pm.me tutanota.com tuta.com mail.com zoho.com"
    " yandex.ru yandex.com mail.ru qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net"
    " orange.fr wanadoo.fr free.fr laposte.net libero.it virgilio.it hey.com fastmail.com".split()
)
# Letters of other scripts, and digits, that pass for Latin ones (Unicode TR 39); for comparing.
_LOOK_ALIKES = str.maketrans(
    dict(
        pair
        for pair in (
            "аa еe оo рp сc уy хx іi ѕs јj ԁd ԛq ԝw һh ҏp вb мm нh тt кk гr пn ьb ӏl ɩi ғf єe"
            " αa οo νv ρp τt υu κk χx γy εe ηn ωw ιi σo βb μm ϲc ϳj"
            " ıi łl øo đd ħh ŀl ɡg ɑa ᴏo ᴠv ᴡw ſf 0o 1l 3e 5s"
        ).split()
    )
)
_LOOK_ALIKE_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))


# How much a finding weighs. An attack looks like the first; the second is odd, the third is plain.
DANGER, WARNING, NOTICE = "danger", "warning", "notice"
SEVERITIES = {
    "not-genuine": DANGER,
    "name-is-other-address": DANGER,
    "name-is-colleague": DANGER,
    "name-is-own-domain": DANGER,
    "look-alike-domain": DANGER,
    "mixed-scripts": WARNING,
    "no-sender": WARNING,
    "several-senders": WARNING,
    "reply-to-differs": WARNING,
    "unverified": WARNING,
    "changed-by-list": NOTICE,
    "unproven": NOTICE,
    "first-mail": NOTICE,
}
DANGERS = tuple(code for code, severity in SEVERITIES.items() if severity == DANGER)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about a mail's sender.

    :ivar code: 'name-is-other-address': the display name is an address, and not the sender's;
        'name-is-colleague': the display name is that of a colleague, the address is not the
        organisation's;
        'name-is-own-domain': the display name has the organisation's domain, likewise;
        'reply-to-differs': answers go to another organisation;
        'look-alike-domain': the domain resembles one that is known, and is another;
        'mixed-scripts': the domain mixes letters of several scripts;
        'several-senders': the From field names more than one address;
        'no-sender': the From field names none;
        'first-mail': the mailbox had no mail from the address before;
        and of :func:`.authentication.find_forgery` 'not-genuine', 'unverified', 'changed-by-list'
        and 'unproven'
    :ivar shown: what the reader sees
    :ivar actual: what it really is
    :ivar severity: one of :data:`DANGER`, :data:`WARNING`, :data:`NOTICE`
    """

    code: str
    shown: str = ""
    actual: str = ""
    severity: str = ""

    def __post_init__(self):
        if not self.severity:
            object.__setattr__(self, "severity", SEVERITIES[self.code])


def find_warnings(parsed, known_domains=(), own_domains=(), colleague_names=()):
    """Return what is odd about the sender of a mail.

    :param ParsedMessage parsed: the mail
    :param known_domains: domains that the reader trusts: their own and those of their contacts
    :param own_domains: domains of the reader's organisation
    :param colleague_names: a set of the names of colleagues, as :func:`get_skeleton` makes them
    :rtype: list[Finding]
    """
    senders = [address for address in parsed.from_ if address.normalized]
    if not senders:
        shown = parsed.from_[0].name if parsed.from_ else ""
        return [Finding("no-sender", shown)]
    findings = []
    if len({address.normalized for address in senders}) > 1:
        findings.append(Finding("several-senders", senders[0].email, senders[1].email))
    sender = senders[0]
    findings += _check_name(sender)
    findings += _check_colleague(parsed, sender, own_domains, colleague_names)
    findings += _check_domain(sender, known_domains)
    reply_to = not parsed.list_id and not parsed.bulk and find_reply_to(parsed)
    return [*findings, reply_to] if reply_to else findings


def _check_name(sender):
    if "@" not in sender.name:
        return
    found = _ADDRESS_IN_NAME.search(sender.name)
    if found:
        shown = normalize_address(found[0])
        if shown and organisation(domain_of(shown)) != organisation(domain_of(sender.normalized)):
            yield Finding("name-is-other-address", found[0], sender.email)


def _check_colleague(parsed, sender, own_domains, colleague_names):
    if not own_domains or not sender.name:
        return
    own = {organisation(domain) for domain in own_domains}
    if organisation(domain_of(sender.normalized)) in own:
        return
    # Services and lists write in the name of who acted there: that is their trade.
    severity = NOTICE if parsed.list_id or parsed.bulk or parsed.auto_submitted else ""
    if get_skeleton(sender.name) in colleague_names:
        yield Finding("name-is-colleague", sender.name, sender.email, severity)
    elif "@" not in sender.name:
        words = set(_WORD.findall(sender.name.lower()))
        for domain in own_domains:
            if domain in words:
                yield Finding("name-is-own-domain", domain, sender.email, severity)
                return


_WORD = re.compile(r"[\w.-]+")


def find_reply_to(parsed):
    """Return the finding that answers go to another organisation than the sender's, or None.

    Under the domain of a provider that gives addresses to everybody, another address is another
    person.

    :param ParsedMessage parsed: the mail
    """
    senders = {address.normalized for address in parsed.from_ if address.normalized}
    sender = next((address for address in parsed.from_ if address.normalized), None)
    if sender is None:
        return None
    own = organisation(domain_of(sender.normalized))
    for address in parsed.reply_to:
        domain = domain_of(address.normalized)
        if not domain or address.normalized in senders:
            continue
        if organisation(domain) != own or domain in _PUBLIC_PROVIDERS:
            return Finding("reply-to-differs", sender.email, address.email)
    return None


def _check_domain(sender, known_domains):
    domain = domain_of(sender.normalized)
    unicode_domain = to_unicode(domain)
    if not unicode_domain.isascii() and any(
        _has_mixed_scripts(label) for label in unicode_domain.split(".")
    ):
        yield Finding("mixed-scripts", unicode_domain, domain)
    own = organisation(domain)
    skeleton = _get_domain_skeleton(own)
    for known in known_domains:
        other = organisation(known)
        if other != own and _get_domain_skeleton(other) == skeleton:
            yield Finding("look-alike-domain", unicode_domain, known)
            return


def organisation(domain):
    """Return the part of a domain that its owner registered, as far as that shows by its form."""
    labels = domain.split(".")
    count = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVELS and len(labels[-1]) == 2 else 2
    return ".".join(labels[-count:])


def get_skeleton(text):
    """Return text with what looks alike made equal; only for comparing (Unicode TR 39)."""
    text = unicodedata.normalize("NFKD", text.lower())
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = text.translate(_LOOK_ALIKES)
    for pair, letter in _LOOK_ALIKE_PAIRS:
        text = text.replace(pair, letter)
    return text.replace("i", "l").replace("-", "")


@lru_cache(maxsize=2048)
def _get_domain_skeleton(domain):
    return get_skeleton(to_unicode(domain))


def to_unicode(domain):
    """Return a domain as people read it: punycode (RFC 3492) decoded."""
    if "xn--" not in domain:
        return domain
    labels = []
    for label in domain.split("."):
        if label.startswith("xn--"):
            try:
                label = label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                pass
        labels.append(label)
    return ".".join(labels)


def _has_mixed_scripts(label):
    scripts = set()
    for character in label:
        if character.isalpha():
            name = unicodedata.name(character, "").partition(" ")[0]
            scripts.add("EAST ASIAN" if name in _EAST_ASIAN else name)
    # Latin beside Chinese, Japanese or Korean is usual (Unicode TR 39 section 5.2).
    return len(scripts) > 1 and scripts != {"LATIN", "EAST ASIAN"}


_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KATAKANA-HIRAGANA"})
