"""Mails that are broken or built to hurt: what a reader must survive.

Each function returns a source; :data:`HOSTILE` names them all. They are large only where size is
what hurts.
"""

import base64

_HEAD = b"From: a@example.com\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


def _multipart(subtype, boundary, body):
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype, boundary)
    return _HEAD + head + body


def deep_nesting(levels=1_000):
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (i, i)
        for i in range(levels)
    )
    tail = b"".join(b"--b%d--\r\n" % i for i in reversed(range(levels)))
    return _HEAD + head + b"Content-Type: text/plain\r\n\r\ndeep\r\n" + tail


def deep_nesting_with_a_large_core(levels=60, size=20_000_000):
    return deep_nesting(levels).replace(b"\r\n\r\ndeep", b"\r\n\r\n" + b"core" * (size // 4))


def nested_messages(levels=1_000):
    return _HEAD + b"Content-Type: message/rfc822\r\n\r\n" * levels + b"Subject: inner\r\n\r\nx"


def many_parts(count=10_000):
    part = b'--b\r\nContent-Type: text/plain; name="a.txt"\r\n\r\nx\r\n'
    return _multipart(b"mixed", b"b", part * count + b"--b--\r\n")


def many_displayed_parts(count=10_000):
    part = b"--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n"
    return _multipart(b"mixed", b"b", part * count + b"--b--\r\n")


def many_charsets(count=2_000):
    parts = b"".join(
        b"--b\r\nContent-Type: text/plain; charset=cs%d\r\n\r\n\xe4\r\n" % i for i in range(count)
    )
    return _multipart(b"mixed", b"b", parts + b"--b--\r\n")


def false_delimiters(count=2_000_000):
    return _multipart(b"mixed", b"b", b"--bx\r\n" * count)


def delimiters_in_one_line(count=3_000_000):
    return _multipart(b"mixed", b"b", b"--b" * count)


def delimiters_only(count=500_000):
    return _multipart(b"mixed", b"b", b"--b\n" * count)


def boundary_is_prefix_of_another():
    inner = (
        b'--b\r\nContent-Type: multipart/alternative; boundary="bb"\r\n\r\n'
        b"--bb\r\nContent-Type: text/plain\r\n\r\ninner\r\n--bb--\r\n"
    )
    return _multipart(b"mixed", b"b", inner + b"--b--\r\n")


def empty_boundary():
    return _multipart(b"mixed", b"", b"--\r\nContent-Type: text/plain\r\n\r\nx\r\n----\r\n")


def missing_boundary():
    return _HEAD + (
        b"Content-Type: multipart/mixed\r\n\r\n"
        b"--found\r\nContent-Type: text/plain\r\n\r\ntext\r\n--found--\r\n"
    )


def missing_close():
    return _multipart(b"mixed", b"b", b"--b\r\nContent-Type: text/plain\r\n\r\nopen end")


def large_header(size=200_000):
    return _HEAD + b"X-Large: " + b"x" * size + b"\r\n\r\nbody"


def large_folded_header(lines=200_000):
    return _HEAD + b"X-Folded: a\r\n" + b" b\r\n" * lines + b"\r\nbody"


def endless_header(count=200_000):
    return b"".join(b"X-%d: a\r\n" % i for i in range(count)) + b"Subject: late\r\n\r\nbody"


def header_without_end(size=5_000_000):
    return b"Subject: " + b"a" * size


def long_line(size=3_000_000):
    return _HEAD + b"\r\n" + b"x" * size


def many_recipients(count=5_000):
    addresses = b",\r\n ".join(b'"Name, %d" <user%d@example.com>' % (i, i) for i in range(count))
    return b"To: " + addresses + b"\r\n" + _HEAD + b"\r\nbody"


def many_references(count=3_000):
    references = b"\r\n ".join(b"<%d.abcdefghijkl@example.com>" % i for i in range(count))
    return b"References: " + references + b"\r\n" + _HEAD + b"\r\nbody"


def open_quote_in_addresses(size=500_000):
    return b'To: "' + b'a\\"b, ' * (size // 6) + b"\r\n" + _HEAD + b"\r\nbody"


def open_comments_in_addresses(size=500_000):
    return b"To: " + b"(" * size + b"\r\n" + _HEAD + b"\r\nbody"


def open_angles_in_addresses(size=500_000):
    return b"To: " + b"<" * size + b"\r\n" + _HEAD + b"\r\nbody"


def at_signs_in_addresses(size=500_000):
    return b"To: " + b"a@" * (size // 2) + b"\r\n" + _HEAD + b"\r\nbody"


def word_without_end_in_addresses(size=500_000):
    return b"To: x " + b"a" * size + b"@ y\r\n" + _HEAD + b"\r\nbody"


def spaces_in_addresses(size=900_000):
    return b"To: a" + b" " * size + b"b\r\n" + _HEAD + b"\r\nbody"


def open_encoded_words(size=900_000):
    return (
        b"To: "
        + b"=?a?Q?" * (size // 6)
        + b"\r\nSubject: "
        + b"=?a?b?" * (size // 6)
        + b"\r\n\r\nb"
    )


def many_encoded_words(count=20_000):
    words = b"\r\n ".join(b"=?x-%d?b?4A==?= <a%d@b.example>," % (i, i) for i in range(count))
    return b"To: " + words + b"\r\n" + _HEAD + b"\r\nbody"


def many_parameters(count=50_000):
    value = b"".join(b";\r\n a%d*0*=x''%%41" % i for i in range(count))
    return _HEAD + b"Content-Type: text/plain" + value + b"\r\n\r\nbody"


def open_parameter(size=900_000):
    return _HEAD + b"Content-Type: text/plain" + b'; a="\\' * (size // 6) + b"\r\n\r\nbody"


def white_space_only(size=5_000_000):
    return _HEAD + b"\r\n" + b" " * size


def white_space_lines(size=5_000_000):
    return _HEAD + b"\r\n" + b" \r\n" * (size // 3)


def quoted_lines(count=200_000):
    return _HEAD + b"\r\ntext\r\n" + b"> > > > > > > > q\r\n" * count


def attribution_lines(count=100_000):
    return _HEAD + b"\r\n" + b"On 1.1.2025 10:00 a@b.example\r\nAnn wrote:\r\n" * count


def outlook_header_lines(count=100_000):
    return _HEAD + b"\r\n" + b"From: a\r\nx\r\n" * count


def links(count=100_000):
    return _HEAD + b"\r\n" + b"http://a.example/(((((" * count


def email_like_text(size=2_000_000):
    return _HEAD + b"\r\n" + b"a.a-a" * (size // 5)


def _html(content):
    return _HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + content


def html_deep(count=100_000):
    return _html(b"<div>" * count + b"deep")


def html_deep_inline(count=100_000):
    return _html(b"<b>" * count + b"deep<br>")


def html_many_siblings(count=100_000):
    return _html(b"<blockquote>q</blockquote>" + b"a<br>" * count)


def html_signature_siblings(count=100_000):
    return _html(b'<div class="gmail_quote"><div>--<br></div>' + b"<p>a</p>" * count + b"</div>")


def html_unclosed_tags(count=200_000):
    return _html(b"<a <a <a " * count)


def html_long_attribute(size=1_000_000):
    return _html(b'<p title="' + b"<x " * (size // 3) + b'">t</p>')


def html_many_attributes(count=50_000):
    return _html(b"<p " + b" ".join(b"a%d=1" % i for i in range(count)) + b">t</p>")


def html_many_attributes_without_space(count=50_000):
    return _html(b"<p " + b"".join(b'a%d=">"' % i for i in range(count)) + b">t</p>")


def html_many_attributes_with_stray_quotes(count=50_000):
    return _html(b"<p ' " + b" ".join(b'a%d="<"' % i for i in range(count)) + b">t</p>")


def html_open_attribute_values(count=50_000):
    return _html(b"<a b='<a c=\"" * count)


def html_entities(count=300_000):
    return _html(b"&#0;&#55296;&#xFFFE;&amp;" * count)


def html_style_addresses(count=20_000):
    return _html(b'<p style="' + b"background:url(" * count + b'">t</p>')


def html_style_spaces(size=400_000):
    return _html(b'<p style="a:url(' + b" " * size + b'">t</p>')


def html_many_styles(count=5_000):
    return _html(b'<p style="a:url( x;b:&quot;\';(((">t</p>' * count)


def html_nested_quotes(count=20_000):
    return _html(b"<blockquote>" * 200 + b"q" + b"</blockquote>" * 200 + b"<p>a</p>" * count)


def html_nested_tables(levels=300):
    return _html(b"<table><tr><td>" * levels + b"x" + b"</td></tr></table>" * levels)


def html_large_picture(size=2_000_000):
    picture = base64.b64encode(b"\x89PNG" * (size // 4))
    return _html(b'<img src="data:image/png;base64,' + picture + b'">')


def nulls_everywhere():
    return (
        b"From: \x00a\x00@example.com\r\nTo: =?utf-8?b?AABh?= <b@example.com>\r\n"
        b"Subject: =?utf-8?q?a=00b?= \x00\r\nMessage-ID: <\x00x@y>\r\n"
        b"Content-Type: text/html; charset=utf-7\r\n"
        b'Content-Disposition: inline; filename="a\x00.txt"\r\n\r\n<p>\x00+AAA-x&#0;+2AA-</p>\x00'
    )


def empty():
    return b""


def only_line_ends():
    return b"\r\n" * 10


def base64_garbage(size=1_000_000):
    head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return _HEAD + head + b"=A*" * (size // 3)


def uuencode_garbage(lines=100_000):
    head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
    return _HEAD + head + b"begin 644 x\r\n" + b"~~~~\r\n" * lines


def flowed_lines(lines=300_000):
    head = b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"
    return _HEAD + head + b"a \r\n" * lines


def partial_and_external():
    part = (
        b"--b\r\nContent-Type: message/partial; id=x; number=1\r\n\r\nSubject: y\r\n\r\nz\r\n"
        b"--b\r\nContent-Type: message/external-body; access-type=ftp\r\n\r\nx\r\n"
    )
    return _multipart(b"mixed", b"b", part + b"--b--\r\n")


def signed_and_encrypted():
    return _multipart(
        b"encrypted",
        b"b",
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----"
        b"\r\n--b--",
    )


def winmail_garbage(size=300_000):
    content = b"\x78\x9f\x3e\x22\x01\x00" + b"\x02\x05\x90\x06\x00\xff\xff\x00\x00" * (size // 9)
    head = b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return _HEAD + head + base64.encodebytes(content)


def calendar_garbage(lines=50_000):
    head = b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
    return _HEAD + head + b'ATTENDEE;CN="a;b;c=":;;;==mailto:x@y\r\n' * lines


def yenc():
    return _HEAD + b"\r\n=ybegin line=128 size=3 name=a.bin\r\n\x8b\x8c\x8d\r\n=yend size=3\r\n"


def subject_prefixes(count=200_000):
    return b"Subject: " + b"Re: [x] " * count + b"\r\n\r\nbody"


HOSTILE = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and not name.startswith("_")
}
