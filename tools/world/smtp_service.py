"""The SMTP server of the development world as a program of its own."""

import argparse
import signal
import threading
from pathlib import Path

from .dovecot import DovecotServer
from .smtp import SmtpServer


def main():
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--smtps-port", type=int, required=True)
    arguments = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    # The same directory as the running Dovecot's: this object starts no second one.
    dovecot = DovecotServer(arguments.directory)
    with SmtpServer(dovecot, smtp_port=arguments.smtp_port, smtps_port=arguments.smtps_port):
        ended.wait()


if __name__ == "__main__":
    main()
