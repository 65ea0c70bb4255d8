"""The measures, in the order in which they run and are shown."""

from .first_sync import FirstSync
from .flags import Flags
from .fleet import Fleet
from .idle_fleet import IdleFleet
from .idle_poll import IdlePoll
from .large_mail import LargeMail
from .large_mailbox import LargeMailbox
from .memory import Memory
from .message_process import MessageProcess
from .million import Million
from .round_trip import RoundTrip

MEASURES = (
    FirstSync,
    MessageProcess,
    RoundTrip,
    Flags,
    LargeMail,
    LargeMailbox,
    Memory,
    Million,
    IdlePoll,
    Fleet,
    IdleFleet,
)
