from tools.bench import mbsync
from tools.bench.measure import Figure, Measure


class FirstSync(Measure):
    """The addon stores, links and publishes; mbsync writes files. Both pull the same mailbox."""

    name = "first_sync"
    title = "First sync of 5,000 mails, against mbsync (FSync)"
    figures = (
        Figure("email_sync", "mails/s, email_sync: stored, linked, in the chatters"),
        Figure("mbsync", "mails/s, mbsync: in a Maildir"),
        Figure("ratio", "email_sync : mbsync", at_least=1.0),
        Figure("first", "seconds to the first mails"),
        Figure("rendered", "seconds until every chatter entry has its text"),
    )
    rounds = 5

    def prepare(self, bench):
        bench.mailbox()

    def run(self, bench):
        mailbox = bench.mailbox()
        theirs = mailbox.count / mbsync.pull(bench.directory / "mbsync", mailbox)
        seconds = bench.first_sync(mailbox)
        ours = mailbox.count / seconds["all"]
        return {
            "email_sync": ours,
            "mbsync": theirs,
            "ratio": ours / theirs,
            "first": seconds["first"],
            "rendered": seconds["rendered"],
        }
