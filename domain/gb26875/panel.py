"""All a gateway believes about one panel: its fire, its faults, whether it talks. Pure, survives a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from domain.alarms import Change, NewId
from domain.availability import Availability, Sign
from domain.gb26875 import facts, states
from domain.gb26875.panel_faults import PanelFaults
from domain.gb26875.panel_fire import CLEAR_AFTER_MS, PRESSED, TESTS, PanelFire
from domain.gb26875.part_names import CALL_POINTS
from domain.gb26875.spoken import DEVICE, Heard, key_of, part_of, signal
from domain.gb26875.states import has
from domain.incidents import Severity

# what makes a state anything else than quiet; the rest says how the panel is operated, not what it sees
_OPERATION_ONLY = 1 << states.NORMAL | 1 << states.MANUAL_MODE | 1 << states.CONFIG_CHANGED | 1 << states.RESET

_COMMON = {states.FAULT: "panel_fault", states.SHIELD: "panel_shield", states.SUPERVISION: "panel_supervision"}
SYSTEM_FAULTS = _COMMON | {
    states.MAINS: "panel_mains",
    states.BATTERY: "panel_battery",
    states.BUS: "panel_bus",
}
PART_FAULTS = _COMMON | {states.PART_POWER: "panel_power"}
DEVICE_FAULTS = {
    states.FAULT: "panel_fault",
    states.DEVICE_MAINS: "panel_mains",
    states.DEVICE_BATTERY: "panel_battery",
    states.DEVICE_CHANNEL: "panel_channel",
    states.DEVICE_LINE: "panel_line",
}


class Panel:
    """One transmission device and what hangs on it. Facts may come twice: the second time changes nothing."""

    def __init__(self) -> None:
        self._fire = PanelFire()
        self._faults = PanelFaults()
        self._availability = _unknown()
        self._judge: dict[type[Any], Callable[[Any, Heard], None]] = {
            facts.SystemState: self._system,
            facts.PartState: self._part,
            facts.DeviceState: self._device,
            facts.Operation: self._operation,
            facts.DeviceOperation: self._operation,
        }

    @property
    def presence(self) -> str:
        """unknown, online or offline."""
        return str(self._availability.presence)

    @property
    def last_seen_ms(self) -> int | None:
        """When it was heard last, on the gateway's clock."""
        return self._availability.last_seen_ms

    @property
    def burns(self) -> bool:
        """True while a fire incident is active."""
        return self._fire.incident is not None

    @property
    def burning_parts(self) -> list[facts.ReadPart]:
        """The question to each component that says fire."""
        return [part_of(key) for key in self._fire.speakers if "/" in key]

    @property
    def waits(self) -> bool:
        """True while time alone may change something."""
        return self._fire.incident is not None or self._faults.incident is not None

    def feed(
        self, heard: Iterable[Heard], at_ms: int, new_id: NewId, clear_after_ms: int = CLEAR_AFTER_MS
    ) -> list[Change]:
        """Judge what one frame says, all of it together; none is a sign of life only. `at_ms`: now."""
        changes = self._availability.on(Sign.HEARD, at_ms, "", new_id)
        for one in heard:
            judge = self._judge.get(type(one.fact))
            if judge is not None:
                judge(one.fact, one)
        return changes + self._fire.settle(at_ms, new_id) + self._faults.settle(at_ms, new_id, clear_after_ms)

    def tick(self, now_ms: int, new_id: NewId, clear_after_ms: int = CLEAR_AFTER_MS) -> list[Change]:
        """Time passes."""
        return self._fire.tick(now_ms, new_id, clear_after_ms) + self._faults.settle(now_ms, new_id, clear_after_ms)

    def silent(self, at_ms: int, new_id: NewId) -> list[Change]:
        """No frame for too long."""
        return self._availability.on(Sign.SILENT, at_ms, "silence", new_id)

    def duty_unanswered(self, at_ms: int, new_id: NewId) -> list[Change]:
        """Nobody answered a duty check in its time; the next answer ends that."""
        self._faults.note(True, DEVICE, signal("panel_duty", DEVICE, at_ms, reason="unanswered"), at_ms)
        return self._faults.settle(at_ms, new_id, CLEAR_AFTER_MS)

    def begin_anew(self) -> None:
        """It left the site, and its incidents with it. A panel tells only what changes: what it said is kept.

        Should it come back, its first frame raises that anew, and whoever thinks it over asks it.
        """
        self._fire.begin_anew()
        self._faults.begin_anew()
        self._availability = _unknown()

    def declare_over(self, at_ms: int, new_id: NewId) -> list[Change]:
        """A person says that nothing it told is true any more; panels that never tell of a reset need one."""
        self._fire.end_all()
        self._faults.end_all()
        return self._fire.settle(at_ms, new_id) + self._faults.settle(at_ms, new_id, CLEAR_AFTER_MS)

    def _fires(self, key: str, one: Heard, *, burns: bool, quiet: bool, rule: str, tests: bool) -> None:
        if burns:
            reason = TESTS if tests else ""
            self._fire.say(key, signal(rule, key, one.at_ms, one.label, reason))
        elif quiet:
            self._fire.unsay(key)

    def _note(self, rules: dict[int, str], state: int, key: str, one: Heard) -> None:
        for bit, rule in rules.items():
            self._faults.note(has(state, bit), key, signal(rule, key, one.at_ms, one.label), one.at_ms)

    def _system(self, fact: facts.SystemState, one: Heard) -> None:
        key, state = key_of(fact), fact.state
        quiet = state & ~_OPERATION_ONLY == 0
        if has(state, states.RESET) or (quiet and self._fire.says_fire(key)):
            self._fire.end(key)  # it said fire and says now that all is quiet: then so are its components
        burns, tests = has(state, states.FIRE), not has(state, states.NORMAL)
        self._fires(key, one, burns=burns, quiet=quiet, rule="panel_fire", tests=tests)
        self._note(SYSTEM_FAULTS, state, key, one)

    def _part(self, fact: facts.PartState, one: Heard) -> None:
        key, state = key_of(fact), fact.state
        quiet = state & ~_OPERATION_ONLY == 0
        burns, tests = has(state, states.FIRE), not has(state, states.NORMAL)
        rule = PRESSED if fact.part in CALL_POINTS else "panel_fire"
        self._fires(key, one, burns=burns, quiet=quiet, rule=rule, tests=tests)
        self._note(PART_FAULTS, state, key, one)

    def _device(self, fact: facts.DeviceState, one: Heard) -> None:
        flags = fact.flags
        burns, tests = has(flags, states.FIRE), not has(flags, states.NORMAL)
        quiet = flags & ~1 == 0
        self._fires(DEVICE, one, burns=burns, quiet=quiet, rule="panel_fire", tests=tests)
        self._note(DEVICE_FAULTS, flags, DEVICE, one)

    def _operation(self, fact: facts.Operation | facts.DeviceOperation, one: Heard) -> None:
        key, flags = key_of(fact), fact.flags
        if has(flags, states.DID_RESET) or has(flags, states.DID_END_ALARM):
            self._fire.end(key)
        if has(flags, states.DID_ALARM):
            self._fire.say(f"{key}!", signal(PRESSED, key, one.at_ms, one.label))
        if key == DEVICE and has(flags, states.DUTY_ANSWER):
            self._faults.note(False, DEVICE, signal("panel_duty", DEVICE, one.at_ms), one.at_ms)

    def news(self) -> bool:
        """True where fire or faults moved since the last call; presence alone is not meant."""
        moved = self._fire.moved or self._faults.moved
        self._fire.moved = self._faults.moved = False
        return moved

    def to_state(self) -> dict[str, Any]:
        """Fire and faults in plain JSON types."""
        return {"fire": self._fire.to_state(), "faults": self._faults.to_state()}

    def presence_to_state(self) -> dict[str, Any]:
        """Whether it talks; small, for it is written with every heartbeat."""
        return self._availability.to_state()

    @classmethod
    def from_state(cls, state: dict[str, Any], presence: dict[str, Any]) -> Panel:
        """The panel that both described."""
        panel = cls()
        panel._fire.restore(state["fire"])
        panel._faults.restore(state["faults"])
        panel._availability.restore(presence)
        return panel


def _unknown() -> Availability:
    """Nobody watches a building of many: worse than one silent endpoint."""
    return Availability(severity=Severity.MAJOR)
