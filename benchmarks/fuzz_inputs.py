"""Everything that parses what others sent, with good examples of it, and ways to spoil them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.gb26875 import facts, times, units
from domain.gb26875.frames import MAX_DATA, Broken, Command, Deframer, Frame, encode
from domain.gb26875.panel import Panel
from domain.gb26875.spoken import Heard
from domain.gb26875.units import UnitError
from domain.readings import accept
from protocol import (
    acks,
    commands,
    configuration,
    desk,
    events,
    mqtt_packets,
    pieces,
    reports,
    sample_acks,
    senml,
    status,
    tasks,
    topics,
)
from protocol.errors import ProtocolError

NOW_MS = 1_795_000_000_000
REFUSALS = (ProtocolError, UnitError)  # what a parser may raise; anything else is a crash


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser: good inputs, and what is done with an input."""

    name: str
    seeds: tuple[bytes, ...]
    parse: Callable[[bytes], object]


def _sample(payload: bytes) -> object:
    return accept(senml.decode(payload), NOW_MS).row()


def _topic(payload: bytes) -> object:
    return topics.parse(payload.decode("utf-8", errors="replace"))


def _stream(payload: bytes) -> object:
    """A stream of frames, as the gateway takes it: whole ones are understood, judged and answered."""
    deframer, panel, numbers = Deframer(), Panel(), iter(range(10_000))
    found = deframer.feed(payload) + deframer.give_up()
    for frame in found:
        if isinstance(frame, Broken):
            continue
        try:
            unit = units.decode(frame.data)
        except UnitError:
            continue
        clock = times.senders_clock(frame.time, NOW_MS)
        heard = [Heard(fact=fact, at_ms=clock.moment_ms(getattr(fact, "time", b""))) for fact in unit.facts]
        panel.feed(heard, NOW_MS, lambda: str(next(numbers)))
        Panel.from_state(json.loads(json.dumps(panel.to_state())), panel.presence_to_state())
    return found


def _packets(payload: bytes) -> object:
    return mqtt_packets.Reader().feed(payload)


def framed(data: bytes, serial: int = 7) -> bytes:
    """A good frame around whatever is said."""
    tag = times.write(NOW_MS)
    return encode(Frame(serial=serial, command=Command.SEND, source=0x379, target=1, time=tag, data=data[:MAX_DATA]))


def _unit_seeds() -> tuple[bytes, ...]:
    tag = times.write(NOW_MS)
    system = facts.SystemState(system=1, system_address=3, state=2, time=tag)
    part = facts.PartState(
        system=1, system_address=3, part=42, part_address=0x600D9, state=2, text="Ａ区１层走廊", time=tag
    )
    value = facts.PartValue(system=11, system_address=1, part=0, part_address=5, analog=5, raw=4213, time=tag)
    config = facts.SystemConfig(system=1, system_address=3, text="春风小区火灾自动报警系统")
    operation = facts.DeviceOperation(flags=0x25, operator=2, time=tag)
    said: dict[int, tuple[facts.Fact, ...]] = {
        1: (system,), 2: (part, part), 3: (value,), 6: (config,), 24: (operation,),
        21: (facts.DeviceState(flags=9, time=tag),),
    }  # fmt: skip
    return tuple(units.encode(kind, some) for kind, some in said.items())


def _frame_seeds() -> tuple[bytes, ...]:
    frames = tuple(framed(data) for data in _unit_seeds())
    return (*frames, b"".join(frames), b"@@##" + frames[0])


_INCIDENT: dict[str, Any] = {
    "incident_id": "01a201bd-15c0-7d20-8f00-0242ac120002", "revision": 1, "kind": "fire", "severity": "major",
    "condition": "active", "site": "chunfeng", "device": "fire-a", "grid": "1", "place": "Room",
    "signals": [{"rule": "smoke_level", "channel": "smoke", "at_ms": NOW_MS, "value": 0.1}],
    "breach_at_ms": NOW_MS, "raised_at_ms": NOW_MS, "changed_at_ms": NOW_MS, "cleared_at_ms": None,
    "evidence": {"smoke": [[NOW_MS, 0.1]]},
}  # fmt: skip
_ROWS = {
    "rows": [{
        "device": "fire-a", "boot": 1, "seq": 7, "at_ms": NOW_MS, "received_ms": NOW_MS, "quality": "good",
        "values": {"temp": 20.5, "call_point": False}, "faults": {"co": "no_answer"},
    }],
}  # fmt: skip
_STATUS = {"state": "online", "why": "birth", "boot": 3, "at_ms": NOW_MS, "faults": {"co": "no_answer"}}
_REPORT = {"id": "hand-07-3-12", "boot": 3, "at_ms": NOW_MS, "age_ms": 0, "what": "accepted", "task": "t-1"}
_TASK = {
    "id": "t-1", "kind": "fire", "severity": "major", "place": "Room", "text": "Go", "state": "offered", "revision": 1,
}  # fmt: skip
_DESK = {"id": "i-1", "stage": "accepted", "version": 2, "answers": 1, "holder": "lin"}


def _event(type: str, data: dict[str, Any]) -> bytes:
    return events.encode(events.Event("m-1", "/sites/a/gateways/b", type, "i-1", "2026-11-22T00:00:00.000Z", data))


def targets() -> tuple[Target, ...]:
    """All of them."""
    pack = senml.Pack("fire-a", 3, 41, NOW_MS, values={"temp": 20.5, "smoke": 0.01, "call_point": False})
    late = senml.Pack("fire-a", 3, 42, None, age_ms=900, backfill=True, faults={"co": "no_answer"})
    return (
        Target(name="samples", seeds=(senml.encode(pack), senml.encode(late)), parse=_sample),
        Target(name="reports", seeds=(reports.encode(_REPORT),), parse=reports.decode),
        Target(name="status", seeds=(status.encode(_STATUS), status.last_will(3)), parse=status.decode),
        Target(
            name="topics",
            seeds=tuple(topics.build("chunfeng", "fire-a", kind).encode() for kind in topics.KINDS),
            parse=_topic,
        ),
        Target(name="panel frames", seeds=_frame_seeds(), parse=_stream),
        Target(name="panel units", seeds=_unit_seeds(), parse=lambda payload: _stream(framed(payload))),
        Target(
            name="events",
            seeds=(_event(events.RAISED, _INCIDENT), _event(events.READINGS, _ROWS)),
            parse=events.decode,
        ),
        Target(name="acknowledgements", seeds=(acks.encode(["a", "b"], [("c", "bad")]),), parse=acks.decode),
        Target(
            name="acknowledged samples",
            seeds=(sample_acks.encode_samples(3, [(1, 5), (7, 9)]),),
            parse=sample_acks.decode_samples,
        ),
        Target(
            name="pieces",
            seeds=(pieces.encode({"id": "video-a-1", "offset": 0, "size": 64, "sha256": "00"}, bytes(64)),),
            parse=lambda payload: pieces.decode(payload, pieces.MAX_SNAPSHOT),
        ),
        Target(name="answers", seeds=(commands.encode_answer("c-1", True, {"a": 1}),), parse=commands.decode_answer),
        Target(name="clock", seeds=(commands.encode_clock_request(3, 77),), parse=commands.decode_clock_request),
        Target(name="commands", seeds=(commands.encode_command("silence", "c-1"),), parse=commands.decode_command),
        Target(name="settings", seeds=(configuration.encode({"version": 3, "a": {}}),), parse=configuration.decode),
        Target(name="tasks", seeds=(tasks.encode(_TASK),), parse=tasks.decode),
        Target(name="list of the centre", seeds=(desk.encode(5, [_DESK]),), parse=desk.decode),
        Target(name="mqtt packets", seeds=(b"\x30\x07\x00\x03a/bhi", b"\x90\x03\x00\x01\x01"), parse=_packets),
    )


_ODD_VALUES: tuple[Any, ...] = (
    None, True, [], {}, "", "\ud800", "\0", "x" * 300, -1, 0, 1 << 53, 1 << 64, -(1 << 63), 1e308, 5e-324, 0.1, [[]],
    {"": {}}, "NaN",
)  # fmt: skip
_ODD_TEXTS = (
    b"NaN", b"Infinity", b"-1e999", b"9" * 400, b"[" * 3000, b"{\"a\":" * 2000, b"\xff", b"\\ud800", b"@@", b"##",
)  # fmt: skip


class Spoiler:
    """Makes bad inputs of good ones; the same seed makes the same inputs."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._ways = (
            self._flip, self._cut, self._double, self._insert, self._join, self._odd_field, self._odd_text, self._noise,
        )  # fmt: skip

    def spoil(self, target: Target) -> bytes:
        """One bad input; rarely it is still a good one."""
        payload = self._random.choice(target.seeds)
        for _ in range(self._random.randint(1, 3)):
            payload = self._random.choice(self._ways)(payload, target)
        return payload[:20_000]

    def _flip(self, payload: bytes, _target: Target) -> bytes:
        spoiled = bytearray(payload or b"\0")
        for _ in range(self._random.randint(1, 4)):
            spoiled[self._random.randrange(len(spoiled))] ^= 1 << self._random.randrange(8)
        return bytes(spoiled)

    def _cut(self, payload: bytes, _target: Target) -> bytes:
        first, last = sorted(self._random.randrange(len(payload) + 1) for _ in range(2))
        return payload[:first] + payload[last:]

    def _double(self, payload: bytes, _target: Target) -> bytes:
        first, last = sorted(self._random.randrange(len(payload) + 1) for _ in range(2))
        return payload[:last] + payload[first:]

    def _insert(self, payload: bytes, _target: Target) -> bytes:
        at = self._random.randrange(len(payload) + 1)
        return payload[:at] + self._random.randbytes(self._random.randint(1, 8)) + payload[at:]

    def _join(self, payload: bytes, target: Target) -> bytes:
        other = self._random.choice(target.seeds)
        return payload[: self._random.randrange(len(payload) + 1)] + other[self._random.randrange(len(other) + 1) :]

    def _odd_text(self, payload: bytes, _target: Target) -> bytes:
        at = self._random.randrange(len(payload) + 1)
        return payload[:at] + self._random.choice(_ODD_TEXTS) + payload[at + self._random.randint(0, 4) :]

    def _noise(self, payload: bytes, _target: Target) -> bytes:
        return payload if self._random.random() < 0.9 else self._random.randbytes(self._random.randint(0, 80))

    def _odd_field(self, payload: bytes, target: Target) -> bytes:
        """Another value somewhere in the JSON; what is no JSON gets a flipped bit."""
        try:
            document = json.loads(payload)
        except (ValueError, RecursionError):
            return self._flip(payload, target)
        return json.dumps(self._spoil_value(document)).encode()

    def _spoil_value(self, value: Any) -> Any:
        if isinstance(value, dict) and value and self._random.random() < 0.9:
            name = self._random.choice(list(value))
            return value | {name: self._spoil_value(value[name])}
        if isinstance(value, list) and value and self._random.random() < 0.9:
            at = self._random.randrange(len(value))
            return [*value[:at], self._spoil_value(value[at]), *value[at + 1 :]]
        return self._random.choice(_ODD_VALUES)
