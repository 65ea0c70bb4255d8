"""A bare socket: the least that anybody needs for a command."""

import re
import socket
import ssl
import time

DONE = re.compile(rb"\r\nb OK [^\r]*\r\n$")


def run(mailbox, command):
    """Send a command to the open inbox and read its answer without looking at it.

    :param mailbox: the :class:`tools.bench.mailbox.Mailbox`
    :return: seconds
    """
    context = ssl.create_default_context(cafile=str(mailbox.ca_file))
    with (
        socket.create_connection(("localhost", mailbox.port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.recv(4096)
        _ask(connection, f"LOGIN {mailbox.login} {mailbox.password}")
        _ask(connection, "EXAMINE INBOX")
        started = time.perf_counter()
        _ask(connection, command)
        return time.perf_counter() - started


def _ask(connection, command):
    connection.sendall(f"b {command}\r\n".encode())
    tail = b"\r\n"
    while not DONE.search(tail):
        data = connection.recv(262144)
        if not data:
            raise RuntimeError("The server closed the connection")
        tail = (tail + data)[-1000:]
