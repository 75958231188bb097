"""Broken input: a short version of benchmarks/fuzz.py, whose million runs by make bench."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz import MAX_GROWTH_KB, run
from benchmarks.fuzz_gateway import run as run_gateway
from benchmarks.fuzz_inputs import Spoiler, targets


def test_every_parser_takes_or_refuses() -> None:
    """Thirty thousand spoiled inputs: no crash, no growth, and each parser has seen both sides."""
    outcome = run(30_000)

    assert outcome.crashes == []
    assert outcome.growth_kb < MAX_GROWTH_KB
    assert (
        set(outcome.taken)
        == set(outcome.refused) | {"panel frames", "panel units"}
        == {target.name for target in targets()}
    )


@pytest.mark.mosquitto
async def test_a_running_gateway_stays_well(tmp_path: Path) -> None:
    """A hundred messages and as many frames; a fire at an endpoint and one at a panel are told all the same."""
    outcome = await run_gateway(100, tmp_path)

    assert (outcome.fire_told, outcome.panel_fire_told, outcome.restarted_tasks) == (True, True, 0)
    assert outcome.is_well
    assert "message_failed" not in (tmp_path / "gateway.log").read_text()


def test_good_inputs_are_taken() -> None:
    """The examples that are spoiled are good ones."""
    for target in targets():
        for seed in target.seeds:
            target.parse(seed)


def test_the_same_seed_spoils_the_same_way() -> None:
    """So that a crash can be had again."""
    first, second = Spoiler(5), Spoiler(5)

    assert [first.spoil(t) for t in targets()] == [second.spoil(t) for t in targets()]
