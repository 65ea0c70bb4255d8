from tools.bench.measure import Figure, Measure

LARGE, SMALL = 100_000, 5_000
FIRST = 50


class LargeMailbox(Measure):
    """The newest mails are seen at once, however many others there are."""

    name = "large_mailbox"
    title = f"First {FIRST} mails of a mailbox of {LARGE:,}, against one of {SMALL:,}"
    figures = (
        Figure("large", f"seconds, {LARGE:,} mails"),
        Figure("small", f"seconds, {SMALL:,} mails"),
        Figure("ratio", "large : small", at_most=1.5),
        Figure("commands", "commands more for the large one", at_most=0),
        Figure("bytes", "bytes received, large : small", at_most=1.5),
    )
    rounds = 3

    def prepare(self, bench):
        for count in (SMALL, LARGE):
            bench.packed_mailbox(count)

    def run(self, bench):
        small, large = (self._see_first(bench, count) for count in (SMALL, LARGE))
        return {
            "large": large["seconds"],
            "small": small["seconds"],
            "ratio": large["seconds"] / small["seconds"],
            "commands": large["commands"] - small["commands"],
            "bytes": large["bytes"] / small["bytes"],
        }

    def _see_first(self, bench, count):
        mailbox = bench.packed_mailbox(count)
        with bench.database() as database:
            return bench.call(
                database,
                "tools.bench.inside.large:first_mails",
                login=mailbox.login,
                password=mailbox.password,
                port=mailbox.port,
                count=FIRST,
            )
