"""Answering and forwarding: who gets it, what it refers to, what it repeats."""

from html import escape

from .threading import is_forward_subject, is_reply_subject


def reply_headers(parsed):
    """Return what an answer's header says about the mail answered to (RFC 5322 section 3.6.4).

    :param ParsedMessage parsed: the mail answered to
    :return: ``subject``, ``in_reply_to``, ``references``: keyword arguments of
        :func:`.compose.compose`
    :rtype: dict
    """
    references = list(parsed.references)
    if not references and len(parsed.in_reply_to) == 1:
        references = list(parsed.in_reply_to)
    if parsed.message_id:
        references.append(parsed.message_id)
    return {
        "subject": reply_subject(parsed.subject),
        "in_reply_to": parsed.message_id,
        "references": list(dict.fromkeys(references)),
    }


def reply_subject(subject):
    """Return the subject of an answer; 'Re: ' is what programs of all languages understand."""
    return subject if is_reply_subject(subject) else f"Re: {subject}".strip()


def forward_subject(subject):
    """Return the subject of a forwarded mail."""
    return subject if is_forward_subject(subject) else f"Fwd: {subject}".strip()


def reply_recipients(parsed, own_addresses, reply_all=False):
    """Return whom an answer goes to.

    :param ParsedMessage parsed: the mail answered to
    :param own_addresses: normalised addresses of the one who answers
    :param bool reply_all: answer to everybody who can be seen
    :return: lists of To and Cc; without own addresses and repetition. To is empty only when the
        mail names nobody else; answering one's own mail goes to whom it went to.
    :rtype: tuple[list[Address], list[Address]]
    """
    own = set(own_addresses)
    from_own = any(address.normalized in own for address in parsed.from_)
    if from_own:
        to, cc = list(parsed.to), list(parsed.cc) if reply_all else []
    else:
        to = list(parsed.reply_to or parsed.from_)
        cc = []
        if reply_all:
            # Who was addressed stays so; RFC 5322 section 3.6.3 puts the others into Cc.
            cc = [*parsed.to, *parsed.cc]
    seen = set(own)
    return _pick(to, seen), _pick(cc, seen)


def _pick(addresses, seen):
    picked = []
    for address in addresses:
        normalized = address.normalized
        if normalized and normalized not in seen:
            seen.add(normalized)
            picked.append(address)
    return picked


def quote_html(html, attribution):
    """Return a mail as it is repeated below an answer.

    :param str html: the mail answered to, sanitised
    :param str attribution: translated line in front of it: 'On 12 May 2026, Ann wrote:'
    """
    return (
        f'<div data-o-mail-quote="1" class="gmail_quote"><p>{escape(attribution)}</p>'
        f'<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #cccccc;'
        f'padding-left:1ex">{html}</blockquote></div>'
    )
