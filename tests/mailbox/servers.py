"""Servers that misbehave as told: one follows a script, the other breaks connections."""

import re
import socket
import threading

from email_sync.mailbox.endpoint import Endpoint, PasswordCredentials
from email_sync.mailbox.imap import ImapSession
from email_sync.mailbox.network import NetworkPolicy

CAPABILITIES = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 UIDPLUS MOVE ESEARCH LITERAL+"
SELECTED = (
    "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 4] .\r\n"
    "* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] .\r\n{tag} OK [READ-ONLY] selected"
)
DEFAULTS = {
    "CAPABILITY": "* CAPABILITY {capabilities}\r\n{tag} OK done",
    "AUTHENTICATE": "{tag} OK [CAPABILITY {capabilities}] welcome",
    "LOGIN": "{tag} OK [CAPABILITY {capabilities}] welcome",
    "EXAMINE": SELECTED,
    "SELECT": SELECTED.replace("READ-ONLY", "READ-WRITE"),
    "LOGOUT": "",
    "": "{tag} OK done",
}


class Conversation:
    """One connection as the server sees it."""

    def __init__(self, server, sock, number):
        self.server = server
        self.number = number
        self.socket = sock
        self.file = sock.makefile("rb")

    def send(self, text):
        if isinstance(text, str):
            text = text.encode()
        if text:
            self.socket.sendall(text if text.endswith(b"\r\n") else text + b"\r\n")

    def send_raw(self, data):
        self.socket.sendall(data)

    def hang_up(self):
        raise ConnectionAbortedError

    def line(self):
        line = self.file.readline()
        if not line:
            raise ConnectionAbortedError
        return line.rstrip(b"\r\n").decode()

    def command(self):
        """Return ``(tag, the rest)`` of the next command, its literals in place."""
        line = self.line()
        while match := re.search(r"\{(\d+)(\+?)\}$", line):
            if not match[2]:
                self.send("+ go on")
            line += "\r\n" + self.file.read(int(match[1])).decode() + self.line()
        tag, _space, rest = line.partition(" ")
        return tag, rest

    def talk(self):
        self.send(self.server.greeting)
        while True:
            tag, command = self.command()
            self.server.commands.append(command)
            answers = self.server.answers
            key = max((key for key in answers if command.startswith(key)), key=len)
            answer = answers[key]
            if isinstance(answer, list):
                # one answer a time, the last for good
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if callable(answer):
                answer = answer(self, tag, command)
            if answer:
                text = answer.replace("{tag}", tag)
                self.send(text.replace("{capabilities}", self.server.capabilities))


class Listener:
    """A loopback port with a thread for each connection; used as a context manager."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = []
        self._threads = []
        self.connections = 0

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *exception):
        # shutdown wakes a thread that waits in accept; close alone does not
        for sock in (self._listener, *self._sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        for thread in self._threads:
            thread.join(5)

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(sock)
            self._start(self._serve, sock, self.connections)

    def _serve(self, sock, number):
        try:
            self.handle(sock, number)
        except OSError:
            pass
        finally:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()


class ScriptedServer(Listener):
    """An IMAP server that answers as told.

    :param answers: ``{beginning of a command: answer}``; the answer is text with ``{tag}`` in it,
        a list of such, or a function of (conversation, tag, command) that returns text or None
    """

    def __init__(self, answers=None, capabilities=CAPABILITIES, greeting="* OK ready"):
        super().__init__()
        self.answers = {**DEFAULTS, **(answers or {})}
        self.capabilities = capabilities
        self.greeting = greeting
        self.commands = []

    def handle(self, sock, number):
        Conversation(self, sock, number).talk()

    @property
    def policy(self):
        return NetworkPolicy.from_text("127.0.0.0/8, ::1", str(self.port))

    def endpoint(self, security="none", timeout=5):
        return Endpoint("127.0.0.1", self.port, security, timeout=timeout)

    def connect(self, credentials=None, timeout=5):
        credentials = credentials or PasswordCredentials("ann", "secret")
        return ImapSession.connect(self.endpoint(timeout=timeout), credentials, self.policy)


class Proxy(Listener):
    """Passes bytes on to a server on this machine, until told otherwise.

    :ivar cuts: for each connection in turn, after how many bytes from the server it is cut; those
        after the last are not
    :ivar stalls: the same, for connections that fall silent
    """

    def __init__(self, target_port, cuts=(), stalls=()):
        super().__init__()
        self.target_port = target_port
        self.cuts = list(cuts)
        self.stalls = list(stalls)

    def handle(self, sock, number):
        server = socket.create_connection(("127.0.0.1", self.target_port))
        self._sockets.append(server)
        cut = self.cuts.pop(0) if self.cuts else None
        stall = self.stalls.pop(0) if self.stalls else None
        self._start(self._upstream, sock, server)
        try:
            self._downstream(server, sock, cut, stall)
        finally:
            server.close()

    def _upstream(self, sock, server):
        try:
            while data := sock.recv(65536):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _downstream(self, server, sock, cut, stall):
        limit = cut if cut is not None else stall
        passed = 0
        while data := server.recv(65536):
            if limit is not None and passed + len(data) >= limit:
                sock.sendall(data[: limit - passed])
                if stall is not None:
                    while server.recv(65536):
                        pass
                return
            sock.sendall(data)
            passed += len(data)
