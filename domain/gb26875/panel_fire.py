"""The fire incident of one panel. Pure, survives a restart.

The panel has judged already: what it calls a fire counts at once. Two components, or one button that somebody pressed,
make it certain. Bit 0 ("test") is kept as a remark and decides nothing. A fault, a disabled detector or a started pump
never end a fire: only "quiet" from the same speaker, or a reset. The incident clears after a minute without any.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from domain.alarms import (
    Change,
    Incident,
    NewId,
    Signal,
    changed,
    cleared,
    incident_from_state,
    incident_to_state,
    raised,
)
from domain.gb26875.spoken import MAX_KNOWN, belongs, listed
from domain.incidents import Kind, Severity

CLEAR_AFTER_MS = 60_000  # as for our own endpoints, docs/incidents.md
PRESSED = "panel_manual"  # the rule of a button
TESTS = "says_test"


class Phase(StrEnum):
    """Where the fire of a panel is."""

    CALM = "calm"
    BURNING = "burning"  # at least one speaker says fire
    FADING = "fading"  # none does any more, not yet for a minute


class Turn(StrEnum):
    """What moves it."""

    FIRE = "fire"  # somebody says fire
    OVER = "over"  # nobody does
    QUIET = "quiet"  # nobody has for a minute


PHASES: dict[tuple[Phase, Turn], Phase] = {
    (Phase.CALM, Turn.FIRE): Phase.BURNING,
    (Phase.CALM, Turn.OVER): Phase.CALM,
    (Phase.BURNING, Turn.FIRE): Phase.BURNING,
    (Phase.BURNING, Turn.OVER): Phase.FADING,
    (Phase.FADING, Turn.FIRE): Phase.BURNING,
    (Phase.FADING, Turn.OVER): Phase.FADING,
    (Phase.FADING, Turn.QUIET): Phase.CALM,
}


class PanelFire:
    """At most one active fire incident. Its severity only rises, its signals are all that ever spoke for it."""

    def __init__(self) -> None:
        self._saying: dict[str, Signal] = {}  # who says fire now
        self._spoke: dict[str, Signal] = {}  # who has, in this incident
        self._fresh: dict[str, Signal] = {}  # who says it for the first time, until it is settled
        self._quiet_since_ms: int | None = None
        self.incident: Incident | None = None
        self.moved = False  # since somebody last took it back: worth writing down

    @property
    def phase(self) -> Phase:
        """Where it is."""
        if self.incident is None:
            return Phase.CALM
        return Phase.BURNING if self._quiet_since_ms is None else Phase.FADING

    @property
    def speakers(self) -> list[str]:
        """Who says fire now."""
        return list(self._saying)

    def says_fire(self, key: str) -> bool:
        """True where this speaker does."""
        return key in self._saying

    def end_all(self) -> None:
        """Nobody says fire any more."""
        self._saying.clear()
        self.moved = True

    def begin_anew(self) -> None:
        """Nobody believes in the incident any more; what is said stays, and is another one."""
        self.incident, self._quiet_since_ms, self._spoke, self._fresh = None, None, {}, dict(self._saying)
        self.moved = True

    def say(self, key: str, spoken: Signal) -> None:
        """Somebody says fire. Told again it changes nothing; `settle` makes the incident of it."""
        if key not in self._saying and len(self._saying) < MAX_KNOWN:
            self._saying[key] = spoken
            self._fresh |= {} if key in self._spoke else {key: spoken}
            self.moved = True

    def unsay(self, key: str) -> None:
        """This speaker is quiet again."""
        self.moved = self._saying.pop(key, None) is not None or self.moved

    def end(self, owner: str, rule: str = "") -> None:
        """A facility and all in it are over; `rule`: only what speaks by it."""
        for key in [key for key, spoken in self._saying.items() if belongs(key, owner) and rule in ("", spoken.rule)]:
            self.unsay(key)

    def settle(self, at_ms: int, new_id: NewId) -> list[Change]:
        """What all that was said and unsaid since the last time comes to. A fire that came and went is told, too."""
        burns = self._turn(Turn.FIRE, at_ms, new_id) if self._saying or self._fresh else []
        return burns if self._saying else burns + self._turn(Turn.OVER, at_ms, new_id)

    def tick(self, now_ms: int, new_id: NewId, clear_after_ms: int) -> list[Change]:
        """Time passes."""
        if self._quiet_since_ms is None:
            return []
        self._quiet_since_ms = min(self._quiet_since_ms, now_ms)  # a clock that was set back
        quiet = now_ms - self._quiet_since_ms >= clear_after_ms
        return self._turn(Turn.QUIET, now_ms, new_id) if quiet else []

    def _turn(self, turn: Turn, at_ms: int, new_id: NewId) -> list[Change]:
        before = self.phase
        after = PHASES[before, turn]
        acts: dict[Phase, Callable[[Phase, int, NewId], list[Change]]] = {
            Phase.BURNING: self._burn,
            Phase.FADING: self._fade,
            Phase.CALM: self._calm,
        }
        return acts[after](before, at_ms, new_id)

    def _burn(self, _before: Phase, at_ms: int, new_id: NewId) -> list[Change]:
        self._quiet_since_ms = None
        if self.incident is not None and not self._fresh:
            return []
        room = MAX_KNOWN - len(self._spoke)
        self._spoke |= dict(list(self._fresh.items())[:room])
        self._fresh = {}
        signals, severity = listed(list(self._spoke.values())), _severity(self._spoke)
        if self.incident is None:
            breach_at_ms = min(spoken.at_ms for spoken in self._spoke.values())
            change = raised(Kind.FIRE, severity, signals, breach_at_ms=breach_at_ms, at_ms=at_ms, new_id=new_id)
        elif signals != self.incident.signals or severity is not self.incident.severity:
            change = changed(self.incident, at_ms, signals=signals, severity=severity)
        else:
            return []
        self.incident, self.moved = change.incident, True
        return [change]

    def _fade(self, before: Phase, at_ms: int, _new_id: NewId) -> list[Change]:
        if before is Phase.BURNING:
            self._quiet_since_ms = at_ms
            self.moved = True
        return []

    def _calm(self, before: Phase, at_ms: int, _new_id: NewId) -> list[Change]:
        if before is Phase.CALM or self.incident is None:
            return []
        change = cleared(self.incident, at_ms)
        self.incident, self._quiet_since_ms, self._spoke, self._fresh = None, None, {}, {}
        self.moved = True
        return [change]

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "saying": msgspec.to_builtins(self._saying),
            "spoke": msgspec.to_builtins(self._spoke),
            "quiet_since_ms": self._quiet_since_ms,
            "incident": incident_to_state(self.incident),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._saying = msgspec.convert(state["saying"], dict[str, Signal])
        self._spoke = msgspec.convert(state["spoke"], dict[str, Signal])
        self._fresh = {key: spoken for key, spoken in self._saying.items() if key not in self._spoke}
        self._quiet_since_ms = state["quiet_since_ms"]
        self.incident = incident_from_state(state["incident"])


def _severity(spoke: dict[str, Signal]) -> Severity:
    """Two components, or a button that somebody pressed. A facility that says fire repeats its components."""
    components = sum("/" in key for key in spoke)
    pressed = any(spoken.rule == PRESSED for spoken in spoke.values())
    return Severity.CRITICAL if pressed or components > 1 else Severity.MAJOR
