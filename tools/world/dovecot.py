"""A private Dovecot on loopback: high ports, an ordinary user, mail in one directory."""

import contextlib
import grp
import re
import shutil
import signal
import ssl
import subprocess
import time
from pathlib import Path
from string import Template

from imapclient import IMAPClient

from . import paths
from .certificates import certificates
from .console import WorldError
from .mail_server import START_SECONDS, MailServer
from .mail_users import MailUsers
from .processes import ServiceUser, free_port, is_alive, program, run, stop, wait_until

IMAP_SECONDS = 60
LDA_DIRECTORY = "/usr/lib/dovecot"

# Where ``any_user_password`` is given: after the passwd-files, everybody else.
ANY_USER = {
    "2.3": """
passdb {
  driver = static
  args = password=$any_user_password
}
userdb {
  driver = static
  args = uid=$user gid=$group home=$mail/%u allow_all_users=yes
}
""",
    "2.4": """
passdb static {
  password = $any_user_password
}
userdb static {
  static_allow_all_users = yes
  fields {
    uid = $user
    gid = $group
    home = $mail/%{user}
  }
}
""",
}


class DovecotServer(MailServer):
    """An IMAP server with STARTTLS and TLS; users and mail can be added while it runs.

    Use it as a context manager, or call :meth:`start` and :meth:`stop`; ports and mail survive
    a restart of the same object.

    :param directory: :class:`~pathlib.Path` that holds configuration, users, mail and log
    :param imap_port: port for plain IMAP and STARTTLS, a free one when not given
    :param imaps_port: port for IMAP over TLS, a free one when not given
    :param any_user_password: a password that lets every other login in too (str without spaces)
    :param extra: more lines of Dovecot configuration, appended (a limit, a plugin, a quirk)
    """

    def __init__(self, directory, imap_port=None, imaps_port=None, any_user_password="", extra=""):
        self.directory = Path(directory)
        self.any_user_password = any_user_password
        self.imap_port = imap_port or free_port()
        self.imaps_port = imaps_port or free_port()
        self.extra = extra
        self._service_user = ServiceUser("dovecot")
        self._service_user.own(self.directory)
        self._process = None
        self._run_directory = paths.socket_directory(self.directory / "run")
        self.mail_directory = self.directory / "mail"
        self.log = self.directory / "dovecot.log"
        self.configuration_file = self.directory / "dovecot.conf"
        self.certificates = certificates(self.directory / "tls")
        self.users = MailUsers(self.directory / "users")

    # ---- life ----

    def __exit__(self, *exc_info):
        super().__exit__(*exc_info)
        if self._run_directory.parent != self.directory:
            shutil.rmtree(self._run_directory, ignore_errors=True)

    def start(self):
        """Start the server and wait until it greets; return ``self``."""
        if self.pid:
            return self
        for directory in (self._run_directory, self.mail_directory):
            self._service_user.own(directory)
        self._write_configuration()
        with open(self.directory / "dovecot.err", "wb") as errors:
            self._process = subprocess.Popen(
                self._command(program("dovecot"), "-F", "-c", self.configuration_file),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,
            )
        try:
            wait_until(self._greets, self._process, START_SECONDS, "Dovecot", self._said())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Stop the server and every connection; mail, users and ports stay."""
        if self.pid:
            stop(self.pid)
        if self._process:
            self._process.wait(timeout=10)
            self._process = None

    def kill(self):
        """End the server without a goodbye, as a crash would."""
        if self.pid:
            stop(self.pid, how=signal.SIGKILL)

    @property
    def pid(self):
        """The process id of the running server (int), or None."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int((self._run_directory / "master.pid").read_text())
            if is_alive(pid):
                return pid
        return None

    def _said(self):
        errors = self.directory / "dovecot.err"
        return errors if errors.exists() and errors.stat().st_size else self.log

    def _greets(self):
        with contextlib.suppress(OSError), IMAPClient("127.0.0.1", self.imap_port, ssl=False):
            return bool(self.pid)
        return False

    def _command(self, *words):
        return self._service_user.command(*words, directory=self.directory)

    def _write_configuration(self):
        version = run([program("dovecot"), "--version"])
        series = version[:3]
        if series not in ANY_USER:
            raise WorldError(f"Dovecot 2.3 or 2.4 is needed, this one is {version.split()[0]}.")
        values = {
            "run": self._run_directory,
            "log": self.log,
            "user": self._service_user.name,
            "group": grp.getgrgid(self._service_user.gid).gr_name,
            "uid": self._service_user.uid,
            "imap_port": self.imap_port,
            "imaps_port": self.imaps_port,
            "certificate": self.certificates.certificate,
            "key": self.certificates.key,
            "users": self.users.directory,
            "mail": self.mail_directory,
            "any_user_password": self.any_user_password,
        }
        any_user = ANY_USER[series] if self.any_user_password else ""
        values["any_user"] = Template(any_user).substitute(values)
        template = Path(__file__).with_name(f"dovecot-{series}.conf")
        text = Template(template.read_text()).substitute(values)
        self.configuration_file.write_text(f"{text}{self.extra}\n")
        self.certificates.key.chmod(0o644)

    # ---- users and mail ----

    def add_user(self, login, password):
        """Add the user ``login`` (or change its password); the mailbox is made at first use."""
        changed = self.users.password(login) not in (None, password)
        self.users.set(login, password)
        if changed and self.pid:
            self._wait_for_password(login, password)

    def _wait_for_password(self, login, password):
        """Wait until Dovecot has read a changed password; it looks once a second."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(WorldError):
                self.doveadm("auth", "test", login, password)
                return
        raise WorldError(f"Dovecot did not take the new password of {login}.")

    def accepts(self, login, password):
        """Return whether ``login`` may sign in with ``password``."""
        if self.any_user_password and password == self.any_user_password:
            return True
        return self.users.accepts(login, password)

    def has_mailbox(self, login):
        """Return whether mail to ``login`` is kept here."""
        return bool(self.any_user_password) or login in self.users.logins()

    def domains(self):
        """Return the domains of the users (set of str): mail to them never goes elsewhere."""
        return {login.partition("@")[2] for login in self.users.logins()}

    def empty(self):
        """Forget all users and their mail; the server goes on."""
        for login in self.users.logins():
            self.users.remove(login)
        for mailbox in self.mail_directory.iterdir():
            shutil.rmtree(mailbox)

    def kick(self, login):
        """Cut every connection of ``login``."""
        with contextlib.suppress(WorldError):
            # Ends with an error when nobody is logged in.
            self.doveadm("kick", login)

    def doveadm(self, *arguments, data=None):
        """Run ``doveadm`` on this server; return what it prints (str).

        :param data: bytes for its standard input
        :raise WorldError: it ended with an error
        """
        output = run(
            self._command(program("doveadm"), "-c", self.configuration_file, *arguments),
            input=data,
            text=False,
        )
        return output.decode()

    @contextlib.contextmanager
    def connect(self, login):
        """Yield an :class:`imapclient.IMAPClient` logged in as ``login``, over STARTTLS."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with IMAPClient(self.host, self.imap_port, ssl=False, timeout=IMAP_SECONDS) as client:
            client.starttls(context)
            client.plain_login(login, self.users.password(login))
            yield client

    def append(self, login, folder, source, flags=(), date=None):
        """Store one mail; the folder is made when missing.

        :param source: the mail as bytes
        :param flags: IMAP flags, as ``(r"\\Seen", "$Label1")``
        :param date: aware :class:`~datetime.datetime` for INTERNALDATE, now when not given
        :return: its UID (int)
        """
        return self.append_many(login, folder, [(source, flags, date)])[0]

    def append_many(self, login, folder, mails):
        """Store many mails of one folder over one connection.

        :param mails: iterable of ``(source, flags, date)`` as :meth:`append` takes them
        :return: their UIDs (list of int), in the order given
        """
        with self.connect(login) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
                client.subscribe_folder(folder)
            return [self._append(client, folder, *mail) for mail in mails]

    @staticmethod
    def _append(client, folder, source, flags, date):
        response = client.append(folder, source, flags, date)
        # RFC 4315: [APPENDUID uidvalidity uid]
        return int(re.search(rb"APPENDUID \d+ (\d+)", response)[1])

    def deliver(self, login, source, sender):
        """Hand one mail to Dovecot's delivery agent, which puts it in the inbox of ``login``.

        :param source: the mail as bytes
        :param sender: the envelope sender (str)
        """
        agent = program("dovecot-lda", LDA_DIRECTORY)
        run(
            self._command(agent, "-c", self.configuration_file, "-d", login, "-f", sender),
            input=source,
            text=False,
        )
