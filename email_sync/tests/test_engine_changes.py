"""Flags and removals, both ways, on a real IMAP server; with its extensions and without."""

import random
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..mailbox.folder_flags import FolderFlags
from ..mailbox.imap import ImapSession
from ..mailbox.response import MessageFlags
from .common import build_mail
from .test_engine import EngineCase

PLACEMENT = "odoo.addons.email_sync.models.email_sync_placement"


@tagged("post_install", "-at_install")
class TestEngineChanges(EngineCase):
    def setUp(self):
        super().setUp()
        self._fill(6)
        self._sync()

    def _get_messages(self):
        return self.env["email.sync.message"].search(
            [("account_id", "=", self.account.id)], order="date"
        )

    def _get_flags(self, uid):
        with self.mailbox.connect() as client:
            client.select_folder("INBOX", readonly=True)
            return {flag.decode() for flag in client.get_flags([uid])[uid]} - {"\\Recent"}

    def _change_remotely(self, uid, add=(), remove=()):
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            if add:
                client.add_flags([uid], add)
            if remove:
                client.remove_flags([uid], remove)

    def test_read_and_flagged_elsewhere(self):
        self._change_remotely(2, add=["\\Seen", "\\Flagged"])
        self._sync()
        second = self._get_messages()[1]
        self.assertTrue(second.is_read and second.is_flagged)
        self.assertFalse(second.conversation_id.unread_count)
        self._change_remotely(2, remove=["\\Seen"])
        self._sync()
        self.assertFalse(second.is_read)
        self.assertTrue(second.is_flagged)

    def test_read_here(self):
        second = self._get_messages()[1]
        second.conversation_id.with_user(self.alice).action_mark_read()
        self.assertTrue(second.is_read)
        self._change_remotely(2, add=["$Label1"])
        self._sync()
        self.assertEqual(self._get_flags(2), {"\\Seen", "$Label1"}, "others' flags stay")
        self.assertTrue(second.is_read)
        second.conversation_id.with_user(self.alice).action_mark_unread()
        self._sync()
        self.assertEqual(self._get_flags(2), {"$Label1"})
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_flagged_here(self):
        second = self._get_messages()[1]
        conversation = second.conversation_id.with_user(self.alice)
        for is_flagged in (True, False):
            conversation.action_toggle_flagged()
            self.assertEqual((second.is_flagged, conversation.is_flagged), (is_flagged,) * 2)
            self._sync()
            self.assertEqual(self._get_flags(2), {"\\Flagged"} if is_flagged else set())

    def test_every_pair_of_changes_ends_the_same_on_both_sides(self):
        """The wish of who acted here wins for the flag it named; all else follows the mailbox."""
        changes = (None, True, False)
        uid = 0
        expected = {}
        for here in changes:
            for there in changes:
                for before in (True, False):
                    uid += 1
                    expected[uid] = (before, here, there)
        self._fill(len(expected) - 6, first=7)
        for uid, (before, _here, _there) in expected.items():
            if before:
                self._change_remotely(uid, add=["\\Flagged"])
        self._sync()
        inbox = self._get_folder("INBOX")
        messages = {place.uid: place.message_id for place in inbox.placement_ids}
        for uid, (_before, here, there) in expected.items():
            if here is not None:
                messages[uid].with_user(self.alice)._set_flag("\\Flagged", here)
            if there is not None:
                changed = {"add" if there else "remove": ["\\Flagged"]}
                self._change_remotely(uid, **changed)
        for _run in range(2):
            self._sync()
            for uid, (before, here, there) in expected.items():
                acted = here is not None and here != before
                wish = here if acted else (before if there is None else there)
                with self.subTest(uid=uid, before=before, here=here, there=there):
                    self.assertEqual(messages[uid].is_flagged, wish)
                    self.assertEqual("\\Flagged" in self._get_flags(uid), wish)

    def test_switched_off_stays_here(self):
        self.account.sync_read = False
        second = self._get_messages()[1]
        second.conversation_id.with_user(self.alice).action_mark_read()
        self._sync()
        self.assertFalse(self._get_flags(2))

    def test_colleagues_change_nothing(self):
        message = self._get_messages()[0]
        message.conversation_id.visibility = "shared"
        self.assertTrue(message.with_user(self.bob).has_access("read"))
        message.conversation_id.with_user(self.bob).action_mark_read()
        self.assertFalse(message.is_read)
        with self.assertRaises(AccessError):
            message.with_user(self.bob).toggle_flagged()

    def test_deleted_elsewhere_keeps_the_record(self):
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages([2, 4])
            client.expunge()
        self._sync()
        messages = self._get_messages()
        self.assertEqual(messages.filtered("is_removed").mapped("subject"), ["Mail 2", "Mail 4"])
        self.assertEqual(len(messages.mail_message_id), 6)

    def test_arrives_marked_as_deleted(self):
        """RFC 9051, 2.3.2: marked for a later EXPUNGE, from the first moment on."""
        source = build_mail(subject="Late", message_id="<late@a.example>")
        self.mailbox.append(source, flags=["\\Deleted"])
        self._sync()
        late = self._get_messages().filtered(lambda message: message.subject == "Late")
        self.assertTrue(late.is_removed)
        self._change_remotely(7, remove=["\\Deleted"])
        self._sync()
        self.assertFalse(late.is_removed)

    def test_arrives_twice_at_once(self):
        """A new mail that lies in the folder twice is read where one of them is."""
        source = build_mail(subject="Twice", message_id="<twice@a.example>")
        for flags in ([], ["\\Seen"], []):
            self.mailbox.append(source, flags=flags)
        self._sync()
        twice = self._get_messages().filtered(lambda message: message.subject == "Twice")
        self.assertTrue(twice.is_read)
        self.assertEqual(len(twice.placement_ids), 3)

    def test_moved_elsewhere_is_the_same_mail(self):
        second = self._get_messages()[1]
        with self.mailbox.connect() as client:
            client.create_folder("Work")
            client.select_folder("INBOX")
            client.move([2], "Work")
        self._sync()
        self.assertEqual(len(self._get_messages()), 6)
        self.assertFalse(second.is_removed)
        stored = second.placement_ids.filtered(lambda placement: placement.outcome == "stored")
        self.assertEqual(stored.folder_id, self._get_folder("Work"))

    def test_many_removals_at_once_are_looked_at_twice(self):
        self._fill(40, first=10)
        self._sync()
        self._delete_remotely(range(1, 40))
        self._sync()
        self.assertFalse(self._get_messages().filtered("is_removed"))
        self._sync()
        self.assertEqual(len(self._get_messages().filtered("is_removed")), 39)
        self._delete_remotely(range(40, 47))
        self._sync()
        self.assertEqual(
            len(self._get_messages().filtered("is_removed")), 39, "an empty folder may be a mistake"
        )
        self._sync()
        self.assertTrue(all(self._get_messages().mapped("is_removed")))

    def _delete_remotely(self, uids):
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages(uids)
            client.expunge()

    def test_one_arrives_and_one_is_deleted(self):
        """As many mails as before, and not the same ones."""
        self._sync()
        self._delete_remotely([3])
        self._fill(1, first=7)
        self._sync()
        removed = self._get_messages().filtered("is_removed")
        self.assertEqual(removed.mapped("subject"), ["Mail 3"])
        self.assertEqual(len(self._get_messages()), 7)

    def test_unchanged_flags_write_nothing(self):
        self._change_remotely(2, add=["\\Seen"])
        self._sync()
        self.account.folder_ids.flags_compared = False
        with self._count_updates() as counts:
            self._sync()
        self.assertFalse(counts["email_sync_placement"])
        self.assertFalse(counts["email_sync_message"])
        self.assertFalse(counts["email_sync_conversation"])

    def test_changed_flags_write_the_rows_that_change(self):
        self._sync()
        self.account.folder_ids.flags_compared = False
        for uid in (2, 5):
            self._change_remotely(uid, add=["\\Flagged"])
        with self._count_updates() as counts:
            self._sync()
        self.assertEqual(counts["email_sync_placement"], 2)
        self.assertEqual(counts["email_sync_message"], 2)

    def test_many_are_compared_as_few_are(self):
        """Whatever was seen and whatever is told, the flags told are what is known afterwards."""
        generator = random.Random(5)
        texts = [False, "", "\\Seen", "\\Flagged \\Seen", "$Label1", "Größe"]
        outcomes = ["stored", "before_start", "gone"]
        folder = self.account.folder_ids.filtered(lambda folder: folder.special_use == "sent")
        placements = self.env["email.sync.placement"].create(
            [
                {
                    "account_id": self.account.id,
                    "folder_id": folder.id,
                    "uid": uid,
                    "outcome": generator.choice(outcomes),
                    "flags": generator.choice(texts),
                }
                for uid in generator.sample(range(1, 400), 250)
            ]
        )
        seen = {placement.uid: placement for placement in placements}
        told = {
            uid: frozenset((generator.choice(texts) or "").split())
            for uid in generator.sample(range(1, 500), 300)
        }
        flags = FolderFlags(MessageFlags(uid, told[uid]) for uid in told)
        other = {
            uid
            for uid, placement in seen.items()
            if uid in told and placement.outcome != "gone" and placement._get_flags() != told[uid]
        }
        for many, batch in ((1000, 1000), (0, 1000), (0, 70)):
            with self.subTest(many=many, batch=batch), self.env.cr.savepoint() as savepoint:
                with (
                    patch(f"{PLACEMENT}.MANY_FLAGS", many),
                    patch(f"{PLACEMENT}.FLAGS_BATCH", batch),
                ):
                    written = placements._write_flags(folder, flags)
                self.assertEqual(set(written.mapped("uid")), other)
                self.assertEqual(
                    {uid: seen[uid]._get_flags() for uid in other},
                    {uid: told[uid] for uid in other},
                )
                self.assertFalse(placements._write_flags(folder, flags))
                savepoint.rollback()
            placements.invalidate_recordset()

    @contextmanager
    def _count_updates(self):
        """Yield the rows updated meanwhile, by table."""
        counts = {
            table: 0
            for table in ("email_sync_placement", "email_sync_message", "email_sync_conversation")
        }
        self.env.flush_all()
        before = self._read_update_counts()
        yield counts
        self.env.flush_all()
        for table, count in self._read_update_counts().items():
            if table in counts:
                counts[table] = count - before.get(table, 0)

    def _read_update_counts(self):
        self.env.cr.execute("SELECT relname, n_tup_upd FROM pg_stat_xact_user_tables")
        return dict(self.env.cr.fetchall())


@tagged("post_install", "-at_install")
class TestEngineChangesWithoutExtensions(TestEngineChanges):
    """The same on a server that tells no changes: Exchange Online's class."""

    allow_inherited_tests_method = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        has_capability = ImapSession.has_capability
        hidden = {"CONDSTORE", "QRESYNC", "ENABLE", "LIST-STATUS", "ESEARCH"}
        cls.startClassPatcher(
            patch.object(
                ImapSession,
                "has_capability",
                lambda session, name: name not in hidden and has_capability(session, name),
            )
        )
