import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from odoo import api, models

from ..mime.source import Source
from .rows import insert_rows

_logger = logging.getLogger(__name__)


class EmailSyncStore(models.AbstractModel):
    """Sources: attachments of the messages, in the filestore.

    As ``ir.attachment.create`` does, less what a mail does not need: guessing its type, indexing
    its content and reading it back.
    """

    _inherit = "email.sync.store"

    @contextmanager
    def _keep_sources(self, arrivals):
        """Write the files of sources while the block runs; all are written when it has ended.

        :return: of each arrival, the checksum and the name in the filestore; no name where the
            database keeps attachments
        :raise OSError: a file could not be written
        """
        attachments = self.env["ir.attachment"]
        in_filestore = attachments._storage() != "db"
        directory = attachments._full_path("")
        # Odoo's clean-up of files without a row waits until the rows are committed.
        self.env.cr.execute("LOCK TABLE ir_attachment IN ROW EXCLUSIVE MODE")
        rows, files = [], []
        for arrival in arrivals:
            if isinstance(arrival.source, Source):
                if in_filestore:
                    name, checksum, _size = attachments._write_chunks(arrival.source.chunks())
                    rows.append((checksum, name))
                    continue
                arrival.source = arrival.source[:]
            checksum = arrival.checksum or attachments._compute_checksum(arrival.source)
            name = f"{checksum[:2]}/{checksum}" if in_filestore else None
            if name:
                files.append(_File(arrival.source, checksum, directory + name))
            rows.append((checksum, name))
        with ThreadPoolExecutor(1, "email_sync_sources") as pool:
            writing = pool.submit(_write_files, files, directory + "checklist/")
            yield rows
        for file in writing.result():
            # Another content: a part of this one is removed, a collision raises.
            attachments._get_path(file.content, file.checksum)
            _write_file(file)

    @api.model
    def _create_sources(self, arrivals, rows):
        """Insert the attachments of messages.

        :param rows: as :meth:`_keep_sources` yields them
        """
        insert_rows(
            self.env["ir.attachment"],
            ["res_id", "store_fname", "db_datas", "checksum", "file_size"],
            [
                (
                    arrival.message.id,
                    name,
                    None if name else arrival.source,
                    checksum,
                    len(arrival.source),
                )
                for arrival, (checksum, name) in zip(arrivals, rows, strict=True)
            ],
            {
                "name": "source",
                "res_model": "email.sync.message",
                "res_field": "source",
                "type": "binary",
                "mimetype": "message/rfc822",
            },
        )


class _File(NamedTuple):
    """A file to be written into the filestore."""

    content: bytes
    checksum: str
    path: str

    def get_mark(self, checklist):
        """Return the path of the file's mark for Odoo's clean-up."""
        return f"{checklist}{self.checksum[:2]}/{self.checksum}"


def _write_files(files, checklist):
    """Write files, each with its mark for Odoo's clean-up in case the transaction fails.

    In a thread without an environment: as ``ir.attachment._file_write`` and ``_mark_for_gc``. The
    mark comes first: a kill between the two leaves no file that nobody knows of.

    :param files: list of :class:`_File`
    :param str checklist: the directory of marks
    :return: the files that could not be written since there is one with another content
    """
    others, first_mark = [], None
    for file in files:
        mark = file.get_mark(checklist)
        _in_directory(mark, _make_mark, mark, first_mark)
        first_mark = first_mark or mark
        if not _in_directory(file.path, _write_file, file):
            others.append(file)
    return others


def _in_directory(path, write, *args):
    """Call a function that makes a file, a second time if it lacked the directory."""
    try:
        return write(*args)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return write(*args)


def _make_mark(path, other):
    """Make an empty file: a link to another one, where there is one that can be linked to.

    Making a file of its own costs file systems several times as much.
    """
    if other:
        try:
            os.link(other, path)
            return
        except FileExistsError:
            return
        except FileNotFoundError:
            raise
        except OSError:
            _logger.debug("no link for %s", path, exc_info=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666))


def _write_file(file):
    """Write a file unless it is there; return whether it is there with this content.

    Without Python's buffers: for two files a mail, they cost as much as the writing.
    """
    try:
        opened = os.open(file.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return _has_content(file)
    try:
        _write_all(opened, file.content)
    finally:
        os.close(opened)
    return True


def _has_content(file):
    with open(file.path, "rb") as existing:
        return existing.read(len(file.content) + 1) == file.content


def _write_all(file, content):
    # A disk that is nearly full takes a part, and raises at the next one.
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
