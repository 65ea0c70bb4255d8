import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from odoo import api, models

from ..mime.source import Source


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
        rows, files = [], []
        for arrival in arrivals:
            if isinstance(arrival.source, Source):
                if in_filestore:
                    name, checksum, _size = attachments._write_chunks(arrival.source.chunks())
                    rows.append((checksum, name))
                    continue
                arrival.source = arrival.source[:]
            checksum = attachments._compute_checksum(arrival.source)
            name = None
            if in_filestore:
                name, path = attachments._get_path(arrival.source, checksum)
                mark = attachments._full_path(f"checklist/{name}")
                files.append((arrival.source, path, mark))
            rows.append((checksum, name))
        with ThreadPoolExecutor(1, "email_sync_sources") as pool:
            writing = pool.submit(_write_files, files)
            yield rows
        writing.result()

    @api.model
    def _create_sources(self, arrivals, rows):
        """Insert the attachments of messages.

        :param rows: as :meth:`_keep_sources` yields them
        """
        now = self.env.cr.now()
        self.env.cr.execute_values(
            "INSERT INTO ir_attachment (name, res_model, res_field, res_id, type, store_fname, "
            "db_datas, checksum, file_size, mimetype, create_uid, create_date, write_uid, "
            "write_date) VALUES %s",
            [
                (
                    "source",
                    "email.sync.message",
                    "source",
                    arrival.message.id,
                    "binary",
                    name,
                    None if name else arrival.source,
                    checksum,
                    len(arrival.source),
                    "message/rfc822",
                    self.env.uid,
                    now,
                    self.env.uid,
                    now,
                )
                for arrival, (checksum, name) in zip(arrivals, rows, strict=True)
            ],
            page_size=len(arrivals),
        )


def _write_files(files):
    """Write files, each with its mark for Odoo's clean-up in case the transaction fails.

    In a thread without an environment: as ``ir.attachment._file_write`` and ``_mark_for_gc``.

    :param files: iterable of (content, path, path of the mark)
    """
    directories = set()
    for content, path, mark in files:
        if os.path.exists(path):
            continue
        # Without Python's buffers: for two files a mail, they cost as much as the writing.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            _write_all(file, content)
        finally:
            os.close(file)
        directory = os.path.dirname(mark)
        if directory not in directories:
            os.makedirs(directory, exist_ok=True)
            directories.add(directory)
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666))


def _write_all(file, content):
    # A disk that is nearly full takes a part, and raises at the next one.
    left = memoryview(content)
    while left:
        left = left[os.write(file, left) :]
