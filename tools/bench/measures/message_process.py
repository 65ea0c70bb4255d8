from tools.bench.measure import Figure, Measure

SAMPLE = 200


class MessageProcess(Measure):
    """Odoo's gateway takes a sample of the corpus, as its share of the time is the same."""

    name = "message_process"
    title = "First sync, against Odoo's message_process on 200 of the mails"
    figures = (
        Figure("email_sync", "mails/s, email_sync"),
        Figure("gateway", "mails/s, message_process"),
        Figure("ratio", "email_sync : message_process", at_least=50),
    )
    rounds = 3

    def prepare(self, bench):
        bench.mailbox()

    def run(self, bench):
        mailbox = bench.mailbox()
        # Without the addon: nothing of it slows the gateway.
        with bench.database(bench.plain) as database:
            seconds = bench.call(
                database, "tools.bench.inside.gateway:process", count=SAMPLE, of=mailbox.count
            )
        theirs = SAMPLE / seconds
        ours = mailbox.count / bench.first_sync(mailbox)["all"]
        return {"email_sync": ours, "gateway": theirs, "ratio": ours / theirs}
