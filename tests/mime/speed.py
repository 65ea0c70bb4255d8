"""How many mails a second are parsed: ``python tests/mime/speed.py [count]``.

Runs the parser and, on a part of the same mails, the standard library's, in turn, and prints the
best of three rounds. Not a test: figures depend on the machine, ratios hardly do.
"""

import cProfile
import email
import email.policy
import pstats
import statistics
import sys
import time
import types
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))
package = types.ModuleType("email_sync")
package.__path__ = [str(CHECKOUT / "email_sync")]
sys.modules.setdefault("email_sync", package)

from email_sync.mime.parse import parse  # noqa: E402
from tests.mime.corpus import BusinessMail  # noqa: E402


def read_with_standard_library(source, policy):
    """Extract the same values with the standard library."""
    message = email.message_from_bytes(source, policy=policy)
    values = [message["subject"], message["date"], message["from"], message["to"], message["cc"]]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            values.append(part.get_payload(decode=True).decode("utf-8", "replace"))
        else:
            values.append(part.get_filename())
    return values


def measure(function, sources):
    """Return mails a second of processor time."""
    start = time.process_time()
    for source in sources:
        function(source)
    return len(sources) / (time.process_time() - start)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    sources = BusinessMail().make_many(count)
    sizes = sorted(map(len, sources))
    print(
        f"{count} mails, mean {statistics.mean(sizes) / 1e3:.1f} KB, median {sizes[count // 2]},"
        f" p90 {sizes[count * 9 // 10]}, max {sizes[-1]}"
    )
    readers = {
        "email_sync.mime": (parse, sources),
        "compat32": (
            lambda source: read_with_standard_library(source, email.policy.compat32),
            sources[: count // 5],
        ),
        "policy.SMTP": (
            lambda source: read_with_standard_library(source, email.policy.SMTP),
            sources[: count // 20],
        ),
    }
    best = dict.fromkeys(readers, 0.0)
    for _round in range(3):
        for name, (function, part) in readers.items():
            best[name] = max(best[name], measure(function, part))
    for name, rate in best.items():
        ratio = rate / best["policy.SMTP"]
        print(f"{name:16} {rate:8,.0f} mails/s  {1e6 / rate:7.0f} µs  x{ratio:.1f}")
    if "--profile" in sys.argv:
        profile = cProfile.Profile()
        profile.runcall(measure, parse, sources)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
