import time
from collections import deque

from odoo import api, fields, models

from ..mailbox import errors
from ..mailbox.ahead import ReadAhead
from ..mailbox.uidset import LAST_UID
from .email_sync_message_beginning import BEGINNING_BYTES
from .parse_ahead import parse_ahead

FIRST_SLICE = 50  # mails of the first look at a folder: visible within seconds
SLICE = 1000  # mails a folder gets before the next folder's turn
WINDOW = 5000  # UIDs that are searched at a time
BATCH_COUNT = 500  # mails a transaction
FIRST_BATCH_COUNT = 100  # of the first one; each has up to twice as many as the one before
BATCH_BYTES = 8 * 1024 * 1024
BATCH_SECONDS = 2  # so long a transaction waits for mails of a slow server to join it
SPOOL_ABOVE = 4 * 1024 * 1024  # bytes of a mail that never stands in memory as a whole
AHEAD_BYTES = 8 * 1024 * 1024  # of the next batch, read while one is stored


class EmailSyncEngine(models.AbstractModel):
    """What a run does with the folders of an account."""

    _inherit = "email.sync.engine"

    @api.model
    def _sync_folders(self, account, session, progress):
        told = self._poll(account, session, progress)
        # What waits for a folder goes to where it is now.
        self._follow_renames(account, session, told)
        self._push_changes(account, session)
        self._push_moves(account, session)
        account._update_folders(told.folders)
        self._settle_missing_folders(account, session, told)
        folders = account.folder_ids.filtered("is_synced")
        statuses = told.statuses
        if unknown := [name for name in folders.mapped("name") if name not in statuses]:
            statuses = {**statuses, **session.status_of(unknown)}
        queue = deque()
        for folder in folders:
            status = statuses.get(folder.name)
            if status is None:
                continue
            was_complete = bool(folder.complete_as_of)
            windows = self._iterate_pending(folder, session, status, progress)
            if uids := self._take_window(folder, windows, progress):
                queue.append((folder, windows, uids, FIRST_SLICE))
            if was_complete:
                self._sync_changes(folder, session, status)
        # What it takes to open folders, large ones or on a slow server, is not their mail's time.
        turn = self._postpone_deadline(time.monotonic() - progress.started)
        progress.seconds_left = turn._commit()
        account._notify_progress()
        # Folders take turns: each shows its newest mail before one is complete.
        while queue and progress.seconds_left > 0:
            folder, windows, uids, size = queue.popleft()
            left = turn._sync_slice(folder, session, uids[:size], progress)
            if rest := left + uids[size:] or self._take_window(folder, windows, progress):
                # A folder that is alone need not stop for others.
                queue.append((folder, windows, rest, SLICE if queue else WINDOW))
        progress.is_complete = not queue
        if progress.is_complete:
            self._settle_removals(account, session, progress)
            if not progress.error_count:
                # Every copy was met: none is left that a change could be news to.
                self.env["email.sync.change"]._forget_told(account)

    @api.model
    def _poll(self, account, session, progress):
        """Return how the mailbox is: what the lane was told before, or asked for now."""
        told, progress.told = progress.told, None
        return told or session.poll(account._get_synced_names())

    @api.model
    def _take_window(self, folder, windows, progress):
        """Return the next UIDs that are pending in a folder; none where it does not open."""
        try:
            return next(windows, [])
        except errors.FolderError as error:
            folder.error_message = self._get_error_text(folder.account_id, error)
            progress.error_count += 1
            progress.error_message = folder.error_message
            return []

    @api.model
    def _iterate_pending(self, folder, session, status, progress):
        """Yield lists of the UIDs of a folder that have no outcome yet, the newest first.

        The next ones are looked for when those before are done: a run costs what it moves, not
        what the folder holds. Where the last run stopped follows from the placements: there are
        outcomes between the oldest and the newest UID that has one. What lies between is looked
        at in the end, and the folder is complete when no UID in the range is without an outcome.
        """
        if self._is_numbered_anew(folder, session, status):
            if not self._may_start_over(folder, progress):
                return
            folder._set_aside(status)
        is_audit = self._is_audit_due(folder, status)
        is_unchanged = status.uidnext and status.uidnext == folder.uidnext and status.uidvalidity
        if folder.complete_as_of and is_unchanged and not is_audit:
            return
        selected = self._open(folder, session)
        if not folder.uidvalidity:
            folder._start(status)
        placements = self.env["email.sync.placement"]
        if folder.complete_as_of:
            arrivals, is_proven = self._search_arrivals(folder, session, status)
            left = yield from self._yield_pending(folder, arrivals)
            if is_audit:
                left += yield from self._audit(folder, session, folder.uidnext - 1, progress)
            if not is_proven:
                return
        else:
            last = (status.uidnext or selected.uidnext or LAST_UID + 1) - 1
            oldest, newest = placements._get_uid_bounds(folder)
            if not (newest and folder.in_range_count):
                folder._count_range(self._count_in_range(folder, session, status))
            left = yield from self._walk(folder, session, (newest or 0) + 1, last)
            if newest:
                yield from self._walk(folder, session, 1, oldest - 1)
                left = yield from self._walk(folder, session, 1, last)
        is_searched = is_audit or not folder.complete_as_of
        if not left and (not is_searched or self._is_counted(folder, status)):
            self._complete(folder, status)
            if is_searched:
                folder.next_audit = self._get_next_audit()

    @api.model
    def _count_in_range(self, folder, session, status):
        since = folder.account_id.sync_from
        return session.count(since) if since else status.messages

    @api.model
    def _walk(self, folder, session, first, last):
        """Search a range of UIDs from its end, a window at a time; see :meth:`_yield_pending`."""
        left, width = 0, WINDOW
        while last >= first:
            start = max(first, last - width + 1)
            self._ensure_open(folder, session)
            since = folder.account_id.sync_from or None
            uids = session.search(since=since, uid_from=start, uid_to=last)
            left += yield from self._yield_pending(folder, uids)
            last = start - 1
            # UIDs may lie far apart, as in a mailbox of long standing that is kept empty.
            width = WINDOW if len(uids) > WINDOW // 10 else width * 4
        return left

    @api.model
    def _yield_pending(self, folder, uids):
        """Yield the list of those UIDs that have no outcome, the newest first, if there are any.

        :param uids: ascending
        :return: how many of them have none afterwards
        """
        if not uids:
            return 0
        placements = self.env["email.sync.placement"]
        known = placements._get_known_uids(folder, uids[0], uids[-1])
        pending = [uid for uid in reversed(uids) if uid not in known]
        if not pending:
            return 0
        yield pending
        known = placements._get_known_uids(folder, pending[-1], pending[0])
        return sum(uid not in known for uid in pending)

    @api.model
    def _complete(self, folder, status):
        folder.write(
            {
                "uidnext": status.uidnext or 0,
                "uidvalidity": folder.uidvalidity or status.uidvalidity or 0,
                "mailbox_id": status.mailbox_id or False,
                "complete_as_of": fields.Datetime.now(),
                "highestmodseq": folder.highestmodseq or str(status.highestmodseq or ""),
                "error_message": False,
                # Whatever brought it here: a sync, a move or a mail that was sent.
                "done_count": folder.in_range_count,
            }
        )
        folder._drop_predecessor()

    @api.model
    def _sync_slice(self, folder, session, uids, progress):
        """Fetch and store some mails of a folder, a batch a transaction.

        :return: the UIDs that there was no time for
        """
        try:
            self._ensure_open(folder, session)
            metadata = list(session.fetch_metadata(uids))
            unanswered = set(uids).difference(item.uid for item in metadata)
            self._settle_unanswered(folder, session, unanswered, progress)
            wanted = self._decide_by_metadata(folder, metadata, uids)
            wanted = self._recognise(folder, session, wanted, progress)
            max_size = self._get_max_size()
            sources = session.fetch_sources(
                [item for item in wanted if item.size <= max_size],
                max_message_bytes=max_size,
                spool_above=SPOOL_ABOVE,
            )
            # The connection belongs to the thread until the block ends.
            with ReadAhead(parse_ahead(sources), self._get_held_bytes, AHEAD_BYTES) as ahead:
                done = self._store_sources(folder, ahead, progress)
            too_large = [item for item in wanted if item.size > max_size]
            done |= self._store_beginnings(folder, session, too_large, progress)
            if progress.seconds_left <= 0:
                return [metadata.uid for metadata in wanted if metadata.uid not in done]
        except errors.FolderError as error:
            folder.error_message = self._get_error_text(folder.account_id, error)
            progress.error_count += 1
            progress.seconds_left = self._commit()
        return []

    @api.model
    def _store_beginnings(self, folder, session, wanted, progress):
        """Store the header and the text of mails that are too large; return their UIDs (set)."""
        if not wanted or progress.seconds_left <= 0:
            return set()
        beginnings = session.fetch_beginnings(wanted, BEGINNING_BYTES)
        return self._store_sources(folder, beginnings, progress)

    @api.model
    def _get_held_bytes(self, fetched):
        """Return the bytes of memory that a fetched mail takes; a large one lies in a file."""
        return len(fetched.source or b"")

    @api.model
    def _store_sources(self, folder, sources, progress):
        """Store mails in batches, as far as there is time; return the UIDs looked at (set)."""
        batch, size, done, started = [], 0, set(), time.monotonic()
        # Nothing is stored while the first batch is read: it is a small one.
        most = min(FIRST_BATCH_COUNT, BATCH_COUNT)
        for fetched in sources:
            done.add(fetched.uid)
            if fetched.error:
                self._record_error(folder, fetched, progress)
                continue
            batch.append(fetched)
            size += fetched.size
            is_full = len(batch) >= most or size >= BATCH_BYTES
            if is_full or time.monotonic() - started > BATCH_SECONDS:
                self._store_batch(folder, batch, progress)
                batch, size, started = [], 0, time.monotonic()
                most = min(2 * most, BATCH_COUNT)
                if progress.seconds_left <= 0:
                    return done
        self._store_batch(folder, batch, progress)
        return done

    @api.model
    def _decide_by_metadata(self, folder, metadata, uids):
        """Write the outcome of what is not to be fetched; return the metadata of the rest.

        :param metadata: iterable of :class:`..mailbox.imap.MessageMetadata`
        :param uids: the UIDs asked for, in the order in which to fetch them
        """
        sync_from = folder.account_id._get_sync_from_datetime()
        wanted = {}
        for item in metadata:
            internal_date = item.internal_date and item.internal_date.replace(tzinfo=None)
            if sync_from and internal_date and internal_date < sync_from:
                self._record_outcome(folder, item, "before_start")
            else:
                wanted[item.uid] = item
        return [wanted[uid] for uid in uids if uid in wanted]

    @api.model
    def _get_max_size(self):
        """Return the bytes of the largest mail that is stored as a whole."""
        # sudo: ir.config_parameter - read by the scheduled action
        get_param = self.env["ir.config_parameter"].sudo().get_param
        return int(get_param("email_sync.max_size") or 50) * 1024 * 1024

    @api.model
    def _record_outcome(self, folder, metadata, outcome, error=None):
        store = self.env["email.sync.store"]
        reason = error and self._get_error_text(folder.account_id, error)
        row = store._get_placement_row(folder, metadata, outcome, reason=reason)
        store._insert_placements([row])
        folder.done_count += 1

    @api.model
    def _record_error(self, folder, fetched, progress):
        """Write why a mail could not be fetched; one that is gone needs no outcome."""
        if isinstance(fetched.error, errors.MessageGoneError):
            return
        is_too_large = isinstance(fetched.error, errors.MessageTooLargeError)
        outcome = "too_large" if is_too_large else "unreadable"
        self._record_outcome(folder, fetched.metadata, outcome, fetched.error)
        progress.error_count += not is_too_large

    @api.model
    def _store_batch(self, folder, batch, progress):
        """One transaction: messages, placements and links of a batch."""
        if batch:
            conversations = self.env["email.sync.store"]._store(folder, batch)
            conversations._link_automatically()
            conversations.filtered("is_linked")._publish()
            folder.done_count += len(batch)
            progress.message_count += len(batch)
            progress.size += sum(fetched.size for fetched in batch)
        progress.seconds_left = self._commit(len(batch))
        self._notify_progress(folder.account_id, progress)
