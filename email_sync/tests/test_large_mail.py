"""A mail too large for memory arrives, is shown and its attachments are served, in pieces."""

import base64
import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..mime.parse import parse
from ..mime.source import Source
from ..models.ir_attachment_content import UNFINISHED
from .common import EmailSyncCase, build_mail
from .test_engine import FOLDERS, EngineCase

CONTENT = "odoo.addons.email_sync.models.ir_attachment_content.LARGE_FILE"
PUBLICATION = "odoo.addons.email_sync.models.email_sync_message_publication.LARGE_FILE"
CONTROLLER = "odoo.addons.email_sync.controllers.email_sync.LARGE_FILE"
FILE = base64.b64encode(bytes(range(256)) * 3000)


class LargeMail:
    """Everything of this size is large."""

    def setUp(self):
        super().setUp()
        for name in (CONTENT, PUBLICATION, CONTROLLER):
            self.startPatcher(patch(name, 100_000))
        self.startPatcher(patch(f"{FOLDERS}.SPOOL_ABOVE", 100_000))
        self.source = build_mail(
            text="The drawings are attached.", attachments=[("a.bin", FILE, "application", "x")]
        ).replace(b"\n", b"\r\n")


@tagged("post_install", "-at_install")
class TestLargeMail(LargeMail, EngineCase):
    def setUp(self):
        super().setUp()
        self.mailbox.append(self.source)
        self._sync()
        self.message = self.env["email.sync.message"].search([("account_id", "=", self.account.id)])

    def test_stored_as_delivered(self):
        self.assertIsInstance(self.message._open_source(), Source)
        self.assertEqual(self.message._get_source(), self.source)
        self.assertEqual(self.message.size, len(self.source))
        self.assertIn("drawings", self.message.text)

    def test_known_however_it_was_read(self):
        """Spooled here and in memory there, a mail is one mail."""
        self.assertEqual(self.message.digest, parse(self.source).digest)
        with patch(f"{FOLDERS}.SPOOL_ABOVE", None):
            self.mailbox.append(self.source, folder="Work")
            self._sync()
        self.assertEqual(self.message.placement_ids.mapped("folder_id.name"), ["INBOX", "Work"])

    def test_kept_as_core_keeps_files(self):
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "email.sync.message"), ("res_id", "=", self.message.id)]
            + [("res_field", "=", "source")]
        )
        self.assertEqual(attachment.checksum, attachment._compute_checksum(self.source))
        self.assertEqual(attachment.file_size, len(self.source))
        self.assertEqual(attachment.raw, self.source)
        left = [name for name in os.listdir(attachment._filestore()) if "email_sync-" in name]
        self.assertFalse(left)

    def test_what_a_killed_process_left_is_removed(self):
        """After a day, so that nothing is removed that is being written."""
        attachments = self.env["ir.attachment"]
        paths = []
        for hours in (25, 1):
            with tempfile.NamedTemporaryFile(
                dir=attachments._filestore(), prefix=UNFINISHED, delete=False
            ) as file:
                self.addCleanup(Path(file.name).unlink, missing_ok=True)
            written = time.time() - hours * 3600
            os.utime(file.name, (written, written))
            paths.append(file.name)
        attachments._gc_unfinished_files()
        self.assertEqual([os.path.exists(path) for path in paths], [False, True])
        self.assertEqual(self.message._get_source(), self.source)

    def test_shown_on_the_record(self):
        self.message._render_entries()
        self.assertIn("drawings", self.message.mail_message_id.body)
        attachment = self.message.mail_message_id.attachment_ids
        self.assertEqual(attachment.raw, FILE)
        self.assertEqual(attachment.file_size, len(FILE))


@tagged("post_install", "-at_install")
class TestLargeMailDownload(LargeMail, EmailSyncCase, HttpCase):
    def test_downloads(self):
        message = self._receive(self.source)
        self.alice.password = "alice-alice-alice"  # noqa: S105 - of a test
        self.authenticate("alice", "alice-alice-alice")
        section = message._parse().parts[0].section
        response = self.url_open(f"/email_sync/message/{message.id}/part/{section}")
        self.assertEqual(response.content, FILE)
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn("sandbox", response.headers["Content-Security-Policy"])
        response = self.url_open(f"/email_sync/message/{message.id}/source")
        self.assertEqual(response.content, self.source)
