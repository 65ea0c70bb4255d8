"""What is shown of a mail: complete, folded, and loading nothing from elsewhere."""

import re

import pytest

from email_sync.mime.display import display_html
from email_sync.mime.message import ParsedMessage, Part

TRACKER = "https://track.example/"


def show(html=None, *, text="", subject="", parts=(), remote=False, calendar=""):
    parsed = ParsedMessage(
        html=html, text=text, subject=subject, parts=list(parts), calendar=calendar
    )
    return display_html(parsed, lambda part: f"/part/{part.section}", remote=remote)


def loaded(html):
    """Return the addresses that a browser would fetch to show HTML."""
    tags = re.sub(r'data-original-src="[^"]*"', "", html)
    found = re.findall(r'(?:src|srcset|background|poster|data)\s*=\s*"([^"]*)"', tags)
    return found + re.findall(r"url\(['\"]?([^'\")]*)", tags)


# ------------------------------------------------------------
# REMOTE CONTENT
# ------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        f'<img src="{TRACKER}p.png">',
        f"<img src='{TRACKER}p.png' srcset='{TRACKER}2.png 2x'>",
        '<img src="//track.example/p.png">',
        '<img src="HTTPS://track.example/p.png">',
        '<img src=" \n\thttps://track.ex\nample/p.png">',
        f'<image src="{TRACKER}p.png">',
        f'<table background="{TRACKER}b.png"><tr><td background="{TRACKER}c.png">x</table>',
        f'<body background="{TRACKER}b.png">x',
        f'<div style="background:url({TRACKER}b.png)">x</div>',
        f"<div style=\"background-image: url( '{TRACKER}b.png' )\">x</div>",
        f'<div style="background:URL(&quot;{TRACKER}b.png&quot;)">x</div>',
        f'<base href="{TRACKER}"><img src="p.png">',
    ],
)
def test_pictures_from_elsewhere_wait_for_the_reader(html):
    shown, held_back = show(html)
    assert held_back
    assert loaded(shown) == []
    shown, held_back = show(html, remote=True)
    assert not held_back
    assert len(loaded(shown)) >= 1
    assert all(url.lower().startswith("https://track.example/") for url in loaded(shown))


@pytest.mark.parametrize(
    "html",
    [
        f'<div style="background:u\\72l({TRACKER}b.png)">x</div>',
        f'<div style="background:\\75 rl({TRACKER}b.png)">x</div>',
        f'<div style="background:ur/**/l({TRACKER}b.png)">x</div>',
        f'<div style="background:image-set(&quot;{TRACKER}b.png&quot; 1x)">x</div>',
        f'<div style="background:image(&quot;{TRACKER}b.png&quot;)">x</div>',
        f'<div style="--x:url({TRACKER}b.png);background:var(--x)">x</div>',
        f'<div style="@import &quot;{TRACKER}b.css&quot;">x</div>',
        f"<style>@import url({TRACKER}a.css); p {{background:url({TRACKER}b.png)}}</style>x",
        f'<link rel="stylesheet" href="{TRACKER}a.css">x',
        f'<link rel="prefetch" href="{TRACKER}a">x',
        f'<meta http-equiv="refresh" content="0;url={TRACKER}">x',
        f'<svg><image href="{TRACKER}p.png"/><use xlink:href="{TRACKER}s.svg#a"/></svg>x',
        f'<math><mglyph src="{TRACKER}p.png"></math>x',
        f'<video poster="{TRACKER}p.png" src="{TRACKER}v"><source src="{TRACKER}v"></video>x',
        f'<audio src="{TRACKER}a" autoplay></audio>x',
        f'<picture><source srcset="{TRACKER}p.webp"></picture>x',
        f'<iframe src="{TRACKER}"></iframe><frameset><frame src="{TRACKER}"></frameset>x',
        f'<object data="{TRACKER}o"></object><embed src="{TRACKER}e"><applet code="{TRACKER}">x',
        f'<input type="image" src="{TRACKER}p.png">x',
        f'<img lowsrc="{TRACKER}p" dynsrc="{TRACKER}p" longdesc="{TRACKER}d" usemap="{TRACKER}">x',
        f'<a ping="{TRACKER}p" href="#">x</a>',
        '<img src="p.png"><img src="/web/session/logout"><img src="?a=b">x',
        f'<img src="{TRACKER}p.gif" width="1" height="1">x',
        f'<img src="{TRACKER}p.gif" style="width:1px; height:1px">x',
        '<img src="file:///etc/passwd"><img src="javascript:x"><img src="blob:x"><img src="ftp://x">x',
        '<img src="data:image/svg+xml;base64,AAAA"><img src="data:text/html,x">x',
    ],
)
def test_what_nobody_needs_to_see_never_loads(html):
    for remote in (False, True):
        shown, held_back = show(html, remote=remote)
        assert loaded(shown) == []
        assert not held_back
        assert "track.example" not in shown


def test_pictures_of_the_mail_itself_are_shown():
    parts = [Part("2", "image/png", content_id="a@b"), Part("3", "text/html", content_id="h@b")]
    shown, held_back = show(
        '<img src="cid:a@b"><img src="CID:a%40b"><img src="cid:gone"><img src="cid:h@b">'
        '<p style="background:url(cid:a@b)">x</p>',
        parts=parts,
    )
    assert not held_back
    assert loaded(shown) == ["/part/2", "/part/2", "/part/2"]


def test_small_pictures_in_the_html_are_shown_and_large_ones_are_not():
    small, large = ("data:image/png;base64," + "A" * size for size in (1_000, 200_000))
    shown, held_back = show(f'<img src="{small}"><img src="{large}" alt="large">')
    assert not held_back
    assert loaded(shown) == [small]
    assert 'alt="large"' in shown


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://x.example/a b", "https://x.example/a%20b"),
        ("mailto:a@x.example", "mailto:a@x.example"),
        ("tel:+49123", "tel:+49123"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("vbscript:x", None),
        ("/web/session/logout", None),
        ("?debug=1", None),
        ("#anchor", None),
        ("", None),
    ],
)
def test_links_lead_out_of_odoo_or_nowhere(href, expected):
    shown, _held_back = show(f'<a href="{href}">link</a>')
    found = re.findall(r'href="([^"]*)"', shown)
    assert found == ([expected] if expected else [])
    assert ('target="_blank"' in shown and "noopener" in shown) == bool(expected)
    assert "link</a>" in shown


def test_attributes_that_odoo_gives_a_meaning_are_dropped():
    shown, _held_back = show(
        '<p data-oe-model="res.users" data-embedded="x" data-bs-toggle="x" data-original-src="x"'
        ' onclick="x" class="o_form" id="wrap" name="x" contenteditable="true" title="kept">x</p>'
    )
    assert re.sub(r' contenteditable="true"', "", shown) == '<div><p title="kept">x</p></div>'


def test_only_links_link():
    shown, _held_back = show('<p href="https://track.example/">x</p>')
    assert shown == "<div><p>x</p></div>"


def test_scripts_and_styles_are_no_text():
    shown, _held_back = show("<title>t</title><script>alert(1)</script><style>p{}</style><p>x</p>")
    assert shown == "<div><p>x</p></div>"


def test_colours_of_the_body_are_kept():
    shown, _held_back = show('<html><body style="color:red" bgcolor="#eee"><p>x</p></body></html>')
    assert shown == '<div style="color:red" bgcolor="#eee"><p>x</p></div>'


# ------------------------------------------------------------
# QUOTES
# ------------------------------------------------------------

QUOTE = 'data-o-mail-quote="1"'


def visible(html):
    """Return the text that is left when the client has folded quotes."""
    from lxml import etree

    root = etree.fromstring(f"<x>{html}</x>", etree.HTMLParser())
    for element in root.xpath("//*[@data-o-mail-quote]"):
        if element.getparent() is not None:
            tail = element.tail
            parent = element.getparent()
            previous = element.getprevious()
            parent.remove(element)
            if tail and previous is not None:
                previous.tail = (previous.tail or "") + tail
            elif tail:
                parent.text = (parent.text or "") + tail
    return " ".join(" ".join(root.itertext()).split())


ATTRIBUTION = "On Mon, 23 Nov 2026 at 10:00, Ann &lt;ann@example.com&gt; wrote:"


@pytest.mark.parametrize(
    "html",
    [
        '<div dir="ltr">new</div><br><div class="gmail_quote"><div class="gmail_attr">'
        f"{ATTRIBUTION}<br></div><blockquote>old</blockquote></div>",
        f'<p>new</p><div class="moz-cite-prefix">{ATTRIBUTION}<br></div>'
        '<blockquote type="cite"><p>old</p></blockquote>',
        f"<p>new</p><p>{ATTRIBUTION}</p><p>&gt; old</p><p>&gt; older</p>",
        f"<div>new<br><br>{ATTRIBUTION}<br><blockquote>old</blockquote></div>",
        f"<div>new<div>{ATTRIBUTION}</div><div><br></div><div>old</div></div>",
        f"<span>new<br>{ATTRIBUTION.replace('Ann', '<b>Ann</b>')}<br>&gt; old<br>&gt; older</span>",
        '<p>new</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ann<br>'
        "<b>Sent:</b> Monday</div><div>old</div><table><tr><td>older</td></tr></table>",
        '<div class="WordSection1"><p>new</p>'
        '<div><div style="border:none;border-top:solid #E1E1E1 1pt">'
        "<p><b>Von:</b> Ann<br><b>Gesendet:</b> Montag</p></div></div><p>old</p></div>",
        '<div>new</div><div class="protonmail_quote">old</div>',
        '<div>new</div><div class="yahoo_quoted"><div>old</div></div>',
        "<p>new</p><p>-----Original Message-----<br>From: x<br>old</p><p>older</p>",
    ],
)
def test_what_was_answered_folds_whatever_program_wrote_it(html):
    shown, _held_back = show(html)
    assert QUOTE in shown
    assert visible(shown) == "new"


def test_signatures_fold():
    shown, _held_back = show('<p>new</p><div class="gmail_signature">Ann, Example Ltd</div>')
    assert visible(shown) == "new"


def test_answers_below_a_quote_stay():
    shown, _held_back = show(f"<p>{ATTRIBUTION}</p><blockquote>old</blockquote><p>new</p>")
    assert visible(shown) == "new"


@pytest.mark.parametrize(
    ("html", "subject"),
    [
        ('<p>see</p><div class="gmail_quote">---------- Forwarded message ---------<br>From: x<br>'
         "Date: y<br><div>the mail</div></div>", ""),
        ("<p>see</p><p><b>From:</b> x<br><b>Sent:</b> y</p><p>the mail</p>", "FW: Offer"),
        ("<p>see</p><p>Begin forwarded message:</p><blockquote>the mail</blockquote>", "Fwd: x"),
    ],
)  # fmt: skip
def test_forwarded_mail_stays(html, subject):
    shown, _held_back = show(html, subject=subject)
    assert QUOTE not in shown
    assert "the mail" in visible(shown)


def test_nothing_folds_where_nothing_would_be_left():
    shown, _held_back = show("<blockquote>all there is</blockquote>")
    assert QUOTE not in shown
    # Odoo's own marking goes by this tag.
    assert "<blockquote" not in shown


def test_indented_text_is_no_quote():
    shown, _held_back = show(
        '<p>new</p><blockquote style="margin:0 0 0 40px;border:none">indented</blockquote>'
    )
    assert visible(shown) == "new indented"


def test_plain_text_folds_too():
    shown, _held_back = show(
        text="new\n\nOn 1.5.2026 10:00 Ann wrote:\n> old\n>> older\n\n-- \nBob"
    )
    assert visible(shown) == "new"


# ------------------------------------------------------------
# SIZE AND OTHER CONTENT
# ------------------------------------------------------------


def test_a_mail_that_is_too_long_is_cut_with_a_sentence():
    for content in ({"html": "<p>word</p>" * 60_000}, {"text": "word\n\n" * 110_000}):
        shown, _held_back = show(**content)
        assert len(shown) < 1_000_000
        assert shown.endswith("<p><em>This message is too long to be shown in full.</em></p>")


def test_a_mail_of_many_elements_is_cut():
    shown, _held_back = show("<b>x</b>" * 30_000)
    assert shown.count("<b>") < 20_001
    assert "too long" in shown


def test_an_empty_mail_is_empty():
    assert show("<!-- -->") == ("", False)
    assert show() == ("", False)


def test_an_invitation_stands_above_the_text():
    shown, _held_back = show(
        "<p>please come</p>",
        calendar="BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Kick-off <b>\n"
        "DTSTART:20261124T090000Z\nEND:VEVENT\nEND:VCALENDAR",
    )
    assert shown.index("Invitation: Kick-off &lt;b&gt;") < shown.index("please come")
    assert "2026-11-24 09:00 (UTC)" in shown


def test_text_of_a_mail_is_not_taken_for_html():
    shown, _held_back = show(text="<img src=x onerror=alert(1)>")
    assert "<img" not in shown
