"""The flags of a whole folder in little memory."""

import operator
from array import array
from itertools import compress, islice

from . import uidset
from .response import parse_fetches, parse_flags, split_flags_block


class FolderFlags:
    """The flags of many messages: eight bytes each, and each combination once.

    :ivar uids: the UIDs told of, ascending
    :ivar numbers: which of ``texts`` each of them has, counted from 1 as SQL does
    :ivar texts: flags, sorted and separated by spaces
    """

    def __init__(self, message_flags=()):
        """
        :param message_flags: iterable of :class:`.response.MessageFlags`; of several for one UID,
            the last counts
        """
        self.uids, self.numbers, self.texts = array("I"), array("I"), []
        self._numbers = _Numbers(self.texts)
        self._add(message_flags)
        self._sort()

    @classmethod
    def read(cls, answers):
        """Return the flags that FETCH responses tell.

        :param answers: iterable of what :func:`.response.parse_fetches` takes; of several for one
            UID, the last counts
        """
        self = cls()
        for answer in answers:
            # Column by column: one message at a time takes as long as everything else.
            if columns := isinstance(answer, bytes) and split_flags_block(answer):
                self._extend(*columns)
            else:
                self._add(parse_fetches(answer))
        self._sort()
        return self

    def split(self, size):
        """Yield ``(uids, numbers)`` of up to ``size`` messages each."""
        for start in range(0, len(self.uids), size):
            end = start + size
            yield self.uids[start:end], self.numbers[start:end]

    def _add(self, fetched):
        complete = [item for item in fetched if item.uid is not None and item.flags is not None]
        if complete:
            self._extend([item.uid for item in complete], [item.flags for item in complete])

    def _extend(self, uids, flags):
        uids = list(map(int, uids))
        if not 0 < min(uids) <= max(uids) <= uidset.LAST_UID:
            possible = [0 < uid <= uidset.LAST_UID for uid in uids]
            uids, flags = compress(uids, possible), compress(flags, possible)
        self.uids.extend(uids)
        self.numbers.extend(map(self._numbers.__getitem__, flags))

    def _sort(self):
        if all(map(operator.lt, self.uids, islice(self.uids, 1, None))):
            return
        by_uid = dict(zip(self.uids, self.numbers))
        self.uids = array("I", sorted(by_uid))
        self.numbers = array("I", map(by_uid.__getitem__, self.uids))


class _Numbers(dict):
    """The number of each combination of flags, by how a server writes it, or as a set of str."""

    def __init__(self, texts):
        super().__init__()
        self._texts = texts
        self._by_text = {}

    def __missing__(self, flags):
        text = " ".join(sorted(parse_flags(flags) if isinstance(flags, bytes) else flags))
        number = self._by_text.setdefault(text, len(self._by_text) + 1)
        if number > len(self._texts):
            self._texts.append(text)
        self[flags] = number
        return number
