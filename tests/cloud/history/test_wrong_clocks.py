"""A clock that is wrong when the centre starts, or while it runs: nothing is forgotten by it and nothing refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloud.history.port import DAY_MS, Keep, Level, Series
from cloud.workers.history_job import HouseKeeper
from tests.cloud.conftest import HandClock
from tests.cloud.history.conftest import Shelf
from tests.cloud.history.readings import append, every_second

KEEP = Keep(days={Level.RAW: 30, Level.MINUTE: 0})
LEAPS = {"ahead": 40 * DAY_MS, "behind": -40 * DAY_MS}


class House:
    """A centre with its clock; gateways go by the same clock, as where all ask one time server."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._shelf, self._folder = shelf, folder
        self.clock, self.stored = HandClock(), 0
        self.keeper = self._keeper(shelf.series)

    def _keeper(self, series: Series) -> HouseKeeper:
        return HouseKeeper(series, self.clock, KEEP, self._folder)

    def restart(self) -> None:
        """The steady clock begins anew, as after the machine was switched off."""
        self.clock.leapt[0] = self.clock.at[0]
        self.keeper = self._keeper(self._shelf.restart())

    def measure(self) -> None:
        """Ten readings of now, and a look of the keeper."""
        append(self._shelf.series, every_second(10, self.clock.now_ms()))
        self.stored += 10
        self.keeper.fold()
        self.keeper.retain()

    def pass_(self, hours: float) -> None:
        """Time as it really passes."""
        self.clock.go(hours * 3600)

    def leap(self, leap_ms: int) -> None:
        """The clock alone."""
        self.clock.leap(leap_ms / 1000)

    def kept(self) -> int:
        """Single readings that can be read."""
        return len(self._shelf.series.window("fire-a", "smoke", 0, 1 << 52))


@pytest.mark.parametrize("restarts", [(), ("wrong", "right")], ids=["none", "both"])
@pytest.mark.parametrize("leap", sorted(LEAPS))
def test_nothing_is_forgotten_or_refused(shelf: Shelf, tmp_path: Path, leap: str, restarts: tuple[str, ...]) -> None:
    """Wrong for twenty hours, with or without a restart in it and after it."""
    house = House(shelf, tmp_path)
    house.measure()
    house.pass_(1)
    house.leap(LEAPS[leap])
    if "wrong" in restarts:
        house.restart()
    for _ in range(2):
        house.measure()
        house.pass_(10)
    house.leap(-LEAPS[leap])
    if "right" in restarts:
        house.restart()
    for _ in range(2):
        house.measure()
        house.pass_(1)

    assert (house.kept(), shelf.series.health()["too_late"]) == (house.stored, 0)
    assert house.keeper.done["forgotten_raw"] == 0


def test_what_is_old_goes_all_the_same(shelf: Shelf, tmp_path: Path) -> None:
    """A clock that is right, with a restart every ten days."""
    house = House(shelf, tmp_path)
    for _ in range(4):
        house.measure()
        house.pass_(240)
        house.restart()
    house.measure()
    house.pass_(25)
    house.measure()
    assert (house.stored, house.kept()) == (60, 40)
