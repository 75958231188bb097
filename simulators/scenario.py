"""Scenario files: what happens around one endpoint, as key frames over time.

    [[at]]
    t_s = 60
    smoke_per_m = 0.3
    ramp = true      # numbers go there in a straight line from the frame before; without it they jump

A frame names only what changes. `faults` names the parts that fail from here on.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Moment = TypeVar("Moment", bound=DataclassInstance)
else:
    Moment = TypeVar("Moment")

FOLDER = Path(__file__).resolve().parent / "scenarios"


class ScenarioError(ValueError):
    """A scenario file that cannot be played; the text names the file and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame(Generic[Moment]):
    """`moment` holds from `at_ms` on; with `ramp` its numbers are approached from the frame before."""

    at_ms: int
    moment: Moment
    ramp: bool


class Scenario(Generic[Moment]):
    """Physics of an endpoint. Before `begin` it stands at its first frame, after its last frame there."""

    def __init__(self, frames: list[Frame[Moment]]) -> None:
        self.frames = frames
        self._times = [frame.at_ms for frame in frames]
        self._start_ms: int | None = None

    @property
    def last_ms(self) -> int:
        """When the last frame is reached."""
        return self._times[-1]

    def begin(self, now_ms: int) -> None:
        """It is second 0 of the scenario."""
        self._start_ms = now_ms

    def at(self, sim_ms: int) -> Moment:
        """The environment at a time of the clock that `begin` was told."""
        at_ms = 0 if self._start_ms is None else sim_ms - self._start_ms
        index = max(0, bisect_right(self._times, at_ms) - 1)
        here = self.frames[index]
        if index + 1 == len(self.frames) or not self.frames[index + 1].ramp:
            return here.moment
        following = self.frames[index + 1]
        part = max(0.0, (at_ms - here.at_ms) / (following.at_ms - here.at_ms))
        return replace(here.moment, **_between(here.moment, following.moment, part))


def _between(before: Moment, after: Moment, part: float) -> dict[str, Any]:
    """The numbers that change, on their way. A text, a truth value or a set jumps at its frame."""
    moved: dict[str, Any] = {}
    for field in fields(before):
        start, end = getattr(before, field.name), getattr(after, field.name)
        if isinstance(start, float) and start != end:
            moved[field.name] = start + (end - start) * part
    return moved


def load(path: Path, base: Moment) -> Scenario[Moment]:
    """The scenario of a file; what it does not say is as in `base`. Raises ScenarioError."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["at"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ScenarioError(f"{path.name}: 没有可用的 [[at]] / no usable [[at]]: {error}") from None
    frames: list[Frame[Moment]] = []
    moment = base
    for row in rows:
        frames.append(_frame(path.name, row, moment))
        moment = frames[-1].moment
    _check_order(path.name, frames)
    return Scenario(frames)


def _frame(name: str, row: dict[str, Any], before: Moment) -> Frame[Moment]:
    known = {field.name: getattr(before, field.name) for field in fields(before)}
    changes: dict[str, Any] = {}
    for key, value in row.items():
        if key in ("t_s", "ramp"):
            continue
        if key not in known:
            raise ScenarioError(f"{name}: 未知字段 / unknown field: {key}")
        changes[key] = frozenset(value) if isinstance(value, list) else type(known[key])(value)
    at_ms = round(float(row.get("t_s", -1)) * 1000)
    return Frame(at_ms=at_ms, moment=replace(before, **changes), ramp=bool(row.get("ramp", False)))


def _check_order(name: str, frames: list[Frame[Moment]]) -> None:
    times = [frame.at_ms for frame in frames]
    if times[0] != 0 or sorted(set(times)) != times:
        raise ScenarioError(f"{name}: t_s 须从 0 开始递增 / t_s must begin at 0 and grow: {times}")
