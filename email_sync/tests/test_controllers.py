"""Parts of a mail by URL."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from PIL import Image

from odoo.tests import HttpCase, tagged

from ..mime.picture import PIXELS_LIMIT
from .common import EmailSyncCase, build_mail


def make_picture(kind="PNG", size=(4, 3)):
    content = BytesIO()
    Image.new("1", size).save(content, kind)
    return content.getvalue()


def make_damaged_picture():
    """Return a PNG with a header and nothing behind it, at which Pillow raises."""
    content = make_picture(size=(400, 300))
    return content[: content.index(b"IDAT") - 4] + content[content.index(b"IEND") - 4 :]


def make_archive():
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "<text>bomb</text>" * 1_000)
    return content.getvalue()


ATTACHMENTS = [
    ("picture.png", make_picture(), "image", "png"),
    ("page.html", b"<script>alert(1)</script>", "text", "html"),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "image", "svg+xml"),
    ("lie.png", b"<html><script>alert(1)</script></html>", "image", "png"),
    ("text.txt", b"plain", "text", "plain"),
    ("huge.png", make_picture(size=(20_000, 20_000)), "image", "png"),
    ("wide.png", make_picture(size=(60_000, 1_000)), "image", "png"),
    ("damaged.png", make_damaged_picture(), "image", "png"),
    ("photo", make_picture("JPEG"), "application", "octet-stream"),
    ("bomb.docx", make_archive(), "application", "zip"),
    ("bomb.txt", b"text" + make_archive(), "text", "x-plain"),
]


@tagged("post_install", "-at_install")
class TestControllers(HttpCase, EmailSyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._new_user("root_admin", "base.group_system,sales_team.group_sale_manager")
        cls.portal = cls._new_user("portal_user", "base.group_portal")
        cls.message = cls._receive(build_mail(attachments=ATTACHMENTS))
        cls.parts = {part.filename: part.section for part in cls.message._parse().parts}

    def _open(self, user, path):
        login = user and user.login
        self.authenticate(login, login)
        return self.url_open(f"/email_sync/message/{path}", allow_redirects=False)

    def _open_part(self, user, name="text.txt"):
        return self._open(user, f"{self.message.id}/part/{self.parts[name]}")

    def test_private_mail_is_its_owners(self):
        self.assertEqual(self._open_part(self.alice).content, b"plain")
        for user in (self.bob, self.admin, self.portal):
            self.assertEqual(self._open_part(user).status_code, 404, user.login)

    def test_shared_mail_is_read_but_its_source_is_the_members(self):
        self.message.conversation_id.visibility = "shared"
        for user in (self.bob, self.admin):
            self.assertEqual(self._open_part(user).content, b"plain", user.login)
            self.assertEqual(self._open(user, f"{self.message.id}/source").status_code, 404)
        self.assertEqual(self._open_part(self.portal).status_code, 404)
        response = self._open(self.alice, f"{self.message.id}/source")
        self.assertEqual(response.content, self.message._get_source())
        self.assertIn("Quotation.eml", response.headers["Content-Disposition"])
        self.assertIn("attachment", response.headers["Content-Disposition"])

    def test_nobody_signed_in(self):
        response = self._open_part(None)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_hidden_and_missing_are_alike(self):
        hidden = self._open_part(self.bob)
        for path in (f"{2**31 - 1}/part/2", f"{2**70}/part/2", f"{self.message.id}/part/99"):
            missing = self._open(self.bob, path)
            self.assertEqual((missing.status_code, missing.content), (404, hidden.content))
        for section in ("99", "x", "0", "1.2.3.4", "2%0d%0aX-Evil:1", "TEXT", "2.0.1"):
            response = self._open(self.alice, f"{self.message.id}/part/{section}")
            self.assertEqual(response.status_code, 404, section)

    def test_only_pictures_are_shown(self):
        shown = {
            "picture.png": "image/png",
            "damaged.png": "image/png",
            "photo": "image/jpeg",
        }
        for name in self.parts:
            response = self._open_part(self.alice, name)
            headers = response.headers
            disposition = headers["Content-Disposition"].partition(";")[0]
            self.assertEqual(response.status_code, 200)
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertIn("sandbox", headers["Content-Security-Policy"])
            self.assertIn("private", headers["Cache-Control"])
            self.assertEqual(disposition, "inline" if name in shown else "attachment", name)
            self.assertEqual(
                headers["Content-Type"].partition(";")[0],
                shown.get(name, "application/octet-stream"),
                name,
            )

    def test_a_picture_that_fills_the_memory_is_no_picture_in_odoo_either(self):
        """Odoo would draw and scale it; archives and texts are not unpacked to be searched."""
        entry = self.message.mail_message_id
        by_name = {attachment.name: attachment for attachment in entry.attachment_ids}
        self.assertEqual(by_name["huge.png"].mimetype, "application/x-binary")
        self.assertEqual(by_name["picture.png"].mimetype, "image/png")
        self.assertFalse(by_name["bomb.docx"].index_content)
        self.assertFalse(by_name["bomb.txt"].index_content)

    def test_no_address_makes_odoo_unpack_a_hostile_picture(self):
        """Core's address that scales pictures sends such a picture as it is, to be saved."""
        self.authenticate(self.alice.login, self.alice.login)
        by_name = {
            attachment.name: attachment
            for attachment in self.message.mail_message_id.attachment_ids
        }
        unpacked = self.patch_unpacking()
        for name in ("huge.png", "wide.png", "damaged.png"):
            for address in ("100x100", "100x100?crop=1", "0x100"):
                response = self.url_open(f"/web/image/{by_name[name].id}/{address}")
                self.assertEqual(response.status_code, 200, f"{name} {address}")
                self.assertEqual(response.content, by_name[name].raw, f"{name} {address}")
        self.assertFalse(unpacked)
        response = self.url_open(f"/web/image/{by_name['picture.png'].id}/2x2")
        with Image.open(BytesIO(response.content)) as picture:
            self.assertEqual(max(picture.size), 2)

    def patch_unpacking(self):
        """Return the sizes above the limit that are unpacked from now on (list)."""
        unpacked, load = [], Image.Image.load

        def watched(picture):
            if picture.width * picture.height > PIXELS_LIMIT:
                unpacked.append(picture.size)
            return load(picture)

        self.patch(Image.Image, "load", watched)
        return unpacked

    def test_what_can_do_harm_says_so(self):
        (display,) = self.message.with_user(self.alice).get_display()
        warned = {item["name"] for item in display["attachments"] if item["warning"]}
        self.assertEqual(warned, {"page.html", "drawing.svg"})

    def test_an_archive_with_a_password_says_so(self):
        file = BytesIO()
        with ZipFile(file, "w") as archive:
            archive.writestr("invoice.exe", b"x")
        plain = file.getvalue()
        # The standard library writes no passwords: the mark that there is one.
        entry = plain.index(b"PK\1\2") + 8
        sealed = plain[:entry] + b"\1" + plain[entry + 1 :]
        files = [("a.zip", sealed), ("b.bin", sealed), ("c.zip", plain), ("d.zip", b"no archive")]
        mail = self._receive(
            build_mail(
                message_id="<zip@customer.example>",
                attachments=[(name, content, "application", "zip") for name, content in files[:1]]
                + [(name, content, "application", "x-unknown") for name, content in files[1:]],
            )
        )
        (display,) = mail.with_user(self.alice).get_display()
        warned = [item["name"] for item in display["attachments"] if item["warning"]]
        self.assertEqual(warned, ["a.zip"])
