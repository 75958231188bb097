"""An endpoint leaves the site file with an alarm, and comes back: nothing haunts the centre, nothing is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.site_file.site import load
from protocol import desk
from tests.gateway.bench import Bench
from tests.gateway.site import START_MS, write_site

SMOKE = {"smoke": 0.05, "temp": 20.0}
BOTH, LESS = ("fire-a", "fire-b"), ("fire-a",)


class Site(Bench):
    """A bench whose site file changes."""

    def reload(self, second: int, devices: tuple[str, ...]) -> None:
        """The site file is another one, and is read again."""
        new = load(write_site(self.folder, 1883, devices))

        def adopt() -> None:
            self.pipeline.batch.settle(self.db)
            self.site.adopt(new)
            self.pipeline.use(self.site, second)

        self._commit(adopt)
        self.tick(second + 1)

    def start_with(self, second: int, devices: tuple[str, ...]) -> None:
        """The site file is another one at the next start."""
        self.site = load(write_site(self.folder, 1883, devices))
        self.restart()
        self.tick(second)

    def tick(self, second: int) -> None:
        """Time passes."""
        self._commit(lambda: self.pipeline.let_time_pass(self.db, START_MS + second * 1000, 0))

    def hear(self, *rows: dict[str, Any]) -> None:
        """The list of the centre, which has everything."""
        self._commit(lambda: self.db.execute("DELETE FROM outbox"))
        self._commit(lambda: self.pipeline.agreement.hear(self.db, desk.encode(1, list(rows))))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """fire-b burns."""
    bench = Site(tmp_path)
    bench.run(0, 5, SMOKE, "fire-b")
    yield bench
    bench.db.close()


@pytest.mark.parametrize("at_a_start", [False, True])
def test_what_has_left_is_over_and_stays_over(site: Site, at_a_start: bool) -> None:
    """Also after later starts, when the centre's list comes: nobody would ever clear it again."""
    fire = site.events()[0].data["incident_id"]
    (site.start_with if at_a_start else site.reload)(10, LESS)
    assert site.told()[-1] == ("fire-b", 2, "cleared", "fire")
    row = {"id": fire, "stage": "closed", "version": 3, "answers": 0, "revision": 2, "active": False}
    for second in (100, 200):
        site.restart()
        site.hear(row)
        site.tick(second)
        assert site.told() == []


@pytest.mark.parametrize("left_at_a_start", [False, True])
@pytest.mark.parametrize("back_at_a_start", [False, True])
def test_what_comes_back_and_still_burns_is_a_new_fire(
    site: Site, left_at_a_start: bool, back_at_a_start: bool
) -> None:
    """The centre knows the old one as cleared, and would ignore what it is told of it."""
    (site.start_with if left_at_a_start else site.reload)(10, LESS)
    (site.start_with if back_at_a_start else site.reload)(20, BOTH)
    site.run(30, 5, SMOKE, "fire-b")

    assert site.told() == [
        ("fire-b", 1, "active", "fire"),
        ("fire-b", 2, "cleared", "fire"),
        ("fire-b", 1, "active", "fire"),
    ]
    assert len({event.data["incident_id"] for event in site.events()}) == 2
