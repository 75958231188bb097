"""What the centre was told of each incident, beside what its endpoint believes. Frozen records in one book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from domain.alarms import Change, Incident, Signal
from domain.incidents import Condition, ConditionEvent, Kind, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One incident. A parent is one too, with the site in the place of an endpoint."""

    id: str
    device: str
    member: bool  # the site file knew the device
    source: Incident  # as its endpoint believes it; while an alarm chatters, the latest of several
    since_ms: int  # when the gateway saw it first; gateway's time, as all times here that end in from_ms or at_ms
    raised_at_ms: int
    breach_at_ms: int
    revision: int = 0  # told last; 0: the centre has not heard of it
    told_at_ms: int | None = None
    floor: Severity | None = None  # at least so bad
    extra: tuple[Signal, ...] = ()  # what the site adds to what the endpoint saw
    parent: str | None = None
    hold_from_ms: int | None = None  # waits for others of the same cause
    shelf: str | None = None  # not told because a person said so
    chattering: bool = False
    quiet_from_ms: int | None = None  # over, but kept open because it chatters
    stale: bool = False
    key: str = ""  # parents: the group they stand for
    place: str = ""
    grid: str = ""
    joined_at_ms: int = 0  # parents: when the last member came
    settle_from_ms: int | None = None  # parents: when the first member was back
    count: int = 0  # parents: how many members were told

    @property
    def kind(self) -> Kind:
        """Of the incident."""
        return self.source.kind

    @property
    def timed(self) -> bool:
        """True where something happens by the clock alone."""
        return bool(self.key or self.shelf) or self.hold_from_ms is not None or self.quiet_from_ms is not None

    @property
    def severity(self) -> Severity:
        """As the centre is told it."""
        floor = self.floor or self.source.severity
        return max(floor, self.source.severity, key=lambda severity: severity.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One message to the centre. `place` and `grid` only where no endpoint stands for it."""

    device: str
    change: Change
    parent: str | None
    place: str = ""
    grid: str = ""


def tell(record: Record, event: ConditionEvent, at_ms: int) -> tuple[Record, Telling]:
    """The record once the centre has been told, and what it is told."""
    revision = max(record.revision + 1, record.source.revision)
    changed_at_ms = max(at_ms, record.told_at_ms or 0)
    over = event is ConditionEvent.CLEARED
    incident = replace(
        record.source,
        id=record.id,
        revision=revision,
        severity=record.severity,
        condition=Condition.CLEARED if over else Condition.ACTIVE,
        signals=(*record.source.signals, *record.extra),
        raised_at_ms=record.raised_at_ms,
        breach_at_ms=min(record.breach_at_ms, record.source.breach_at_ms),
        changed_at_ms=changed_at_ms,
        cleared_at_ms=changed_at_ms if over else None,
    )
    since_ms = None if event is ConditionEvent.RAISED else record.told_at_ms
    change = Change(event=event, incident=incident, since_ms=since_ms)
    told = replace(record, revision=revision, told_at_ms=changed_at_ms)
    return told, Telling(
        device=record.device, change=change, parent=record.parent, place=record.place, grid=record.grid
    )


class Book:
    """The records by id and by the id of their source; knows what has to be written."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._records: dict[str, Record] = {}
        self._sources: dict[str, str] = {}
        self._members: dict[str, dict[str, None]] = {}
        self._timed: dict[str, None] = {}
        self._dirty: set[str] = set()
        for record in records:
            self.put(record)
        self._dirty.clear()

    def __iter__(self) -> Iterator[Record]:
        """All of them, oldest first; may be changed meanwhile."""
        return iter(tuple(self._records.values()))

    def __len__(self) -> int:
        """How many."""
        return len(self._records)

    def get(self, id: str) -> Record:
        """A record that is there."""
        return self._records[id]

    def find(self, source_id: str) -> Record | None:
        """By the id of the endpoint's incident."""
        told_id = self._sources.get(source_id)
        return None if told_id is None else self._records[told_id]

    def members(self, parent_id: str) -> list[Record]:
        """Of a parent."""
        return [self._records[member] for member in self._members.get(parent_id, ())]

    def count(self, parent_id: str) -> int:
        """How many members a parent has."""
        return len(self._members.get(parent_id, ()))

    def timed(self) -> list[Record]:
        """Those that something happens to by the clock alone."""
        return [self._records[timed] for timed in self._timed]

    def has(self, id: str) -> bool:
        """True for one that is there."""
        return id in self._records

    def put(self, record: Record) -> Record:
        """Keep this state of it."""
        before = self._records.get(record.id)
        if before is not None:
            self._unlink(before)
        self._records[record.id] = record
        self._sources[record.source.id] = record.id
        if record.parent is not None:
            self._members.setdefault(record.parent, {})[record.id] = None
        if record.timed:
            self._timed[record.id] = None
        self._dirty.add(record.id)
        return record

    def drop(self, record: Record) -> None:
        """It is over."""
        self._unlink(self._records.pop(record.id))
        self._dirty.add(record.id)

    def _unlink(self, record: Record) -> None:
        self._sources.pop(record.source.id, None)
        self._timed.pop(record.id, None)
        members = self._members.get(record.parent or "")
        if members is not None:
            members.pop(record.id, None)
            if not members:
                del self._members[record.parent or ""]

    def news(self) -> tuple[list[Record], list[str]]:
        """(to write, ids to delete) since the last call."""
        dirty, self._dirty = sorted(self._dirty), set()
        kept = [self._records[changed] for changed in dirty if changed in self._records]
        return kept, [gone for gone in dirty if gone not in self._records]


def to_state(record: Record) -> Any:
    """In plain JSON types."""
    return msgspec.to_builtins(record)


def from_state(state: Any) -> Record:
    """The record that `to_state` described."""
    return msgspec.convert(state, Record)
