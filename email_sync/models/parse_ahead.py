from contextlib import closing

from ..mime.parse import parse


def parse_ahead(sources):
    """Parse mails while those before them are stored: in the thread that reads ahead.

    The database works without the interpreter half of the time that storing takes. Here it is
    used, a mail at a time, between two reads of the network: the store never waits for longer.

    :param sources: iterator of :class:`..mailbox.fetch.FetchedMessage`, closed with this one
    :return: iterator of the same, those in memory with what they say
    """
    with closing(sources):
        for fetched in sources:
            yield fetched._replace(parsed=_try_parse(fetched.source)) if fetched.source else fetched


def _try_parse(source):
    try:
        return parse(source)
    except Exception:
        # Parsed once more where it is stored: what is raised there quarantines this mail alone.
        return None
