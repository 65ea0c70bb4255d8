"""An Odoo that syncs a mailbox, as a test drives it: run, kill, converge, look."""

import json
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from tools.world import paths

WORKER = Path(__file__).with_name("odoo_worker.py")
LONGEST_CONVERGENCE = 40  # runs


@dataclass
class Outcome:
    """How a request to the worker ended.

    :ivar ended: ``done``, ``killed`` or ``raised``
    :ivar value: what it returned, or the error
    :ivar passed: how often each point was passed, see :mod:`.points`
    :ivar struck: whether the strike that was asked for happened
    """

    ended: str
    value: object = None
    seconds: float = 0.0
    passed: dict = None
    struck: bool = False


class OdooWorker:
    """The process of :mod:`.odoo_worker`. Use it as a context manager.

    :param odoo: a :class:`tools.world.odoo.Odoo`
    :param database: name of a database with the addon
    :param log: :class:`~pathlib.Path` of its log
    """

    def __init__(self, odoo, database, log):
        self.odoo = odoo
        self.database = database
        self.log = log
        self._process = None

    def __enter__(self):
        command = self.odoo.command("--log-level=warn", "-d", self.database, "--no-http")
        # The python and the options that Odoo is called with; the program is the worker.
        python, _odoo, *options = command
        self._process = subprocess.Popen(
            [python, str(WORKER), self.database, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.odoo.environment,
            cwd=paths.WORLD,
        )
        # Not a file that it writes itself: some strikes forbid it to write files.
        self.log.parent.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._copy_log, daemon=True).start()
        return self

    def _copy_log(self):
        with open(self.log, "a", buffering=1) as file:
            for line in self._process.stderr:
                file.write(line)

    def __exit__(self, *exception):
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def ask(self, do, at=None, strike="kill", kill_after=None, in_parent=False, **arguments):
        """Let a child do something; see :class:`.odoo_worker.Worker`.

        :param in_parent: let the worker itself do it, so that its caches are warm afterwards
        :rtype: Outcome
        """
        request = {"do": do, "with": arguments}
        request.update(at=at, strike=strike, kill_after=kill_after, in_parent=in_parent)
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"The worker died; its log is {self.log}")
        return Outcome(**json.loads(line))

    def get(self, do, **arguments):
        """Let a child do something that must succeed; return its value."""
        outcome = self.ask(do, **arguments)
        if outcome.ended != "done":
            raise AssertionError(f"{do} {outcome.ended}: {outcome.value}; see {self.log}")
        return outcome.value


class SyncedMailbox:
    """A mailbox that is connected to Odoo.

    :param worker: the :class:`OdooWorker`
    :param mailbox: the :class:`.mailbox.Mailbox`
    :param port: where Odoo connects to, the server itself if not given
    """

    def __init__(self, worker, mailbox, port=None, **vals):
        self.worker = worker
        self.mailbox = mailbox
        self.account_id = worker.get(
            "connect",
            login=mailbox.login,
            password=mailbox.password,
            port=port or mailbox.server.imap_port,
            **vals,
        )

    def run(self, **options):
        """Let the scheduler run once, the time having passed that this account waits for.

        :rtype: Outcome
        """
        return self.worker.ask("run", account_id=self.account_id, **options)

    def state(self):
        """Return what is stored, as a dict; see :class:`.odoo_worker.Stored`."""
        return self.worker.get("state", account_id=self.account_id)

    def converge(self, **options):
        """Run without faults until nothing is left to do; return the state.

        :raise AssertionError: it does not come to rest
        """
        for _run in range(LONGEST_CONVERGENCE):
            outcome = self.run(**options)
            assert outcome.ended == "done", f"{outcome.value}; see {self.worker.log}"
            state = self.state()
            if is_quiet(state):
                return state
        raise AssertionError(f"Not at rest after {LONGEST_CONVERGENCE} runs: {state['account']}")


def is_quiet(state):
    """Whether the last run did all that there was to do."""
    account = state["account"]
    return (
        account["state"] == "running"
        and not account["is_due"]
        and not account["failure_count"]
        and not account["waiting"]
        and not account["untold"]
        and not any(folder["doubtful"] for folder in state["folders"].values())
        and not any(message["unsettled"] for message in state["messages"])
    )
