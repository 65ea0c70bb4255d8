from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..mailbox.fetch import FetchedMessage
from ..mailbox.imap import MessageMetadata
from ..models import parse_ahead
from .common import EmailSyncCase, build_mail


@tagged("post_install", "-at_install")
class TestParseAhead(EmailSyncCase):
    def _fetch(self, *subjects):
        for uid, subject in enumerate(subjects, 1):
            source = build_mail(subject=subject, message_id=f"<{uid}@a.example>")
            metadata = MessageMetadata(uid, len(source), self._get_date(source), frozenset())
            yield FetchedMessage(uid, metadata, source)

    def test_mail_comes_with_what_it_says(self):
        (fetched,) = parse_ahead.parse_ahead(self._fetch("An offer"))
        self.assertEqual(fetched.parsed.parsed.subject, "An offer")
        self.assertEqual(fetched.parsed, parse_ahead.read(fetched.source))

    def test_source_of_mail_is_closed_with_it(self):
        sources = self._fetch("One", "Two")
        mails = parse_ahead.parse_ahead(sources)
        next(mails)
        mails.close()
        self.assertEqual(list(sources), [])

    def test_mail_that_cannot_be_read_is_quarantined_alone(self):
        parse = parse_ahead.parse

        def fail_on_poison(source):
            parsed = parse(source)
            if parsed.subject == "poison":
                raise ValueError("not a mail")
            return parsed

        with (
            patch.object(parse_ahead, "parse", fail_on_poison),
            mute_logger("odoo.addons.email_sync.models.email_sync_store"),
        ):
            mails = list(parse_ahead.parse_ahead(self._fetch("one", "poison", "three")))
            self.env["email.sync.store"]._store(self.inbox, mails)
        outcomes = self.inbox.placement_ids.sorted("uid").mapped("outcome")
        self.assertEqual(outcomes, ["stored", "quarantined", "stored"])
