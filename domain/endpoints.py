"""All a gateway believes about one endpoint: order, fire, rules, faults, availability. Pure, survives a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.alarm_states import AlarmState
from domain.alarms import Change, Incident, NewId
from domain.availability import Availability, Sign
from domain.fire import FireLimits
from domain.fire_alarm import FireAlarm
from domain.incidents import Kind
from domain.latched_alarms import LatchedAlarms
from domain.readings import Reading
from domain.rules.engine import Engine
from domain.rules.program import NOTHING, Program
from domain.sensor_faults import MISSING, SensorFaults
from domain.sequences import Sequences

ONLY_TALK_MS = 5_000  # five samples missed and still talking


class Endpoint:
    """One endpoint. (boot, seq) tells its samples apart and orders them, never arrival or a clock that may step."""

    def __init__(self, limits: FireLimits, program: Program = NOTHING) -> None:
        self._sequences = Sequences()
        self._last: tuple[int, int] | None = None  # highest (boot, seq) judged
        self._boot = 0  # the newest it told of
        self._measured_ms: int | None = None  # when its last new sample came
        self._told_ms = 0  # latest UTC time it ever told that could be believed
        self._fire = FireAlarm(limits)
        self._latched = LatchedAlarms()
        self._rules = Engine(program)
        self._faults = SensorFaults()
        self._availability = Availability()
        self.channels: dict[str, str] = {}  # channel -> good, fault:<reason>, missing; as of the newest sample

    @property
    def presence(self) -> str:
        """unknown, online or offline."""
        return str(self._availability.presence)

    @property
    def last_seen_ms(self) -> int | None:
        """When it was heard last, on the gateway's clock."""
        return self._availability.last_seen_ms

    @property
    def boot(self) -> int:
        """The newest start that it told of; 0: none."""
        return self._boot

    @property
    def in_alarm(self) -> bool:
        """True while lives are at stake there: fire, people trapped, a call for help."""
        return self._fire.incident is not None or self._latched.active

    def is_new(self, reading: Reading) -> bool:
        """True once for every (boot, seq).

        A known or older number with a time later than any before is another board under the same label, or one that
        lost its flash: its counters began again, and so do ours.
        """
        below = self._last is not None and (reading.boot, reading.seq) <= self._last
        told_ms = reading.told_ms if reading.told_ms is not None and reading.quality == "good" else 0
        if below and not reading.backfill and told_ms > self._told_ms:
            self._begin_again(reading.boot)
        self._told_ms = max(self._told_ms, told_ms)
        return self._sequences.add(reading.boot, reading.seq)

    def _begin_again(self, boot: int) -> None:
        self._sequences, self._last, self._boot = Sequences(), None, boot

    def is_late(self, boot: int, *, birth: bool) -> bool:
        """True where a status speaks of a boot that is over. A birth never does: a lower number is another board."""
        if birth and boot < self._boot:
            self._begin_again(boot)
        late = boot < self._boot
        self._boot = max(self._boot, boot)
        return late

    def is_behind(self, reading: Reading) -> bool:
        """True where a sample is older than one that was judged."""
        return self._last is not None and (reading.boot, reading.seq) < self._last

    def feed(self, reading: Reading, new_id: NewId, ordinary: Reading | None = None) -> list[Change]:
        """Judge a new sample. It also shows that the endpoint is there.

        `ordinary`: what filters made of it (None: the same). Rules of life safety judge the sample as it came.
        """
        changes = self._availability.on(Sign.HEARD, reading.received_ms, "", new_id)
        self._measured_ms = reading.received_ms
        self._boot = max(self._boot, reading.boot)
        late = self.is_behind(reading)
        changes += self._fire.feed(reading, late=late, new_id=new_id)
        changes += self._latched.feed(reading, late=late, new_id=new_id)
        if not late:
            self._last = (reading.boot, reading.seq)
            trusted = reading if ordinary is None else reading.without(ordinary.faults)
            self._note_channels(trusted)
            changes += self._rules.feed(reading, new_id, ordinary)
            changes += self._faults.feed(trusted, new_id)
        return changes

    @property
    def alarms(self) -> Mapping[Kind, AlarmState]:
        """States of the alarms of ordinary rules that are not normal."""
        return self._rules.alarms

    @property
    def incidents(self) -> Mapping[Kind, Incident]:
        """Active incidents of ordinary rules."""
        return self._rules.incidents

    def acknowledge(self, kind: Kind, incident_id: str | None = None) -> bool:
        """A person knows of the alarm, of this incident where he names one. False where there is nothing to know."""
        return self._rules.acknowledge(kind, incident_id)

    def reset(self, kind: Kind, at_ms: int, new_id: NewId) -> list[Change]:
        """A person has seen to what a rule latched."""
        return self._rules.reset(kind, at_ms, new_id)

    def _note_channels(self, reading: Reading) -> None:
        now = dict.fromkeys(reading.values, "good") | {name: f"fault:{why}" for name, why in reading.faults.items()}
        self.channels = dict.fromkeys(self.channels, MISSING) | now

    def talked(self, at_ms: int, new_id: NewId) -> list[Change]:
        """It said something that is no new sample: no proof that it measures."""
        return self._availability.on(Sign.TALKED, at_ms, "", new_id)

    def left(self, at_ms: int, reason: str, new_id: NewId) -> list[Change]:
        """It, or the broker for it, said goodbye."""
        self.channels = dict.fromkeys(self.channels, MISSING)
        return self._availability.on(Sign.LEFT, at_ms, reason, new_id)

    def silent(self, at_ms: int, new_id: NewId) -> list[Change]:
        """No new sample for too long."""
        self.channels = dict.fromkeys(self.channels, MISSING)
        talks = self.last_seen_ms is not None and self.last_seen_ms - (self._measured_ms or 0) >= ONLY_TALK_MS
        return self._availability.on(Sign.SILENT, at_ms, "no_readings" if talks else "silence", new_id)

    def to_state(self) -> dict[str, Any]:
        """In plain JSON types."""
        return {
            "sequences": self._sequences.to_state(),
            "last": self._last,
            "boot": self._boot,
            "measured_ms": self._measured_ms,
            "told_ms": self._told_ms,
            "fire": self._fire.to_state(),
            "latched": self._latched.to_state(),
            "rules": self._rules.to_state(),
            "faults": self._faults.to_state(),
            "availability": self._availability.to_state(),
            "channels": self.channels,
        }

    @classmethod
    def from_state(cls, limits: FireLimits, state: dict[str, Any], program: Program = NOTHING) -> Endpoint:
        """The endpoint that `to_state` described, under the limits and rules of today."""
        endpoint = cls(limits, program)
        endpoint._sequences = Sequences.from_state(state["sequences"])
        endpoint._last = None if state["last"] is None else (state["last"][0], state["last"][1])
        endpoint._boot = state.get("boot", 0)  # states of before 0.1.0 lack these two
        endpoint._measured_ms = state.get("measured_ms")
        endpoint._told_ms = state["told_ms"]
        endpoint._fire.restore(state["fire"])
        if "latched" in state:
            endpoint._latched.restore(state["latched"])
        endpoint._rules.restore(state.get("rules", {}))
        endpoint._faults.restore(state["faults"])
        endpoint._availability.restore(state["availability"])
        endpoint.channels = dict(state["channels"])
        return endpoint
