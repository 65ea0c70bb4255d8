"""Odoo as it runs scheduled actions, prepared once and forked for every run.

Started with Odoo's options, it loads the registry and then reads requests (JSON, one a line) from
its standard input. Each is done by a child with a connection of its own to the database, which may
be killed; the answer (JSON, one a line) says how the child ended.
"""

import hashlib
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from datetime import timedelta
from pathlib import Path

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults.points import Points  # noqa: E402 - the checkout is found from here on

LONGEST_SECONDS = 120
PATIENCE_SECONDS = 30


class Worker:
    """Does what requests ask for, each in a child.

    :param database: the database's name
    """

    def __init__(self, database):
        self.database = database
        self.registry = Registry(database)

    def serve(self):
        odoo.sql_db.close_all()
        for line in sys.stdin:
            request = json.loads(line)
            if request.get("in_parent"):
                # What it leaves in the caches is there for every child.
                answer = self._do(request)
                odoo.sql_db.close_all()
            else:
                answer = self.answer(request)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    def answer(self, request):
        """Fork a child for the request and wait for its end.

        :param request: ``do`` (method), ``with`` (its arguments), ``at`` and ``strike`` of
            :class:`Points`, ``kill_after`` (seconds, None for never)
        :return: ``ended`` (``done``, ``killed``, ``raised``), ``value``, ``passed``, ``seconds``
        """
        reader, writer = os.pipe()
        started = time.monotonic()
        pid = os.fork()
        if not pid:
            os.close(reader)
            self._be_child(request, writer)
        os.close(writer)
        self._kill_later(pid, request.get("kill_after"))
        with open(reader, "rb") as file:
            text = file.read()
        _pid, status = os.waitpid(pid, 0)
        answer = {"seconds": round(time.monotonic() - started, 4)}
        if text and os.WIFEXITED(status):
            return {**answer, **json.loads(text)}
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXFSZ)
        return {**answer, "ended": "killed" if killed else f"status {status}", "value": None}

    @staticmethod
    def _kill_later(pid, seconds):
        """Kill the child after some seconds, unless it has ended by then."""
        file = os.pidfd_open(pid)

        def kill():
            import select

            poll = select.poll()
            poll.register(file, select.POLLIN)
            late = not poll.poll(1000 * (LONGEST_SECONDS if seconds is None else seconds))
            if late:
                signal.pidfd_send_signal(file, signal.SIGKILL)
            os.close(file)

        threading.Thread(target=kill, daemon=True).start()

    def _be_child(self, request, writer):
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            random.seed()
            points = Points(request.get("at"), request.get("strike", "kill"))
            points.arm()
            answer = self._do(request)
            answer["passed"] = dict(points.passed)
            answer["struck"] = points.struck
            with open(writer, "wb") as file:
                file.write(json.dumps(answer).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _do(self, request):
        try:
            method = getattr(self, f"do_{request['do']}")
            return {"ended": "done", "value": method(**request.get("with", {}))}
        except Exception as error:
            traceback.print_exc()
            return {"ended": "raised", "value": f"{type(error).__name__}: {error}"}

    # -- what can be asked for ------------------------------------------------------------------

    def do_run(self, account_id, patience=PATIENCE_SECONDS, **names):
        """Let the scheduler run what is due, as its own process would.

        :param account_id: an account that is made due
        :param patience: seconds that the mail server is waited for
        """
        from odoo.addons.base.models.ir_cron import IrCron
        from odoo.addons.email_sync.mailbox import endpoint

        endpoint.Endpoint.__init__.__defaults__ = (
            *endpoint.Endpoint.__init__.__defaults__[:-1],
            patience,
        )
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            account = env["email.sync.account"].browse(account_id)
            past = odoo.fields.Datetime.now() - timedelta(seconds=1)
            account.write({"next_sync": past, "not_before": False})
            env.ref("email_sync.ir_cron_sync_lane_1")._trigger()
        for module, values in names.items():
            self._set(module, values)
        IrCron._process_jobs(self.database)

    def _set(self, module, values):
        found = sys.modules[f"odoo.addons.email_sync.models.{module}"]
        for name, value in values.items():
            if not hasattr(found, name):
                raise AttributeError(f"{module} has no {name}")
            setattr(found, name, value)

    def do_prepare(self):
        """Leave the engine's scheduled actions the only ones, allow this machine's servers."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            lanes = env["email.sync.account"]._get_crons()
            env["ir.cron"].search([("id", "not in", lanes.ids)]).active = False
            parameters = env["ir.config_parameter"]
            parameters.set_param("email_sync.allowed_networks", "127.0.0.0/8, ::1/128")
            env["res.partner"].create(
                [
                    {"name": f"Customer {n}", "email": f"customer{n}@outside.example"}
                    for n in range(4)
                ]
            )

    def do_connect(self, login, password, port, security="none", **vals):
        """Connect a mailbox for a user of its own; return the account's id."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            groups = [env.ref("sales_team.group_sale_salesman_all_leads").id]
            owner = env["res.users"].create(
                {"name": login, "login": login, "email": login, "group_ids": [(6, 0, groups)]}
            )
            account = env["email.sync.account"].create(
                {
                    "email": login,
                    "login": login,
                    "owner_id": owner.id,
                    "member_ids": [(6, 0, owner.ids)],
                    "sync_range": "everything",
                    "visibility": "shared",
                    "imap_host": "localhost",
                    "imap_port": port,
                    "imap_security": security,
                    **vals,
                }
            )
            account._set_secret(password)
            self._allow(env, port)
            return account.id

    @staticmethod
    def _allow(env, port):
        """Let the addon connect to a port, which an administrator has to allow."""
        parameters = env["ir.config_parameter"]
        ports = set(parameters.get_param("email_sync.allowed_ports", "").split())
        if str(port) not in ports:
            parameters.set_param("email_sync.allowed_ports", " ".join([*ports, str(port)]))

    def do_update(self, account_id, vals, password=None):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            account = env["email.sync.account"].browse(account_id)
            account.write(vals)
            if "imap_port" in vals:
                self._allow(env, vals["imap_port"])
            if password is not None:
                account._set_secret(password)

    def do_start(self, account_id):
        """Let the owner press Start."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            account = env["email.sync.account"].browse(account_id)
            account.with_user(account.owner_id).action_start()

    def do_set_flag(self, message_id, flag, is_set):
        """Read or flag a mail as the owner of the mailbox."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            message = env["email.sync.message"].browse(message_id)
            message.with_user(message.account_id.owner_id)._set_flag(flag, is_set)

    def do_send(self, account_id, source):
        """Store a mail as one that was just sent, whose copy is still due.

        :param source: the mail, a character for each byte
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            account = env["email.sync.account"].browse(account_id)
            message = env["email.sync.store"]._store_sent(account, source.encode("latin-1"))
            message.sent_copy = "own"
            return message.id

    def do_retry(self, account_id):
        """Let the next day come, at which what was not delivered is tried once more."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["email.sync.placement"]._retry_failed()

    def do_state(self, account_id):
        """Return what is stored of an account, for :mod:`.check`."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return Stored(env["email.sync.account"].browse(account_id)).read()


class Stored:
    """Everything that is stored of an account, as plain values."""

    def __init__(self, account):
        self.account = account
        self.env = account.env

    def read(self):
        return {
            "account": self._account(),
            "folders": self._folders(),
            "placements": self._placements(),
            "messages": [self._message(message) for message in self._messages()],
            "changes": self._changes(),
        }

    def _account(self):
        names = ("state", "health", "error_code", "error_message", "failure_count")
        account = self.account
        return {
            **{name: account[name] or "" for name in names},
            "is_due": account.next_sync <= odoo.fields.Datetime.now(),
            "wait": (account.next_sync - odoo.fields.Datetime.now()).total_seconds(),
            "last_sync": str(account.last_sync or ""),
            "waiting": self.env["email.sync.engine"]._has_waiting(),
            "untold": bool(self.env["email.sync.change"]._find_untold(account)),
        }

    def _folders(self):
        return {
            folder.name: {
                "synced": folder.is_synced,
                "missing": folder.is_missing,
                "complete": bool(folder.complete_as_of),
                "error": folder.error_message or "",
                "done": folder.done_count,
                "in_range": folder.in_range_count,
                "uidvalidity": folder.uidvalidity,
                "doubtful": folder.doubtful_removals,
            }
            for folder in self.account.folder_ids
        }

    def _placements(self):
        placements = self.env["email.sync.placement"].search(
            [("account_id", "=", self.account.id)], order="id"
        )
        return [
            {
                "folder": placement.folder_id.name,
                "uid": placement.uid,
                "outcome": placement.outcome,
                "reason": placement.reason or "",
                "flags": sorted((placement.flags or "").split()),
                "message": placement.message_id.id,
            }
            for placement in placements
        ]

    def _messages(self):
        return self.env["email.sync.message"].search(
            [("account_id", "=", self.account.id)], order="id"
        )

    def _message(self, message):
        source = message._get_source()
        return {
            "id": message.id,
            "subject": message.subject,
            "sha256": hashlib.sha256(source).hexdigest(),
            "size": len(source),
            "\\Seen": message.is_read,
            "\\Flagged": message.is_flagged,
            "\\Answered": message.is_answered,
            "removed": message.is_removed,
            "unsettled": bool(message.removed_since) and not message.is_removed,
            "partners": sorted(message.conversation_id.partner_ids.mapped("email")),
            "entries": len(message.mail_message_id),
            "participants": len(message.participant_ids),
        }

    def _changes(self):
        return self.env["email.sync.change"].search_count([("account_id", "=", self.account.id)])


def main():
    database = sys.argv[1]
    odoo.tools.config.parse_config(sys.argv[2:], setup_logging=True)
    # What prints goes into the log; standard output is for the answers.
    Worker(database).serve()


if __name__ == "__main__":
    main()
