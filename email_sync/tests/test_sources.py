"""Files of sources: each with its mark for Odoo's clean-up, and whole whatever came before."""

import os
from unittest.mock import patch

from odoo.tests import tagged

from ..models import email_sync_store_sources
from .common import EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestSources(EmailSyncCase):
    def _get_files(self, messages):
        # sudo: ir.attachment - the files of sources are closed to everybody
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "email.sync.message"),
                    ("res_field", "=", "source"),
                    ("res_id", "in", messages.ids),
                ]
            )
        )

    def _assert_marked(self, files):
        for file in files:
            self.assertTrue(os.path.exists(file._full_path(f"checklist/{file.store_fname}")))

    def _build_mails(self, text):
        return [build_mail(message_id=f"<{n}@a.example>", text=f"{text} {n}") for n in range(3)]

    def test_every_file_is_marked_for_the_clean_up(self):
        sources = self._build_mails("A file with a mark")
        files = self._get_files(self._receive(*sources))
        self.assertEqual(sorted(files.mapped("raw")), sorted(sources))
        self._assert_marked(files)

    def test_files_are_marked_where_the_file_system_has_no_links(self):
        sources = self._build_mails("A mark of its own")
        with patch.object(os, "link", side_effect=PermissionError("no links here")):
            files = self._get_files(self._receive(*sources))
        self.assertEqual(len(files), 3)
        self._assert_marked(files)

    def test_file_that_was_begun_and_not_finished_is_replaced(self):
        source = build_mail(text="Written in part by a process that was killed")
        attachments = self.env["ir.attachment"]
        _name, path = attachments._get_path(source, attachments._compute_checksum(source))
        with open(path, "wb") as file:
            file.write(source[:40])
        file = self._get_files(self._receive(source))
        self.assertEqual(file.raw, source)

    def test_clean_up_waits_before_the_first_file_is_written(self):
        """Odoo's clean-up takes a SHARE lock, then every marked file that no row has."""
        store = self.env["email.sync.store"]
        with (
            patch.object(email_sync_store_sources, "_write_files", return_value=[]),
            store._keep_sources([]),
        ):
            self.env.cr.execute(
                "SELECT mode FROM pg_locks "
                "WHERE relation = 'ir_attachment'::regclass AND pid = pg_backend_pid()"
            )
            self.assertIn("RowExclusiveLock", [mode for (mode,) in self.env.cr.fetchall()])
