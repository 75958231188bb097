"""What judging costs: samples of each kind of endpoint through its rules, calm and with everything wrong at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec

from benchmarks import report
from domain.endpoints import Endpoint
from domain.fire import FireLimits
from domain.readings import Reading, Value
from gateway.site_file.rules_file import programs, read_rules
from protocol.channels import KINDS, is_bool

BEGIN_MS = 1_795_000_000_000
SAMPLES = 5_000
CALM: Mapping[str, Mapping[str, Value]] = {
    "fire": {"hydrant_pressure": 400.0, "sprinkler_pressure": 500.0, "temp": 21.0, "mains": True, "self_test": True},
    "lift": {"mode": 1, "motor_temp": 40.0, "mains": True, "door_closed": True, "test_call": True},
    "video": {"camera_alive": True, "mains": True},
    "handheld": {"on_duty": True, "gps_fix": True},
}


def calm(kind: str) -> dict[str, Value]:
    """A sample in which nothing is wrong."""
    plain: dict[str, Value] = {name: False if is_bool(name) else 0.0 for name in KINDS[kind]}
    return {**plain, "battery": 90.0, **CALM[kind]}


def wrong(kind: str, second: int) -> dict[str, Value]:
    """Every level, contact and slope on the move: raised and cleared again every two minutes."""
    if second % 120 >= 60:
        return calm(kind)
    contacts: dict[str, Value] = {name: not value for name, value in calm(kind).items() if isinstance(value, bool)}
    return {**calm(kind), **contacts, "battery": 5.0, "hydrant_pressure": 20.0, "motor_temp": 120.0, "mode": 0}


def run(kind: str, line: Sequence[Mapping[str, Value]]) -> dict[str, Any]:
    """Microseconds of CPU for each sample, and for its state as it is written with a commit."""
    program = programs(read_rules(), {kind: kind})[kind]
    with_rules, without, ids = Endpoint(FireLimits(), program), Endpoint(FireLimits()), count()
    readings = [_reading(kind, second, values) for second, values in enumerate(line)]
    whole_us = _cpu_us(lambda one: with_rules.feed(one, lambda: str(next(ids))), readings)
    rest_us = _cpu_us(lambda one: without.feed(one, lambda: str(next(ids))), readings)
    state_us = _cpu_us(lambda _: msgspec.json.encode(with_rules.to_state()), readings[:500])
    return {
        "rules": len(program.ladders),
        "conditions": len(program.nodes),
        "sample_us": round(whole_us, 1),
        "of_these_rules_us": round(whole_us - rest_us, 1),
        "state_us": round(state_us, 1),
        "state_bytes": len(msgspec.json.encode(with_rules.to_state())),
        "state_bytes_of_rules": len(msgspec.json.encode(with_rules.to_state()["rules"])),
    }


def _reading(kind: str, second: int, values: Mapping[str, Value]) -> Reading:
    at_ms = BEGIN_MS + second * 1000
    known = {name: value for name, value in values.items() if name in KINDS[kind]}
    return Reading(
        device="a",
        boot=1,
        seq=second,
        at_ms=at_ms,
        received_ms=at_ms,
        told_ms=at_ms,
        backfill=False,
        quality="good",
        values=known,
        faults={},
    )


def _cpu_us(work: Callable[[Reading], object], readings: list[Reading]) -> float:
    begin_s = time.process_time()
    for one in readings:
        work(one)
    return (time.process_time() - begin_s) / len(readings) * 1e6


def main() -> None:
    """Print and keep the figures."""
    how = f"{SAMPLES} samples at 1 Hz of one endpoint through domain.endpoints.Endpoint, CPU time of one core"
    figures = {
        kind: {"calm": run(kind, [calm(kind)] * SAMPLES), "wrong": run(kind, [wrong(kind, n) for n in range(SAMPLES)])}
        for kind in KINDS
    }
    report.save("rules", how, figures)


if __name__ == "__main__":
    main()
