"""A proxy that speaks enough IMAP to say something else than the server does.

It stands before a real server, so that what was lost on the way can be compared with what is there.
"""

import re
import socket
import time

from tests.mailbox.servers import Listener

_LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
_TAGGED = re.compile(rb"(S\d+) (OK|NO|BAD) ")


class Cut(Exception):
    """The connection ends here."""


class Fault:
    """What the proxy does to one mailbox; this one does nothing.

    An answer is one response of the server as bytes, literals and line end included.
    """

    def accept(self, number):
        """Decide about a connection, the number-th.

        :return: bytes to be sent in place of the server's greeting, None to go on
        :raise Cut: it is closed at once
        """

    def command(self, line):
        """Decide about a command's first line.

        :return: the answer (bytes, ``{tag}`` in it) in place of the server's, None to go on
        """

    def answer(self, response):
        """Return what is sent in place of a response: bytes, or an iterable of them."""
        return response


class ImapProxy(Listener):
    """Passes commands and answers on, unless its fault has something else in mind.

    :param target_port: of the server, without encryption
    :ivar fault: a :class:`Fault`, may be changed at any time
    """

    def __init__(self, target_port):
        super().__init__()
        self.target_port = target_port
        self.fault = Fault()
        self.logins = 0

    def handle(self, sock, number):
        fault = self.fault
        server = socket.create_connection(("127.0.0.1", self.target_port))
        self._sockets.append(server)
        try:
            if greeting := fault.accept(number):
                sock.sendall(greeting)
                return
            self._start(self._upstream, sock, server, fault)
            self._downstream(server, sock, fault)
        except Cut:
            return
        finally:
            server.close()

    def _upstream(self, sock, server, fault):
        try:
            with sock.makefile("rb") as file:
                while line := file.readline():
                    self.logins += b" AUTHENTICATE " in line
                    if answer := fault.command(line):
                        sock.sendall(answer.replace(b"{tag}", line.split()[0]))
                        continue
                    server.sendall(line)
                    while match := _LITERAL.search(line):
                        server.sendall(file.read(int(match[1])))
                        line = file.readline()
                        server.sendall(line)
            server.shutdown(socket.SHUT_WR)
        except Cut:
            for end in (sock, server):
                end.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    @staticmethod
    def _downstream(server, sock, fault):
        with server.makefile("rb") as file:
            while line := file.readline():
                response = line
                while match := _LITERAL.search(line):
                    literal = file.read(int(match[1]))
                    line = file.readline()
                    response += literal + line
                answer = fault.answer(response)
                for part in (answer,) if isinstance(answer, bytes) else answer:
                    sock.sendall(part)


class CutAt(Fault):
    """Ends the connection in the middle, or after, the number-th response of a kind.

    :param kind: pattern (bytes) that the response matches
    :param number: 1 for the first
    :param share: how much of the response still arrives, 1.0 for all
    """

    def __init__(self, kind, number=1, share=1.0):
        self._kind = re.compile(kind)
        self._number = number
        self._share = share

    def answer(self, response):
        if not self._kind.match(response):
            return response
        self._number -= 1
        if self._number:
            return response
        return self._end(response[: int(len(response) * self._share)])

    def _end(self, part):
        yield part
        raise Cut


class HangAt(CutAt):
    """Falls silent there, and leaves the connection open."""

    def _end(self, part):
        yield part
        time.sleep(60)
        raise Cut


class DripAt(CutAt):
    """Sends the rest of the response byte by byte."""

    def answer(self, response):
        return super().answer(response)

    def _end(self, part):
        for byte in part:
            yield bytes([byte])
            time.sleep(0.05)
        raise Cut


class Refuse(Fault):
    """Answers commands of a kind itself.

    :param kind: pattern (bytes) of the command behind its tag
    :param answers: what is said to the first, the second … such command; None passes it on
    """

    def __init__(self, kind, *answers):
        self._kind = re.compile(rb"\S+ " + kind)
        self._answers = list(answers)

    def command(self, line):
        if self._answers and self._kind.match(line):
            return self._answers.pop(0)
        return None


class Rewrite(Fault):
    """Replaces something in every response.

    :param pattern: what (bytes)
    :param replacement: as of :func:`re.sub`
    :param times: in how many responses, None for all
    """

    def __init__(self, pattern, replacement, times=None):
        self._pattern = re.compile(pattern, re.DOTALL)
        self._replacement = replacement
        self._times = times

    def answer(self, response):
        if self._times == 0 or not self._pattern.search(response):
            return response
        if self._times:
            self._times -= 1
        return self._pattern.sub(self._replacement, response)


class RefuseConnection(Fault):
    """Says goodbye to the first connections.

    :param greeting: what is said (bytes); empty for nothing at all
    :param times: to how many connections
    """

    def __init__(self, greeting, times):
        self._greeting = greeting
        self._times = times

    def accept(self, number):
        if self._times <= 0:
            return None
        self._times -= 1
        if not self._greeting:
            raise Cut
        return self._greeting
