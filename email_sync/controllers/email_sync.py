import re
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import Stream, content_disposition, request
from odoo.tools.mimetypes import guess_mimetype

from ..mime.parse import part_content

# What a browser draws and never runs. SVG is not among them: it can hold scripts.
PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PICTURE_PIXELS_LIMIT = 50_000_000  # a browser unpacks four bytes for each
SECTION = re.compile(r"[1-9]\d{0,4}(\.\d{1,5}){0,50}")  # RFC 3501 section 6.4.5
SECURITY_POLICY = "default-src 'none'; sandbox"


class EmailSyncController(http.Controller):
    """Parts of a mail by URL, for who may read the mail.

    Hidden and missing are answered alike, so that ids tell nothing.
    """

    @http.route(
        "/email_sync/message/<int:message_id>/part/<string:section>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def part(self, message_id, section):
        """Serve an attachment, or a picture of the text."""
        message = self._get_message(message_id)
        if not SECTION.fullmatch(section):
            raise NotFound
        part = next((part for part in message._parse().parts if part.section == section), None)
        if part is None:
            raise NotFound
        content = part_content(message._get_source(), section)
        mimetype = guess_mimetype(content)
        is_shown = mimetype in PICTURE_TYPES and self._is_drawable(content)
        return self._respond(
            content,
            message._get_part_name(part),
            mimetype if is_shown else "application/octet-stream",
            as_attachment=not is_shown,
        )

    @http.route(
        "/email_sync/message/<int:message_id>/source",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=True,
    )
    def source(self, message_id):
        """Serve the mail as the server delivered it, to members of its account."""
        message = self._get_message(message_id)
        if not message.conversation_id.is_account_member:
            raise NotFound
        name = re.sub(r"[^\w\- ]+", "_", message.subject or "")[:80].strip() or "mail"
        return self._respond(
            message._get_source(), f"{name}.eml", "message/rfc822", as_attachment=True
        )

    def _get_message(self, message_id):
        """Return a mail that the user may read.

        :raise NotFound: where it is hidden or missing
        """
        message = request.env["email.sync.message"]
        if message.has_access("read") and message_id < 2**31:
            message = message.search([("id", "=", message_id)])
        else:
            message = message.browse()
        if not message:
            raise NotFound
        return message

    def _is_drawable(self, content):
        """Whether a picture has a size that a browser can unpack."""
        try:
            with Image.open(BytesIO(content)) as picture:
                width, height = picture.size
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError):
            return False
        return width * height <= PICTURE_PIXELS_LIMIT

    def _respond(self, content, name, mimetype, as_attachment):
        stream = Stream(
            type="data",
            data=content,
            mimetype=mimetype,
            download_name=name,
            etag=request.env["ir.attachment"]._compute_checksum(content),
            size=len(content),
        )
        response = stream.get_response(
            as_attachment=as_attachment, content_security_policy=SECURITY_POLICY
        )
        response.headers["Content-Disposition"] = content_disposition(
            name, "attachment" if as_attachment else "inline"
        )
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
