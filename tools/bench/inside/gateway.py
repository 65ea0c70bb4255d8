"""Odoo's own mail gateway."""

import time

from tools.bench import corpus


def process(env, count, of):
    """Hand mails to ``message_process`` one by one, each committed, as Odoo's fetchmail does.

    :param count: how many mails, evenly taken from the corpus
    :param of: mails of the corpus
    :return: seconds
    """
    step = of // count
    mails = [mail.source for number, mail in enumerate(corpus.build(of)) if not number % step]
    threads = env["mail.thread"].with_context(fetchmail_cron_running=True)
    started = time.monotonic()
    for source in mails[:count]:
        threads.message_process("crm.lead", source)
        env.cr.commit()
    return time.monotonic() - started
