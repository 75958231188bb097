"""Rules over recorded readings: the gateway's own judgement on a database in memory, with the clock of the recording.

Every sample counts as if it had come when it was measured; what came late is judged at its time, in hindsight.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from domain.alarms import Change
from domain.incidents import ConditionEvent, Severity
from domain.readings import Reading
from domain.site_rules.records import Telling
from gateway.beliefs.memory import Memory
from gateway.beliefs.site_book import SiteBook
from gateway.filters.filters import Filters
from gateway.pipeline.batch import Batch
from gateway.site_file.site import Site
from gateway.store.counters import Counters
from gateway.store.schema import migrate

TICK_MS = 1_000  # as in service
LONG_MS = 900_000  # in a hole of the recording the clock takes longer steps after so long
LONG_TICK_MS = 60_000
FOUND_MAX = 100_000  # incidents; rules that raise more need no longer recording


class TooMany(Exception):
    """The rules raise more than can be listed."""


@dataclass(slots=True, kw_only=True)
class Found:
    """One incident that these rules would have told the centre of."""

    device: str
    place: str
    kind: str
    severity: Severity  # the worst
    raised_at_ms: int
    breach_at_ms: int
    cleared_at_ms: int | None = None  # None: still active at the end
    rules: set[str] = field(default_factory=set)
    grouped: bool = False  # inside a common cause or a flood


class Backtest:
    """One set of rules. Feed samples in the order of their times, then `finish`."""

    def __init__(self, site: Site, silence_ms: int) -> None:
        self._site = site
        self._silence_ms = silence_ms
        self._db = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self._db)
        counters = Counters()
        self._memory = Memory(site)
        self._filters = Filters(site, counters)
        self._batch = Batch(self._memory, self._filters, self._owe)
        self._book = SiteBook(site, counters)
        self._ids = itertools.count(1)
        self._heard: OrderedDict[str, int] = OrderedDict()  # device -> its last sample, oldest first
        self._now_ms: int | None = None
        self._last_ms = 0  # of the last sample
        self._found: dict[str, Found] = {}
        self.samples = 0
        self.unknown: set[str] = set()  # devices of the recording that are not in the site file

    def feed(self, reading: Reading) -> None:
        """One sample."""
        self._let_time_pass(reading.at_ms)
        if reading.device not in self._site.endpoints:
            self.unknown.add(reading.device)
            return
        sample = replace(reading, received_ms=reading.at_ms, backfill=False)
        if not self._memory.look(self._db, sample.device).is_new(sample):
            return
        self.samples += 1
        if not self._batch.precedes(sample.device, sample.boot, sample.seq):
            self._settle()
        self._batch.add(sample)
        self._heard[sample.device] = self._last_ms = sample.at_ms
        self._heard.move_to_end(sample.device)

    def _settle(self) -> None:
        self._batch.settle(self._db)
        self._filters.keep()  # nothing is undone here
        self._db.execute("DELETE FROM staged")

    def _let_time_pass(self, to_ms: int) -> None:
        if self._now_ms is None:
            self._now_ms = self._last_ms = to_ms
        while self._now_ms + TICK_MS <= to_ms:
            self._settle()
            hole = self._now_ms - self._last_ms > LONG_MS and to_ms - self._now_ms > LONG_TICK_MS
            self._now_ms += LONG_TICK_MS if hole else TICK_MS
            self._find_silent(self._now_ms)
            for telling in self._book.tick(self._db, self._now_ms, self._new_id):
                self._tell(telling)

    def _find_silent(self, now_ms: int) -> None:
        while self._heard and now_ms - next(iter(self._heard.values())) > self._silence_ms:
            device, _ = self._heard.popitem(last=False)
            changes = self._memory.change(self._db, device).silent(now_ms, self._new_id)
            self._owe(self._db, device, changes, now_ms)

    def _new_id(self) -> str:
        return f"i{next(self._ids):08d}"

    def _owe(self, db: sqlite3.Connection, device: str, changes: Iterable[Change], now_ms: int) -> None:
        for change in changes:
            for telling in self._book.feed(db, device, change, now_ms, self._new_id):
                self._tell(telling)

    def _tell(self, telling: Telling) -> None:
        incident, known = telling.change.incident, self._found.get(telling.change.incident.id)
        if known is None:
            if len(self._found) == FOUND_MAX:
                raise TooMany
            known = self._found[incident.id] = Found(
                device=telling.device,
                place=self._book.member(telling).place,
                kind=incident.kind,
                severity=incident.severity,
                raised_at_ms=incident.raised_at_ms,
                breach_at_ms=incident.breach_at_ms,
            )
        known.severity = max(known.severity, incident.severity, key=lambda severity: severity.rank)
        known.rules |= {signal.rule for signal in incident.signals}
        known.grouped = known.grouped or telling.parent is not None
        over = telling.change.event is ConditionEvent.CLEARED
        known.cleared_at_ms = incident.cleared_at_ms if over else None

    def finish(self) -> list[Found]:
        """All of them in the order of their times."""
        self._settle()
        self._db.close()
        return sorted(self._found.values(), key=lambda found: (found.raised_at_ms, found.device, found.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An incident under the one rules, the other, or both."""

    mark: str  # "=" both, "+" only the new rules, "-" only the present ones
    found: Found


def compare(present: list[Found], new: list[Found], end_ms: int) -> list[Difference]:
    """The same device and kind at overlapping times is the same incident; shown as the new rules see it."""
    rest = list(present)
    differences = []
    for found in new:
        match = next((old for old in rest if _same(old, found, end_ms)), None)
        if match is not None:
            rest.remove(match)
        differences.append(Difference(mark="+" if match is None else "=", found=found))
    differences += [Difference(mark="-", found=found) for found in rest]
    return sorted(differences, key=lambda one: one.found.raised_at_ms)


def _same(one: Found, other: Found, end_ms: int) -> bool:
    if (one.device, one.kind) != (other.device, other.kind):
        return False
    one_end, other_end = one.cleared_at_ms or end_ms, other.cleared_at_ms or end_ms
    return one.breach_at_ms <= other_end and other.breach_at_ms <= one_end


def replay(
    readings: Iterable[Reading], tests: tuple[Backtest, ...], progress: Callable[[int], None] = lambda _: None
) -> tuple[int, int]:
    """Feed all of them; (samples, time of the last one)."""
    count = last_ms = 0
    for count, reading in enumerate(readings, 1):
        last_ms = reading.at_ms
        for test in tests:
            test.feed(reading)
        if count % 10_000 == 0:
            progress(count)
    return count, last_ms
