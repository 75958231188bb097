"""Alarms that come and go: after a few, one incident stays open until it has been quiet, and takes the next ones in."""

from __future__ import annotations

from typing import Any

from domain.site_rules.context import Context
from domain.site_rules.limits import FOREIGN, OWN, recent
from domain.site_rules.records import Record

MAX_KEYS = 2_000  # of what came and went in the last minutes; more than that is a flood, not chattering


class Chatter:
    """How often each alarm was raised. Life safety is never taken in: every fire is told."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._times: dict[str, list[int]] = {}
        self._quiet: dict[str, str] = {}  # key -> the incident that is kept open

    @staticmethod
    def key(record: Record) -> str:
        """What counts as the same alarm: the same rules of one kind on the same channels of one endpoint."""
        said = sorted({f"{signal.rule}@{signal.channel}" for signal in record.source.signals})
        return "/".join((record.device, record.kind, *said))

    @staticmethod
    def counts(record: Record) -> bool:
        """True for what may chatter at all."""
        return record.member and not record.kind.life_safety and record.kind not in OWN | FOREIGN

    def taken_in(self, record: Record) -> Record | None:
        """The open incident that a new one belongs to."""
        open_id = self._quiet.pop(self.key(record), None) if self.counts(record) else None
        return self._context.book.get(open_id) if open_id is not None else None

    def raised(self, record: Record, now_ms: int) -> int:
        """Count a raise; how many there were lately."""
        if not self.counts(record):
            return 0
        limits, key = self._context.limits, self.key(record)
        times = recent([*self._times.pop(key, ()), now_ms], now_ms, limits.chatter_within_ms)
        self._times[key] = times[-limits.chatter_count :]
        while len(self._times) > MAX_KEYS:
            del self._times[next(iter(self._times))]
        return len(self._times[key])

    def keep_open(self, record: Record) -> None:
        """It is over and yet may come again at once."""
        self._quiet[self.key(record)] = record.id

    def has_been_quiet(self, record: Record) -> None:
        """It did not come again."""
        self._quiet.pop(self.key(record), None)

    def to_state(self, now_ms: int) -> dict[str, Any]:
        """In plain JSON types."""
        within_ms = self._context.limits.chatter_within_ms
        return {key: times for key, times in self._times.items() if recent(times, now_ms, within_ms)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._times = {key: list(times) for key, times in state.items()}
        self._quiet = {self.key(record): record.id for record in self._context.book if record.quiet_from_ms is not None}
