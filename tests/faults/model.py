"""A mailbox as simple as can be, and random steps that happen to it and to the real one.

Steps are made from a seed alone. What a step is about follows from its numbers and from what the
model holds at that moment, so that a shorter list of the same steps still makes sense.
"""

import random
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.faults.check import assert_same
from tests.faults.mailbox import build_mail, digest
from tests.faults.seeds import IS_LONG

FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "$Label1", "\\Deleted")
LOCAL_FLAGS = ("\\Seen", "\\Flagged")
FOLDERS = ("INBOX", "Archive", "Sent", "Trash", "Work", "Work/2026", "Entwürfe & Co")
FIXED = ("INBOX", "Sent", "Trash", "Archive", "Drafts", "Junk")
LARGEST_MAILBOX = 60  # mails, so that a comparison stays quick
# How often each step is drawn.
WEIGHTS = {
    "append": 24,
    "append_again": 3,
    "store": 22,
    "expunge": 8,
    "move": 9,
    "copy": 4,
    "create_folder": 3,
    "rename_folder": 2,
    "delete_folder": 1,
    "renumber_folder": 2,
    "mark_here": 12,
    "send_here": 2,
    "kill": 6,
    "run": 6,
}


class Step(NamedTuple):
    """Something that happens; the numbers say to what."""

    name: str
    numbers: tuple

    def __str__(self):
        return f"{self.name}{self.numbers}"


def make_steps(seed, count):
    """Return ``count`` steps that follow from ``seed``."""
    rng = random.Random(seed)
    names = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count)
    return [Step(name, tuple(rng.randrange(10**6) for _ in range(3))) for name in names]


@dataclass
class Known:
    """What Odoo knew of a mail when it was last looked at, with what was changed there since."""

    id: int
    flags: dict
    is_removed: bool
    partners: list


@dataclass
class Model:
    """What the mailbox should hold, and the mailbox itself.

    :ivar synced: the :class:`.synced.SyncedMailbox`
    :ivar folders: ``{name: {uid: [digest, set of flags]}}``
    :ivar wishes: ``{digest: {flag: value}}`` that were made in Odoo and are not told yet
    :ivar sent: digests of mails sent from Odoo, whose copies are still due
    :ivar unsure: digests whose wishes a killed run may or may not have told
    """

    synced: object
    folders: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    known: dict = field(default_factory=dict)
    wishes: dict = field(default_factory=dict)
    unsure: set = field(default_factory=set)
    sent: list = field(default_factory=list)
    numbers: int = 0
    kills: int = 0
    runs: int = 0

    def __post_init__(self):
        self.mailbox = self.synced.mailbox
        self.folders = {name: {} for name in self.mailbox.folders()}

    def take(self, step):
        """Let a step happen."""
        getattr(self, f"step_{step.name}")(*step.numbers)

    def take_many(self, name, count, rng):
        """Let a step happen some times, with numbers from ``rng``."""
        for _number in range(count):
            self.take(Step(name, tuple(rng.randrange(10**6) for _ in range(3))))

    def get_removed_ids(self, state):
        """Return the ids of messages of which the mailbox has no copy that is not deleted."""
        there = {
            sha
            for mails in self.folders.values()
            for sha, flags in mails.values()
            if "\\Deleted" not in flags
        }
        return {message["id"] for message in state["messages"] if message["sha256"] not in there}

    # -- choosing -------------------------------------------------------------------------------

    def _folder(self, number, selectable=None):
        names = sorted(self.folders if selectable is None else selectable)
        return names[number % len(names)] if names else None

    def _copy(self, number, folders=None):
        """Return (folder, UID) of a mail, None where there is none."""
        copies = [
            (name, uid)
            for name in sorted(self.folders)
            if folders is None or name in folders
            for uid in sorted(self.folders[name])
        ]
        return copies[number % len(copies)] if copies else None

    def _sha(self, copy):
        return self.folders[copy[0]][copy[1]][0]

    def _count(self):
        return sum(map(len, self.folders.values()))

    # -- in the mailbox -------------------------------------------------------------------------

    def step_append(self, first, second, third):
        if self._count() >= LARGEST_MAILBOX:
            return self.step_expunge(first, second, third)
        self.numbers += 1
        source = build_mail(self.numbers, random.Random(first))
        self.sources[digest(source)] = source
        flags = {flag for index, flag in enumerate(FLAGS[:4]) if third >> index & 3 == 3}
        self._append(self._folder(second), source, flags)

    def step_append_again(self, first, second, third):
        """The same mail once more: a copy that nobody calls one."""
        if not self.sources or self._count() >= LARGEST_MAILBOX:
            return
        sha = sorted(self.sources)[first % len(self.sources)]
        if sha not in self.unsure:
            self._append(self._folder(second), self.sources[sha], set())

    def _append(self, folder, source, flags):
        uid = self.mailbox.append(source, folder, flags)
        self.folders[folder][uid] = [digest(source), set(flags)]

    def step_store(self, first, second, third):
        if not (copy := self._copy(first)):
            return
        folder, uid = copy
        sha, flags = self.folders[folder][uid]
        flag = FLAGS[second % len(FLAGS)]
        if sha in self.unsure:
            return
        if third % 3:
            self.mailbox.add_flag(folder, uid, flag)
            flags.add(flag)
        else:
            self.mailbox.remove_flag(folder, uid, flag)
            flags.discard(flag)

    def step_expunge(self, first, second, third):
        for number in range(first, first + second % 3 + 1):
            if copy := self._copy(number):
                self.mailbox.expunge(*copy)
                del self.folders[copy[0]][copy[1]]

    def step_move(self, first, second, third):
        copy, target = self._copy(first), self._folder(second)
        if copy and copy[0] != target:
            uid = self.mailbox.move(*copy, target)
            self.folders[target][uid] = self.folders[copy[0]].pop(copy[1])

    def step_copy(self, first, second, third):
        copy, target = self._copy(first), self._folder(second)
        if not copy or self._count() >= LARGEST_MAILBOX:
            return
        sha, flags = self.folders[copy[0]][copy[1]]
        if sha not in self.unsure:
            uid = self.mailbox.copy(*copy, target)
            self.folders[target][uid] = [sha, set(flags)]

    def step_create_folder(self, first, second, third):
        name = FOLDERS[first % len(FOLDERS)]
        if name not in self.folders:
            self.mailbox.create(name)
            self.folders[name] = {}
            # A server makes the folders above it, too.
            for other in self.mailbox.folders():
                self.folders.setdefault(other, {})

    def step_rename_folder(self, first, second, third):
        old = self._folder(first, self._leaves())
        new = f"Renamed {second % 4}"
        if old and new not in self.folders:
            self.mailbox.rename(old, new)
            self.folders[new] = self.folders.pop(old)

    def step_delete_folder(self, first, second, third):
        if name := self._folder(first, self._leaves()):
            self.mailbox.delete(name)
            del self.folders[name]

    def step_renumber_folder(self, first, second, third):
        """The folder is made anew with the same mail: another UIDVALIDITY, other UIDs."""
        if name := self._folder(first, self._leaves()):
            mails = self.folders[name]
            uids = self.mailbox.renumber(name, sorted(mails))
            self.folders[name] = {uids[uid]: mail for uid, mail in mails.items()}

    def _leaves(self):
        """Folders that no other lies in and that the server does not need."""
        return [
            name
            for name in self.folders
            if name not in FIXED and not any(n.startswith(f"{name}/") for n in self.folders)
        ]

    # -- in Odoo --------------------------------------------------------------------------------

    def step_mark_here(self, first, second, third):
        """Somebody reads or flags a mail in Odoo."""
        live = [sha for sha in sorted(self.known) if not self.known[sha].is_removed]
        if not live:
            return
        sha = live[first % len(live)]
        known, flag = self.known[sha], LOCAL_FLAGS[second % len(LOCAL_FLAGS)]
        value = not known.flags[flag] if third % 4 else known.flags[flag]
        self.synced.worker.get("set_flag", message_id=known.id, flag=flag, is_set=value)
        if value != known.flags[flag]:
            known.flags[flag] = value
            self.wishes.setdefault(sha, {})[flag] = value

    def step_send_here(self, first, second, third):
        """Somebody sends a mail from Odoo; the copy for the folder of sent mail is still due."""
        if self._count() >= LARGEST_MAILBOX:
            return
        self.numbers += 1
        source = build_mail(self.numbers, random.Random(first), is_sent=True)
        self.sources[digest(source)] = source
        self.synced.worker.get(
            "send", account_id=self.synced.account_id, source=source.decode("latin-1")
        )
        self.sent.append(digest(source))

    # -- runs -----------------------------------------------------------------------------------

    def step_kill(self, first, second, third):
        """A run that is killed at one of the first few hundred things that it does.

        The long run also kills at any time, which no seed repeats.
        """
        if third % 4 or not IS_LONG:
            self.run_with(at=["", "", 40 + first % 360])
        else:
            self.run_with(kill_after=0.02 + first % 150 / 1000)

    def run_with(self, **strike):
        """Run once, with something happening in between; return its :class:`.synced.Outcome`."""
        outcome = self.synced.run(**strike)
        self.kills += outcome.ended == "killed"
        self.runs += 1
        self.unsure |= set(self.wishes)
        return outcome

    def step_run(self, first, second, third):
        """Run until nothing is left to do, and compare."""
        state = self.synced.converge()
        self.runs += 1
        self._fulfil(state)
        self._compare_server()
        assert_same(self.synced, state)
        self._compare_known(state)

    def _fulfil(self, state):
        """What was wished in Odoo is so in every folder that is synced."""
        synced = {name for name, folder in state["folders"].items() if folder["synced"]}
        for name in synced & set(self.folders):
            for sha, flags in self.folders[name].values():
                for flag, value in self.wishes.get(sha, {}).items():
                    (flags.add if value else flags.discard)(flag)
        self.wishes.clear()
        self.unsure.clear()
        while self.sent:
            self._find_sent(self.sent.pop())

    def _find_sent(self, sha):
        """A mail sent from Odoo lies in the folder of sent mail, once."""
        known = self.folders["Sent"]
        found = [
            uid
            for uid, (there, _subject, _flags) in self.mailbox.read(["Sent"])["Sent"].items()
            if there == sha and uid not in known
        ]
        assert len(found) == 1, f"A sent mail was put into the folder {len(found)} times"
        known[found[0]] = [sha, {"\\Seen"}]

    def _compare_server(self):
        """Nothing happened to the mailbox but what was wished."""
        server = self.mailbox.read()
        assert set(server) == set(self.folders)
        for name, mails in self.folders.items():
            there = {uid: (sha, flags) for uid, (sha, _subject, flags) in server[name].items()}
            here = {uid: (sha, frozenset(flags)) for uid, (sha, flags) in mails.items()}
            changed = {uid for uid in there.keys() | here if there.get(uid) != here.get(uid)}
            assert not changed, "\n".join(
                f"{name} {uid} is {there.get(uid)}, should be {here.get(uid)}"
                for uid in sorted(changed)
            )

    def _compare_known(self, state):
        """A mail keeps its record, and its links, whatever happens to it."""
        before, self.known = self.known, {}
        for message in state["messages"]:
            sha = message["sha256"]
            flags = {flag: message[flag] for flag in LOCAL_FLAGS}
            known = Known(message["id"], flags, message["removed"], message["partners"])
            if sha in before:
                assert known.id == before[sha].id, f"{message['subject']} has another record"
                assert set(before[sha].partners) <= set(known.partners), message["subject"]
            self.known[sha] = known
        lost = before.keys() - self.known.keys()
        assert not lost, f"{len(lost)} mails are not in Odoo any more"


def run_steps(synced, steps):
    """Let steps happen to a new mailbox, then compare; return the :class:`Model`."""
    model = Model(synced)
    for step in steps:
        model.take(step)
    model.step_run(0, 0, 0)
    return model


def shrink(steps, fails, attempts=12):
    """Return a shorter list of steps that still fails: halves, quarters … are left out in turn.

    :param fails: called with a list of steps; whether it fails
    :param attempts: how often that may be asked
    """
    size = len(steps) // 2
    while size and attempts > 0:
        start = 0
        while start < len(steps) and attempts > 0:
            shorter = steps[:start] + steps[start + size :]
            attempts -= 1
            if shorter and fails(shorter):
                steps = shorter
            else:
                start += size
        size //= 2
    return steps
