"""The flags of a whole folder in little memory."""

import operator
from array import array
from collections import defaultdict
from itertools import compress, islice

from . import uidset

_CHUNK = 1000  # answers that are taken apart at once


class FolderFlags:
    """The flags of many messages: eight bytes each, and each combination once.

    :ivar uids: the UIDs told of, ascending
    :ivar numbers: which of ``texts`` each of them has, counted from 1 as SQL does
    :ivar texts: flags, sorted and separated by spaces
    """

    def __init__(self, message_flags):
        """
        :param message_flags: iterable of :class:`.response.MessageFlags`; of several for one UID,
            the last counts
        """
        self.uids, self.numbers = array("I"), array("I")
        known = defaultdict(lambda: len(known) + 1)
        answers = iter(message_flags)
        while chunk := list(islice(answers, _CHUNK)):
            # Column by column: one by one takes as long as everything else.
            uids, flags, _modseqs = zip(*chunk)
            if not 0 < min(uids) <= max(uids) <= uidset.LAST_UID:
                possible = [0 < uid <= uidset.LAST_UID for uid in uids]
                uids, flags = compress(uids, possible), compress(flags, possible)
            self.uids.extend(uids)
            self.numbers.extend(map(known.__getitem__, flags))
        self.texts = [" ".join(sorted(flags)) for flags in known]
        if not all(map(operator.lt, self.uids, islice(self.uids, 1, None))):
            self._sort()

    def _sort(self):
        by_uid = dict(zip(self.uids, self.numbers))
        self.uids = array("I", sorted(by_uid))
        self.numbers = array("I", map(by_uid.__getitem__, self.uids))

    def split(self, size):
        """Yield ``(uids, numbers)`` of up to ``size`` messages each."""
        for start in range(0, len(self.uids), size):
            end = start + size
            yield self.uids[start:end], self.numbers[start:end]
