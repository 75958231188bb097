"""One frame of a panel, worked in: told apart, understood, judged, kept, all in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial

from domain.alarms import Change, NewId
from domain.gb26875 import facts, states, times, units
from domain.gb26875.frames import Command, Frame, encode
from domain.gb26875.panel import Panel
from domain.gb26875.spoken import Heard
from gateway.adapters import Host
from gateway.adapters.gb26875 import orders, store, values
from gateway.adapters.gb26875.arrival import Arrival
from gateway.site_file.gb26875_section import Config
from runtime.ids import uuid7

MAX_DOUBTS = 8  # questions to one that comes back; one that does not know them takes 40 s for each

_OPERATIONS = (facts.Operation, facts.DeviceOperation)


class Intake:
    """The use cases of panels. Everything here runs in the writer's thread, inside a transaction."""

    def __init__(self, host: Host, config: Callable[[], Config]) -> None:
        self._host = host
        self._config = config
        self.panels = store.Panels(lambda: self._config().panels)
        self._parts = store.Parts(host.counters)

    def take(self, db: sqlite3.Connection, arrival: Arrival) -> None:
        """Work in one frame. Whatever it says, afterwards it is durable and may be acknowledged."""
        self._host.counters.add("panel.frames")
        if not arrival.frame.data:
            self._host.counters.add("panel.heartbeats" if is_told(arrival.frame) else "panel.replies")
            return self._judge(db, arrival, [])
        device, frame = arrival.panel.device, arrival.frame
        clock = self._clock(arrival)
        if not store.is_new(db, device, store.mark_of(frame), clock.told_ms, arrival.received_ms):
            self._host.counters.add("panel.repeated")
            return self._judge(db, arrival, [])
        try:
            unit = units.decode(frame.data)
        except units.UnitError as error:
            self.refuse(db, arrival, error.reason)
            return self._judge(db, arrival, [])
        if unit.problem:
            self._host.counters.add(f"panel.wrong_{unit.problem}")
        return self._keep(db, arrival, unit, clock)

    def _clock(self, arrival: Arrival) -> times.SendersClock:
        zone = self._config().listening.zone_minutes
        return times.senders_clock(arrival.frame.time, arrival.received_ms, zone)

    def _keep(self, db: sqlite3.Connection, arrival: Arrival, unit: units.Unit, clock: times.SendersClock) -> None:
        if not clock.is_right:
            self._host.counters.add("panel.wrong_clock")
        device = arrival.panel.device
        told = [(self._heard(db, device, fact, clock), _told_ms(fact, clock)) for fact in unit.facts]
        heard = [one for one, _ in told]
        for one in heard:
            self._parts.keep(db, device, one)
        for measured in values.measured(arrival, heard, is_right=clock.is_right):
            self._host.measured(db, measured)
        if not isinstance(unit.facts[0], facts.PartValue):  # values come all the time: they are history, not records
            dropped = store.record(db, device, unit.type, told, arrival.received_ms)
            self._host.counters.add("panel.records_dropped", dropped)
        self._host.counters.add(f"panel.type.{unit.type}")
        if arrival.frame.command == Command.ANSWER and isinstance(unit.facts[0], _OPERATIONS):
            heard = []  # its log of earlier days, which somebody asked for: nothing of it happens now
        for one in heard:
            if isinstance(one.fact, facts.DeviceOperation) and states.has(one.fact.flags, states.DUTY_ANSWER):
                orders.answer_duty(db, device, one.fact.operator, arrival.received_ms)
        self._judge(db, arrival, heard)

    def _heard(self, db: sqlite3.Connection, device: str, fact: facts.Fact, clock: times.SendersClock) -> Heard:
        at_ms = clock.moment_ms(getattr(fact, "time", b""))
        return Heard(fact=fact, at_ms=at_ms, label=store.label(db, device, fact))

    def _judge(self, db: sqlite3.Connection, arrival: Arrival, heard: list[Heard]) -> None:
        now_ms, clear_ms = arrival.received_ms, self._clear_after_ms()
        self._owe(db, arrival.panel.device, now_ms, lambda panel, new_id: panel.feed(heard, now_ms, new_id, clear_ms))

    def _clear_after_ms(self) -> int:
        return round(self._config().listening.clear_after_s * 1000)

    def _owe(
        self,
        db: sqlite3.Connection,
        device: str,
        now_ms: int,
        judge: Callable[[Panel, NewId], list[Change]],
        *,
        quiet: bool = False,
    ) -> None:
        """`quiet`: write the panel down only where it comes to something."""
        changes = judge(self.panels.look(db, device), partial(uuid7, now_ms))
        if changes or not quiet:
            self.panels.change(db, device)
        if changes:
            self._host.owe(db, device, changes, now_ms)

    def refuse(self, db: sqlite3.Connection, arrival: Arrival, reason: str) -> None:
        """Keep a frame that cannot be understood, with the reason."""
        wire, topic = encode(arrival.frame), f"gb26875/{arrival.panel.device}"
        self._host.quarantine.add(db, arrival.received_ms, reason, topic, wire)

    def refuse_stranger(self, db: sqlite3.Connection, frame: Frame, peer: str, received_ms: int) -> None:
        """Somebody speaks who is not in the site file. Kept, so that whoever wires the next panel finds its address."""
        topic = f"gb26875/{peer}/{frame.source}"
        self._host.quarantine.add(db, received_ms, "unknown_panel", topic, encode(frame))

    def doubts(self, db: sqlite3.Connection, device: str) -> list[bytes]:
        """What to ask one that was away: whether it still burns. It may have been reset and not have told."""
        return [units.encode(62, (part,)) for part in self.panels.look(db, device).burning_parts[:MAX_DOUBTS]]

    def count(self, _db: sqlite3.Connection, counts: dict[str, int]) -> None:
        """What was no frame."""
        for name, by in counts.items():
            self._host.counters.add(f"panel.{name}", by)

    def tick(self, db: sqlite3.Connection, silent: frozenset[str], now_ms: int) -> None:
        """Time passes: fires that are over, panels that say nothing, duty checks that nobody answered."""
        clear_ms = self._clear_after_ms()
        for device in self._config().panels:
            panel = self.panels.look(db, device)
            if panel.waits:
                self._owe(db, device, now_ms, lambda panel, new_id: panel.tick(now_ms, new_id, clear_ms), quiet=True)
            if device in silent and panel.presence != "offline":
                self._owe(db, device, now_ms, lambda panel, new_id: panel.silent(now_ms, new_id))
        for device in orders.miss_duties(db, now_ms):
            self._host.counters.add("panel.duty_unanswered")
            if device in self._config().panels:
                self._owe(db, device, now_ms, lambda panel, new_id: panel.duty_unanswered(now_ms, new_id))

    def declare_over(self, db: sqlite3.Connection, device: str, now_ms: int) -> None:
        """A person says that nothing it told is true any more."""
        self._owe(db, device, now_ms, lambda panel, new_id: panel.declare_over(now_ms, new_id))


def _told_ms(fact: facts.Fact, clock: times.SendersClock) -> int | None:
    tag = getattr(fact, "time", b"")
    return clock.read(tag) if tag else clock.told_ms


def is_told(frame: Frame) -> bool:
    """True where a frame tells something by itself, and so wants an acknowledgement."""
    return frame.command in (Command.CONTROL, Command.SEND)
