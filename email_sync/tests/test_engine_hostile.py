"""A mail server that means harm: it costs its own account, and nothing else."""

import logging
import socket
import threading
import time
from contextlib import contextmanager, suppress
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config

from ..mailbox import errors
from .servers import Mailbox
from .test_engine import EngineCase

ESCAPES = "\x1b]0;owned\x07\x1b[2J\r<b onmouseover=x>%s %(x)s {0}\u202e"


class HostileServer:
    """An IMAP server on this machine that answers as told; used as a context manager.

    :param answers: ``{beginning of a command: answer}``, text, or a function of the connection
    """

    DEFAULTS = {
        "CAPABILITY": "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN",
        "LIST": '* LIST () "/" INBOX',
        "STATUS": '* STATUS "INBOX" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1 UNSEEN 0)',
        "EXAMINE": "* 1 EXISTS\r\n* OK [UIDVALIDITY 1] .\r\n* OK [UIDNEXT 2] .",
        "UID SEARCH": "* SEARCH 1",
        "": "",
    }

    def __init__(self, answers):
        self.answers = {**self.DEFAULTS, **answers}
        self.stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.stop.set()
        for sock in (self._listener, *self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                sock, _address = self._listener.accept()
                self._sockets.append(sock)
                threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock):
        with suppress(OSError):
            sock.sendall(b"* OK ready\r\n")
            for line in sock.makefile("rb"):
                tag, _space, command = line.decode().strip().partition(" ")
                key = max((key for key in self.answers if command.startswith(key)), key=len)
                answer = self.answers[key]
                if callable(answer):
                    answer = answer(sock, self.stop)
                if "{tag}" not in answer:
                    answer = f"{answer}\r\n{{tag}} OK done" if answer else "{tag} OK done"
                sock.sendall(answer.replace("{tag}", tag).encode() + b"\r\n")


@tagged("post_install", "-at_install")
class TestHostileServer(EngineCase):
    @contextmanager
    def _account_on(self, **answers):
        """Yield an account on a server with these answers."""
        answers = {command.replace("_", " "): answer for command, answer in answers.items()}
        with HostileServer(answers) as server:
            parameters = self.env["ir.config_parameter"]
            parameters.set_param("email_sync.allowed_ports", str(server.port))
            account = self._connect(
                self.bob,
                Mailbox("hostile"),
                imap_host="127.0.0.1",
                imap_port=server.port,
                imap_security="none",
            )
            yield account

    def test_a_size_beyond_all_bounds_costs_one_mail(self):
        """The server tells it, and then delivers neither the mail nor its beginning."""
        items = 'UID 1 RFC822.SIZE 9000000000 INTERNALDATE "01-Mar-2025 08:30:00 +0000" FLAGS ()'
        with self._account_on(UID_FETCH=f"* 1 FETCH ({items})") as account:
            self._sync(account)
        self.assertFalse(account.error_message)
        (placement,) = self.env["email.sync.placement"].search([("account_id", "=", account.id)])
        self.assertEqual((placement.outcome, placement.size), ("unreadable", 2**31 - 1))

    def test_folders_that_no_database_holds_are_left_out_and_others_come(self):
        names = [
            '"a\x00b"',
            f'"{"".join(chr(48 + n % 70) for n in range(6000) if n % 70 != 44)}"',
            '"../../etc/passwd"',
            '"%s{0}*%"',
            '"<img src=x onerror=alert(1)>"',
            '"INBOX"',
            "INBOX",
        ]
        listed = "\r\n".join(f'* LIST () "/" {name}' for name in names)
        with self._account_on(LIST=listed, UID_FETCH="") as account:
            self._sync(account)
        self.assertFalse(account.error_message)
        self.assertEqual(
            sorted(account.folder_ids.mapped("name")),
            sorted(["../../etc/passwd", "%s{0}*%", "<img src=x onerror=alert(1)>", "INBOX"]),
        )

    def test_what_a_server_says_forges_no_line_and_runs_nothing(self):
        """Line ends, escapes of a terminal, markup and format strings are words like others."""
        logger = logging.getLogger("odoo.addons.email_sync")
        said = f"{{tag}} NO [ALERT] {ESCAPES}"
        for command in ("LIST", "STATUS", "UID_SEARCH", "UID_FETCH", "AUTHENTICATE"):
            with self._account_on(**{command: said}) as account:
                with self.assertLogs(logger, logging.DEBUG) as logs:
                    logger.info("so that there is a line")
                    self._sync(account)
            told = account.error_message or account.folder_ids.error_message or ""
            runs = self.env["email.sync.run"].search([("account_id", "=", account.id)])
            notes = self.env["mail.message"].search([("body", "ilike", "onmouseover")])
            self.assertFalse(notes.filtered(lambda note: "<b onmouseover" in note.body))
            for text in (told, *runs.mapped("error_message"), *logs.output):
                self.assertTrue((text or "").replace("\n", "").isprintable(), repr(text))
            self.assertEqual(len(logs.output), 1, logs.output)

    def test_a_server_that_never_stops_talking_costs_its_own_account_only(self):
        """Odoo kills a scheduled action in the end, with all accounts that it holds."""

        def talk(sock, stop):
            while not stop.wait(0.01):
                sock.sendall(b"* OK a moment, there is more\r\n")
            return ""

        with self._account_on(UID_SEARCH=talk) as account:
            started = time.monotonic()
            with (
                patch.dict(config.options, {"limit_time_real_cron": 18}),
                self._transactions() as env,
            ):
                account.with_env(env).next_sync = "2020-01-01 00:00:00"
                env["email.sync.engine"]._cron_sync()
            seconds = time.monotonic() - started
        self.assertEqual(account.error_code, errors.ConnectionTimeoutError.__name__)
        self.assertLess(seconds, 10)
