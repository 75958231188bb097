"""Scenario files and how they are played."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from simulators.physics import FireEnvironment
from simulators.scenario import FOLDER, ScenarioError, load

CALM = FireEnvironment(smoke_per_m=0.001, temp_c=22.0, co_ppm=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    height: float = 0.0
    open: bool = False
    faults: frozenset[str] = frozenset()


def _write(folder: Path, text: str) -> Path:
    path = folder / "test.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_frames_jump_and_ramp(tmp_path: Path) -> None:
    """A frame holds from its time on; with a ramp, numbers go there in a straight line and truth values jump."""
    text = """
[[at]]
t_s = 0
height = 1
[[at]]
t_s = 10
height = 3
open = true
ramp = true
[[at]]
t_s = 20
height = 8
faults = ["a"]
"""
    scenario = load(_write(tmp_path, text), _Moment())
    assert 1.0 == scenario.at(123_456).height
    scenario.begin(1_000_000)
    at = {second: scenario.at(1_000_000 + second * 1000) for second in (-5, 0, 5, 9, 10, 15, 19, 20, 99)}

    assert [1.0, 1.0, 2.0, 2.8, 3.0, 3.0, 3.0, 8.0, 8.0] == pytest.approx([moment.height for moment in at.values()])
    assert [False, False, True, True] == [at[second].open for second in (0, 9, 10, 99)]
    assert (frozenset(), frozenset({"a"})) == (at[19].faults, at[20].faults)
    assert 20_000 == scenario.last_ms


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "at"),
        ("[[at]]\nt_s = 1\n", "t_s"),
        ("[[at]]\nt_s = 0\n[[at]]\nt_s = 0\n", "t_s"),
        ("[[at]]\nt_s = 0\nhight = 1\n", "hight"),
        ("[[at]\n", "at"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    """The file and what is wrong in it."""
    with pytest.raises(ScenarioError, match=rf"test\.toml.*{named}"):
        load(_write(tmp_path, text), _Moment())


@pytest.mark.parametrize("path", sorted(FOLDER.glob("fire_*.toml")), ids=lambda path: path.stem)
def test_fire_scenarios_can_be_played(path: Path) -> None:
    """Every one of them loads and says something other than calm air."""
    scenario = load(path, CALM)

    assert {frame.moment for frame in scenario.frames} != {CALM}
