import contextlib
import hashlib
import os
import tempfile
import time

from odoo import api, models

from ..mime.source import Source

UNFINISHED = "email_sync-"  # how a file is called while it is written
UNFINISHED_SECONDS = 24 * 3600  # after which nobody writes it any more
LARGE_FILE = 16 * 1024 * 1024  # bytes; larger ones are written, read and served in pieces


class IrAttachment(models.Model):
    """Files of any size in and out of the filestore, in bounded memory."""

    _inherit = "ir.attachment"

    def _open_source(self):
        """Return the content: bytes, of a large file a :class:`..mime.source.Source`."""
        if self.store_fname and self.file_size > LARGE_FILE // 4:
            with (
                contextlib.suppress(OSError),
                open(self._full_path(self.store_fname), "rb") as file,
            ):
                return Source(file)
        return self.raw or b""

    def _set_content(self, chunks):
        """Give an attachment, made without any, its content.

        :param chunks: iterable of bytes
        """
        self.ensure_one()
        if self._storage() == "db":
            self.raw = b"".join(chunks)
            return
        path, checksum, size = self._write_chunks(chunks)
        self.flush_recordset()
        # Core's write takes a content as a whole, and refuses to take it as a file.
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s, checksum = %s, file_size = %s, "
            "db_datas = NULL WHERE id = %s",
            [path, checksum, size, self.id],
        )
        self.invalidate_recordset()

    @api.model
    def _write_chunks(self, chunks):
        """Write a file into the filestore under its checksum, as core names them.

        :param chunks: iterable of bytes
        :return: path in the filestore, checksum, size
        :raise OSError: the disk is full or refuses
        """
        digest, size = hashlib.sha1(), 0  # noqa: S324 - how core names the files of attachments
        directory = self._filestore()
        os.makedirs(directory, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=directory, prefix=UNFINISHED, delete=False) as file:
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                checksum = digest.hexdigest()
                name = f"{checksum[:2]}/{checksum}"
                path = self._full_path(name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                # With the rights of files that core writes.
                os.chmod(file.name, 0o644)
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
        # In case the transaction aborts.
        self._mark_for_gc(name)
        return name, checksum, size

    @api.autovacuum
    def _gc_unfinished_files(self):
        """Remove the files that a killed process had begun to write."""
        earliest = time.time() - UNFINISHED_SECONDS
        with contextlib.suppress(FileNotFoundError), os.scandir(self._filestore()) as entries:
            for entry in entries:
                # Another process may remove it, or be done with it, at the same time.
                with contextlib.suppress(FileNotFoundError):
                    if entry.name.startswith(UNFINISHED) and entry.stat().st_mtime < earliest:
                        os.unlink(entry.path)
