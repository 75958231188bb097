"""Files that are made while they are sent: so many at a time, and each gives its place back however it ends."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress

from cloud.history.exports.errors import ExportsFull


class Streams:
    """The places there are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._room = threading.BoundedSemaphore(most)

    def begin(self, content: Iterator[bytes]) -> Stream:
        """Raises ExportsFull."""
        if not self._room.acquire(blocking=False):
            raise ExportsFull(f"{self._most} streams are under way; try again in a moment")
        return Stream(content, self._room)


class Stream(Iterator[bytes]):
    """Its place is free when it ends, fails, is closed or is dropped; a generator that never began would keep it."""

    def __init__(self, content: Iterator[bytes], room: threading.BoundedSemaphore) -> None:
        self._content = content
        self._leave = weakref.finalize(self, room.release)

    def __next__(self) -> bytes:
        try:
            return next(self._content)
        except BaseException:
            self._leave()
            raise

    def close(self) -> None:
        """Whoever sends it says so when the other end has gone, even before the first byte."""
        self._leave()
        with suppress(ValueError):  # a thread is in it; it ends with that
            getattr(self._content, "close", lambda: None)()
