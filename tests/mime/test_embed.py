"""Pictures travel with the mail, each once; what cannot be fetched stays as it is."""

import base64

from email_sync.mime.embed import embed_pictures

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def find(url):
    return ("logo.gif", PIXEL, "image/gif") if url == "/web/image/7" else None


def test_picture_becomes_a_part():
    html, [picture] = embed_pictures('<p>a <img src="/web/image/7" width="9"> b</p>', find)
    assert f'src="cid:{picture.content_id}"' in html
    assert 'width="9"' in html
    assert (picture.name, picture.content, picture.content_type) == ("logo.gif", PIXEL, "image/gif")


def test_same_picture_twice_is_one_part():
    data = f"data:image/gif;base64,{base64.b64encode(PIXEL).decode()}"
    html, pictures = embed_pictures(f'<img src="/web/image/7"><img src="{data}">', find)
    assert len(pictures) == 1
    assert html.count(f"cid:{pictures[0].content_id}") == 2


def test_data_url_is_taken_out():
    data = f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"
    html, [picture] = embed_pictures(f'<IMG SRC="{data}">', find)
    assert "data:" not in html
    assert (picture.name, picture.content) == ("picture.png", PIXEL)


def test_others_stay():
    html = '<p>1 < 2 &amp; <img src="https://a.example/x.png"><img></p>'
    result, pictures = embed_pictures(html, find)
    assert 'src="https://a.example/x.png"' in result
    assert "1 &lt; 2 &amp; " in result
    assert pictures == []


def test_ends_of_conditional_comments_go():
    html = '<p><!--[if !mso]><!--><img src="/web/image/7"><!--<![endif]--> b</p>'
    result, _pictures = embed_pictures(html, find)
    assert "<!" not in result
    assert " b</p>" in result


def test_text_without_pictures_is_not_touched():
    assert embed_pictures("<p>a<br>b", find) == ("<p>a<br>b", [])
