"""HTML reads as text, text shows as HTML, and a list shows what a mail says first."""

import pytest

from email_sync.mime.text import html_to_text, snippet, text_to_html, unflow


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("one<br>two", "one\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<b>bo</b>ld and <i>it</i>alic", "bold and italic"),
        ("  much \n  white \t space ", "much white space"),
        ("a&nbsp;b &amp; c &lt;d&gt;", "a b & c <d>"),
        ("<style>p {}</style><script>x()</script><title>t</title>shown", "shown"),
        ("<!-- no -->shown<!--[if mso]><p>office</p><![endif]-->", "shown"),
        ("<ul><li>one</li><li>two<ul><li>in</li></ul></li></ul>", "- one\n- two\n\n  - in"),
        ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>a  b\n c</pre>", "a  b\n c"),
        ("said<blockquote>quoted<blockquote>older</blockquote></blockquote>",
         "said\n\n> quoted\n>\n> > older"),
        ('<div style="display:none">hidden</div>shown', "shown"),
        ('<span style="font-size:0">hidden</span>shown', "shown"),
        ("<p>open <b>tags", "open tags"),
        ("plain", "plain"),
        ("", ""),
        (" \n ", ""),
        ("<!-- only -->", ""),
        ("<html><head><meta charset=x></head><body>a</body></html>", "a"),
        ("&#0;&#1;a&#55296;", None),
    ],
)  # fmt: skip
def test_html_as_text(html, expected):
    text = html_to_text(html)
    if expected is None:
        assert "\0" not in text and "\x01" not in text and "a" in text
    else:
        assert text == expected


def test_links_and_pictures_are_written_out_where_asked():
    html = (
        '<a href="https://x.example/a">here</a> <a href="https://x.example">https://x.example</a>'
        ' <a href="mailto:a@x.example">Ann</a> <img alt="Logo" src="x"> <a href="#top">up</a>'
    )
    assert html_to_text(html, references=True) == (
        "here <https://x.example/a> https://x.example Ann <a@x.example> [Logo] up"
    )
    assert html_to_text(html) == "here https://x.example Ann up"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one \ntwo", "one two"),
        ("one\ntwo", "one\ntwo"),
        ("> a \n> b\n>> c", "> a b\n>> c"),
        ("> a \nb", "> a \nb"),
        (" From x", "From x"),
        ("text \n-- \nAnn", "text \n-- \nAnn"),
        ("a ", "a "),
    ],
)
def test_flowed_lines_are_one_line(text, expected):
    # RFC 3676 section 4: a space at the end says that the next line goes on.
    assert unflow(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello Ann,\n\nplease  call\tme.", "Hello Ann, please call me."),
        ("Yes.\n\nOn 1 May 2026 at 10:00, Ann wrote:\n> Do you?", "Yes."),
        ("Yes.\n> Do you?\nAnd more.", "Yes. And more."),
        ("Yes.\n-- \nAnn\nExample Ltd", "Yes."),
        ("Yes.\n\n-----Original Message-----\nFrom: b\nold", "Yes."),
        ("Sale! \u200c\u034f \u00ad\u200b\u2007\ufeff now", "Sale! now"),
        ("> only\n> a quote", "> only > a quote"),
        ("", ""),
    ],
)
def test_a_snippet_is_what_the_mail_says_itself(text, expected):
    assert snippet(text, 200) == expected


def test_a_snippet_is_cut_at_a_word():
    shown = snippet("word " * 100, 50)
    assert shown == "word word word word word word word word word word…"
    assert len(snippet("x" * 500, 50)) == 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("x\n> a\n>> b\n> c\ny",
         "<p>x</p><blockquote><p>a</p><blockquote><p>b</p></blockquote><p>c</p></blockquote><p>y</p>"),
        ("a  b", "<p>a\u00a0 b</p>"),
        ("", ""),
    ],
)  # fmt: skip
def test_text_as_html(text, expected):
    assert text_to_html(text) == expected


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("see https://x.example/a?b=1&c=2.", "https://x.example/a?b=1&amp;c=2", None),
        ("(https://x.example/a_(b))", "https://x.example/a_(b)", None),
        ("<https://x.example/>", "https://x.example/", None),
        ("www.x.example, and", "https://www.x.example", "www.x.example"),
        ("write ann.doe+x@x.example!", "mailto:ann.doe+x@x.example", "ann.doe+x@x.example"),
        ("https://x.example/größe", "https://x.example/größe", None),
    ],
)
def test_links_can_be_clicked(text, href, shown):
    html = text_to_html(text)
    assert f'<a href="{href}"' in html
    assert f">{shown or href}</a>" in html


def test_what_looks_like_html_in_a_text_is_text():
    html = text_to_html(
        '<script>x</script> "https://x.example/" onclick="x" \'https://x.example\'><b>'
    )
    assert "<script" not in html and "<b>" not in html
