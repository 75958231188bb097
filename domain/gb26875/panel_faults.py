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


class PanelFaults:
    """At most one active incident; its severity is that of the worst, up and down."""

    def __init__(self) -> None:
        self._wrong: dict[str, Signal] = {}  # "<who>:<rule>"
        self.incident: Incident | None = None

    def note(self, wrong: bool, key: str, spoken: Signal) -> None:
        """Somebody says that something is, or is not, wrong. `settle` makes the incident of it."""
        name = f"{key}:{spoken.rule}"
        if not wrong:
            self._wrong.pop(name, None)
        elif name not in self._wrong and len(self._wrong) < MAX_KNOWN:
            self._wrong[name] = spoken

    def end_all(self) -> None:
        """Nothing is wrong any more."""
        self._wrong.clear()

    def settle(self, at_ms: int, new_id: NewId) -> list[Change]:
        """What all that was noted since the last time comes to."""
        worst_first = sorted(self._wrong.values(), key=lambda spoken: -SEVERITIES[spoken.rule].rank)
        signals = listed(worst_first)
        if self.incident is None and not signals:
            return []
        if self.incident is not None and not signals:
            change = cleared(self.incident, at_ms)
        elif self.incident is None:
            breach_at_ms = min(spoken.at_ms for spoken in worst_first)
            severity = SEVERITIES[worst_first[0].rule]
            change = raised(
                Kind.FACILITY_FAULT, severity, signals, breach_at_ms=breach_at_ms, at_ms=at_ms, new_id=new_id
            )
        elif signals != self.incident.signals:
            change = changed(self.incident, at_ms, signals=signals, severity=SEVERITIES[worst_first[0].rule])
        else:
            return []
        self.incident = change.incident if signals else None
        return [change]

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {"wrong": msgspec.to_builtins(self._wrong), "incident": incident_to_state(self.incident)}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off."""
        self._wrong = msgspec.convert(state["wrong"], dict[str, Signal])
        self.incident = incident_from_state(state["incident"])
