"""The waves of a rollout: who is in which, when the next opens, who is told next, when it stops by itself. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from domain.rollouts.progress import FAILED, OVER, UNDER_WAY, Progress

# What an endpoint says whose heap is in pieces; a fresh start has room (firmware/device/update.py)
NO_MEMORY = "not enough memory"


class State(StrEnum):
    """Of a rollout."""

    RUNNING = "running"
    PAUSED = "paused"  # by a failure or by a person; what is under way ends
    DONE = "done"
    ABORTED = "aborted"


class Act(StrEnum):
    """What is done to a rollout."""

    PAUSE = "pause"
    RESUME = "resume"
    ABORT = "abort"
    FINISH = "finish"  # nobody is left; the gateway's own


ACTS: dict[tuple[State, Act], State] = {
    (State.RUNNING, Act.PAUSE): State.PAUSED,
    (State.RUNNING, Act.ABORT): State.ABORTED,
    (State.RUNNING, Act.FINISH): State.DONE,
    (State.PAUSED, Act.RESUME): State.RUNNING,
    (State.PAUSED, Act.ABORT): State.ABORTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How careful a rollout is. Defaults of ours; ESPHome's fleets and MCUboot's trial are where the ideas are from."""

    canaries: int = 1  # in the first wave
    widen_percent: int = 30  # of all, in each wave after it
    parallel: int = 4  # at the same time: a site has one broker and 80 kB go to each
    soak_ms: int = 600_000  # a wave has to be well for so long before the next one opens
    max_failed: int = 0  # more than so many stop it
    attempts: int = 3  # for one endpoint
    again_after_ms: int = 60_000  # a board that was told to start again first needs its time
    lost_after_ms: int = 1_200_000  # fetching over a bad link, a restart and a minute of trial

    def __post_init__(self) -> None:
        """Raises ValueError naming the field."""
        lowest = {"soak_ms": 0, "max_failed": 0}
        for field in fields(self):
            if not lowest.get(field.name, 1) <= getattr(self, field.name) <= 10**9:
                raise ValueError(f"{field.name} must be at least {lowest.get(field.name, 1)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One endpoint in a rollout."""

    device: str
    wave: int
    progress: Progress = Progress.QUEUED
    since_ms: int = 0
    attempts: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do now. At most one of `pause` and `finish`."""

    open_wave: int | None = None
    order: tuple[str, ...] = ()
    restart_first: tuple[str, ...] = ()  # they had no memory: told to start again, then to update
    retry: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    pause: str = ""  # why
    finish: bool = False


def waves(devices: Sequence[str], policy: Policy, awake: Collection[str]) -> tuple[Unit, ...]:
    """Canaries first: awake, and spread over the list, because neighbours share their troubles. Then by the list."""
    able = [device for device in devices if device in awake] or devices
    canaries = min(policy.canaries, len(able))
    chosen = {able[index * len(able) // canaries] for index in range(canaries)}
    rest = [device for device in devices if device not in chosen]
    size = max(1, math.ceil(len(devices) * policy.widen_percent / 100))
    first = [Unit(device=device, wave=0) for device in devices if device in chosen]
    return (*first, *(Unit(device=device, wave=1 + n // size) for n, device in enumerate(rest)))


def failed(units: Iterable[Unit], policy: Policy) -> list[Unit]:
    """Those that will not be tried again by themselves."""
    return [unit for unit in units if unit.progress in FAILED and not _again(unit, policy)]


def _again(unit: Unit, policy: Policy) -> bool:
    passing = unit.progress is Progress.LOST or (unit.progress is Progress.REFUSED and NO_MEMORY in unit.error)
    return passing and unit.attempts < policy.attempts


def step(units: Sequence[Unit], policy: Policy, now_ms: int, *, forgiven: int, ready: Callable[[str], bool]) -> Step:
    """What a running rollout does next.

    `ready`: the endpoint is awake and has no alarm. `forgiven`: failures that a person has seen when he resumed it.
    Who sleeps holds up nobody: his turn stays open until he wakes, and the next wave opens without him, unless not one
    of the wave has proved the program yet, or not one that proved it is there any more. A canary that proved it has
    to be there whenever a wave opens: it runs the program longest, and dies first of what takes its time.
    """
    lost = tuple(
        unit.device for unit in units if unit.progress in UNDER_WAY and now_ms - unit.since_ms > policy.lost_after_ms
    )
    if lost:
        return Step(lost=lost)
    bad = failed(units, policy)
    if len(bad) > policy.max_failed + forgiven:
        return Step(pause="; ".join(f"{unit.device}: {unit.error or unit.progress}" for unit in bad[forgiven:][:5]))
    again = [unit for unit in units if unit.progress in FAILED and _again(unit, policy)]
    if again:
        return Step(
            retry=tuple(unit.device for unit in again),
            restart_first=tuple(unit.device for unit in again if NO_MEMORY in unit.error),
        )
    if all(unit.progress in OVER for unit in units):
        return Step(finish=True)
    opened = _wave_to_open(units, policy, now_ms, ready)
    if opened is not None:
        return Step(open_wave=opened)
    return Step(order=_next(units, policy, now_ms, ready))


def _wave_to_open(units: Sequence[Unit], policy: Policy, now_ms: int, ready: Callable[[str], bool]) -> int | None:
    queued = [unit.wave for unit in units if unit.progress is Progress.QUEUED]
    if not queued:
        return None
    following = min(queued)
    before = [unit for unit in units if unit.wave < following]
    busy = any(unit.progress in UNDER_WAY or _is_due(unit, policy, now_ms, ready) for unit in before)
    proved = [unit for unit in before if unit.progress is Progress.GOOD]
    nobody_to_prove = all(unit.progress in (Progress.CURRENT, Progress.UNSUITABLE, *FAILED) for unit in before)
    if busy or not (proved or nobody_to_prove):
        return None
    soaked = all(now_ms - unit.since_ms >= policy.soak_ms for unit in proved)
    return following if soaked and _are_still_there(proved, ready) else None


def _are_still_there(proved: Sequence[Unit], ready: Callable[[str], bool]) -> bool:
    """The minute of a trial finds no leak: every canary, and of the newest wave at least one."""
    newest = max((unit.wave for unit in proved), default=0)
    canaries = all(ready(unit.device) for unit in proved if unit.wave == 0)
    return canaries and (newest == 0 or any(ready(unit.device) for unit in proved if unit.wave == newest))


def _is_due(unit: Unit, policy: Policy, now_ms: int, ready: Callable[[str], bool]) -> bool:
    rested = unit.attempts == 0 or now_ms - unit.since_ms >= policy.again_after_ms
    return unit.progress is Progress.WAITING and rested and ready(unit.device)


def _next(units: Sequence[Unit], policy: Policy, now_ms: int, ready: Callable[[str], bool]) -> tuple[str, ...]:
    room = policy.parallel - sum(unit.progress in UNDER_WAY for unit in units)
    due = (unit.device for unit in units if _is_due(unit, policy, now_ms, ready))
    return tuple(itertools.islice(due, max(0, room)))


def count(units: Iterable[Unit]) -> Mapping[str, int]:
    """How many stand where; every progress that somebody has."""
    numbers: dict[str, int] = {}
    for unit in units:
        numbers[unit.progress] = numbers.get(unit.progress, 0) + 1
    return numbers


def moved(unit: Unit, progress: Progress, now_ms: int, error: str = "") -> Unit:
    """The endpoint at another place; an order counts as an attempt."""
    attempts = unit.attempts + (progress is Progress.ORDERED)
    return replace(unit, progress=progress, since_ms=now_ms, attempts=attempts, error=error)
