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
        name = message._get_source_name()
        source = message._open_source()
        if len(source) > LARGE_FILE:
            return self._stream(source.chunks(), f"{name}.eml")
        return self._respond(source[:], f"{name}.eml", "message/rfc822", as_attachment=True)

    @http.route("/email_sync/export/<int:part_id>", type="http", auth="user", methods=["GET"])
    def export(self, part_id):
        """Serve what an account holds of a person who asked for it, to members of the account.

        Made as the reader, by the visibility rule, in a file that ends with the answer.
        """
        part = self._get_readable("email.sync.export.part", part_id)
        if not (part.is_account_member and part.is_current):
            raise NotFound
        file = tempfile.TemporaryFile()
        part._write_archive(file)
        part._note_download()
        return self._send(file, "export.zip")

    def _get_message(self, message_id):
        return self._get_readable("email.sync.message", message_id)

    def _get_readable(self, model_name, record_id):
        """Return a record that the user may read.

        :raise NotFound: where it is hidden or missing
        """
        records = request.env[model_name]
        if records.has_access("read") and record_id < 2**31:
            records = records.search([("id", "=", record_id)])
        if not records:
            raise NotFound
        return records

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
        return self._send(file, name)

    def _send(self, file, name):
        """Serve a file to be saved, and close it.

        :param file: file opened in binary, at its end
        """
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
