"""Many mailboxes opened and polled at once: nobody waits for another one's slow server."""

import queue
import threading
import time
from collections import Counter, deque
from dataclasses import replace
from typing import NamedTuple

from .endpoint import Endpoint
from .errors import ConnectionTimeoutError
from .imap import ImapSession
from .network import NetworkPolicy

# A visit that takes longer is waited for aside: it keeps no place from others
SECONDS_TO_BE_SLOW = 1.0
SECONDS_TO_ANSWER = 25.0
SILENT_COUNT = 4
# Beyond the sign-in, a server that says nothing for so long is not waited for
PATIENCE = 10.0


class Target(NamedTuple):
    """What a visit needs to know; plain values, so that it can run in a thread.

    :ivar endpoint: the :class:`.endpoint.Endpoint`
    :ivar credentials: see :mod:`.endpoint`
    :ivar policy: the :class:`.network.NetworkPolicy`
    :ivar names: names of the folders whose status is wanted
    """

    endpoint: Endpoint
    credentials: object
    policy: NetworkPolicy
    names: tuple

    def open(self, ask):
        """Open a session and ask it something; closed again where that fails.

        :param ask: function of the session
        :return: ``(session, what ask returned)``
        """
        endpoint = replace(self.endpoint, timeout=min(self.endpoint.timeout, SECONDS_TO_ANSWER))
        session = ImapSession.connect(endpoint, self.credentials, self.policy)
        try:
            session.client.patience = PATIENCE
            # Who is given up by then leaves no thread behind that waits on.
            session.end_at(time.monotonic() + SECONDS_TO_ANSWER)
            told = ask(session)
            session.end_at(float("inf"))
            return session, told
        except BaseException:
            session.logout()
            raise

    def poll(self):
        """Open a session and poll: the work of a visit, see :meth:`Visits.start`."""
        return self.open(lambda session: session.poll(self.names))


class Visit:
    """A mailbox being visited.

    :ivar key: what the caller calls it
    :ivar host: the server
    :ivar session: the open :class:`.imap.ImapSession`, once it arrived without an error
    :ivar told: what the work returned beside the session
    :ivar error: what went wrong, or None
    """

    def __init__(self, key, host, work):
        self.key = key
        self.host = host
        self.session = None
        self.told = None
        self.error = None
        self.started = time.monotonic()
        self._work = work
        self._lock = threading.Lock()
        self._is_given_up = False

    @property
    def seconds(self):
        """Seconds since it began."""
        return time.monotonic() - self.started

    def close(self):
        """Give it up, or end its session; a session that opens too late closes itself."""
        with self._lock:
            self._is_given_up = True
            session, self.session = self.session, None
        if session:
            session.logout()

    def begin(self, arrivals):
        """Let a thread of its own do the work.

        :param arrivals: the queue that gets the visit when it is done
        """
        self.started = time.monotonic()
        threading.Thread(target=self._go, args=(arrivals,), daemon=True).start()

    def _go(self, arrivals):
        session = None
        try:
            session, self.told = self._work()
        except Exception as error:  # noqa: BLE001 - handed to the thread that waits for it
            self.error = error
        with self._lock:
            is_wanted = not self._is_given_up and not self.error
            if is_wanted:
                self.session = session
        if session and not is_wanted:
            session.logout()
        arrivals.put(self)


class Visits:
    """Visits under way. Use it as a context manager: at its end all are closed.

    :param at_once: visits that may be young at the same time
    :param ahead: visits that may wait until others arrive, so that no place stays empty meanwhile
    :param most: visits under way, those of slow servers included
    """

    def __init__(self, at_once=16, ahead=0, most=64):
        self.at_once = at_once
        self.ahead = ahead
        self.most = most
        self._waiting = deque()
        self._under_way = {}
        self._answered = {}
        self._arrivals = queue.SimpleQueue()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._waiting.clear()
        for visit in self._under_way.values():
            visit.close()
        while not self._arrivals.empty():
            self._arrivals.get().close()

    def __len__(self):
        return len(self._waiting) + len(self._under_way)

    @property
    def keys(self):
        """The keys of the visits under way and of those that wait."""
        return [*self._under_way, *(visit.key for visit in self._waiting)]

    @property
    def room(self):
        """How many visits may be added now; none before half of those ahead have begun."""
        room = self._places + self.ahead - len(self._waiting)
        return room if room > self.ahead // 2 else 0

    @property
    def _places(self):
        """How many visits may begin now."""
        young = sum(visit.seconds < SECONDS_TO_BE_SLOW for visit in self._under_way.values())
        return max(0, min(self.at_once - young, self.most - len(self._under_way)))

    @property
    def silent_hosts(self):
        """Servers that several wait for and nobody got an answer from: an outage, not a mailbox."""
        slow = Counter(
            visit.host
            for visit in self._under_way.values()
            if visit.seconds >= SECONDS_TO_BE_SLOW
            and visit.started > self._answered.get(visit.host, 0)
        )
        return {host for host, count in slow.items() if count >= SILENT_COUNT}

    def start(self, key, host, work):
        """Begin a visit as soon as there is a place; those that were added before come first.

        :param key: tells it from others, hashable
        :param host: the server
        :param work: function that runs in a thread and returns ``(session, what it was told)``
        """
        self._waiting.append(Visit(key, host, work))
        self._begin()

    def withdraw(self, hosts=None):
        """Take back visits that have not begun.

        :param hosts: only those to these servers; all when not given
        :return: their keys
        """
        keys = [visit.key for visit in self._waiting if hosts is None or visit.host in hosts]
        self._waiting = deque(visit for visit in self._waiting if visit.key not in keys)
        return keys

    def wait(self, seconds, gather=0.0):
        """Wait until a visit arrives, at most some seconds; those that wait begin meanwhile.

        :param gather: seconds in which others may arrive after the first
        :return: the list of those that arrived meanwhile, opened, failed or out of time; closing
            them is the caller's task from here on
        """
        end = time.monotonic() + seconds
        arrived = []
        while True:
            self._begin()
            left = end - time.monotonic() if self._under_way or not arrived else 0
            try:
                visit = self._arrivals.get(timeout=max(0, left))
            except queue.Empty:
                return arrived + self._give_up()
            # What was given up before arrives all the same, and is nobody's any more.
            if self._under_way.get(visit.key) is visit:
                del self._under_way[visit.key]
                if not visit.error:
                    self._answered[visit.host] = time.monotonic()
                if not arrived:
                    end = min(end, time.monotonic() + gather)
                arrived.append(visit)

    def _begin(self):
        for _place in range(min(self._places, len(self._waiting))):
            visit = self._waiting.popleft()
            self._under_way[visit.key] = visit
            visit.begin(self._arrivals)

    def _give_up(self):
        late = [visit for visit in self._under_way.values() if visit.seconds >= SECONDS_TO_ANSWER]
        for visit in late:
            del self._under_way[visit.key]
            visit.close()
            visit.error = ConnectionTimeoutError()
        return late
