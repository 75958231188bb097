"""Tells open pages that something changed. Events are hints, so a slow page gets them folded, never queued up."""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable

from cloud.changes import Changed

BEAT_S = 10.0  # shorter than the 60 s after which proxies cut a silent stream
KEPT = 256  # names remembered for pages that come back
RETRY_MS = 1000
EVENT_ID = re.compile(r"[0-9]{1,18}")

Sees = Callable[[str], Awaitable[bool]]


class Hub:
    """One per process, living in the event loop; `changed` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, first_id: int = 0) -> None:
        self._loop = loop
        self._last_id = first_id
        self._recent: OrderedDict[str, int] = OrderedDict()  # event name -> its latest id
        self._waiting: set[asyncio.Event] = set()
        self._closed = False

    def changed(self, change: Changed) -> None:
        """A listener of the desk."""
        more = change.incidents or change.gateways or not change.watched
        names = ["board", *(f"incident:{incident_id}" for incident_id in sorted(change.incidents))] if more else []
        names += [f"watchers:{incident_id}" for incident_id in sorted(change.watched)]
        names = [name for name in names if name.isprintable()]  # a line break would begin an event of its own
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._publish, names)

    def streams(self) -> int:
        """How many pages hear of changes now."""
        return len(self._waiting)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self._wake()

    def _publish(self, names: list[str]) -> None:
        for name in names:
            self._last_id += 1
            self._recent[name] = self._last_id
            self._recent.move_to_end(name)
        while len(self._recent) > KEPT:
            self._recent.popitem(last=False)
        self._wake()

    def _wake(self) -> None:
        for waiting in self._waiting:
            waiting.set()

    async def stream(
        self, last_event_id: str | None, beat_s: float = BEAT_S, seen: Sees | None = None
    ) -> AsyncIterator[str]:
        """Server-sent events from after `last_event_id`; an id that is not ours starts with a fresh board.

        `seen` says of which incidents one hears; None: of all.
        """
        last = self._start(last_event_id)
        waiting = asyncio.Event()
        self._waiting.add(waiting)
        try:
            yield f"retry: {RETRY_MS}\n\n" + _event(last, "board")
            while not self._closed:
                waiting.clear()
                news = [(number, name) for name, number in self._recent.items() if number > last]
                for number, name in news:
                    last = number
                    if seen is None or name == "board" or await seen(name.partition(":")[2]):
                        yield _event(number, name)
                if not news and not await _set_within(waiting, beat_s):
                    yield ": beat\n\n"
        finally:
            self._waiting.discard(waiting)

    def _start(self, last_event_id: str | None) -> int:
        known = last_event_id is not None and EVENT_ID.fullmatch(last_event_id) is not None
        if not known:
            return self._last_id
        number = int(last_event_id or "0")
        # an id of an earlier process: everything recent is news to this page
        return number if number <= self._last_id else 0


async def _set_within(event: asyncio.Event, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _event(number: int, name: str) -> str:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps({'id': number, 'event': name})}\n\n"
