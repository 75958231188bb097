"""Many endpoints away at once are one incident: the switch they hang on, or whatever took a part of the site.

Silence is no fire: a raise waits `gather_ms` for others, so that nobody is called for each. The parent ends when all
are back, or when so few are still away, `settle_ms` after the first came back, that it cannot be the common cause any
more; those are a matter of their own then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

from domain.alarms import NewId
from domain.incidents import ConditionEvent, Kind
from domain.site_rules.context import Context, counted
from domain.site_rules.limits import passed
from domain.site_rules.records import Record, Telling

SITE = "site"
Alone = Callable[[Record, int, NewId], list[Telling]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Endpoints that can go away together."""

    key: str
    size: int


class Offline:
    """Presence of endpoints, seen together. `alone`: what becomes of an incident that has no company."""

    def __init__(self, context: Context, alone: Alone) -> None:
        self._context = context
        self._alone = alone
        self._away: dict[str, dict[str, int]] = {}  # group -> incident -> since when
        self._parents: dict[str, str] = {}
        sizes = Counter(place.via for place in context.places.values() if place.via)
        self._sizes = {f"via:{via}": size for via, size in sizes.items()} | {SITE: len(context.places)}

    def restore(self) -> None:
        """Take up what the book knows."""
        for record in self._context.book:
            if record.kind is Kind.ENDPOINTS_OFFLINE:
                self._parents[record.key] = record.id
            elif record.kind is Kind.ENDPOINT_OFFLINE and record.shelf is None and record.quiet_from_ms is None:
                self.note(record)

    def _groups(self, device: str) -> list[Group]:
        via = self._context.via(device)
        keys = ([f"via:{via}"] if via else []) + ([SITE] if device in self._context.places else [])
        return [Group(key=key, size=self._sizes[key]) for key in keys]

    def note(self, record: Record) -> None:
        """This endpoint is away; incidents of other kinds say nothing about that."""
        if record.kind is not Kind.ENDPOINT_OFFLINE:
            return
        for group in self._groups(record.device):
            self._away.setdefault(group.key, {})[record.id] = record.since_ms

    def forget(self, record: Record) -> None:
        """This endpoint is not away any more."""
        for group in self._groups(record.device):
            self._away.get(group.key, {}).pop(record.id, None)

    def away(self, record: Record, now_ms: int, new_id: NewId) -> list[Telling]:
        """One more endpoint is away."""
        self.note(record)
        parent = self._parent(record.device, now_ms)
        if parent is not None:
            return [self._context.join(record, parent, now_ms)]
        for group in self._groups(record.device):
            fresh = self._fresh(group, now_ms)
            if len(fresh) >= self._need(group, len(fresh)):
                return self._begin(group, fresh, now_ms, new_id)
        if not record.chattering and any(self._could(group) for group in self._groups(record.device)):
            self._context.book.put(replace(record, hold_from_ms=now_ms))
            return []
        return self._alone(record, now_ms, new_id)

    def _parent(self, device: str, now_ms: int) -> Record | None:
        for group in self._groups(device):
            parent_id = self._parents.get(group.key)
            if parent_id is None:
                continue
            parent = self._context.book.get(parent_id)
            # a switch that is down takes whoever goes away meanwhile; of a whole site only what goes at the same time
            if group.key != SITE or not passed(parent.joined_at_ms, now_ms, self._context.limits.together_ms):
                return parent
        return None

    def _fresh(self, group: Group, now_ms: int) -> list[Record]:
        within_ms = self._context.limits.together_ms
        away = self._away[group.key].items()
        lately = [incident for incident, since_ms in away if not passed(since_ms, now_ms, within_ms + 1)]
        return [record for record in map(self._context.book.get, lately) if record.parent is None]

    def _need(self, group: Group, fresh: int) -> int:
        limits = self._context.limits
        if group.key == SITE:
            return limits.many_at_least
        talking = group.size - (len(self._away.get(group.key, ())) - fresh)  # without those that were away before
        return max(limits.via_at_least, ceil(limits.via_share * talking))

    def _could(self, group: Group) -> bool:
        limits = self._context.limits
        return group.size >= (limits.many_at_least if group.key == SITE else limits.via_at_least)

    def _begin(self, group: Group, fresh: list[Record], now_ms: int, new_id: NewId) -> list[Telling]:
        context = self._context
        grids = {context.places[record.device].grid for record in fresh}
        place = "" if group.key == SITE else group.key.removeprefix("via:")
        signal = counted("together", len(fresh), self._need(group, len(fresh)), now_ms, group.key)
        grid = grids.pop() if len(grids) == 1 else ""
        parent = context.begin(group.key, Kind.ENDPOINTS_OFFLINE, signal, place, grid, new_id)
        self._parents[group.key] = parent.id
        context.count("site.common_causes")
        tellings = [context.say(replace(parent, count=len(fresh)), ConditionEvent.RAISED, now_ms)]
        return tellings + [context.join(record, context.book.get(parent.id), now_ms) for record in fresh]

    def back(self, record: Record, now_ms: int) -> list[Telling]:
        """An endpoint is there again; its incident is over."""
        self.forget(record)
        context = self._context
        if not record.revision:
            context.book.drop(record)
            context.count("site.fleeting")
            return []
        tellings = [context.say(record, ConditionEvent.CLEARED, record.source.changed_at_ms)]
        parent = context.book.get(record.parent) if record.parent else None
        if parent is None or parent.kind is not Kind.ENDPOINTS_OFFLINE:
            return tellings
        if not context.book.count(parent.id):
            return tellings + self._end(parent, now_ms)
        if parent.settle_from_ms is None:
            context.book.put(replace(parent, settle_from_ms=now_ms))
        return tellings

    def _end(self, parent: Record, now_ms: int) -> list[Telling]:
        if self._parents.get(parent.key) == parent.id:  # of a whole site there may be a later one
            del self._parents[parent.key]
        left = [self._context.release(record, now_ms) for record in self._context.book.members(parent.id)]
        return [*left, self._context.say(parent, ConditionEvent.CLEARED, now_ms)]

    def tick(self, record: Record, now_ms: int, new_id: NewId) -> list[Telling]:
        """What the clock does to one incident."""
        limits = self._context.limits
        if record.hold_from_ms is not None and passed(record.hold_from_ms, now_ms, limits.gather_ms):
            return self._alone(replace(record, hold_from_ms=None), now_ms, new_id)
        if record.kind is not Kind.ENDPOINTS_OFFLINE:
            return []
        if not self._context.book.count(record.id):  # the last ones were taken out of the site file
            return self._end(record, now_ms)
        if record.settle_from_ms is not None and passed(record.settle_from_ms, now_ms, limits.settle_ms):
            group = Group(key=record.key, size=self._sizes.get(record.key, 0))
            if self._context.book.count(record.id) < self._need(group, self._context.book.count(record.id)):
                return self._end(record, now_ms)
            record = self._context.book.put(replace(record, settle_from_ms=None))
        return self._context.recount(record, now_ms, limits.gather_ms)  # a centre needs no message per endpoint
