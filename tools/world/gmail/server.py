"""The Gmail-speaking server: its port, and one mailbox for each login."""

from ..mail_server import ImapsListener
from .session import Session
from .store import GmailMailbox

# What Google allows one account at a time.
MOST_CONNECTIONS = 15


class GmailServer(ImapsListener):
    """IMAP over TLS as Gmail speaks it; mailboxes are in memory and end with the server.

    :param password: the password of everybody (str)
    :param files: the :class:`~tools.world.certificates.Certificates` to show
    :param settings: of every mailbox, as :class:`~tools.world.gmail.store.GmailMailbox` takes them
    """

    idle_seconds = 0.2

    def __init__(self, password, files, **settings):
        super().__init__(password, files)
        self._settings = settings
        self._mailboxes = {}
        self._sessions = {}

    def open_mailbox(self, login, session):
        """Return the mailbox of a login, or None where too many sessions have it open."""
        open_here = self._sessions.setdefault(login, set())
        if len(open_here) >= MOST_CONNECTIONS:
            return None
        open_here.add(session)
        if login not in self._mailboxes:
            self._mailboxes[login] = GmailMailbox(**self._settings)
        return self._mailboxes[login]

    async def _converse(self, reader, writer):
        session = Session(self, reader, writer)
        try:
            await session.run()
        finally:
            for open_here in self._sessions.values():
                open_here.discard(session)
