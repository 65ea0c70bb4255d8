"""Where everything of the world lives."""

import hashlib
import os
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
WORLD = CHECKOUT / ".world"
LOGS = WORLD / "log"
VENV_PYTHON = WORLD / "venv" / "bin" / "python"

# A unix socket's address holds 107 bytes (unix(7)); the longest name below a socket
# directory is Dovecot's, some 40 bytes with its sub-directory.
LONGEST_SOCKET_DIRECTORY = 60


def socket_directory(near):
    """Return a directory for unix sockets: ``near`` itself, or a short one when that is too long.

    :param near: :class:`~pathlib.Path` where the sockets should lie
    """
    if len(os.fsencode(near)) <= LONGEST_SOCKET_DIRECTORY:
        return near
    digest = hashlib.sha256(os.fsencode(near)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"email-sync-{os.getuid()}-{digest}"
