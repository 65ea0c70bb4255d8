"""Real files for the demo mail, made on the spot."""

import datetime
import io
import random
import re
import zipfile

import xlsxwriter
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(name, title, date):
    """Return ``(name, content type, bytes)`` of a file that fits its name.

    :param name: file name; its ending decides what is made
    :param title: what the file speaks of, such as the subject of the mail
    :param date: aware datetime of the mail
    """
    content_type, make = MAKERS[name.rpartition(".")[2].lower()]
    return name, content_type, make(name, title, date)


def _pdf(name, title, date):
    buffer = io.BytesIO()
    # Invariant: the same file at every run, without the moment of its making.
    canvas = Canvas(buffer, pagesize=LETTER, invariant=True)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(72, 720, "YourCompany")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 696, title.encode("latin-1", "replace").decode("latin-1"))
    canvas.drawString(72, 680, f"{date:%B %-d, %Y}")
    chance = random.Random(name + title)
    total, height = 0, 640
    for item in chance.sample(ITEMS, 4):
        quantity, price = chance.randint(2, 40), chance.choice([89, 129, 240, 385, 510])
        total += quantity * price
        canvas.drawString(72, height, item)
        canvas.drawRightString(400, height, f"{quantity} x {price:.2f}")
        canvas.drawRightString(540, height, f"{quantity * price:,.2f}")
        height -= 18
    canvas.drawRightString(540, height - 12, f"Total $ {total:,.2f}")
    canvas.save()
    return buffer.getvalue()


ITEMS = [
    "Customizable desk, oak",
    "Office chair, black mesh",
    "Acoustic bloc screen",
    "Large cabinet",
    "Conference table, walnut",
    "Desk stand with screen",
    "Pedal bin",
    "Corner desk, left sit",
    "Four-person desk",
]


def _png(name, title, date):
    """Draw a floor plan."""
    chance = random.Random(name + title)
    image = Image.new("RGB", (640, 420), "#fbfaf7")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 620, 400), outline="#222222", width=6)
    draw.line((380, 20, 380, 400), fill="#222222", width=4)
    draw.line((380, 210, 620, 210), fill="#222222", width=4)
    for column in range(4):
        for row in range(3):
            left, top = 45 + column * 82, 50 + row * 115
            colour = chance.choice(["#c89f6d", "#875a7b", "#6d8fc8"])
            draw.rectangle((left, top, left + 62, top + 34), fill=colour, outline="#444444")
            draw.ellipse((left + 20, top + 44, left + 42, top + 66), fill="#dddddd")
    draw.ellipse((440, 60, 560, 160), fill="#c89f6d", outline="#444444")
    draw.text((32, 378), title.encode("ascii", "replace").decode(), fill="#222222")
    return _saved(image, "PNG")


def _jpg(name, title, date):
    """Draw a desk by a window."""
    chance = random.Random(name + title)
    image = Image.new("RGB", (640, 420), chance.choice(["#e9e2d5", "#dfe7ea", "#e8e0e6"]))
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 40, 300, 230), fill="#bfe0f5", outline="#ffffff", width=10)
    draw.line((180, 40, 180, 230), fill="#ffffff", width=8)
    wood = chance.choice(["#a9744f", "#c89f6d", "#7b5a42"])
    draw.rectangle((80, 280, 560, 304), fill=wood)
    for left in (100, 530):
        draw.rectangle((left, 304, left + 14, 400), fill="#444444")
    draw.rectangle((360, 190, 500, 270), fill="#222222")
    draw.rectangle((420, 270, 440, 280), fill="#222222")
    return _saved(image, "JPEG")


def _saved(image, kind):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _ics(name, title, date):
    start = (date + datetime.timedelta(days=7)).replace(hour=17, minute=0, second=0)
    start = start.astimezone(datetime.timezone.utc)
    end = start + datetime.timedelta(hours=1)
    uid = re.sub(r"\W+", "-", f"{name}-{title}")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//YourCompany//Calendar//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{uid}@yourcompany.example",
        f"DTSTAMP:{date.astimezone(datetime.timezone.utc):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{end:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{title}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()


def _docx(name, title, date):
    """Return the smallest document that word processors open: three parts in a zip file."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{office}/wordprocessingml/2006/main"><w:body>'
        f"<w:p><w:r><w:t>{title.replace('&', 'and')}</w:t></w:r></w:p>"
        f"<w:p><w:r><w:t>Draft of {date:%B %-d, %Y}</w:t></w:r></w:p></w:body></w:document>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, xml in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            archive.writestr(zipfile.ZipInfo(path), head + xml)
    return buffer.getvalue()


def _xlsx(name, title, date):
    chance = random.Random(name + title)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": date.replace(tzinfo=None)})
    sheet = book.add_worksheet("List")
    sheet.write_row(0, 0, ["Item", "Quantity", "Price"])
    for row, item in enumerate(ITEMS, 1):
        sheet.write_row(row, 0, [item, chance.randint(1, 60), chance.choice([89, 129, 240, 385])])
    book.close()
    return buffer.getvalue()


MAKERS = {
    "pdf": ("application/pdf", _pdf),
    "png": ("image/png", _png),
    "jpg": ("image/jpeg", _jpg),
    "ics": ("text/calendar", _ics),
    "docx": (DOCX, _docx),
    "xlsx": (XLSX, _xlsx),
}
