"""Up to where a time is forgotten. Three numbers per store, each set before what it announces: taken, counted, kept."""

from __future__ import annotations

from cloud.history.influx.flux import Pick
from cloud.history.influx.layout import COUNTS, MEASUREMENTS
from cloud.history.influx.queue import Queue
from cloud.history.influx.server import Server
from cloud.history.port import DAY_MS, Keep, Level, begin_ms

CUT = "cut_ms"  # older readings are not taken any more
BEFORE = "cut_before_ms"  # the one before it, for as long as nothing has gone by the new one
GONE = "gone_{}"  # older rows of this level are not counted from, nor written: they are, or soon will be, deleted
DONE = "forgotten_{}"  # they are deleted


def cuts(queue: Queue, keep: Keep, now_ms: int) -> dict[Level, int]:
    """From where each level is kept, by whole days; from here on readings of an older time are refused.

    Never later than the day after the newest reading, so that no clock can close the door to what comes.
    """
    _open_again(queue, now_ms)
    latest_ms = begin_ms(Level.DAY, queue.newest_ms) + DAY_MS
    found = {level: min(_begin_ms(now_ms, days), latest_ms) if days else 0 for level, days in keep.days.items()}
    if (raw_ms := found.get(Level.RAW, 0)) > queue.number(CUT):
        queue.set(BEFORE, queue.number(CUT))
        queue.set(CUT, raw_ms)
    return found


def nothing_went(queue: Queue) -> None:
    """There was nothing so old: what comes for that time may be taken after all, as from a clock that was set back."""
    queue.set(CUT, max(queue.number(BEFORE), queue.number(GONE.format(Level.RAW))))


def forget(server: Server, queue: Queue, level: Level, cut_ms: int) -> int:
    """How many rows went; whoever calls has folded what came before `cuts`. What NotReadable ends is done later."""
    if cut_ms <= queue.number(DONE.format(level)):
        return 0
    field = "seq" if level is Level.RAW else COUNTS[0]
    gone = server.count(Pick(measurement=MEASUREMENTS[level], from_ms=0, to_ms=cut_ms), field)
    if not gone:
        return 0
    queue.set(GONE.format(level), cut_ms)
    server.delete(MEASUREMENTS[level], cut_ms)
    queue.set(DONE.format(level), cut_ms)
    return gone


def gone_ms(queue: Queue) -> dict[Level, int]:
    """Before which time each level has nothing, or not all; unset: before the first day of 1970."""
    return {level: queue.number(GONE.format(level)) or -DAY_MS for level in Level}


def _open_again(queue: Queue, now_ms: int) -> None:
    """A clock that was far ahead is right again: what comes now is taken from tomorrow on."""
    names = (CUT, BEFORE, *(name.format(level) for level in Level for name in (GONE, DONE)))
    tomorrow_ms = begin_ms(Level.DAY, now_ms) + DAY_MS
    for name in names:
        if queue.number(name) > tomorrow_ms + DAY_MS:
            queue.set(name, tomorrow_ms)


def _begin_ms(now_ms: int, days: int) -> int:
    return begin_ms(Level.DAY, now_ms - days * DAY_MS)
