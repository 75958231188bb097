"""The rules of a site in their order: shelf, chattering, common cause, flood, confirmation. Survives a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from domain.alarms import Change, Incident, NewId, Signal
from domain.incidents import ConditionEvent, Kind
from domain.shelving import Shelves
from domain.site_rules.chatter import Chatter
from domain.site_rules.confirm import tell_new
from domain.site_rules.context import Context, counted
from domain.site_rules.flood import Flood
from domain.site_rules.limits import passed
from domain.site_rules.offline import Offline
from domain.site_rules.records import Record, Telling

UNKNOWN_AFTER_MS = 60_000  # told so long ago and still not in the centre's list: it never heard of it, or lost it
LOOK_MS = 60_000  # how often everything is looked through for what is stale or was removed


class SiteRules:
    """`feed` takes every change that an endpoint makes, `tick` lets time pass; both give what the centre is told."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._chatter = Chatter(context)
        self._flood = Flood(context)
        self._offline = Offline(context, self._alone)
        self._looked_ms: int | None = None

    def restore(self, state: dict[str, Any] | None) -> None:
        """Take up where `to_state` left off; the book of the context is filled already."""
        if state is not None:
            self._flood.restore(state["flood"])
            self._chatter.restore(state["chatter"])
        self._offline.restore()

    def to_state(self, now_ms: int) -> dict[str, Any]:
        """All but the book, in plain JSON types."""
        return {"flood": self._flood.to_state(), "chatter": self._chatter.to_state(now_ms)}

    def shelve(self, shelves: Shelves) -> None:
        """From now on these shelves hold."""
        self._context.shelves = shelves

    def take_over(self, device: str, incident: Incident) -> None:
        """An active incident that is told already, as far as anybody remembers, and not in the book."""
        if self._context.book.find(incident.id) is not None:
            return
        member = device in self._context.places
        record = _record(device, incident, incident.raised_at_ms, member)
        record = replace(record, revision=incident.revision, told_at_ms=incident.changed_at_ms)
        self._offline.note(self._context.book.put(record))
        self._context.count("site.taken_over")

    def feed(self, device: str, change: Change, now_ms: int, new_id: NewId) -> list[Telling]:
        """What the centre is told of a change."""
        known = self._context.book.find(change.incident.id)
        if known is None:
            return self._appear(device, change, now_ms, new_id)
        record = self._context.book.put(replace(known, source=change.incident))
        if change.event is ConditionEvent.CLEARED:
            return self._disappear(record, now_ms)
        if not record.revision:
            return []
        return self._flood.let_go(record, now_ms) or [
            self._context.say(record, ConditionEvent.CHANGED, change.incident.changed_at_ms)
        ]

    def _appear(self, device: str, change: Change, now_ms: int, new_id: NewId) -> list[Telling]:
        record = self._context.book.put(_record(device, change.incident, now_ms, device in self._context.places))
        if change.event is not ConditionEvent.RAISED:  # our book was lost, the centre's was not
            record = replace(record, revision=change.incident.revision - 1, told_at_ms=change.since_ms)
            return [self._context.say(record, change.event, change.incident.changed_at_ms)]
        shelf = self._context.shelves.over(device, self._context.via(device), record.source, now_ms)
        if shelf is not None:
            self._context.book.put(replace(record, shelf=shelf.id))
            self._context.count(f"site.shelved.{record.kind}")
            return []
        return self._raise(record, now_ms, new_id)

    def _raise(self, record: Record, now_ms: int, new_id: NewId) -> list[Telling]:
        again = self._chatter.taken_in(record)
        if again is not None:
            return self._take_in(record, again)
        times, limit = self._chatter.raised(record, now_ms), self._context.limits.chatter_count
        if times >= limit:
            self._context.count("site.chattering")
            signal = counted("chattering", times, limit, now_ms, record.kind)
            record = replace(record, chattering=True, extra=(*record.extra, signal))
        self._context.book.put(record)
        if record.kind is Kind.ENDPOINT_OFFLINE and record.member:
            return self._offline.away(record, now_ms, new_id)
        return self._alone(record, now_ms, new_id)

    def _take_in(self, record: Record, again: Record) -> list[Telling]:
        """One more of a chattering alarm: the incident that is open goes on."""
        self._context.book.drop(record)
        worse = record.severity.rank > again.severity.rank
        again = self._context.book.put(replace(again, source=record.source, quiet_from_ms=None))
        self._offline.note(again)
        self._context.count("site.taken_in")
        at_ms = record.source.changed_at_ms
        return [self._context.say(again, ConditionEvent.CHANGED, at_ms)] if worse else []

    def _alone(self, record: Record, now_ms: int, new_id: NewId) -> list[Telling]:
        told, record = self._flood.assign(record, now_ms, new_id)
        at_ms = record.source.changed_at_ms
        return told + tell_new(self._context, replace(record, shelf=None), at_ms)

    def _disappear(self, record: Record, now_ms: int) -> list[Telling]:
        parent = self._context.book.get(record.parent) if record.parent else None
        alone = parent is None or parent.kind is not Kind.ENDPOINTS_OFFLINE
        if record.chattering and record.revision and alone:
            self._context.book.put(replace(record, quiet_from_ms=now_ms))
            self._chatter.keep_open(record)
            self._offline.forget(record)
            return []
        if record.kind is Kind.ENDPOINT_OFFLINE and record.member and record.shelf is None:
            return self._offline.back(record, now_ms)
        if not record.revision:
            self._context.book.drop(record)
            return []
        return [self._context.say(record, ConditionEvent.CLEARED, record.source.changed_at_ms)]

    def agree(self, known: Mapping[str, int], now_ms: int, *, complete: bool) -> list[Telling]:
        """What the centre must be told again: it is ahead of us, or (`complete`) does not know it at all."""
        told = [record for record in self._context.book if record.revision and record.shelf is None]
        tellings = []
        for record in told:
            ahead = known.get(record.id, record.revision)
            long_ago = passed(record.told_at_ms or 0, now_ms, UNKNOWN_AFTER_MS)
            missing = complete and record.id not in known and long_ago
            if ahead > record.revision or missing:
                event = ConditionEvent.RAISED if missing else ConditionEvent.CHANGED
                tellings.append(self._context.say(replace(record, revision=ahead), event, now_ms))
        return tellings

    def tick(self, now_ms: int, new_id: NewId) -> list[Telling]:
        """What happens because time passes; once a second is often enough."""
        tellings: list[Telling] = []
        for record in self._context.book.timed():
            if self._context.book.has(record.id):
                tellings += self._timed(self._context.book.get(record.id), now_ms, new_id)
        tellings += self._flood.tick(now_ms)
        if self._looked_ms is None or passed(self._looked_ms, now_ms, LOOK_MS):
            self._looked_ms = now_ms
            for record in self._context.book:
                if self._context.book.has(record.id):
                    tellings += self._look_at(self._context.book.get(record.id), now_ms)
        return tellings

    def _timed(self, record: Record, now_ms: int, new_id: NewId) -> list[Telling]:
        limits, context = self._context.limits, self._context
        if record.quiet_from_ms is not None and passed(record.quiet_from_ms, now_ms, limits.chatter_quiet_ms):
            self._chatter.has_been_quiet(record)
            context.book.put(replace(record, chattering=False))
            return self._disappear(context.book.get(record.id), now_ms)
        if record.shelf is not None:
            if context.shelves.over(record.device, context.via(record.device), record.source, now_ms) is not None:
                return []
            return self._raise(context.book.put(replace(record, shelf=None, since_ms=now_ms)), now_ms, new_id)
        return self._offline.tick(record, now_ms, new_id)

    def _look_at(self, record: Record, now_ms: int) -> list[Telling]:
        if record.member and record.device not in self._context.places:
            return self._removed(record, now_ms)
        if record.stale or not record.revision or now_ms - record.since_ms < self._context.limits.stale_after_ms:
            return []
        self._context.count("site.stale")
        hours = (now_ms - record.since_ms) // 3_600_000
        signal = replace(counted("stale", hours, 0, now_ms, record.kind), limit=None, unit="h")
        return [self._context.say(_with(record, signal, stale=True), ConditionEvent.CHANGED, now_ms)]

    def _removed(self, record: Record, now_ms: int) -> list[Telling]:
        """Its endpoint is not in the site file any more and will never clear it."""
        self._context.count("site.removed")
        if not record.revision:
            self._context.book.drop(record)
            return []
        signal = replace(counted("removed", 1, 0, now_ms, record.device), limit=None)
        return [self._context.say(_with(record, signal), ConditionEvent.CLEARED, now_ms)]


def _with(record: Record, signal: Signal, *, stale: bool = False) -> Record:
    return replace(record, extra=(*record.extra, signal), stale=record.stale or stale)


def _record(device: str, incident: Incident, now_ms: int, member: bool) -> Record:
    return Record(
        id=incident.id,
        device=device,
        member=member,
        source=incident,
        since_ms=now_ms,
        raised_at_ms=incident.raised_at_ms,
        breach_at_ms=incident.breach_at_ms,
    )


def fresh(context: Context, records: Iterable[Record], state: dict[str, Any] | None) -> SiteRules:
    """The rules of a site with what was written down of them."""
    for record in records:
        context.book.put(record)
    context.book.news()
    for record in context.book:
        if record.parent is not None and not context.book.has(
            record.parent
        ):  # a torn page took it: nobody stands for it
            context.book.put(replace(record, parent=None))
    rules = SiteRules(context)
    rules.restore(state)
    return rules
