"""Changes in folders: those that others made, and those that we make."""

import contextlib
import re
import time
from datetime import timezone
from typing import NamedTuple

from . import uidset
from .client import Literal, Refusal
from .errors import (
    CommandRefusedError,
    FolderReadOnlyError,
    MessageTooLargeError,
    ProtocolError,
)
from .folder_flags import FolderFlags
from .folders import encode_name
from .refusal import split_code
from .response import LARGEST_NUMBER_64, parse_fetch, positive_number

# RFC 9051 flag-keyword and flag-extension: an atom
_FLAG = re.compile(r"\\?[^\s(){%*\"\\\]\x00-\x1f\x7f-\uffff]+")
_LINE_END = re.compile(rb"\r?\n|\r")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def is_keyword(text):
    """Whether a text can be a keyword: no system flag, an atom (RFC 9051 section 2.3.2)."""
    return bool(_FLAG.fullmatch(text)) and not text.startswith("\\")


class Changes(NamedTuple):
    """What happened in a folder since a mod-sequence.

    :ivar flags: :class:`.folder_flags.FolderFlags`, new messages among them
    :ivar vanished: ``(first, last)`` ranges of UIDs that are not in the folder any more, also of
        messages never seen; None where the server cannot say
    """

    flags: FolderFlags
    vanished: list | None


class Copied(NamedTuple):
    """Where messages went (RFC 4315 COPYUID).

    :ivar uidvalidity: UIDVALIDITY of the target folder, or None where the server did not say
    :ivar uids: ``{UID here: UID there}``, empty where the server did not say
    """

    uidvalidity: int | None
    uids: dict


class FolderChanges:
    """The half of :class:`.imap.ImapSession` that is about changes."""

    # -- made by others -------------------------------------------------------------------------

    def changed_since(self, modseq):
        """Ask what changed in the selected folder.

        Trust it only if UIDVALIDITY is the one that ``modseq`` was noted under.

        :param modseq: HIGHESTMODSEQ up to which everything is known
        :return: :class:`Changes`, or None where the server keeps no mod-sequences for this folder
        """
        if not self.selected.highestmodseq:
            return None
        vanishes = b" VANISHED" if self.has_qresync else b""
        modifier = b" (CHANGEDSINCE %d%s)" % (modseq, vanishes)
        vanished = []

        def collect(response):
            if response.name == b"VANISHED":
                words = response.text.split()
                vanished.extend(uidset.ranges(words[-1] if words else b""))

        flags = self._scan_flags(modifier=modifier, collect=collect)
        return Changes(flags, vanished if self.has_qresync else None)

    # -- flags ----------------------------------------------------------------------------------

    def storable_flags(self, flags):
        """Return those of these flags that the selected folder can keep (PERMANENTFLAGS)."""
        if self.selected.read_only:
            return frozenset()
        permanent = self.selected.permanent_flags
        if permanent is None or "\\*" in permanent:
            return frozenset(flags)
        known = {flag.lower() for flag in permanent}
        return frozenset(flag for flag in flags if flag.lower() in known)

    def store_flags(self, uids, add=(), remove=(), unchanged_since=None):
        """Change flags of messages in the selected folder.

        :param uids: UIDs
        :param add: flags to set
        :param remove: flags to remove
        :param unchanged_since: leave messages alone that changed after this mod-sequence; only
            where the folder has mod-sequences
        :return: set of UIDs left alone for that reason, and of those that the server did not name
            as changed: they may be gone
        :raise FolderReadOnlyError: the folder cannot keep one of the flags
        """
        for flag in (*add, *remove):
            if not _FLAG.fullmatch(flag):
                raise ValueError(f"{flag!r} is not a flag")
        if self.storable_flags((*add, *remove)) != frozenset((*add, *remove)):
            raise FolderReadOnlyError(folder=self.folder)
        left_alone = set()
        remaining = set(uids)
        for sign, flags in ((b"+", add), (b"-", remove)):
            if flags and remaining:
                modified, unnamed, unchanged_since = self._store(
                    remaining, sign, flags, unchanged_since
                )
                left_alone |= modified | unnamed
                remaining -= modified
        return left_alone

    def _store(self, uids, sign, flags, unchanged_since):
        """Return ``(UIDs left alone, UIDs not named, mod-sequence of our own change)``.

        With UNCHANGEDSINCE the server names every message that it changed (RFC 7162, 3.1.3).
        """
        modifier = b""
        if unchanged_since is not None and self.selected.highestmodseq:
            modifier = b"(UNCHANGEDSINCE %d) " % unchanged_since
        change = b"%s%sFLAGS.SILENT (%s)" % (modifier, sign, " ".join(sorted(flags)).encode())
        newest, named = unchanged_since, set()

        def collect(response):
            nonlocal newest
            if response.name == b"FETCH" and newest is not None:
                fetched = parse_fetch(response.fragments)
                if fetched.uid in uids and fetched.modseq:
                    newest = max(newest, fetched.modseq)
                    named.add(fetched.uid)

        modified = set()
        commands = [
            (b"UID STORE", part.encode(), change) for part in uidset.split(uids, self.line_length)
        ]
        for text in self._run_all(commands, collect):
            code, arguments, _rest = split_code(text)
            # RFC 7162 section 3.1.3: the command is OK, these messages are not
            if code == b"MODIFIED":
                modified.update(uidset.expand(arguments))
        return modified & uids, uids - named if modifier else set(), newest

    def _run_all(self, commands, collect):
        """Send all commands at once; return the texts of their completions.

        NO with MODIFIED is a completion: some servers say it when every message was left alone.
        """
        self._send_prelude()
        tags = [self.client.submit(*command) for command in commands]
        texts = []
        while tags:
            try:
                texts.append(self.client.finish(tags.pop(0), collect).text)
            except Refusal as refusal:
                if split_code(refusal.text)[0] == b"MODIFIED":
                    texts.append(refusal.text)
                    continue
                for tag in tags:
                    self.client.forget(tag)
                raise self._change_error(refusal) from refusal
        return texts

    def _change_error(self, refusal):
        error = self.client.error(refusal, folder=self.folder)
        # a NO without a code to STORE or MOVE means that the rights do not suffice (RFC 4314)
        if type(error) is CommandRefusedError and not refusal.bad:
            return FolderReadOnlyError(folder=self.folder, server_text=error.server_text)
        return error

    # -- moving and deleting --------------------------------------------------------------------

    def move(self, uids, target):
        """Move messages of the selected folder to another one.

        :param uids: UIDs
        :param target: name of the folder
        :rtype: Copied
        :raise FolderGoneError: the target does not exist
        """
        if self.has_capability("MOVE"):
            return self._transfer(b"UID MOVE", uids, target)
        copied = self.copy(uids, target)
        self.delete(uids)
        return copied

    def copy(self, uids, target):
        """Copy messages of the selected folder to another one.

        :param uids: UIDs
        :param target: name of the folder
        :rtype: Copied
        :raise FolderGoneError: the target does not exist
        """
        return self._transfer(b"UID COPY", uids, target)

    def _transfer(self, command, uids, target):
        uids = set(uids)
        found = []

        def note(text):
            code, arguments, _rest = split_code(text)
            if code == b"COPYUID":
                found.append(arguments)

        def collect(response):
            # MOVE says it in an untagged answer (RFC 6851 section 4.3), COPY in the tagged one
            if response.name == b"OK":
                note(response.text)

        name = self.client.astring(self._raw_name(target))
        for part in uidset.split(uids, self.line_length):
            parts = (command, part.encode(), name)
            note(self._run(*parts, collect=collect, slow=True, folder=target).text)
        return _copied(found, uids)

    def delete(self, uids):
        """Remove messages of the selected folder for good.

        :return: whether they are gone; without UIDPLUS they can only be marked, since EXPUNGE
            would take what others marked too
        """
        uids = set(uids)
        self.store_flags(uids, add=("\\Deleted",))
        if not self.has_capability("UIDPLUS"):
            return False
        self._run_all(
            [(b"UID EXPUNGE", part.encode()) for part in uidset.split(uids, self.line_length)],
            None,
        )
        return True

    # -- adding ---------------------------------------------------------------------------------

    def append(self, folder, source, flags=(), internal_date=None):
        """Put a message into a folder.

        :param folder: name of the folder
        :param source: the message in bytes; its line ends become CRLF
        :param flags: flags it gets
        :param internal_date: aware datetime it gets as its date of arrival; now if None
        :return: ``(UIDVALIDITY, UID)`` it got, or None where the server did not say
        :raise FolderGoneError: the folder does not exist
        :raise FolderFullError: no space left
        :raise MessageTooLargeError: larger than the server takes (RFC 7889)
        :raise TransientError: after a broken connection it may or may not be there
        """
        source = _LINE_END.sub(b"\r\n", source)
        limit = next((c[12:] for c in self.capabilities if c.startswith("APPENDLIMIT=")), "")
        limit = positive_number(limit.encode(), LARGEST_NUMBER_64)
        if limit and len(source) > limit:
            raise MessageTooLargeError(size=len(source), limit=limit)
        for flag in flags:
            if not _FLAG.fullmatch(flag):
                raise ValueError(f"{flag!r} is not a flag")
        parts = [b"APPEND", self.client.astring(self._raw_name(folder))]
        if flags:
            parts.append(b"(%s)" % " ".join(sorted(flags)).encode())
        if internal_date is not None:
            parts.append(_format_internal_date(internal_date))
        tagged = self._run(*parts, Literal(source), slow=True, folder=folder)
        code, arguments, _rest = split_code(tagged.text)
        numbers = [positive_number(word, LARGEST_NUMBER_64) for word in arguments.split()]
        if code != b"APPENDUID" or len(numbers) != 2 or None in numbers:
            return None
        return tuple(numbers)

    def create_folder(self, name):
        """Create a folder, unless it exists, and subscribe to it: other programs show it then."""
        raw = self.client.astring(encode_name(name))
        try:
            self._run(b"CREATE", raw, folder=name)
        except CommandRefusedError:
            if name not in {folder.name for folder in self.list_folders()}:
                raise
        with contextlib.suppress(CommandRefusedError):
            # a folder without a subscription is still a folder
            self._run(b"SUBSCRIBE", raw, folder=name)

    # -- waiting --------------------------------------------------------------------------------

    def idle(self, timeout):
        """Wait for a change in the selected folder (RFC 2177).

        :param timeout: seconds; servers end IDLE after 29 minutes
        :return: whether something changed
        """
        self.idle_start()
        try:
            return self.idle_changed(timeout)
        finally:
            self.idle_stop()

    def idle_start(self):
        """Begin to wait; until :meth:`idle_stop`, only :meth:`idle_changed` may be called."""
        self._send_prelude()
        self._idle_tag = self.client.submit(b"IDLE")
        self.client.await_continuation(self._idle_tag)

    def idle_changed(self, timeout=0):
        """Return whether the server reported a change within ``timeout`` seconds.

        Use :meth:`fileno` to wait for many sessions at once.

        :raise TransientError: the connection ended
        :raise ProtocolError: the server does not stop talking
        """
        wire = self.client.wire
        end = time.monotonic() + timeout
        last = end + self.client.patience
        wire.end = min(wire.end, last)
        try:
            return self._read_idle(wire, end, last)
        finally:
            wire.end = self._end

    def _read_idle(self, wire, end, last):
        changed = False
        # "* OK Still here" keeps the connection awake and means nothing
        while wire.pending(0 if changed else max(0, end - time.monotonic())):
            if time.monotonic() > last:
                # thousands of other mailboxes wait meanwhile
                raise ProtocolError("News without end")
            self.client.begin()
            response = self.client.read()
            if response.tag == self._idle_tag:
                self.client.complete(response)
                raise ProtocolError("The server ended IDLE", server_text=response.text)
            if response.name in (b"EXISTS", b"EXPUNGE", b"VANISHED", b"FETCH"):
                changed = True
        return changed

    def idle_stop(self):
        """Go back to commands."""
        if not self.client.wire.broken:
            self.client.wire.send(b"DONE\r\n")
            self.client.finish(self._idle_tag)

    def fileno(self):
        """Return the file descriptor to wait on while idle."""
        return self.client.wire.fileno()


def _copied(answers, uids):
    pairs, uidvalidity = {}, None
    for arguments in answers:
        words = arguments.split()
        if len(words) == 3 and positive_number(words[0], LARGEST_NUMBER_64):
            uidvalidity = positive_number(words[0], LARGEST_NUMBER_64)
            pairs.update(zip(uidset.expand(words[1]), uidset.expand(words[2])))
    return Copied(uidvalidity, {here: there for here, there in pairs.items() if here in uids})


def _format_internal_date(moment):
    moment = moment.astimezone(timezone.utc)
    text = f"{moment.day:02d}-{_MONTHS[moment.month - 1]}-{moment:%Y %H:%M:%S} +0000"
    return f'"{text}"'.encode()
