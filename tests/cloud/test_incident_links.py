"""Every address that the page of an incident names answers to whoever reads that page: no dead end in a fire."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest

from cloud.history.series import DuckSeries
from tests.cloud import facts
from tests.cloud.conftest import Centre, HandClock
from tests.cloud.seed import take, walk
from tests.cloud.test_areas_page import sampled
from tests.cloud.test_sources import called
from tests.cloud.web import web_client

NAMES = ("href", "src", "hx-get", "data-src")  # what a person opens, and what the page fetches by itself
SCHEMES = ("tel:", "geo:", "#")
POSTED = "/watchers"  # who is here is told by a post
CODE = "110105001002003"
LEADER = "heping-3-leader"  # of the grid: the narrowest right to read all of them
KINDS: dict[str, dict[str, Any]] = {
    "entrapment": {"severity": "critical", "device": "lift-0001"},
    "camera_fault": {"severity": "minor", "device": "camera-0001"},
    "water_pressure": {"severity": "major", "device": "hydrant-0001"},
    "endpoints_offline": {"severity": "major", "device": "gw-heping"},
    "gateway_offline": {"severity": "major", "device": "gw-mingyue"},
    "fire": {"severity": "critical", "device": "fire-0097"},  # no status of a gateway names it
}


@dataclass
class Links(HTMLParser):
    """Addresses inside of main."""

    found: set[str] = field(default_factory=set)
    inside: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what it names."""
        self.inside = self.inside or tag == "main"
        if self.inside:
            self.found |= {value for name, value in attrs if value and name in NAMES and _opens(value)}

    def handle_endtag(self, tag: str) -> None:
        """Outside again."""
        self.inside = self.inside and tag != "main"


def _opens(value: str) -> bool:
    return not value.startswith(SCHEMES) and not value.endswith(POSTED)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sample district with one incident of each kind, a family, one that a person told, and what is over."""
    folder = tmp_path_factory.mktemp("links")
    centre = sampled(Centre(folder, HandClock(), DuckSeries(folder / "series.duckdb")))
    now_ms = centre.clock.now_ms()
    made = []
    place = {"grid": CODE, "site": "heping", "at_ms": now_ms}
    for number, (kind, more) in enumerate(KINDS.items(), 100):
        made.append(take(centre.desk, facts.incident(number, kind=kind, place=kind, **place, **more)))
    parent = f"01935000-0000-7000-8000-{103:012d}"
    away = {"kind": "endpoint_offline", "severity": "minor", "device": "fire-0021", "parent": parent}
    made.append(take(centre.desk, facts.incident(120, **place, **away)))
    over = facts.incident(121, kind="sensor_fault", severity="minor", device="fire-0022", **place)
    made.append(take(centre.desk, over))
    take(centre.desk, over | {"revision": 2, "condition": "cleared", "cleared_at_ms": now_ms})
    walk(centre.desk, made[-1], 5)
    made.append(centre.desk.sources.report(called(centre, grid=CODE, place="楼梯间")))
    yield centre, made
    centre.store.close()
    centre.series.close()


async def test_every_link_of_every_kind_answers(district: tuple[Centre, list[str]]) -> None:
    """What he may read names nothing that he may not."""
    centre, made = district
    opened: dict[str, int] = {}
    async with web_client(centre, LEADER) as web:
        for incident in made:
            page = await web.get(f"/incidents/{incident}")
            opened[f"/incidents/{incident}"] = page.status_code
            links = Links()
            links.feed(page.text)
            for link in links.found - set(opened):
                opened[link] = (await web.get(link)).status_code
    assert len(opened) > 2 * len(made)
    assert {link: status for link, status in opened.items() if status >= 400} == {}
