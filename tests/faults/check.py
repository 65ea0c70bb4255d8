"""Whether Odoo has exactly what the mailbox has."""

from collections import Counter

FLAGS = ("\\Seen", "\\Flagged", "\\Answered")
IN_A_FOLDER = "stored"
NOT_IN_A_FOLDER = "gone"


def assert_same(synced, state=None, not_stored=()):
    """Fail unless a mailbox and what Odoo has of it are the same.

    :param synced: a :class:`.synced.SyncedMailbox`
    :param state: what is stored, where that is known already
    :param not_stored: (folder, UID) of mails that are expected to have another outcome
    :return: the state
    """
    state = state or synced.state()
    folders = [name for name, folder in state["folders"].items() if folder["synced"]]
    found = list(Comparison(state, synced.mailbox.read(folders), not_stored).differences())
    assert not found, "\n".join(found[:20])
    return state


class Comparison:
    """What differs between two states of a mailbox, as sentences.

    :param state: what is stored, as :meth:`.synced.SyncedMailbox.state` returns it
    :param server: what the server holds, as :meth:`.mailbox.Mailbox.read` returns it
    :param not_stored: (folder, UID) of mails that are expected to have another outcome
    """

    def __init__(self, state, server, not_stored=()):
        self.state = state
        self.not_stored = set(not_stored)
        self.folders = set(server)
        self.there = {
            (folder, uid): mail for folder, mails in server.items() for uid, mail in mails.items()
        }
        self.placements = state["placements"]
        self.messages = {message["id"]: message for message in state["messages"]}

    def differences(self):
        yield from self._folders()
        yield from self._outcomes()
        yield from self._places()
        yield from self._sources()
        yield from self._doubles()
        for message in self.messages.values():
            yield from self._removal(message)
            yield from self._flags(message)
            yield from self._links(message)

    def _folders(self):
        for name, folder in self.state["folders"].items():
            if folder["synced"] and not folder["complete"]:
                yield f"{name} is not complete"
            if folder["synced"] and folder["error"]:
                yield f"{name}: {folder['error']}"

    def _outcomes(self):
        for placement in self.placements:
            key = placement["folder"], placement["uid"]
            expected = placement["outcome"] in (IN_A_FOLDER, NOT_IN_A_FOLDER)
            if not expected and key not in self.not_stored:
                yield f"{key} is {placement['outcome']}: {placement['reason']}"

    def _here(self):
        """Return ``{(folder, UID): placement}`` of the mails that lie in folders to compare."""
        return {
            (placement["folder"], placement["uid"]): placement
            for placement in self.placements
            if placement["outcome"] == IN_A_FOLDER and placement["folder"] in self.folders
        }

    def _places(self):
        here = self._here()
        for key in sorted(self.there.keys() - here - self.not_stored):
            yield f"{key} ({self.there[key].subject}) is missing here"
        for key in sorted(here.keys() - self.there):
            yield f"{key} is here and not on the server"
        for key in sorted(here.keys() & self.there):
            flags, wanted = set(here[key]["flags"]), self.there[key].flags
            if flags != wanted:
                yield f"{key} has the flags {sorted(flags)} here, {sorted(wanted)} there"

    def _sources(self):
        for key, placement in self._here().items():
            mail, message = self.there.get(key), self.messages.get(placement["message"])
            if not message:
                yield f"{key} has no message"
            elif mail and mail.sha256 != message["sha256"]:
                yield f"{key} ({mail.subject}) is not what is stored ({message['subject']})"

    def _doubles(self):
        held = Counter(message["sha256"] for message in self.messages.values())
        for message in self.messages.values():
            if held.pop(message["sha256"], 1) > 1:
                yield f"{message['subject']} is stored more than once"

    def _copies(self, message):
        """Return the flags of each copy that the server has of a message."""
        return [
            mail.flags
            for key, mail in self.there.items()
            if mail.sha256 == message["sha256"] and key not in self.not_stored
        ]

    def _kept(self, message):
        """Return the flags of its places in folders that are gone or not synced any more."""
        return [
            set(placement["flags"])
            for placement in self.placements
            if placement["message"] == message["id"]
            and placement["outcome"] == IN_A_FOLDER
            and placement["folder"] not in self.folders
        ]

    def _removal(self, message):
        copies = [*self._copies(message), *self._kept(message)]
        # What others marked as deleted is only waiting to be expunged.
        lies = any("\\Deleted" not in flags for flags in copies)
        if lies and message["removed"]:
            yield f"{message['subject']} is on the server and marked as removed"
        if not lies and not message["removed"]:
            yield f"{message['subject']} is on no server and not marked as removed"

    def _flags(self, message):
        copies = self._copies(message)
        for flag in FLAGS if copies and not self._kept(message) else ():
            if message[flag] != any(flag in flags for flags in copies):
                yield f"{message['subject']}: {flag} is {message[flag]}, there {copies}"

    def _links(self, message):
        if not message["participants"]:
            yield f"{message['subject']} has no participants"
        if bool(message["partners"]) != bool(message["entries"]):
            yield f"{message['subject']}: {message['partners']}, {message['entries']} entries"
