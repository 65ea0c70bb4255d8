import re
import tempfile

from werkzeug.exceptions import NotFound
from werkzeug.wsgi import FileWrapper

from odoo import http
from odoo.http import Stream, content_disposition, request
from odoo.tools.mimetypes import guess_mimetype

from ..mime.parse import part_chunks, part_content
from ..mime.picture import is_drawable
from ..models.ir_attachment_content import LARGE_FILE

# What a browser draws and never runs. SVG is not among them: it can hold scripts.
PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
SECTION = re.compile(r"[1-9]\d{0,4}(\.\d{1,5}){0,50}")  # RFC 3501 section 6.4.5
CHUNK = 256 * 1024  # bytes of a large file that are sent at a time
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
        source = message._open_source()
        if part.size > LARGE_FILE:
            return self._stream(part_chunks(source, section), message._get_part_name(part))
        content = part_content(source, section)
        mimetype = guess_mimetype(content)
        is_shown = mimetype in PICTURE_TYPES and is_drawable(content)
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
        source = message._open_source()
        if len(source) > LARGE_FILE:
            return self._stream(source.chunks(), f"{name}.eml")
        return self._respond(source[:], f"{name}.eml", "message/rfc822", as_attachment=True)

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
        return self._guard(response, name, "attachment" if as_attachment else "inline")

    def _stream(self, chunks, name):
        """Serve a large file to be saved, of which little is ever in memory.

        :param chunks: iterable of its bytes
        """
        file = tempfile.TemporaryFile()
        for chunk in chunks:
            file.write(chunk)
        size = file.tell()
        file.seek(0)
        response = request.make_response(
            FileWrapper(file, CHUNK),
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Length": str(size),
                "Content-Security-Policy": SECURITY_POLICY,
                "X-Content-Type-Options": "nosniff",
            },
        )
        response.call_on_close(file.close)
        return self._guard(response, name, "attachment")

    def _guard(self, response, name, disposition):
        response.headers["Content-Disposition"] = content_disposition(name, disposition)
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
