from tools.bench.measure import Figure, Measure

from .large_mailbox import LARGE


class Memory(Measure):
    """A worker stays small, however much it syncs."""

    name = "memory"
    title = f"First sync of {LARGE:,} mails"
    figures = (Figure("memory", "MB at the peak, above the worker's before", at_most=64),)
    rounds = 1

    def prepare(self, bench):
        bench.packed_mailbox(LARGE)

    def run(self, bench):
        mailbox = bench.packed_mailbox(LARGE)
        with bench.database() as database:
            memory = bench.call(
                database,
                "tools.bench.inside.large:sync_all",
                login=mailbox.login,
                password=mailbox.password,
                port=mailbox.port,
                count=mailbox.count,
                largest=50,
            )
        return {"memory": memory}
