"""A flood: more alarms than one operator can read. While it lasts what is new goes inside one parent, and is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.alarms import NewId
from domain.incidents import ConditionEvent, Kind, Severity
from domain.site_rules.context import Context, counted
from domain.site_rules.limits import OWN, recent
from domain.site_rules.records import Record, Telling

KEY = "flood"
RECOUNT_MS = 60_000


class Flood:
    """At most one at a time. Its parent stays as long as a member is active, so that nothing is closed away."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._times: list[int] = []
        self._on = False
        self._parent: str | None = None

    @property
    def on(self) -> bool:
        """True while alarms come faster than anybody reads."""
        return self._on

    def admits(self, record: Record) -> bool:
        """Lives, the worst, causes of others and their members never go into a flood, and do not make one."""
        alone = record.kind.life_safety or record.severity is Severity.CRITICAL or record.kind in OWN
        return not alone and record.parent is None

    def assign(self, record: Record, now_ms: int, new_id: NewId) -> tuple[list[Telling], Record]:
        """What is told before a new incident, and the incident, perhaps inside the flood."""
        if not self.admits(record):
            return [], record
        limits = self._context.limits
        self._times = recent([*self._times, now_ms], now_ms, limits.flood_within_ms)[-limits.flood_above - 1 :]
        told: list[Telling] = []
        if not self._on and len(self._times) > limits.flood_above:
            self._on = True
            self._context.count("site.floods")
            told = [] if self._parent else [self._begin(now_ms, new_id)]
        if not self._on or self._parent is None:
            return told, record
        self._context.book.put(replace(self._context.book.get(self._parent), joined_at_ms=now_ms))
        self._context.count("site.flood_members")
        return told, replace(record, parent=self._parent)

    def _begin(self, now_ms: int, new_id: NewId) -> Telling:
        limit = self._context.limits.flood_above
        signal = counted("flood", len(self._times), limit, now_ms, "rate")
        parent = self._context.begin(KEY, Kind.ALARM_FLOOD, signal, "", "", new_id)
        self._parent = parent.id
        return self._context.say(parent, ConditionEvent.RAISED, now_ms)

    def let_go(self, record: Record, now_ms: int) -> list[Telling]:
        """A member that has become the worst stands for itself again."""
        held = record.parent is not None and record.parent == self._parent
        return [self._context.release(record, now_ms)] if held and record.severity is Severity.CRITICAL else []

    def tick(self, now_ms: int) -> list[Telling]:
        """The flood ebbs by the clock."""
        limits = self._context.limits
        if self._on and len(recent(self._times, now_ms, limits.flood_within_ms)) < limits.flood_ends_below:
            self._on, self._times = False, []
        if self._parent is None:
            return []
        parent = self._context.book.get(self._parent)
        if self._on or self._context.book.count(parent.id):
            return self._context.recount(parent, now_ms, RECOUNT_MS)
        self._parent = None
        return [self._context.say(parent, ConditionEvent.CLEARED, now_ms)]

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {"times": self._times, "on": self._on}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._times, self._on = list(state["times"]), state["on"]
        self._parent = next((record.id for record in self._context.book if record.key == KEY), None)
        self._on = self._on and self._parent is not None
