"""The users of the mail servers: passwd-files that Dovecot and the SMTP server both read."""

import base64
import hmac
import os
import time

SCHEME = "{PLAIN.b64}"


class MailUsers:
    """One file a user, named as the login, of one line of Dovecot's passwd-file.

    One file each, because Dovecot looks at most once a second whether a file has changed: a user
    who was just added can log in at once.

    :param directory: :class:`~pathlib.Path`, created when missing
    """

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def logins(self):
        """Return every login (set of str)."""
        return {path.name for path in self.directory.iterdir()}

    def password(self, login):
        """Return the password of ``login`` (str), or None when there is no such user."""
        path = self._path(login)
        if not path.exists():
            return None
        # Base64 keeps every character, a colon too, out of the way of the file's format.
        field = path.read_text().split(":")[1]
        return base64.b64decode(field.removeprefix(SCHEME)).decode()

    def set(self, login, password):
        """Add the user ``login``, or change its password."""
        encoded = base64.b64encode(password.encode()).decode()
        path = self._path(login)
        last_change = path.stat().st_mtime if path.exists() else 0
        # Seven fields as in passwd(5); uid, gid and home come from Dovecot's configuration.
        path.write_text(f"{login}:{SCHEME}{encoded}::::::\n")
        path.chmod(0o644)
        # Dovecot compares whole seconds: two changes in the same one must differ.
        moment = max(time.time(), last_change + 1)
        os.utime(path, (moment, moment))

    def remove(self, login):
        """Take the user ``login`` out."""
        self._path(login).unlink(missing_ok=True)

    def accepts(self, login, password):
        """Return whether ``password`` is the password of ``login``."""
        known = self.password(login)
        return known is not None and hmac.compare_digest(known.encode(), password.encode())

    def _path(self, login):
        if "/" in login or login.startswith("."):
            raise ValueError(f"Not a login: {login}")
        return self.directory / login
