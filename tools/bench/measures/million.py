from tools.bench import corpus
from tools.bench.measure import Figure, Measure

STORED = 1_000_000
ACCOUNTS = 20
COUNT = 3000


class Million(Measure):
    """A company whose mail has been synced for years connects one more mailbox."""

    name = "million"
    title = f"First sync of {COUNT:,} mails with {STORED:,} stored, against an empty database"
    figures = (
        Figure("million", f"mails/s, {STORED:,} stored"),
        Figure("empty", "mails/s, none stored"),
        Figure("ratio", "million : none", at_least=0.8),
    )
    rounds = 3
    database = "bench_million"

    def prepare(self, bench):
        bench.odoo.copy_database(bench.base, self.database)
        fill = "tools.bench.inside.stored:fill"
        bench.call(self.database, fill, count=STORED, accounts=ACCOUNTS)
        bench.postgresql.query("VACUUM ANALYZE", self.database)
        self._seed = corpus.SEED

    def run(self, bench):
        # Other mails each time: files that are there are not written again.
        self._seed += 1
        mails = corpus.build(COUNT, seed=self._seed)
        mailbox = bench.own_mailbox(f"corpus{COUNT}.{self._seed}", mails)
        ours = {
            "empty": bench.first_sync(mailbox),
            "million": bench.first_sync_into(self.database, mailbox),
        }
        rates = {name: COUNT / seconds["all"] for name, seconds in ours.items()}
        return {**rates, "ratio": rates["million"] / rates["empty"]}
