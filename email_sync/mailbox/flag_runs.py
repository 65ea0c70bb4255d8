"""The flags of a whole folder in little memory."""

from array import array
from bisect import bisect_left

from . import uidset


class FlagRuns:
    """Flags by UID: neighbours with the same flags are one run.

    A run says nothing of UIDs between its ends that the server did not tell of; ask whether a UID
    is ``in`` the runs.

    :ivar uids: the UIDs told of, ascending
    :ivar firsts: the first UID of each run
    :ivar lasts: the last UID of each run
    :ivar numbers: which of ``texts`` each run has, counted from 1 as SQL does
    :ivar texts: flags, sorted and separated by spaces
    """

    def __init__(self, message_flags):
        """
        :param message_flags: iterable of :class:`.response.MessageFlags`; of several for one UID,
            the last counts
        """
        self.firsts, self.lasts, self.numbers = array("I"), array("I"), array("I")
        uids, numbers = self._collect(message_flags)
        previous = None
        for uid, number in zip(uids, numbers):
            if number == previous:
                self.lasts[-1] = uid
                continue
            self.firsts.append(uid)
            self.lasts.append(uid)
            self.numbers.append(number)
            previous = number

    def __contains__(self, uid):
        index = bisect_left(self.uids, uid)
        return index < len(self.uids) and self.uids[index] == uid

    def _collect(self, message_flags):
        uids, numbers, known = array("I"), array("I"), {}
        last, is_ascending = 0, True
        for uid, flags, _modseq in message_flags:
            if not 0 < uid <= uidset.LAST_UID:
                continue
            is_ascending = is_ascending and uid > last
            last = uid
            uids.append(uid)
            numbers.append(known.setdefault(flags, len(known) + 1))
        if not is_ascending:
            by_uid = dict(zip(uids, numbers))
            uids = array("I", sorted(by_uid))
            numbers = array("I", map(by_uid.__getitem__, uids))
        self.uids = uids
        self.texts = [" ".join(sorted(flags)) for flags in known]
        return uids, numbers
