from tools.bench import corpus
from tools.bench.mailbox import fill
from tools.bench.measure import Figure, Measure

FOLDERS = 20


class IdlePoll(Measure):
    """A mailbox in which nothing happened costs next to nothing."""

    name = "idle_poll"
    title = f"Visit of an idle mailbox of {FOLDERS} folders"
    figures = (
        Figure("commands", "commands after the sign-in", at_most=1),
        Figure("bytes", "bytes received for them", at_most=3 * 1024),
        Figure("statements", "SQL statements, the four of its lease included", at_most=7),
        Figure("cpu", "CPU ms, TLS and sign-in included"),
    )
    rounds = 3

    def prepare(self, bench):
        self.mailbox = fill(bench.dovecot, "idle20@bench.example", corpus.build(20))
        names = [f"Folder {number}" for number in range(FOLDERS - 6)]
        bench.dovecot.doveadm("mailbox", "create", "-u", self.mailbox.login, *names)

    def run(self, bench):
        with bench.database() as database:
            return bench.call(
                database,
                "tools.bench.inside.fleet:poll",
                login=self.mailbox.login,
                password=self.mailbox.password,
                port=self.mailbox.port,
            )
