import socket

from tools.bench.mailbox import PASSWORD
from tools.bench.measure import Figure, Measure
from tools.bench.slow_link import slow_link

ACCOUNTS = 500
ROUND_TRIP = 0.05  # seconds


class Fleet(Measure):
    """Many mailboxes do not wait for each other, nor for a server that hangs."""

    name = "fleet"
    title = f"{ACCOUNTS} idle mailboxes at 50 ms round trip and a hung one, one lane"
    figures = (
        Figure("seconds", "seconds until all were visited", at_most=20),
        Figure("pause", "longest pause between two of them", at_most=1),
    )
    rounds = 1

    def run(self, bench):
        port = bench.dovecot.imaps_port
        logins = [f"fleet{number}@bench.example" for number in range(ACCOUNTS)]
        with (
            bench.database() as database,
            slow_link(port, ROUND_TRIP) as distant,
            socket.create_server(("127.0.0.1", 0)) as hung,
        ):
            return bench.call(
                database,
                "tools.bench.inside.fleet:sweep",
                logins=logins,
                password=PASSWORD,
                port=distant,
                hung_port=hung.getsockname()[1],
            )
