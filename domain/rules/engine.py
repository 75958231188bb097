"""Ordinary rules at work on one endpoint: samples in its own order in, changes of incidents out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from domain.alarm_states import AlarmState
from domain.alarms import Change, Incident, NewId, Signal
from domain.incidents import Kind
from domain.readings import Reading
from domain.rules.conditions import MINUTE_MS, Facts, Memory, Moment, Truth
from domain.rules.kind_alarm import KindAlarm, Said
from domain.rules.ladders import Rungs
from domain.rules.program import Ladder, Program
from domain.rules.rule import Rule

Truths = list[Truth]
KINDS = frozenset(Kind)  # a newer version that was rolled back knew more
HELD = "waits_for_reset"  # reason of a signal whose cause is gone


class Engine:
    """One endpoint under its program. Samples that come late, of a time that was judged before, are not for it."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._memory: Memory = {}
        self._rungs = Rungs()
        self._said: dict[str, Said] = {}  # by rule
        self._suppressed: set[str] = set()  # rules
        self._alarms: dict[Kind, KindAlarm] = {}
        self._last_ms: int | None = None
        self._unsettled = False

    @property
    def alarms(self) -> Mapping[Kind, AlarmState]:
        """The alarms that are not normal."""
        return {kind: alarm.state for kind, alarm in self._alarms.items()}

    @property
    def incidents(self) -> Mapping[Kind, Incident]:
        """The active incidents."""
        return {kind: alarm.incident for kind, alarm in self._alarms.items() if alarm.incident is not None}

    def feed(self, reading: Reading, new_id: NewId, ordinary: Reading | None = None) -> list[Change]:
        """What a sample changes. `ordinary`: what filters made of it (None: the same), for all but life safety.

        One that filters left empty, as when an endpoint talks too fast, says nothing: not even that a value is missing.
        """
        at_ms, program = reading.at_ms, self._program
        hole_ms = 0 if self._last_ms is None else at_ms - self._last_ms
        if not 0 <= hole_ms <= program.gap_ms:
            self._rebase(at_ms, hole_ms)
        self._last_ms = at_ms
        raw = self._moment(reading, at_ms)
        now = raw if ordinary is None else self._moment(ordinary, at_ms)
        truths = self._judge(raw, None if ordinary is not None and not (now.values or now.faults) else now)
        for ladder in program.ladders:
            self._climb(ladder, truths, raw if ladder.raw else now)
        return self._settle(at_ms, new_id) if self._unsettled else []

    def _rebase(self, at_ms: int, hole_ms: int) -> None:
        for key in self._program.timed & self._memory.keys():
            del self._memory[key]
        self._rungs.rebase(self._program, at_ms, hole_ms)

    def _moment(self, reading: Reading, at_ms: int) -> Moment:
        local_min = at_ms // MINUTE_MS + self._program.utc_offset_min
        return Moment(values=reading.values, faults=reading.faults, at_ms=at_ms, local_min=local_min)

    def _judge(self, raw: Moment, now: Moment | None) -> Truths:
        truths: Truths = []
        for node in self._program.nodes:
            parts = tuple(truths[place] for place in node.parts) if node.parts else ()
            moment = raw if node.raw else now
            truths.append(None if moment is None else node.condition.judge(moment, node.key, self._memory, parts))
        return truths

    def _climb(self, ladder: Ladder, truths: Truths, now: Moment) -> None:
        if ladder.suppress is not None:
            self._suppress(ladder.rule.name, truths[ladder.suppress])
        since_ms = None
        for rung in ladder.rungs:
            moved_ms = self._rungs.feed(rung, truths[rung.node], now.at_ms)
            if moved_ms is not None:
                since_ms = moved_ms if since_ms is None else min(since_ms, moved_ms)
        if since_ms is not None:
            self._unsettled = True
            self._say(ladder, truths, now, since_ms)

    def _suppress(self, name: str, truth: Truth) -> None:
        if truth is not None and truth is not (name in self._suppressed):
            (self._suppressed.add if truth else self._suppressed.discard)(name)
            self._unsettled = True

    def _say(self, ladder: Ladder, truths: Truths, now: Moment, since_ms: int) -> None:
        rule, rung, before = ladder.rule, self._rungs.worst(ladder), self._said.get(ladder.rule.name)
        if rung is None:
            if before is not None and rule.latch:
                self._said[rule.name] = replace(before, held=True, signal=replace(before.signal, reason=HELD))
            else:
                self._said.pop(rule.name, None)
            return
        severity = rung.step.severity
        if before is not None:
            since_ms = min(since_ms, before.breach_at_ms)
            if rule.latch:  # what a person has to see to is not made smaller by time
                severity = max(severity, before.severity, key=lambda one: one.rank)
            if severity is before.severity and not before.held:
                return
        signal = self._signal(rule, rung.node, truths, now)
        self._said[rule.name] = Said(signal=signal, severity=severity, breach_at_ms=since_ms)

    def _signal(self, rule: Rule, place: int, truths: Truths, now: Moment) -> Signal:
        facts = self._facts(place, truths, now) or Facts(channel=rule.name, value=True)
        return Signal(
            rule=rule.name,
            channel=facts.channel,
            value=facts.value,
            limit=facts.limit,
            clear=facts.clear,
            unit=facts.unit,
            at_ms=now.at_ms,
            reason=facts.reason,
            label=rule.label,
        )

    def _facts(self, place: int, truths: Truths, now: Moment) -> Facts | None:
        """Of the first condition that has something to tell, true ones first."""
        node = self._program.nodes[place]
        found = node.condition.facts(now, node.key, self._memory)
        for part in sorted(node.parts, key=lambda part: truths[part] is not True):
            found = found or self._facts(part, truths, now)
        return found

    def _settle(self, at_ms: int, new_id: NewId) -> list[Change]:
        self._unsettled = False
        speaking: dict[Kind, list[str]] = {kind: [] for kind in self._alarms}
        for ladder in self._program.ladders:
            if ladder.rule.name in self._said:
                speaking.setdefault(ladder.rule.raises, []).append(ladder.rule.name)
        changes: list[Change] = []
        for kind, names in sorted(speaking.items()):
            alarm = self._alarms.setdefault(kind, KindAlarm(kind))
            said = [self._said[name] for name in names if name not in self._suppressed]
            changes += alarm.settle(said, hidden=len(said) < len(names), at_ms=at_ms, new_id=new_id)
            if alarm.state is AlarmState.NORM:
                del self._alarms[kind]
        return changes

    def acknowledge(self, kind: Kind, incident_id: str | None = None) -> bool:
        """A person knows of it, of this incident where he names one. False where there is nothing to know."""
        alarm = self._alarms.get(kind)
        known = alarm is not None and alarm.acknowledge(incident_id)
        if alarm is not None and alarm.state is AlarmState.NORM:
            del self._alarms[kind]
        return known

    def reset(self, kind: Kind, at_ms: int, new_id: NewId) -> list[Change]:
        """A person has seen to what was latched. What still speaks stays."""
        for ladder in self._program.ladders:
            said = self._said.get(ladder.rule.name)
            if said is not None and said.held and ladder.rule.raises is kind:
                del self._said[ladder.rule.name]
        return self._settle(at_ms, new_id)

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types; what is calm is left out."""
        state: dict[str, Any] = {
            "last_ms": self._last_ms,
            "memory": self._memory,
            "rungs": self._rungs.to_state(),
            "said": msgspec.to_builtins(self._said),
            "suppressed": sorted(self._suppressed),
            "alarms": {str(kind): alarm.to_state() for kind, alarm in self._alarms.items()},
        }
        return {name: value for name, value in state.items() if value}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up where `to_state` left off, under the rules of today: what is gone is forgotten at the next sample."""
        program = self._program
        names = {ladder.rule.name: ladder for ladder in program.ladders}
        self._last_ms = state.get("last_ms")
        self._memory = {key: value for key, value in state.get("memory", {}).items() if key in program.keys}
        self._rungs.restore(state.get("rungs", {}), program)
        said = msgspec.convert(state.get("said", {}), dict[str, Said])
        self._said = {name: one for name, one in said.items() if name in names and self._holds(names[name], one)}
        self._suppressed = {name for name in state.get("suppressed", ()) if name in names}
        known = {kind: alarm for kind, alarm in state.get("alarms", {}).items() if kind in KINDS}
        self._alarms = {Kind(kind): _restored(Kind(kind), alarm) for kind, alarm in known.items()}
        self._unsettled = True

    def _holds(self, ladder: Ladder, said: Said) -> bool:
        return (said.held and ladder.rule.latch) or self._rungs.worst(ladder) is not None


def _restored(kind: Kind, state: list[Any]) -> KindAlarm:
    alarm = KindAlarm(kind)
    alarm.restore(state)
    return alarm
