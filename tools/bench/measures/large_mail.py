from tools.bench import corpus
from tools.bench.measure import Figure, Measure

SIZE = 100 * 1024 * 1024


class LargeMail(Measure):
    """One mail of 100 MB: fetched, stored, in the chatter with its attachment."""

    name = "large_mail"
    title = "One mail of 100 MB"
    figures = (Figure("memory", "MB at the peak of syncing and showing it", at_most=64),)
    rounds = 1

    def run(self, bench):
        mailbox = bench.own_mailbox("large", corpus.build_large(SIZE))
        with bench.database() as database:
            memory = bench.call(
                database,
                "tools.bench.inside.large:sync_all",
                login=mailbox.login,
                password=mailbox.password,
                port=mailbox.port,
                count=1,
                largest=200,
            )
        return {"memory": memory}
