"""Where a run of the engine can be hit: every SQL statement, commit, IMAP command and stored file.

The points lie below the engine, so that they stay where they are when the engine changes. A point
is called as what happens there: ``INSERT email_sync_message``, ``UPDATE email_sync_folder``,
``COMMIT``, ``FETCH``, ``STORE``, ``file``; each is passed before and after it happens.
"""

import os
import re
import resource
import signal
from collections import Counter

_STATEMENT = re.compile(
    r'\s*(INSERT)\s+INTO\s+"?(\w+)|\s*(UPDATE)\s+"?(\w+)|\s*(DELETE)\s+FROM\s+"?(\w+)|[\s(]*(\w+)',
    re.IGNORECASE,
)
FILE_BYTES = 100
# Errors as PostgreSQL raises them: (SQLSTATE, text)
DATABASE_ERRORS = {
    "disk full": ("53100", "could not extend file: No space left on device"),
    "serialization": ("40001", "could not serialize access due to concurrent update"),
    "deadlock": ("40P01", "deadlock detected"),
    "lock timeout": ("55P03", "canceling statement due to lock timeout"),
    "statement timeout": ("57014", "canceling statement due to statement timeout"),
    "out of memory": ("53200", "out of memory"),
}


class Points:
    """Counts the points that a process passes, and strikes at one of them.

    :param at: ``[name, when, number]``: the number-th time that point is passed, or
        ``["", "", number]``: the number-th point of any name; None for never
    :param strike: ``kill``, ``kill in file`` (in the middle of the next file that is written),
        ``full`` (no file gets more than 100 bytes from here on), ``terminate`` (the database ends
        the connection) or a key of :data:`DATABASE_ERRORS`
    """

    def __init__(self, at=None, strike="kill"):
        self.at = at
        self.strike = strike
        self.passed = Counter()
        self.struck = False

    def arm(self):
        """Watch this process from here on."""
        self._watch_database()
        self._watch_mailbox()
        self._watch_files()
        if self.strike == "kill in file":
            # Python ignores this signal; the kernel's own answer to it is to kill.
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)

    def at_point(self, name, when, cursor=None):
        self.passed[f"{when} {name}"] += 1
        self.passed["all"] += 1
        if not self.at or self.struck:
            return
        wanted, wanted_when, number = self.at
        key = f"{wanted_when} {wanted}" if wanted else "all"
        if self.passed[key] == number and (not wanted or key == f"{when} {name}"):
            self.struck = True
            self._strike(cursor)

    def _strike(self, cursor):
        if self.strike == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.strike in ("full", "kill in file"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, resource.RLIM_INFINITY))
        elif cursor is None:
            # No cursor here: the next point that has one.
            self.struck = False
            self.at = ["", "", self.passed["all"] + 1]
        elif self.strike == "terminate":
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        else:
            code, text = DATABASE_ERRORS[self.strike]
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION '{text}' USING ERRCODE = '{code}'; END $$")

    # -- where ----------------------------------------------------------------------------------

    def _watch_database(self):
        from odoo.sql_db import Cursor

        execute, commit = Cursor.execute, Cursor.commit

        def watched_execute(cursor, query, *arguments, **options):
            name = _name_of(query)
            self.at_point(name, "before", cursor._obj)
            result = execute(cursor, query, *arguments, **options)
            self.at_point(name, "after", cursor._obj)
            return result

        def watched_commit(cursor):
            self.at_point("COMMIT", "before", cursor._obj)
            commit(cursor)
            self.at_point("COMMIT", "after", cursor._obj)

        Cursor.execute, Cursor.commit = watched_execute, watched_commit

    def _watch_mailbox(self):
        from odoo.addons.email_sync.mailbox.client import Client

        submit, completed = Client.submit, Client._completed
        names = {}

        def watched_submit(client, *parts):
            words = b" ".join(parts[:2]).split()
            name = words[1] if words[0] == b"UID" else words[0]
            name = name.decode("ascii", "replace")
            self.at_point(name, "before")
            tag = submit(client, *parts)
            names[id(client), tag] = name
            return tag

        def watched_completed(client, tag, response):
            name = names.pop((id(client), tag), "?")
            result = completed(client, tag, response)
            self.at_point(name, "after")
            return result

        Client.submit, Client._completed = watched_submit, watched_completed

    def _watch_files(self):
        from odoo.addons.email_sync.models import email_sync_store_sources

        write_file = email_sync_store_sources._write_file

        def watched_write_file(file):
            self.at_point("file", "before")
            is_there = write_file(file)
            self.at_point("file", "after")
            return is_there

        email_sync_store_sources._write_file = watched_write_file


def _name_of(query):
    code = query if isinstance(query, str) else getattr(query, "code", None)
    if code is None:
        code = query.decode() if isinstance(query, bytes) else str(query)
    words = [word for word in _STATEMENT.match(code).groups() if word]
    return " ".join([words[0].upper(), *words[1:]])
