"""No mail in the server's log, also when something breaks that has mail in its hands.

Core logs a query that the database refuses together with its values, and PostgreSQL quotes the row
in its error. Both are a mail's subject and text where a mail is being stored.
"""

import logging
import traceback
from contextlib import contextmanager
from contextvars import ContextVar

import psycopg2

DESCRIPTION_LENGTH = 500  # characters

_holds_mail = ContextVar("email_sync_holds_mail", default=False)


@contextmanager
def holding_mail():
    """Log refused queries of this block, in this thread, without their values."""
    token = _holds_mail.set(True)
    try:
        yield
    finally:
        _holds_mail.reset(token)


def describe_error(error):
    """Return what an error says of itself, PostgreSQL's without the row: for members (str)."""
    if isinstance(error, psycopg2.Error):
        said = error.diag.message_primary if error.pgcode else ""
        return f"{type(error).__name__}: {said}" if said else type(error).__name__
    return f"{type(error).__name__}: {error}"[:DESCRIPTION_LENGTH].replace("\x00", "")


def describe_traceback(error):
    """Return where an error happened and its class, for the log (str of several lines)."""
    return "".join([*traceback.format_tb(error.__traceback__), type(error).__name__])


class _Discretion(logging.Filter):
    """See ``odoo.sql_db.Cursor.execute``: the arguments are the query and the error."""

    def filter(self, record):
        if _holds_mail.get() and record.levelno >= logging.ERROR:
            errors = [each for each in record.args or () if isinstance(each, BaseException)]
            record.msg = "bad query while holding mail, its values are left out: %s"
            record.args = (describe_error(errors[-1]) if errors else "",)
        return True


logging.getLogger("odoo.sql_db").addFilter(_Discretion())
