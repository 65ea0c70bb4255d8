from operator import truediv
from statistics import median

from tools.bench.measure import Figure, Measure

COUNT = 50_000


class Flags(Measure):
    """An open folder of 50,000 stored mails, of which others flagged 10."""

    name = "flags"
    title = "10 flag changes in a folder of 50,000"
    figures = (
        Figure("with", "ms with CONDSTORE", at_most=20),
        Figure("statements", "SQL statements", at_most=20),
        Figure("without", "ms without any extension"),
        Figure("raw", "ms of a bare socket that reads all flags"),
        Figure("ratio", "without extension : bare socket", at_most=3),
    )
    rounds = 1

    def prepare(self, bench):
        bench.small_mailbox(COUNT)

    def run(self, bench):
        mailbox = bench.small_mailbox(COUNT)
        with bench.database() as database:
            found = bench.call(
                database,
                "tools.bench.inside.flags:compare",
                login=mailbox.login,
                password=mailbox.password,
                port=mailbox.port,
                ca_file=str(mailbox.ca_file),
                count=mailbox.count,
            )
        return {
            "with": 1000 * median(found["with"]),
            "statements": found["statements"],
            "without": 1000 * median(found["without"]),
            "raw": 1000 * median(found["raw"]),
            "ratio": median(map(truediv, found["without"], found["raw"])),
        }
