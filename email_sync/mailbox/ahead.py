"""Read on while the caller is busy with what was read."""

import threading
from collections import deque


class ReadAhead:
    """An iterator that a thread reads ahead of its user, bounded in bytes.

    Used as a context manager and iterated inside. What the iterator raises is raised to its user,
    after what came before it. At the end of the block the thread has ended, and the iterator is
    closed: whatever it reads from is the user's again.

    :param items: iterator, touched by the thread only while the block runs
    :param size: function that returns the bytes of an item
    :param int max_bytes: so much is kept, and one more item
    """

    def __init__(self, items, size, max_bytes):
        self._items = items
        self._size = size
        self._max_bytes = max_bytes
        self._buffer = deque()
        self._bytes = 0
        self._error = None
        self._is_done = False
        self._is_stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="email_sync_ahead", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        # Not for ever: the thread waits for the network, which has time-outs.
        self._thread.join()

    def __iter__(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._buffer or self._is_done)
                if not self._buffer:
                    break
                item = self._buffer.popleft()
                self._bytes -= self._size(item)
                self._changed.notify_all()
            yield item
        if self._error:
            raise self._error

    def _run(self):
        try:
            for item in self._items:
                with self._changed:
                    self._buffer.append(item)
                    self._bytes += self._size(item)
                    self._changed.notify_all()
                    self._changed.wait_for(self._may_go_on)
                    if self._is_stopped:
                        break
            self._items.close()
        except BaseException as error:  # raised to the user, in the user's thread
            self._error = error
        finally:
            with self._changed:
                self._is_done = True
                self._changed.notify_all()

    def _may_go_on(self):
        return self._is_stopped or self._bytes < self._max_bytes
