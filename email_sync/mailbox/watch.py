"""Many mailboxes watched by IDLE (RFC 2177), each over one connection of its own.

Only the inbox is watched: IDLE is about one folder, and a connection a folder is more than servers
allow. Threads sign in and renew; what servers tell is read in the caller's thread.
"""

import functools
import random
import selectors
import time

from .errors import AuthenticationError, MailboxError
from .visits import PATIENCE, SECONDS_TO_ANSWER, Visits

FOLDER = "INBOX"
# RFC 2177: servers may end IDLE after 30 minutes, "at least every 29 minutes" it is to be renewed
RENEW_SECONDS = (22 * 60, 27 * 60)
BACK_OFF_SECONDS = (60, 120, 300, 600, 1800)
# A refused sign-in, a server without IDLE: nothing helps but a change of the account
HOPELESS_SECONDS = 6 * 3600
# A burst of changes is told once in so many seconds
QUIET_SECONDS = 5
# A half-sent line is not waited for: thousands of others wait behind it
IDLE_PATIENCE = 1.0


class _Watched:
    """One mailbox: how it is reached, and where it stands."""

    def __init__(self, key, target, version):
        self.key = key
        self.target = target
        self.version = version
        self.session = None
        self.status = None
        self.failure_count = 0
        # When to sign in, or to renew IDLE; infinite while a thread does either.
        self.due_at = 0.0
        self.told_at = float("-inf")


class Watch:
    """Mailboxes that are watched. Use it as a context manager: at its end all are closed.

    :param at_once: sign-ins at the same time
    :ivar unexpected: list of (key, error): errors of ours that one mailbox brought to light, which
        rests like one whose server fails; whoever reads them empties the list
    """

    def __init__(self, at_once=16):
        self._watched = {}
        self._with_news = set()
        self.unexpected = []
        self._visits = Visits(at_once)
        self._selector = selectors.DefaultSelector()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._visits.__exit__(*exception)
        for key in list(self._watched):
            self.remove(key)
        self._selector.close()

    @property
    def versions(self):
        """``{key: version}`` of the mailboxes that are watched or to be watched."""
        return {key: watched.version for key, watched in self._watched.items()}

    @property
    def idle_count(self):
        """How many connections wait for news now."""
        return len(self._selector.get_map())

    def put(self, key, target, version):
        """Watch a mailbox, anew where it was watched.

        :param key: what the caller calls it, hashable
        :param Target target: see :mod:`.visits`
        :param version: anything that differs when the target does
        """
        self.remove(key)
        self._watched[key] = _Watched(key, target, version)

    def remove(self, key):
        """Stop watching a mailbox, if it is watched."""
        if watched := self._watched.pop(key, None):
            self._with_news.discard(watched)
            self._close(watched)

    def wait(self, seconds):
        """Wait for news, at most some seconds, and keep all connections going.

        :return: the set of the keys of mailboxes in which something changed
        """
        self._begin()
        end = time.monotonic() + seconds
        while not self._has_news() and (left := end - time.monotonic()) > 0:
            # while sign-ins are under way, they are looked at, too
            for event, _mask in self._selector.select(min(left, 0.05) if self._visits else left):
                self._read(event.data)
            for visit in self._visits.wait(0):
                self._take(visit)
            self._begin()
        return self._collect_news()

    # -- news -----------------------------------------------------------------------------------

    def _has_news(self):
        return any(self._may_be_told(watched) for watched in self._with_news)

    def _collect_news(self):
        told = {watched for watched in self._with_news if self._may_be_told(watched)}
        self._with_news -= told
        for watched in told:
            watched.told_at = time.monotonic()
        return {watched.key for watched in told}

    @staticmethod
    def _may_be_told(watched):
        return time.monotonic() - watched.told_at >= QUIET_SECONDS

    def _read(self, watched):
        try:
            if watched.session.idle_changed():
                self._with_news.add(watched)
        except Exception as error:  # noqa: BLE001 - thousands of others go on; it is told
            self._fail(watched, error)

    # -- connections ----------------------------------------------------------------------------

    def _begin(self):
        """Sign in where it is time to, and renew IDLE before servers end it."""
        if not self._visits.room:
            return
        now = time.monotonic()
        silent = self._visits.silent_hosts
        for watched in self._watched.values():
            if watched.due_at > now or watched.target.endpoint.host in silent:
                continue
            if not self._visits.room:
                return
            watched.due_at = float("inf")
            if watched.session is None:
                work = functools.partial(watched.target.open, _start_idle)
            else:
                work = functools.partial(_renew_idle, self._detach(watched))
            self._visits.start(watched, watched.target.endpoint.host, work)

    def _take(self, visit):
        watched = visit.key
        if self._watched.get(watched.key) is not watched:
            visit.close()
        elif visit.error:
            self._fail(watched, visit.error)
        else:
            watched.session, visit.session = visit.session, None
            watched.session.client.patience = IDLE_PATIENCE
            watched.failure_count = 0
            watched.due_at = time.monotonic() + random.uniform(*RENEW_SECONDS)
            status, has_changed = visit.told
            # What came while nobody watched is news; at the first look it is the poll's.
            is_other = bool(status and watched.status and status != watched.status)
            if has_changed or is_other:
                self._with_news.add(watched)
            watched.status = status or watched.status
            self._selector.register(watched.session.fileno(), selectors.EVENT_READ, watched)
            self._read(watched)

    def _fail(self, watched, error):
        self._close(watched)
        watched.failure_count += 1
        if not isinstance(error, MailboxError):
            self.unexpected.append((watched.key, error))
        if isinstance(error, (AuthenticationError, IdleUnknownError)):
            seconds = HOPELESS_SECONDS
        else:
            step = BACK_OFF_SECONDS[min(watched.failure_count, len(BACK_OFF_SECONDS)) - 1]
            seconds = max(step, getattr(error, "retry_after", None) or 0)
        watched.due_at = time.monotonic() + seconds * random.uniform(1, 1.25)

    def _detach(self, watched):
        session, watched.session = watched.session, None
        if session:
            self._selector.unregister(session.fileno())
        return session

    def _close(self, watched):
        if session := self._detach(watched):
            session.logout()


class IdleUnknownError(MailboxError):
    """The server does not offer IDLE."""


def _start_idle(session):
    if not session.has_capability("IDLE"):
        raise IdleUnknownError()
    status = session.select(FOLDER)
    session.idle_start()
    return (status.uidvalidity, status.uidnext, status.messages, status.highestmodseq), False


def _renew_idle(session):
    try:
        session.client.patience = PATIENCE
        session.end_at(time.monotonic() + SECONDS_TO_ANSWER)
        before = session.client.exists
        session.idle_stop()
        session.idle_start()
        session.end_at(float("inf"))
    except BaseException:
        session.logout()
        raise
    # The server tells what came between the two IDLEs in its answers to them.
    return session, (None, session.client.exists != before)
