from tools.bench.measure import Figure, Measure
from tools.bench.slow_link import slow_link

ROUND_TRIP = 0.05  # seconds


class RoundTrip(Measure):
    """Distance costs nothing while commands are in flight."""

    name = "round_trip"
    title = "First sync at 50 ms round trip, against loopback"
    figures = (
        Figure("distant", "mails/s at 50 ms"),
        Figure("loopback", "mails/s on loopback"),
        Figure("ratio", "50 ms : loopback", at_least=0.9),
    )
    rounds = 3

    def prepare(self, bench):
        bench.mailbox()

    def run(self, bench):
        mailbox = bench.mailbox()
        loopback = mailbox.count / bench.first_sync(mailbox)["all"]
        with slow_link(mailbox.port, ROUND_TRIP) as port:
            distant = mailbox.count / bench.first_sync(mailbox.through(port))["all"]
        return {"distant": distant, "loopback": loopback, "ratio": distant / loopback}
