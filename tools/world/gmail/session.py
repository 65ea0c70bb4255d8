"""One client of the Gmail-speaking server: its commands and their answers."""

import asyncio
import base64
import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7
from imapclient.response_parser import parse_response

from .items import (
    SyntaxRefusedError,
    fetch_item,
    quote,
    read_label,
    read_set,
    reads_body,
    search,
    text_of,
)
from .store import INBOX, SPECIAL_USES

# As Gmail answers before and after signing in, less what is not served here: COMPRESS=DEFLATE,
# QUOTA, XLIST, UTF8=ACCEPT and signing in by tokens.
GREETING_CAPABILITIES = (
    "IMAP4rev1 UNSELECT IDLE NAMESPACE ID CHILDREN X-GM-EXT-1 SASL-IR AUTH=PLAIN"
)
CAPABILITIES = (
    "IMAP4rev1 UNSELECT IDLE NAMESPACE ID CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE "
    "ESEARCH LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584"
)
PERMANENT_FLAGS = "\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing \\*"
LITERAL = re.compile(rb"\{(\d+)(\+?)\}$")
WITHOUT_FOLDER = "capability noop logout id enable list lsub namespace status create delete"
ANYWHERE = set(f"{WITHOUT_FOLDER} rename subscribe unsubscribe append select examine".split())


class RefusedError(Exception):
    """A command that is answered with NO; the text says why."""


class Session:
    """A connection, from the greeting to its end.

    :param server: the :class:`~tools.world.gmail.server.GmailServer`
    """

    def __init__(self, server, reader, writer):
        self.server = server
        self.reader = reader
        self.writer = writer
        self.mailbox = None
        self.folder = None
        self.read_only = True
        self.done = False
        # UIDs by sequence number as the client knows them, and until when it knows changes
        self._known = []
        self._told_until = 0

    async def run(self):
        self._send(f"* OK [CAPABILITY {GREETING_CAPABILITIES}] Gimap ready".encode())
        while not self.done:
            await self.writer.drain()
            parts = await self._read_command()
            if not parts:
                return
            tag, _space, parts[0] = parts[0].partition(b" ")
            try:
                text = await self._answer(parts)
            except RefusedError as refusal:
                text = f"NO {refusal}"
            except (SyntaxRefusedError, ValueError, IndexError) as error:
                text = f"BAD {error}"
            self._tell_changes()
            self._send(b"%s %s" % (tag, text.encode()))

    # ---- lines ----

    def _send(self, line):
        self.writer.write(line + b"\r\n")

    async def _read_command(self):
        """Return the lines of one command and, between them, its literals."""
        parts = []
        while line := (await self.reader.readline()).removesuffix(b"\r\n"):
            parts.append(line)
            match = LITERAL.search(line)
            if not match:
                return parts
            if not match[2]:
                self._send(b"+ go ahead")
                await self.writer.drain()
            parts.append(await self.reader.readexactly(int(match[1])))
        return parts

    @staticmethod
    def _parse(parts):
        """Return the words of a command; lists are tuples, digits numbers."""
        pairs = [
            tuple(parts[n : n + 2]) if n + 1 < len(parts) else parts[n]
            for n in range(0, len(parts), 2)
        ]
        return list(parse_response(pairs))

    async def _answer(self, parts):
        words = self._parse(parts)
        name = text_of(words.pop(0)).lower()
        self._by_uid = name == "uid"
        if self._by_uid:
            name = text_of(words.pop(0)).lower()
        if name in ("login", "authenticate"):
            return await getattr(self, f"_do_{name}")(*words)
        if not self.mailbox and name not in ("capability", "noop", "logout", "id"):
            raise SyntaxRefusedError("Sign in first")
        if name == "idle":
            return await self._idle()
        method = getattr(self, f"_do_{name}", None)
        if method is None or (name not in ANYWHERE and not self.folder):
            raise SyntaxRefusedError(f"Unknown command or no folder selected: {name}")
        return method(*words) or "OK Success"

    # ---- signing in ----

    async def _do_login(self, login, password):
        return self._sign_in(text_of(login), text_of(password))

    async def _do_authenticate(self, mechanism, initial=None):
        if text_of(mechanism).upper() != "PLAIN":
            raise RefusedError("[CANNOT] unsupported mechanism")
        if initial is None:
            self._send(b"+ ")
            await self.writer.drain()
            initial = (await self.reader.readline()).strip()
        _role, login, password = base64.b64decode(initial).decode().split("\0")
        return self._sign_in(login, password)

    def _sign_in(self, login, password):
        if password != self.server.password:
            raise RefusedError("[AUTHENTICATIONFAILED] Invalid credentials (Failure)")
        self.mailbox = self.server.open_mailbox(login, self)
        if not self.mailbox:
            raise RefusedError("[ALERT] Too many simultaneous connections. (Failure)")
        return f"OK [CAPABILITY {CAPABILITIES}] {login} authenticated (Success)"

    def _do_capability(self):
        self._send(
            f"* CAPABILITY {CAPABILITIES if self.mailbox else GREETING_CAPABILITIES}".encode()
        )

    def _do_id(self, _client):
        self._send(b'* ID ("name" "GImap" "vendor" "Google, Inc.")')

    def _do_enable(self, *names):
        if b"CONDSTORE" in [name.upper() for name in names]:
            self._send(b"* ENABLED CONDSTORE")

    def _do_noop(self):
        pass

    def _do_logout(self):
        self._send(b"* BYE LOGOUT Requested")
        self.done = True

    def _do_namespace(self):
        self._send(b'* NAMESPACE (("" "/")) NIL NIL')

    # ---- folders ----

    def _do_list(self, _reference, patterns, _return=None, options=()):
        options = list(options)
        patterns = patterns if isinstance(patterns, tuple) else (patterns,)
        items = next((value for value in options if isinstance(value, tuple)), ())
        if b"" in patterns:
            self._send(b'* LIST (\\Noselect) "/" ""')
            return
        names = [folder.name for folder in self.mailbox.visible_folders()]
        for name in sorted({*names, "[Gmail]"}):
            if not any(self._matches(name, pattern) for pattern in patterns):
                continue
            self._send(b'* LIST (%s) "/" %s' % (self._attributes(name), quote(encode_utf7(name))))
            if items and name in names:
                self._do_status(encode_utf7(name), items)

    def _do_lsub(self, _reference, _pattern):
        for folder in self.mailbox.visible_folders():
            self._send(b'* LSUB () "/" %s' % quote(encode_utf7(folder.name)))

    @staticmethod
    def _matches(name, pattern):
        escaped = re.escape(decode_utf7(pattern)).replace("\\*", ".*").replace("%", "[^/]*")
        return re.fullmatch(escaped, name, re.DOTALL)

    def _attributes(self, name):
        has_children = any(f.name.startswith(f"{name}/") for f in self.mailbox.folders.values())
        words = ["\\HasChildren" if has_children else "\\HasNoChildren"]
        if name == "[Gmail]":
            words.append("\\Noselect")
        elif name in SPECIAL_USES:
            words.append(SPECIAL_USES[name])
        return " ".join(words).encode()

    def _find(self, raw):
        name = decode_utf7(raw) if isinstance(raw, bytes) else text_of(raw)
        if folder := self.mailbox.find(name):
            return folder
        raise RefusedError(f"[NONEXISTENT] Unknown Mailbox: {name} (Failure)")

    def _do_status(self, raw, items):
        folder = self._find(raw)
        unseen = sum("\\Seen" not in mail.flags for mail in folder.mails.values())
        values = {
            "MESSAGES": len(folder.mails),
            "RECENT": 0,
            "UIDNEXT": folder.uidnext,
            "UIDVALIDITY": folder.uidvalidity,
            "UNSEEN": unseen,
            "HIGHESTMODSEQ": folder.highestmodseq,
        }
        told = " ".join(f"{item} {values[item]}" for item in map(text_of, items)).encode()
        self._send(b"* STATUS %s (%s)" % (quote(encode_utf7(folder.name)), told))

    def _do_create(self, raw):
        name = decode_utf7(raw)
        if self.mailbox.find(name) or name.startswith("[Gmail]/"):
            raise RefusedError("[ALREADYEXISTS] Duplicate folder name (Failure)")
        self.mailbox.create(name)

    def _do_delete(self, raw):
        self.mailbox.delete(self._own(raw).name)

    def _do_rename(self, raw, new_raw):
        self.mailbox.rename(self._own(raw).name, decode_utf7(new_raw))

    def _own(self, raw):
        folder = self._find(raw)
        if folder.name in (INBOX, *SPECIAL_USES):
            raise RefusedError("[CANNOT] Cannot change a system folder (Failure)")
        return folder

    def _do_subscribe(self, raw):
        self._find(raw)

    _do_unsubscribe = _do_subscribe

    def _do_select(self, raw, _parameters=(), read_only=False):
        self.folder = None
        folder = self._find(raw)
        self.folder, self.read_only = folder, read_only
        self._known = list(folder.mails)
        self._told_until = folder.highestmodseq
        for line in (
            f"FLAGS ({PERMANENT_FLAGS[:-3]})",
            f"OK [PERMANENTFLAGS ({'' if read_only else PERMANENT_FLAGS})] Flags permitted.",
            f"OK [UIDVALIDITY {folder.uidvalidity}] UIDs valid.",
            f"{len(folder.mails)} EXISTS",
            "0 RECENT",
            f"OK [UIDNEXT {folder.uidnext}] Predicted next UID.",
            f"OK [HIGHESTMODSEQ {folder.highestmodseq}]",
        ):
            self._send(f"* {line}".encode())
        mode = "READ-ONLY" if read_only else "READ-WRITE"
        return f"OK [{mode}] {folder.name.encode('ascii', 'replace').decode()} selected. (Success)"

    def _do_examine(self, raw, parameters=()):
        return self._do_select(raw, parameters, read_only=True)

    def _do_unselect(self):
        self.folder = None

    def _do_close(self):
        if not self.read_only:
            self.mailbox.expunge(self.folder)
        self.folder = None

    # ---- mails ----

    def _do_append(self, raw, *arguments):
        try:
            folder = self._find(raw)
        except RefusedError as refusal:
            raise RefusedError(f"[TRYCREATE] {refusal}") from refusal
        *options, source = arguments
        flags = next((value for value in options if isinstance(value, tuple)), ())
        date = next((value for value in options if isinstance(value, bytes)), None)
        date = _read_date(date) if date else datetime.now(timezone.utc)
        mail = self.mailbox.add(folder.name, source, set(map(text_of, flags)), date)
        uid = folder.uid_of(mail)
        # Marked as deleted, it may have left again.
        return f"OK [APPENDUID {folder.uidvalidity} {uid or folder.uidnext - 1}] (Success)"

    def _do_fetch(self, numbers, items, modifier=()):
        items = [text_of(item) for item in (items if isinstance(items, tuple) else (items,))]
        modifier = [text_of(word).upper() for word in modifier]
        since = int(modifier[1]) if modifier[:1] == ["CHANGEDSINCE"] else 0
        if self._by_uid and "UID" not in map(str.upper, items):
            items.insert(0, "UID")
        if modifier and "MODSEQ" not in items:
            items.append("MODSEQ")
        for uid in self._uids(numbers):
            if any(map(reads_body, items)) and not self.read_only:
                self._store(uid, "+FLAGS", {"\\Seen"})
            if self.folder.mails[uid].modseq > since:
                self._send_fetch(uid, items)

    def _send_fetch(self, uid, items):
        number = self._known.index(uid) + 1
        told = b" ".join(fetch_item(item, self.folder, uid) for item in items)
        self._send(b"* %d FETCH (%s)" % (number, told))

    def _uids(self, numbers):
        """Return the UIDs of a set of UIDs or, as the command is, of sequence numbers."""
        here = [uid for uid in self._known if uid in self.folder.mails]
        if self._by_uid:
            # What arrived since the last command is there for UID commands, too.
            self._known += [uid for uid in self.folder.mails if uid not in self._known]
            return read_set(numbers, list(self.folder.mails))
        wanted = read_set(numbers, list(range(1, len(self._known) + 1)))
        return [uid for uid in (self._known[n - 1] for n in wanted) if uid in here]

    def _do_search(self, *criteria):
        criteria = list(criteria)
        extended = bool(criteria) and criteria[0] == b"RETURN"
        options = [text_of(word).upper() for word in criteria[1]] if extended else []
        found = search(criteria[2:] if extended else criteria, self.folder)
        if not self._by_uid:
            found = [self._known.index(uid) + 1 for uid in found if uid in self._known]
        if not extended:
            self._send(b" ".join([b"* SEARCH", *(b"%d" % number for number in found)]))
            return
        words = ["* ESEARCH (TAG x)", *(["UID"] if self._by_uid else [])]
        if "COUNT" in options:
            words.append(f"COUNT {len(found)}")
        if found and "ALL" in options:
            words.append(f"ALL {','.join(map(str, found))}")
        self._send(" ".join(words).encode())

    def _do_store(self, numbers, *arguments):
        self._check_writable()
        *modifier, item, values = arguments
        values = values if isinstance(values, tuple) else (values,)
        unchanged_since = int(modifier[0][1]) if modifier else None
        item, _dot, silent = text_of(item).upper().partition(".")
        modified, changed = [], []
        for uid in self._uids(numbers):
            if unchanged_since is not None and self.folder.mails[uid].modseq > unchanged_since:
                modified.append(uid)
                continue
            self._store(uid, item, values)
            changed.append(uid)
        for uid in changed:
            if uid in self.folder.mails and (modifier or not silent):
                flags = [] if silent else [item.lstrip("+-")]
                self._send_fetch(uid, ["UID", "MODSEQ", *flags])
        self._told_until = self.folder.highestmodseq
        if modified:
            return f"OK [MODIFIED {','.join(map(str, modified))}] (Success)"
        return None

    def _store(self, uid, item, values):
        mail = self.folder.mails[uid]
        sign, name = (item[0], item[1:]) if item[0] in "+-" else ("", item)
        if name == "X-GM-LABELS":
            for label in map(read_label, values):
                (self.mailbox.unlabel if sign == "-" else self.mailbox.label)(mail, label)
            return
        flags = {text_of(flag) for flag in values}
        before = self.folder.flags_of(uid)
        after = {"+": before | flags, "-": before - flags}.get(sign, flags)
        mail.flags = after - {"\\Deleted"}
        self.mailbox.changed(mail)
        if ("\\Deleted" in after) != ("\\Deleted" in before):
            self.mailbox.mark_deleted(self.folder, uid, "\\Deleted" in after)

    def _do_copy(self, numbers, raw):
        return f"OK {self._transfer(numbers, raw)[1]}(Success)"

    def _do_move(self, numbers, raw):
        self._check_writable()
        folder = self.folder
        mails, code = self._transfer(numbers, raw)
        self._send(f"* OK {code}(Success)".encode())
        for mail in mails:
            if folder.uid_of(mail) and folder is not self._find(raw):
                self.mailbox.unlabel(mail, folder.name)

    def _transfer(self, numbers, raw):
        """Give mails the label of another folder; return them, and the code of COPYUID."""
        target = self._find(raw)
        uids = self._uids(numbers)
        # RFC 3501, 6.4.8: a UID that does not exist is no error.
        if not uids:
            return [], ""
        mails = [self.folder.mails[uid] for uid in uids]
        for mail in mails:
            self.mailbox.label(mail, target.name)
        there = [target.uid_of(mail) for mail in mails]
        sets = [",".join(map(str, numbers)) for numbers in (uids, there)]
        return mails, f"[COPYUID {target.uidvalidity} {' '.join(sets)}] "

    def _do_expunge(self, numbers=None):
        self._check_writable()
        uids = None if numbers is None else set(self._uids(numbers))
        self.mailbox.expunge(self.folder, uids)

    def _check_writable(self):
        if self.read_only:
            raise RefusedError("[READ-ONLY] Folder was opened with EXAMINE (Failure)")

    # ---- changes made by others ----

    async def _idle(self):
        """Tell changes as they come, until the client is done (RFC 2177)."""
        self._send(b"+ idling")
        done = asyncio.ensure_future(self.reader.readline())
        try:
            while not done.done():
                self._tell_changes()
                await self.writer.drain()
                await asyncio.wait([done], timeout=self.server.idle_seconds)
        finally:
            done.cancel()
        return "OK IDLE terminated (Success)"

    def _tell_changes(self):
        """Tell what left the folder, what came, and whose flags changed."""
        if not self.folder:
            return
        for number in range(len(self._known), 0, -1):
            if self._known[number - 1] not in self.folder.mails:
                del self._known[number - 1]
                self._send(b"* %d EXPUNGE" % number)
        new = [uid for uid in self.folder.mails if uid not in set(self._known)]
        changed = [uid for uid in self._known if self.folder.mails[uid].modseq > self._told_until]
        self._known += new
        if new:
            self._send(b"* %d EXISTS" % len(self._known))
        for uid in changed:
            self._send_fetch(uid, ["UID", "FLAGS", "MODSEQ"])
        self._told_until = self.folder.highestmodseq


def _read_date(value):
    """Return the aware datetime of an INTERNALDATE (RFC 3501)."""
    return parsedate_to_datetime(text_of(value).strip().replace("-", " ", 2))
