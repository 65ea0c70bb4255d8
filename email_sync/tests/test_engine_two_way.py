"""Changes made here reach a real IMAP server once, and nothing that others did is lost."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..mailbox.client import Client
from ..mailbox.errors import ConnectionLostError, FolderReadOnlyError
from ..mailbox.imap import ImapSession
from .test_engine import EngineCase, Killed

ENGINE = "email.sync.engine"


class TwoWayCase(EngineCase):
    def setUp(self):
        super().setUp()
        self._fill(6)
        self._fill(1, "Work")
        self._sync()
        self.message = self._get_message("INBOX", 2)
        self.conversation = self.message.conversation_id.with_user(self.alice)

    def _get_message(self, folder, uid):
        return (
            self.env["email.sync.placement"]
            .search(
                [
                    ("account_id", "=", self.account.id),
                    ("folder_id.name", "=", self.mailbox.path(folder)),
                    ("uid", "=", uid),
                ]
            )
            .message_id
        )

    def _on_server(self, folder):
        """Return ``{UID: flags}`` of what the server has."""
        with self.mailbox.connect() as client:
            client.select_folder(folder, readonly=True)
            flags = client.get_flags(client.search())
        return {
            uid: {flag.decode() for flag in values} - {"\\Recent"} for uid, values in flags.items()
        }

    def _change_remotely(self, uid, add=(), remove=(), folder="INBOX"):
        with self.mailbox.connect() as client:
            client.select_folder(folder)
            if add:
                client.add_flags([uid], add)
            if remove:
                client.remove_flags([uid], remove)

    def _places(self):
        return sorted(
            (place.folder_id.name, place.uid)
            for place in self.message.placement_ids
            if place.outcome == "stored"
        )

    def _counting(self, word):
        """Return the list of commands that start with a word, filled while the test goes on."""
        sent = []
        submit = Client.submit

        def counted(client, *parts):
            if parts[0] == word:
                sent.append(parts)
            return submit(client, *parts)

        self.startPatcher(patch.object(Client, "submit", counted))
        return sent


@tagged("post_install", "-at_install")
class TestTwoWay(TwoWayCase):
    # ------------------------------------------------------------
    # FLAGS
    # ------------------------------------------------------------

    def test_changed_by_others_between_the_look_and_the_store(self):
        """RFC 7162, 3.1.3: what others did to other flags stays, ours arrives."""
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        store_flags, once = ImapSession.store_flags, []

        def interrupted(session, uids, **kwargs):
            if not once:
                once.append(True)
                self._change_remotely(2, add=["\\Seen", "$Label1"])
            return store_flags(session, uids, **kwargs)

        with patch.object(ImapSession, "store_flags", interrupted):
            self._sync()
        self.assertEqual(self._on_server("INBOX")[2], {"\\Seen", "\\Flagged", "$Label1"})
        self.assertTrue(self.message.is_read and self.message.is_flagged)

    def test_moved_by_others_before_the_store(self):
        """RFC 9051, 6.4.9: STORE is OK for a UID that is gone; the wish follows the mail."""
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.move([2], "Work")
        self._sync()
        self._sync()
        self.assertIn("\\Flagged", self._on_server("Work")[2])
        self.assertTrue(self.message.is_flagged)
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_a_toggle_back_is_no_change(self):
        """Who sets a flag and removes it again wishes nothing: the mailbox decides."""
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        self.message.with_user(self.alice)._set_flag("\\Flagged", False)
        self._change_remotely(2, add=["\\Flagged"])
        self._sync()
        self.assertTrue(self.message.is_flagged)
        self.assertIn("\\Flagged", self._on_server("INBOX")[2])

    def test_killed_after_the_server_was_told(self):
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        engine = type(self.env[ENGINE])
        with patch.object(engine, "_note_stored", side_effect=Killed):
            with self.assertRaises(Killed):
                self._sync()
        self.assertIn("\\Flagged", self._on_server("INBOX")[2])
        self._change_remotely(2, add=["\\Seen"])
        self._sync()
        self.assertEqual(self._on_server("INBOX")[2], {"\\Seen", "\\Flagged"})
        self.assertTrue(self.message.is_flagged and self.message.is_read)
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_one_folder_fails_and_the_others_keep_their_changes(self):
        other = self._get_message("Work", 1)
        (self.message | other).with_user(self.alice)._set_flag("\\Flagged", True)
        select = ImapSession.select

        def failing(session, name, readonly=True):
            if name == "INBOX" and not readonly:
                raise ConnectionLostError("cut")
            return select(session, name, readonly=readonly)

        with patch.object(ImapSession, "select", failing):
            self._sync()
        self.account.next_sync = fields.Datetime.now()
        self._sync()
        self.assertIn("\\Flagged", self._on_server("INBOX")[2])
        self.assertIn("\\Flagged", self._on_server("Work")[1])

    def test_a_wish_follows_a_mail_that_others_moved_meanwhile(self):
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.move([2], "Work")
        self._sync()
        self._sync()
        self.assertEqual(self._places(), [(self.mailbox.path("Work"), 2)])
        self.assertIn("\\Flagged", self._on_server("Work")[2])
        self.assertTrue(self.message.is_flagged)
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_a_wish_reaches_copies_that_were_not_seen_yet(self):
        """The copy that is known is told before the other one is met, which is told, too."""
        self._change_remotely(2, add=["\\Seen"])
        self._sync()
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        self.message.with_user(self.alice)._set_flag("\\Seen", False)
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.copy([2], "Work")
        self._sync()
        self.assertFalse(self.message.is_read)
        self._sync()
        self.assertEqual(self._on_server("INBOX")[2], {"\\Flagged"})
        self.assertEqual(self._on_server("Work")[2], {"\\Flagged"})
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_what_was_told_belongs_to_others_again(self):
        """A run that did not come to its end keeps the wish for copies that it did not meet."""
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        with patch.object(type(self.env["email.sync.change"]), "_forget_told"):
            self._sync()
            self.assertTrue(self.env["email.sync.change"].search([]))
            self._change_remotely(2, remove=["\\Flagged"])
            self._sync()
        self.assertFalse(self.message.is_flagged)
        self._sync()
        self.assertNotIn("\\Flagged", self._on_server("INBOX")[2])
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_a_wish_is_not_kept_for_a_folder_that_is_gone(self):
        """It would be told to mail that arrives long after it was fulfilled."""
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.copy([2], "Work")
        self._sync()
        with self.mailbox.connect() as client:
            client.delete_folder("Work")
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        self._sync()
        self._sync()
        self.assertIn("\\Flagged", self._on_server("INBOX")[2])
        self.assertFalse(self.env["email.sync.change"].search([]))
        self.assertTrue(self.message.is_flagged)

    def test_a_wish_for_a_mail_that_others_took_out_of_the_trash(self):
        """No sync looks into the trash: that the mail is gone is found when it is told."""
        self.conversation.action_delete_mail()
        self._sync()
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        with self.mailbox.connect() as client:
            client.select_folder("Trash")
            client.move(client.search(), "Work")
        self._sync()
        self._sync()
        self.assertEqual([name for name, _uid in self._places()], [self.mailbox.path("Work")])
        self.assertIn("\\Flagged", self._on_server("Work")[2])
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_a_wish_for_a_mail_that_lies_nowhere_waits_for_it(self):
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        with self.mailbox.connect() as client:
            client.create_folder("Later")
            client.select_folder("INBOX")
            client.move([2], "Later")
        self.account.folder_mode = "selected"
        self.account.folder_ids.filtered(lambda folder: folder.name != "Later").is_selected = True
        self._sync()
        self._sync()
        self.assertTrue(self.message.is_removed)
        self.assertTrue(self.env["email.sync.change"].search([]))
        busy = self.env[ENGINE]._find_busy(self.account)
        self.assertFalse(busy, "the mailbox is not asked again and again for its sake")
        self._get_folder("Later").is_selected = True
        self._sync()
        self._sync()
        self.assertFalse(self.message.is_removed)
        self.assertIn("\\Flagged", self._on_server("Later")[1])
        self.assertFalse(self.env["email.sync.change"].search([]))

    def test_a_folder_that_keeps_no_flags_leaves_the_state_here(self):
        """PERMANENTFLAGS empty, or an ACL without the right: kept here, said once, not retried."""
        self.message.with_user(self.alice)._set_flag("\\Flagged", True)
        with patch.object(ImapSession, "store_flags", side_effect=FolderReadOnlyError()):
            self._sync()
        self.assertTrue(self._get_folder("INBOX").write_message)
        stores = self._counting(b"UID STORE")
        self._change_remotely(2, add=["\\Seen"])
        self._sync()
        self.assertFalse(stores)
        self.assertTrue(self.message.is_flagged and self.message.is_read)
        self._change_remotely(2, add=["\\Flagged"])
        self._sync()
        self._sync()
        self.assertFalse(self.env["email.sync.change"].search([]), "both sides agree")

    def test_a_thousand_marks_take_few_commands(self):
        uids = range(1, 2001, 2)
        changes = self.env["email.sync.change"]
        folder = self._get_folder("INBOX")
        stores = self._counting(b"UID STORE")
        with self._transactions() as env, self.account.with_env(env)._open_imap() as session:
            session.select("INBOX", readonly=False)
            with patch.object(ImapSession, "fetch_flags", return_value=[]):
                env[ENGINE]._store_flag(folder.with_env(env), session, "\\Seen", True, uids)
                session.store_flags(uids, add=("\\Seen",))
        self.assertTrue(1 <= len(stores) <= 10, len(stores))
        self.assertFalse(changes.search([]))

    def test_switches(self):
        """Off means that nothing goes to the server, and the state stays here."""
        self.account.write({"sync_read": False, "sync_flags": False})
        self.conversation.action_mark_read()
        self.message.with_user(self.alice).toggle_flagged()
        self.message.with_user(self.alice).set_tag("$label2", True)
        stores = self._counting(b"UID STORE")
        self._change_remotely(2, add=["\\Answered"])
        self._sync()
        self.assertFalse(stores)
        self.assertEqual(self._on_server("INBOX")[2], {"\\Answered"})
        self.assertTrue(self.message.is_read and self.message.is_flagged)
        self.assertTrue(self.message.is_answered)
        self.assertEqual(self.conversation.tag_names, "Work")

    def test_keywords_are_tags(self):
        self._change_remotely(2, add=["$label1", "project-x"])
        self._sync()
        self.conversation.invalidate_recordset()
        self.assertEqual(self.conversation.tag_names, "Important, project-x")
        found = self.conversation.search([("tag_names", "ilike", "import")])
        self.assertEqual(found, self.conversation)
        self.message.with_user(self.alice).set_tag("$label1", False)
        self.message.with_user(self.alice).set_tag("Urgent", True)
        self.assertEqual(self.conversation.tag_names, "project-x, Urgent")
        self._sync()
        self.assertEqual(self._on_server("INBOX")[2], {"project-x", "Urgent"})
        self.assertFalse(self.conversation.search([("tag_names", "ilike", "import")]))
        with self.assertRaises(UserError):
            self.message.with_user(self.alice).set_tag("\\Deleted", True)

    def test_tags_are_the_members_own(self):
        self._change_remotely(2, add=["difficult"])
        self._sync()
        self.message.conversation_id.visibility = "shared"
        shared = self.conversation.with_user(self.bob)
        self.assertTrue(shared.has_access("read"))
        self.assertFalse(shared.tag_names)
        self.assertFalse(shared.search([("tag_names", "ilike", "difficult")]))
        self.assertFalse(shared.folder_ids)

    # ------------------------------------------------------------
    # MOVES
    # ------------------------------------------------------------

    def test_archive(self):
        entry = self.message.mail_message_id
        self.conversation.action_move_to_archive()
        self.assertEqual(self.conversation.folder_ids, self._get_folder("Archive"), "at once")
        in_inbox = self.conversation.search([("folder_ids.special_use", "=", "inbox")])
        self.assertEqual(len(in_inbox), 5)
        self.assertNotIn(self.conversation, in_inbox)
        bodies = self._counting(b"UID FETCH")
        self._sync()
        self.assertNotIn(2, self._on_server("INBOX"))
        self.assertEqual(len(self._on_server("Archive")), 1)
        self.assertEqual(self._places(), [(self.mailbox.path("Archive"), 1)])
        self.assertEqual(self.message.mail_message_id, entry)
        self.assertFalse(self.message.is_removed)
        self.assertFalse([parts for parts in bodies if any(b"BODY.PEEK[]" in p for p in parts)])
        self.assertFalse(self.env["email.sync.move"].search([]))

    def test_what_others_marked_as_deleted_survives(self):
        """Never a plain EXPUNGE."""
        self._change_remotely(3, add=["\\Deleted"])
        self.conversation.action_delete_mail()
        self.assertTrue(self.conversation.is_removed)
        self._sync()
        self.assertEqual(set(self._on_server("INBOX")), {1, 3, 4, 5, 6})
        self.assertEqual(len(self._on_server("Trash")), 1)
        self.assertTrue(self.message.is_removed)

    def test_what_was_moved_back_and_forth_counts_as_done(self):
        for _time in range(2):
            params = self.conversation.action_move_to_archive()["params"]
            self._sync()
            self._sync()
            self.conversation.undo_move(params["moved"])
            self._sync()
            self._sync()
        self.assertEqual(self.account.progress_done, self.account.progress_total)

    def test_undo_before_and_after_the_server_was_told(self):
        params = self.conversation.action_move_to_archive()["params"]
        self.conversation.undo_move(params["moved"], params["discarded"])
        self._sync()
        self.assertEqual(self._places(), [("INBOX", 2)])
        params = self.conversation.action_delete_mail()["params"]
        self._sync()
        self.assertFalse(self._on_server("INBOX").get(2))
        self.conversation.undo_move(params["moved"], params["discarded"])
        self.assertFalse(self.conversation.is_removed)
        self._sync()
        self.assertEqual([name for name, _uid in self._places()], ["INBOX"])
        self.assertEqual(len(self._on_server("INBOX")), 6)
        self.assertFalse(self._on_server("Trash"))

    def test_killed_anywhere_moves_once(self):
        for kills in range(1, 8):
            try:
                self.conversation.action_move_to_archive()
            except UserError:
                # Back to the inbox, for the next kill.
                wizard = self.env["email.sync.conversation.move"].with_user(self.alice)
                wizard.create(
                    {
                        "account_id": self.account.id,
                        "conversation_ids": [(6, 0, self.conversation.ids)],
                        "folder_id": self._get_folder("INBOX").id,
                    }
                ).action_apply()
            engine, count = type(self.env[ENGINE]), []
            commit = engine._commit

            def killing(engine, *args, _kills=kills, _count=count, _commit=commit):
                _count.append(1)
                if len(_count) == _kills:
                    raise Killed
                return _commit(engine, *args)

            with self.subTest(kills=kills):
                with patch.object(engine, "_commit", killing):
                    try:
                        self._sync()
                    except Killed:
                        count.append(0)
                self._sync()
                self._sync()
                total = len(self._on_server("INBOX")) + len(self._on_server("Archive"))
                self.assertEqual(total, 6)
                self.assertEqual(len(self._places()), 1)
                self.assertFalse(self.message.is_removed)
                self.assertFalse(self.env["email.sync.move"].search([]))

    def test_deletion_here_may_leave_the_mailbox_alone(self):
        self.account.deletion_here = "keep"
        params = self.conversation.action_delete_mail()["params"]
        self.assertTrue(self.conversation.is_removed)
        self._change_remotely(2, add=["\\Seen"])
        self._sync()
        self.assertIn(2, self._on_server("INBOX"))
        self.assertTrue(self.conversation.is_removed)
        self.conversation.undo_move(params["moved"], params["discarded"])
        self.assertFalse(self.conversation.is_removed)

    def test_moving_switched_off(self):
        self.conversation.action_move_to_archive()
        self.account.sync_moves = False
        self._sync()
        self.assertEqual(self._places(), [("INBOX", 2)])
        self.assertIn(2, self._on_server("INBOX"))
        with self.assertRaises(UserError):
            self.conversation.action_move_to_archive()
        self.assertFalse(self.conversation.can_move)

    def test_colleagues_move_nothing(self):
        self.message.conversation_id.visibility = "shared"
        shared = self.conversation.with_user(self.bob)
        for method in ("action_move_to_archive", "action_move", "action_delete_mail", "undo_move"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(shared, method)()
        with self.assertRaises(AccessError):
            self.message.with_user(self.bob).set_tag("$label1", True)

    # ------------------------------------------------------------
    # DELETED ON THE SERVER
    # ------------------------------------------------------------

    def test_a_move_elsewhere_is_never_shown_as_removed(self):
        """The source is looked at before the target."""
        seen = []
        engine = type(self.env[ENGINE])
        commit = engine._commit

        def watching(engine, *args):
            message = self.message.with_env(engine.env)
            message.invalidate_recordset(["is_removed"])
            seen.append(message.is_removed)
            return commit(engine, *args)

        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.move([2], "Work")
        with patch.object(engine, "_commit", watching):
            self._sync()
        self.assertTrue(seen)
        self.assertFalse(any(seen))
        self.assertEqual(self._places(), [(self.mailbox.path("Work"), 2)])

    def test_deleted_there_deletes_here_what_is_linked_to_nothing(self):
        linked = self._get_message("INBOX", 3)
        linked.conversation_id.partner_ids = self.customer
        self.message.conversation_id.partner_ids = False
        with self.mailbox.connect() as client:
            client.select_folder("INBOX")
            client.delete_messages([2, 3])
            client.expunge()
        self._sync()
        both = self.message | linked
        self.assertTrue(all(both.mapped("is_removed")))
        both.removed_since = fields.Datetime.now() - timedelta(days=31)
        both._delete_removed()
        self.assertEqual(both.exists(), both, "by default mail is marked only")
        self.account.deletion_there = "delete"
        both._delete_removed()
        self.assertEqual(both.exists(), linked)


@tagged("post_install", "-at_install")
class TestTwoWayWithoutExtensions(TestTwoWay):
    """The same on a server that has neither mod-sequences nor MOVE."""

    allow_inherited_tests_method = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        has_capability = ImapSession.has_capability
        hidden = {"CONDSTORE", "QRESYNC", "ENABLE", "LIST-STATUS", "ESEARCH", "MOVE"}
        cls.startClassPatcher(
            patch.object(
                ImapSession,
                "has_capability",
                lambda session, name: name not in hidden and has_capability(session, name),
            )
        )
