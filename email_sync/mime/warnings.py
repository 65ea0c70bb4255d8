"""What about a mail's sender deserves a second look."""

import re
import unicodedata
from dataclasses import dataclass

from .normalize import domain_of, normalize_address

_ADDRESS_IN_NAME = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
# Domains under which organisations have theirs; enough to tell organisations apart for a warning.
_SECOND_LEVELS = frozenset(
    "co com net org gov edu ac ne or go gob gouv nom asso ltd plc sch me k12 mil nic".split()
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


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about a mail's sender.

    :ivar code: 'name-is-other-address': the display name is an address, and not the sender's;
        'reply-to-differs': answers go to another organisation;
        'look-alike-domain': the domain resembles one that is known, and is another;
        'mixed-scripts': the domain mixes letters of several scripts;
        'several-senders': the From field names more than one address;
        'no-sender': the From field names none
    :ivar shown: what the reader sees
    :ivar actual: what it really is
    """

    code: str
    shown: str = ""
    actual: str = ""


def find_warnings(parsed, known_domains=()):
    """Return what is odd about the sender of a mail.

    :param ParsedMessage parsed: the mail
    :param known_domains: domains that the reader trusts: their own and those of their contacts
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
    findings += _check_domain(sender, known_domains)
    if not parsed.list_id and not parsed.bulk:
        findings += _check_reply_to(parsed, sender)
    return findings


def _check_name(sender):
    found = _ADDRESS_IN_NAME.search(sender.name)
    if found:
        shown = normalize_address(found[0])
        if shown and organisation(domain_of(shown)) != organisation(domain_of(sender.normalized)):
            yield Finding("name-is-other-address", found[0], sender.email)


def _check_reply_to(parsed, sender):
    own = organisation(domain_of(sender.normalized))
    for address in parsed.reply_to:
        domain = domain_of(address.normalized)
        if domain and organisation(domain) != own:
            yield Finding("reply-to-differs", sender.email, address.email)
            return


def _check_domain(sender, known_domains):
    domain = domain_of(sender.normalized)
    unicode_domain = _to_unicode(domain)
    if any(_has_mixed_scripts(label) for label in unicode_domain.split(".")):
        yield Finding("mixed-scripts", unicode_domain, domain)
    own = organisation(domain)
    skeleton = get_skeleton(_to_unicode(own))
    for known in known_domains:
        other = organisation(known)
        if other != own and get_skeleton(_to_unicode(other)) == skeleton:
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


def _to_unicode(domain):
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
