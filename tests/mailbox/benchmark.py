"""How fast a session is, measured against a bare socket on the same Dovecot.

Run it with ``python -m tests.mailbox.benchmark [directory]``; a directory keeps the mail between
runs.
"""

import os
import random
import re
import resource
import socket
import sys
import tempfile
import time
import types
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
package = types.ModuleType("email_sync")
package.__path__ = [str(CHECKOUT / "email_sync")]
sys.modules.setdefault("email_sync", package)

from email_sync.mailbox.endpoint import Endpoint, PasswordCredentials  # noqa: E402
from email_sync.mailbox.imap import ImapSession  # noqa: E402
from email_sync.mailbox.network import NetworkPolicy  # noqa: E402
from tools.world.dovecot import DovecotServer  # noqa: E402

LOGIN, PASSWORD = "bench@bench.example", "bench"
MESSAGES = 5_000
MANY = 50_000
ROUNDS = 5


def fill(server):
    """Write the mail straight into the Maildir: mean about 20 KB, and a folder of many small."""
    server.add_user(LOGIN, PASSWORD)
    maildir = server.mail_directory / LOGIN / "Maildir"
    generator = random.Random(7)  # noqa: S311 - sizes, not secrets
    text = generator.randbytes(400_000).hex().encode()
    text = b"\r\n".join(text[start : start + 76] for start in range(0, len(text), 76))
    for folder, count in ((maildir, MESSAGES), (maildir / "Many", MANY)):
        if (folder / "cur").exists():
            continue
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True)
        for number in range(count):
            size = min(int(generator.lognormvariate(9.0, 1.35)), 425_000) if count < MANY else 50
            head = f"Subject: {number}\r\nMessage-ID: <{number}@bench.example>\r\n\r\n".encode()
            path = folder / "cur" / f"{1_700_000_000 + number}.M{number}.bench:2,"
            path.write_bytes(head + text[:size] + b"\r\n")
    owner = server.mail_directory.stat()
    for path in (maildir.parent, maildir, *maildir.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


class Raw:
    """A bare socket: sends lines, reads until the last tag."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.recv(4096)
        self.run([f"LOGIN {LOGIN} {PASSWORD}"])

    def run(self, commands, in_flight=4):
        for number, command in enumerate(commands[:in_flight]):
            self.socket.sendall(f"t{number} {command}\r\n".encode())
        done, tail = 0, b"\r\n"
        while done < len(commands):
            window = tail + self.socket.recv(262144)
            tail = window[-12:]
            start = -1
            while (start := window.find(b"\r\nt", start + 1)) >= 0:
                if not re.match(rb"\r\nt\d+ OK", window[start : start + 12]):
                    continue
                done += 1
                # what was counted is not counted again in the next window
                tail = b"\r\n" if window.endswith(b"\r\n") else tail
                if done + in_flight <= len(commands):
                    number = done + in_flight - 1
                    self.socket.sendall(f"t{number} {commands[number]}\r\n".encode())


def best(function, *arguments, rounds=ROUNDS):
    """Return the shortest (elapsed, own processor) seconds."""
    times = []
    for _round in range(rounds):
        started = time.perf_counter(), time.process_time()
        function(*arguments)
        times.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    return min(times)[0], min(own for _elapsed, own in times)


def report(label, seconds, raw=None, count=None):
    elapsed, own = seconds
    rate = f"{count / elapsed:10,.0f} /s" if count else f"{elapsed * 1000:8.1f} ms"
    ratio = f"{elapsed / raw[0]:6.2f} x the time of a bare socket" if raw else ""
    print(f"{label:44} {rate:>14} {own * 1000:8.1f} ms processor {ratio}", flush=True)


def measure_fetching(server, session, raw):
    raw.run(["EXAMINE INBOX"])
    session.select("INBOX")
    batches = [f"UID FETCH {n}:{n + 99} (UID BODY.PEEK[])" for n in range(1, MESSAGES, 100)]
    limit = best(raw.run, batches)
    report("bare socket, 4 commands of 100 in flight", limit, count=MESSAGES)
    metadata = list(session.fetch_metadata(range(1, MESSAGES + 1)))
    size = sum(item.size for item in metadata)

    def fetch(messages):
        assert sum(len(item.source) for item in session.fetch_sources(messages)) == size

    seconds = best(fetch, metadata)
    report("fetch_sources with metadata known", seconds, limit, MESSAGES)
    report("fetch_sources from UIDs", best(fetch, range(1, MESSAGES + 1)), limit, MESSAGES)
    print(f"{'':44} {size / seconds[0] / 1e6:10,.0f} MB/s, peak {peak_memory():,} MB")


def measure_flags(session, raw):
    raw.run(["EXAMINE Many"])
    session.select("Many")
    for label, command, function in (
        ("flags of 50,000", "UID FETCH 1:* (UID FLAGS)", session.scan_flags),
        (
            "metadata of 50,000",
            "UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE FLAGS MODSEQ)",
            lambda: sum(1 for _item in session.fetch_metadata(range(1, MANY + 1))),
        ),
    ):
        limit = best(raw.run, [command])
        report(f"{label}: bare socket", limit)
        report(label, best(function), limit)
    limit = best(raw.run, ["UID SEARCH RETURN (ALL COUNT) ALL"])
    report("UIDs of 50,000: bare socket", limit)
    report("UIDs of 50,000", best(session.existing_uids), limit)


def measure_changes(server, session):
    modseq = session.select("Many", readonly=False).highestmodseq
    session.store_flags(range(100, 1100, 100), add=["\\Flagged"])
    session.store_flags(range(100, 1100, 100), remove=["\\Flagged"])
    session.select("Many")
    before = session.bytes_received
    report("10 changes among 50,000", best(session.changed_since, modseq))
    print(f"{'':44} {(session.bytes_received - before) // ROUNDS:10,} bytes")


def measure_polling(session, server):
    names = [f"Folder {number}" for number in range(20)]
    existing = {folder.name for folder in session.list_folders()}
    for name in set(names) - existing:
        session.create_folder(name)
    before = session.bytes_received
    report("status of 20 folders", best(session.status_of, names))
    print(f"{'':44} {(session.bytes_received - before) // ROUNDS:10,} bytes")
    report("connect and sign in", best(lambda: connect(server).logout()))


def connect(server):
    endpoint = Endpoint("127.0.0.1", server.imap_port, "none")
    policy = NetworkPolicy.from_text("127.0.0.0/8", str(server.imap_port))
    return ImapSession.connect(endpoint, PasswordCredentials(LOGIN, PASSWORD), policy)


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    with DovecotServer(Path(directory)) as server:
        fill(server)
        raw = Raw(server.imap_port)
        print(re.sub(r"\s+", " ", sys.version))
        with connect(server) as session:
            measure_fetching(server, session, raw)
            measure_flags(session, raw)
            measure_changes(server, session)
            measure_polling(session, server)


if __name__ == "__main__":
    main()
