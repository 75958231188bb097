"""The rungs of rules: on-delay, off-delay, and which severity stands. What is calm has no entry. Pure.

Time is that of the samples: a rule that waits for samples that do not come stays as it is, and the endpoint itself
becomes an incident of availability.
"""

from __future__ import annotations

from typing import Any

from domain.rules.conditions import Truth
from domain.rules.program import Ladder, Program, Rung

SMALL_PART = 10  # a default


class Rungs:
    """For each rung that is not at rest: [whether it stands, since when its condition says the contrary]."""

    def __init__(self) -> None:
        self._rungs: dict[str, list[Any]] = {}

    def feed(self, rung: Rung, truth: Truth, at_ms: int) -> int | None:
        """Take what a sample says of the rung's condition. Where it stands up or falls: since when that is so."""
        memo = self._rungs.get(rung.key)
        if truth is None or (memo is None and not truth):
            return None
        stands, since_ms = (False, None) if memo is None else memo
        if truth is stands:
            self._rest(rung.key, stands=stands)
            return None
        since_ms = at_ms if since_ms is None else since_ms
        delay_ms = rung.step.off_ms if stands else rung.step.on_ms
        if at_ms - since_ms < delay_ms:
            self._rungs[rung.key] = [stands, since_ms]
            return None
        self._rest(rung.key, stands=not stands)
        return int(since_ms)

    def _rest(self, key: str, *, stands: bool) -> None:
        if stands:
            self._rungs[key] = [True, None]
        else:
            self._rungs.pop(key, None)

    def worst(self, ladder: Ladder) -> Rung | None:
        """The worst step of a rule that stands."""
        for rung in reversed(ladder.rungs):
            memo = self._rungs.get(rung.key)
            if memo is not None and memo[0]:
                return rung
        return None

    def rebase(self, program: Program, at_ms: int, hole_ms: int) -> None:
        """The sample of now does not follow the last one. What was under way begins anew, unless the hole is a small
        part of what it waits for: a day's delay must not start again with every short outage."""
        for rung in (rung for ladder in program.ladders for rung in ladder.rungs):
            stands, since_ms = self._rungs.get(rung.key, (False, None))
            delay_ms = rung.step.off_ms if stands else rung.step.on_ms
            if since_ms is not None and not 0 <= hole_ms <= delay_ms // SMALL_PART:
                self._rungs[rung.key] = [stands, at_ms]

    def to_state(self) -> dict[str, list[Any]]:
        """In plain JSON types."""
        return self._rungs

    def restore(self, state: dict[str, list[Any]], program: Program) -> None:
        """Take up where `to_state` left off, as far as these rules are still there."""
        known = {rung.key for ladder in program.ladders for rung in ladder.rungs}
        self._rungs = {key: list(memo) for key, memo in state.items() if key in known}
