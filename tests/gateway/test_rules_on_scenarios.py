"""The rules of every gateway on the scenarios: what endpoints of ours really say, through their own code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from domain.readings import Reading
from domain.rules.engine import Engine
from gateway.site_file.rules_file import programs, read_rules
from protocol.channels import KINDS
from simulators import scenario
from simulators.environments.lift import load as load_lift
from simulators.physics import FireEnvironment
from tests.firmware.lift.bench import Bench as LiftBench
from tests.firmware.video.bench import DAY_MS, NIGHT_MS, YARD, play
from tests.firmware.video.bench import Bench as VideoBench

PROGRAMS = programs(read_rules(), {kind: kind for kind in KINDS})
CALM = FireEnvironment(smoke_per_m=0.001, temp_c=22.0, co_ppm=1.0)
Said = tuple[Mapping[str, Any], Mapping[str, str]]


def tale(kind: str, said: Iterable[Said], begin_ms: int = DAY_MS) -> list[tuple[int, str, str, str]]:
    """(second, incident, event, severity) of everything that rules make of samples at 1 Hz."""
    engine, ids, told = Engine(PROGRAMS[kind]), count(1), []
    for second, (values, faults) in enumerate(said):
        at_ms = begin_ms + second * 1000
        reading = Reading(
            device="a",
            boot=1,
            seq=second,
            at_ms=at_ms,
            received_ms=at_ms,
            told_ms=at_ms,
            backfill=False,
            quality="good",
            values={name: value for name, value in values.items() if name not in faults},
            faults=faults,
        )
        for change in engine.feed(reading, lambda: str(next(ids))):
            incident = change.incident
            told.append((second, str(incident.kind), str(change.event), str(incident.severity)))
    return told


def worst(told: list[tuple[int, str, str, str]]) -> set[tuple[str, str]]:
    """(incident, severity) of what was told, at its worst."""
    order = ("warning", "minor", "major", "critical")
    by_kind: dict[str, str] = {}
    for _, kind, _, severity in told:
        by_kind[kind] = max(by_kind.get(kind, "warning"), severity, key=order.index)
    return set(by_kind.items())


@pytest.mark.parametrize(
    ("name", "seconds", "expected"),
    [
        ("day", 1200, set()),
        ("inspection", 300, set()),
        ("fire", 300, set()),
        ("shake", 30, {("lift_fault", "major")}),
        ("button", 120, {("lift_alarm_button", "minor"), ("lift_fault", "minor")}),  # it stops between floors
    ],
)
def test_a_lift(tmp_path: Path, name: str, seconds: int, expected: set[tuple[str, str]]) -> None:
    """A normal day says nothing; people at work in the shaft say nothing; a worn guide does."""
    bench = LiftBench(load_lift(scenario.FOLDER / f"lift_{name}.toml"), tmp_path).run(seconds)

    assert worst(tale("lift", bench.seen)) == expected


@pytest.mark.parametrize(
    ("name", "begin_ms", "seconds", "expected"),
    [
        ("quiet", DAY_MS, 600, set()),
        ("walker_day", DAY_MS, 120, set()),
        ("walker_night", NIGHT_MS, 120, {("intrusion", "minor")}),
        ("covered", DAY_MS, 200, {("camera_fault", "minor")}),
        ("sprayed", DAY_MS, 120, {("camera_fault", "minor")}),
        ("turned", DAY_MS, 200, {("camera_fault", "minor")}),
    ],
)
def test_a_camera(tmp_path: Path, name: str, begin_ms: int, seconds: int, expected: set[tuple[str, str]]) -> None:
    """By day people may cross the yard, by night they may not; a hand before the lens is nothing, a bag is."""

    async def samples() -> list[Said]:
        world = play(name)
        world.begin(0)
        bench = VideoBench(tmp_path, world, utc_ms=begin_ms, zones=[YARD])
        await bench.run(seconds)
        bench.stop()
        return [(values, faults) for values, faults, _ in bench.samples]

    assert worst(tale("video", asyncio.run(samples()), begin_ms)) == expected


def room(moment: FireEnvironment) -> Said:
    """What a fire endpoint says of a moment, apart from smoke, heat and gas."""
    return {
        "hydrant_pressure": moment.hydrant_kpa,
        "sprinkler_pressure": moment.sprinkler_kpa,
        "battery": moment.battery_pct,
        "mains": moment.mains,
        "escape_door": moment.door_open,
        "extinguisher_removed": moment.extinguisher_removed,
        "tamper": moment.housing_open,
    }, {}


@pytest.mark.parametrize(
    ("name", "seconds", "expected"),
    [
        ("quiet_day", 600, set()),
        ("hydrant_drop", 300, {("water_pressure", "major")}),
        ("tamper", 600, {("tamper", "minor"), ("extinguisher", "minor")}),
        ("mains_failure", 900, {("power", "warning"), ("battery", "minor")}),
    ],
)
def test_a_room(name: str, seconds: int, expected: set[tuple[str, str]]) -> None:
    """A closed valve shows by its slope before the level is too low; everything clears when it is put right."""
    world = scenario.load(scenario.FOLDER / f"fire_{name}.toml", CALM)
    world.begin(0)
    told = tale("fire", (room(world.at(second * 1000)) for second in range(seconds)))

    assert worst(told) == expected
    assert [event for _, _, event, _ in told].count("raised") == [event for _, _, event, _ in told].count("cleared")
    if name == "hydrant_drop":
        assert told[0][0] < 60
