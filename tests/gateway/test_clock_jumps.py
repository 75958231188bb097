"""The gateway's clock leaps, by an hour or a year, forwards or back: fires are raised, cleared and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.health.self_check import JUMP_STANDS_S, Leaps
from gateway.store.outbox import Outbox
from protocol import senml
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS

HOUR_MS, YEAR_MS = 3_600_000, 365 * 86_400_000
LEAPS = [-YEAR_MS, -3_000, HOUR_MS]
SMOKE, CLEAR_AIR = {"smoke": 0.05, "temp": 20.0}, {"smoke": 0.0, "temp": 20.0}


class Leaping(Bench):
    """A bench whose clock is `leap_ms` off from a second on; its endpoint has a clock of its own, or none."""

    def __init__(self, folder: Path, *, own_clock: bool, leap_second: int, leap_ms: int) -> None:
        super().__init__(folder)
        self._own_clock = own_clock
        self._leap_second = leap_second
        self._leap_ms = leap_ms

    def measure(self, seconds: range, values: dict[str, float]) -> None:
        """One sample a second."""
        for second in seconds:
            true_ms = START_MS + second * 1000
            at_ms = true_ms + (self._leap_ms if second >= self._leap_second else 0)
            told_ms = true_ms if self._own_clock else None
            pack = senml.Pack("fire-a", 1, second, told_ms, 0 if told_ms else 30, values=values)
            self.take(senml.encode(pack), at_ms=at_ms)

    def fires(self) -> list[tuple[int, str]]:
        """(revision, condition) of what is told of fires."""
        return [(revision, condition) for _, revision, condition, kind in self.told() if kind == "fire"]


@pytest.mark.parametrize("leap_ms", LEAPS)
@pytest.mark.parametrize("own_clock", [True, False])
@pytest.mark.parametrize("leap_second", [11, 40])
def test_a_fire_across_a_leap(tmp_path: Path, leap_second: int, own_clock: bool, leap_ms: int) -> None:
    """In the hold, just after the raise, in the quiet: one fire, raised within four seconds, cleared in the end."""
    bench = Leaping(tmp_path, own_clock=own_clock, leap_second=leap_second, leap_ms=leap_ms)
    bench.measure(range(10), CLEAR_AIR)
    bench.measure(range(10, 16), SMOKE)
    assert bench.fires()[:1] == [(1, "active")]
    bench.measure(range(16, 30), SMOKE)
    bench.restart()  # a restart must not make it worse
    bench.measure(range(30, 125), CLEAR_AIR)
    told = bench.fires()
    assert [revision for revision, _ in told] == list(range(1, len(told) + 1))
    assert [condition for _, condition in told].count("cleared") == 1
    assert told[-1][1] == "cleared"


@pytest.mark.parametrize("leap_ms", [-YEAR_MS, YEAR_MS])
def test_what_is_owed_goes_in_the_order_it_was_made(tmp_path: Path, leap_ms: int) -> None:
    """Ids begin with the time they were made, and a leap back would sort them wrongly; the queue counts by itself."""
    bench = Leaping(tmp_path, own_clock=False, leap_second=20, leap_ms=leap_ms)
    bench.measure(range(10), CLEAR_AIR)
    bench.measure(range(10, 16), SMOKE)
    bench.measure(range(16, 120), CLEAR_AIR)
    outbox = Outbox(10**9, bench.counters)
    sent = [message.id for message in outbox.next(bench.db, (), 100, 0)]
    assert sent == [event.id for event in bench.events()]
    assert len(sent) >= 2


@pytest.mark.parametrize("leap_ms", LEAPS)
def test_silence_does_not_go_by_the_clock(tmp_path: Path, leap_ms: int) -> None:
    """A leap makes nobody silent, and hides nobody's silence."""
    bench = Leaping(tmp_path, own_clock=False, leap_second=5, leap_ms=leap_ms)
    bench.take(senml.encode(senml.Pack("fire-b", 1, 1, None, 0, values=CLEAR_AIR)), "fire-b")
    bench.measure(range(10), CLEAR_AIR)
    bench.measure(range(10, 12), CLEAR_AIR)
    assert [r["state"] for r in bench.rows()] == ["online", "online"]


def test_a_leap_and_a_clock_that_was_never_set_are_told() -> None:
    """A leap stands for ten minutes; being led by half a second is none; 1970 stands as long as it lasts."""
    leaps = Leaps(1.0)

    def look(now_s: float, at_ms: int) -> list[str]:
        return [problem.rule for problem in leaps.look(now_s, at_ms)]

    assert look(0.0, START_MS) == []
    assert look(1.0, START_MS + 1_500) == []
    assert look(2.0, START_MS + HOUR_MS) == ["clock_jumped"]
    assert look(3.0, START_MS + HOUR_MS + 1_000) == ["clock_jumped"]
    later_ms = START_MS + HOUR_MS + 1_000 + round(JUMP_STANDS_S * 1000)
    assert look(3.0 + JUMP_STANDS_S, later_ms) == []
    assert look(4.0 + JUMP_STANDS_S, 5_000) == ["clock_unset"]
    year_2000_ms = 946_684_800_000  # where many a clock without a battery begins
    assert look(5.0 + JUMP_STANDS_S, year_2000_ms) == ["clock_unset"]
