"""Every store of readings, by name: the tests of the port run on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloud.history.port import Series
from cloud.history.series import DuckSeries

# what opens a store on a folder; opening the same folder again is a restart
Opener = Callable[[Path], Series]


def open_duckdb(folder: Path) -> Series:
    """One file in the folder."""
    return DuckSeries(folder / "series.duckdb")


OPENERS: dict[str, Opener] = {"duckdb": open_duckdb}


class Shelf:
    """A store that a test may restart."""

    def __init__(self, opener: Opener, folder: Path) -> None:
        self._opener = opener
        self._folder = folder
        self.series = opener(folder)

    def restart(self) -> Series:
        """Closed and opened again, as by a new process."""
        self.series.close()
        self.series = self._opener(self._folder)
        return self.series


@pytest.fixture(params=sorted(OPENERS))
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """A store of each kind, empty."""
    shelf = Shelf(OPENERS[request.param], tmp_path)
    yield shelf
    shelf.series.close()


@pytest.fixture
def series(shelf: Shelf) -> Series:
    """A store of each kind, empty."""
    return shelf.series
