"""How folders are, asked without opening one of them."""

import hashlib
from typing import NamedTuple

from . import uidset
from .client import Refusal
from .errors import ProtocolError, ThrottledError
from .folders import FolderStatus, add_uses_by_name, decode_name, parse_list
from .response import LARGEST_NUMBER_64, number, object_id, positive_number

# More folders in one mailbox than this are not believed
_MOST_FOLDERS = 20_000


class Poll(NamedTuple):
    """What there is to know of a mailbox before a folder is opened.

    :ivar folders: all folders, a list of :class:`.folders.RemoteFolder`
    :ivar statuses: ``{name: FolderStatus}``; a folder that cannot be asked is not in it
    """

    folders: list
    statuses: dict

    def get_digest(self, names, mark=None):
        """Return a digest that stays the same while the server tells the same.

        Flags show in it by HIGHESTMODSEQ (RFC 7162), where the server has it.

        :param names: folders whose status counts; of the others only that they are there
        :param mark: anything else that is to stay the same
        :rtype: str
        """
        folders = sorted(
            (folder.name, folder.delimiter or "", folder.special_use or "", folder.selectable)
            for folder in self.folders
        )
        statuses = [
            (name, status.uidvalidity, status.uidnext, status.messages, status.highestmodseq)
            for name in sorted(names)
            if (status := self.statuses.get(name))
        ]
        return hashlib.sha256(repr((folders, statuses, mark)).encode()).hexdigest()


class FolderPoll:
    """The part of :class:`.imap.ImapSession` that looks at all folders at once."""

    def poll(self, names=()):
        """List all folders and ask how they are, in one round trip.

        One command where the server offers LIST-STATUS (RFC 5819), else a LIST and a STATUS a
        folder, sent together. Nothing is enabled for it: asking for HIGHESTMODSEQ is enough for
        the server to keep mod-sequences (RFC 7162 section 3.1.2).

        :param names: folders whose status is wanted; others may be told in addition
        :rtype: Poll
        """
        if self._has_list_status():
            found, statuses = {}, {}
            command = self._list_command(b"STATUS %s" % self._status_items())
            try:
                self.client.run(*command, collect=self._folder_collector(found, statuses))
            except Refusal as refusal:
                self._raise_if_throttled(refusal)
            if found:
                missing = [name for name in names if name in found and name not in statuses]
                return Poll(
                    add_uses_by_name(list(found.values())),
                    {**statuses, **self._status_each(missing)},
                )
        return self._poll_each(names)

    def list_folders(self):
        """Return all folders of the account as :class:`.folders.RemoteFolder`."""
        found = {}
        self._run(*self._list_command(), collect=self._folder_collector(found, {}))
        return add_uses_by_name(list(found.values()))

    def status_of(self, names):
        """Ask how folders are without opening them.

        One command where the server offers LIST-STATUS (RFC 5819), else one a folder, all at once.

        :param names: names of folders
        :return: ``{name: FolderStatus}``; a folder that cannot be asked is not in it
        """
        names = list(names)
        self._send_prelude()
        statuses = {}
        if self._has_list_status():
            self._list_status(names, statuses)
        missing = [name for name in names if name not in statuses]
        statuses.update(self._status_each(missing))
        return {name: statuses[name] for name in names if name in statuses}

    # -- commands -------------------------------------------------------------------------------

    def _has_list_status(self):
        return self.has_capability("LIST-STATUS") and self.has_capability("LIST-EXTENDED")

    def _list_command(self, *more):
        wanted = list(more)
        if self.has_capability("LIST-EXTENDED"):
            wanted.insert(0, b"SUBSCRIBED")
            if self.has_capability("SPECIAL-USE"):
                wanted.insert(0, b"SPECIAL-USE")
        command = (b"LIST", b'""', b'"*"')
        return (*command, b"RETURN (%s)" % b" ".join(wanted)) if wanted else command

    def _status_items(self):
        modseq = b" HIGHESTMODSEQ" if self.has_condstore else b""
        identity = b" MAILBOXID" if self.has_capability("OBJECTID") else b""
        return b"(MESSAGES UIDNEXT UIDVALIDITY UNSEEN%s%s)" % (modseq, identity)

    def _poll_each(self, names):
        """LIST and STATUS, sent together, for servers without LIST-STATUS."""
        found, statuses = {}, {}
        collect = self._folder_collector(found, statuses)
        self._send_prelude()
        listing = self.client.submit(*self._list_command())
        tags = self._submit_statuses(names)
        try:
            self.client.finish(listing, collect)
        except Refusal as refusal:
            for tag in tags:
                self.client.forget(tag)
            raise self.client.error(refusal) from refusal
        self._finish_statuses(tags, collect)
        return Poll(add_uses_by_name(list(found.values())), statuses)

    def _list_status(self, names, statuses):
        # in a pattern, these two stand for other names; literals do not fit into a list
        raws = map(self._raw_name, names)
        plain = [raw for raw in raws if raw.isascii() and not set(raw) & set(b"*%\r\n")]
        quoted = [self.client.astring(raw) for raw in plain]
        wanted = b"RETURN (STATUS %s)" % self._status_items()
        part, tags = [], []
        for name in quoted:
            part.append(name)
            if sum(map(len, part)) > uidset.LONG_LINE // 2 or name is quoted[-1]:
                pattern = b"(%s)" % b" ".join(part)
                tags.append(self.client.submit(b"LIST", b'""', pattern, wanted))
                part = []
        collect = self._folder_collector({}, statuses)
        for tag in tags:
            try:
                self.client.finish(tag, collect)
            except Refusal:
                # what this did not answer is asked folder by folder
                continue

    def _status_each(self, names):
        statuses = {}
        tags = self._submit_statuses(names)
        self._finish_statuses(tags, self._folder_collector({}, statuses))
        return statuses

    def _submit_statuses(self, names):
        items = self._status_items()
        raws = map(self._raw_name, names)
        return [self.client.submit(b"STATUS", self.client.astring(raw), items) for raw in raws]

    def _finish_statuses(self, tags, collect):
        for tag in tags:
            try:
                self.client.finish(tag, collect)
            except Refusal as refusal:
                self._raise_if_throttled(refusal)

    def _raise_if_throttled(self, refusal):
        error = self.client.error(refusal)
        if isinstance(error, ThrottledError):
            raise error from refusal

    # -- answers --------------------------------------------------------------------------------

    def _folder_collector(self, found, statuses):
        """Return what takes LIST and STATUS answers into two dictionaries by name."""

        def collect(response):
            if response.name == b"LIST":
                if len(found) >= _MOST_FOLDERS:
                    raise ProtocolError("More folders than are believed")
                if listed := parse_list(response.values()):
                    raw, folder = listed
                    self._raw_names[folder.name] = raw
                    found[folder.name] = folder
            elif response.name == b"STATUS":
                raw, status = _parse_status(response.values())
                statuses[self._name_of(raw)] = status

        return collect

    def _name_of(self, raw):
        name = decode_name(raw)
        if self._raw_names.get(name, raw) != raw:
            # two names that look alike as text: the one that was listed as these bytes
            return next((text for text, known in self._raw_names.items() if known == raw), name)
        return name


def _parse_status(values):
    if len(values) < 2 or not isinstance(values[1], list):
        raise ProtocolError("A STATUS response that cannot be read")
    told = {
        key.upper(): value
        for key, value in zip(values[1][::2], values[1][1::2])
        if isinstance(key, bytes)
    }
    items = {key: value for key, value in told.items() if isinstance(value, bytes)}
    name = values[0] or b"NIL"
    if not isinstance(name, bytes):
        raise ProtocolError("A STATUS response that cannot be read")
    return name, FolderStatus(
        uidvalidity=positive_number(items.get(b"UIDVALIDITY"), LARGEST_NUMBER_64),
        uidnext=positive_number(items.get(b"UIDNEXT")),
        messages=min(positive_number(items.get(b"MESSAGES")) or 0, uidset.MOST_MESSAGES),
        unseen=number(items[b"UNSEEN"]) if items.get(b"UNSEEN", b"").isdigit() else None,
        highestmodseq=positive_number(items.get(b"HIGHESTMODSEQ"), LARGEST_NUMBER_64),
        mailbox_id=object_id(told.get(b"MAILBOXID")),
    )
