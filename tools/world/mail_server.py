"""What the mail servers of the world have in common."""

import asyncio
import contextlib
import ssl
import threading

from .processes import free_port

START_SECONDS = 20


class MailServer:
    """A mail server on loopback with certificates of its own; use it as a context manager.

    Subclasses have :meth:`start`, :meth:`stop` and ``certificates``, the
    :class:`~tools.world.certificates.Certificates` that they show.
    """

    host = "localhost"

    @property
    def ca_file(self):
        """Path of the PEM file a client has to trust."""
        return self.certificates.ca_file

    @property
    def tls_context(self):
        """The :class:`ssl.SSLContext` of a server with these certificates."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        return context

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()


class ImapsListener(MailServer):
    """Accepts IMAP over TLS in a thread of this process; every login has a mailbox of its own.

    Subclasses have ``_converse(reader, writer)``, a coroutine that speaks with one client.

    :param password: the password of everybody (str)
    :param files: the :class:`~tools.world.certificates.Certificates` to show
    """

    def __init__(self, password, files):
        self.password = password
        self.certificates = files
        self.imaps_port = free_port()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server = None

    def start(self):
        """Listen; return ``self``."""
        self._thread.start()
        try:
            self._prepare()
            listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
            self._server = listening.result(START_SECONDS)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Close the port and every connection."""
        if self._server:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)

    def _prepare(self):
        """Do what has to be done before the first client comes."""

    async def _listen(self):
        return await asyncio.start_server(
            self._serve, "127.0.0.1", self.imaps_port, ssl=self.tls_context
        )

    async def _close(self):
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader, writer):
        ended = (ConnectionError, ssl.SSLError, asyncio.CancelledError, asyncio.IncompleteReadError)
        with contextlib.suppress(*ended):
            await self._converse(reader, writer)
        writer.close()
