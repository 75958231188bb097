"""All that is wrong with a panel and is no fire: one incident, which grows and shrinks. Pure, survives a restart."""

from __future__ import annotations

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
from domain.gb26875.spoken import MAX_KNOWN, listed
from domain.incidents import Kind, Severity

# What takes away the sight of a whole building is major, one component is minor. Defaults of ours.
SEVERITIES = {
    "panel_fault": Severity.MINOR,  # 故障
    "panel_shield": Severity.MINOR,  # 屏蔽
    "panel_supervision": Severity.MINOR,  # 监管: for instance a closed valve
    "panel_mains": Severity.MAJOR,  # 主电: hours until the battery is empty
    "panel_battery": Severity.MINOR,  # 备电
    "panel_bus": Severity.MAJOR,  # 总线: a loop of detectors is gone
    "panel_power": Severity.MINOR,  # of one component
    "panel_channel": Severity.MINOR,  # the device's way to its centre: it speaks, so another way is meant
    "panel_line": Severity.MAJOR,  # the device does not hear the panel any more
    "panel_duty": Severity.MAJOR,  # 查岗 without an answer: nobody is in the control room
}


_RANKS = {rule: severity.rank for rule, severity in SEVERITIES.items()}
FOLD_MS = 5_000  # between two changes; GB 26875.1 4.1.3.1 gives other states than fire 10 s


class PanelFaults:
    """At most one active incident; its severity is that of the worst, up and down.

    A fault that is gone stays for as long as a fire does: one that comes and goes is told once. Changes follow each
    other by five seconds at least, unless it gets worse.
    """

    def __init__(self) -> None:
        self._wrong: dict[str, Signal] = {}  # "<who>:<rule>"
        self._going: dict[str, int] = {}  # those that are gone, and since when
        self.incident: Incident | None = None
        self.moved = False  # since somebody last took it back: worth writing down
        self._news = True  # something may have to be told

    def note(self, wrong: bool, key: str, spoken: Signal, at_ms: int) -> None:
        """Somebody says that something is, or is not, wrong. `settle` makes the incident of it."""
        name = f"{key}:{spoken.rule}"
        if name in self._wrong:
            if wrong is (name not in self._going):
                return
            if wrong:
                del self._going[name]
            else:
                self._going[name] = at_ms
        elif wrong and len(self._wrong) < MAX_KNOWN:
            self._wrong[name] = spoken
        else:
            return
        self.moved = self._news = True

    def end_all(self) -> None:
        """Nothing is wrong any more, at once."""
        self._wrong.clear()
        self._going.clear()
        self.moved = self._news = True

    def begin_anew(self) -> None:
        """Nobody believes in the incident any more; what is wrong stays, and is another one."""
        self.incident = None
        self.moved = self._news = True

    def settle(self, at_ms: int, new_id: NewId, clear_after_ms: int) -> list[Change]:
        """What all that was noted comes to by now."""
        self._let_go(at_ms, clear_after_ms)
        if not self._news:
            return []
        if self.incident is not None and self._wrong and not self._may_tell(self.incident, at_ms):
            return []
        self._news = False
        if not self._wrong:
            return self._clear(at_ms)
        return self._tell(at_ms, new_id)

    def _tell(self, at_ms: int, new_id: NewId) -> list[Change]:
        worst_first = sorted(self._wrong.values(), key=_worst)
        signals, severity = listed(worst_first), SEVERITIES[worst_first[0].rule]
        if self.incident is None:
            breach_at_ms = min(spoken.at_ms for spoken in worst_first)
            change = raised(
                Kind.FACILITY_FAULT, severity, signals, breach_at_ms=breach_at_ms, at_ms=at_ms, new_id=new_id
            )
        elif signals != self.incident.signals:
            change = changed(self.incident, at_ms, signals=signals, severity=severity)
        else:
            return []
        self.incident, self.moved = change.incident, True
        return [change]

    def _let_go(self, at_ms: int, clear_after_ms: int) -> None:
        for name, since_ms in list(self._going.items()):
            self._going[name] = min(since_ms, at_ms)  # a clock that was set back
            if at_ms - self._going[name] >= clear_after_ms:
                del self._going[name], self._wrong[name]
                self.moved = self._news = True

    def _may_tell(self, incident: Incident, at_ms: int) -> bool:
        """Five seconds have passed, the clock was set back, or it is worse than what was told."""
        if not 0 <= at_ms - incident.changed_at_ms < FOLD_MS:
            return True
        told = incident.severity.rank
        return any(_RANKS[spoken.rule] > told for spoken in self._wrong.values())

    def _clear(self, at_ms: int) -> list[Change]:
        if self.incident is None:
            return []
        change = cleared(self.incident, at_ms)
        self.incident, self.moved = None, True
        return [change]

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "wrong": msgspec.to_builtins(self._wrong),
            "going": self._going,
            "incident": incident_to_state(self.incident),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._wrong = msgspec.convert(state["wrong"], dict[str, Signal])
        self._going = dict(state["going"])
        self.incident = incident_from_state(state["incident"])


def _worst(spoken: Signal) -> int:
    return -_RANKS[spoken.rule]
