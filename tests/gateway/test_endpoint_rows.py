"""The endpoints of a site in its gateway's status, whatever their number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.beliefs.endpoint_rows import PAGE, EndpointRows
from gateway.beliefs.memory import Memory
from gateway.site_file.site import load
from gateway.store.schema import open_database
from protocol import status
from tests.gateway.site import write_site


def rows_of(folder: Path, count: int) -> Any:
    """A function that gives the fields of the next status, and the rows behind it."""
    site = load(write_site(folder, 1883, tuple(f"fire-{n:05}" for n in range(count))))
    db, _ = open_database(folder / "gateway.sqlite")
    rows = EndpointRows(site, Memory(site))
    return lambda: rows.fields(db, watching=True), rows


def names(fields: dict[str, Any]) -> list[str]:
    """The devices of a status."""
    return [row["device"] for row in fields["endpoints"]]


@pytest.mark.parametrize("count", [1, PAGE])
def test_a_site_in_one_status(tmp_path: Path, count: int) -> None:
    """All of them, every time, and no word of pages."""
    following, _ = rows_of(tmp_path, count)
    fields = following()
    assert (len(fields["endpoints"]), list(fields)) == (count, ["endpoints"])
    assert names(following()) == names(fields)


def test_ten_thousand_endpoints(tmp_path: Path) -> None:
    """Every status fits, the pages together hold each one, and what moved does not wait for its turn."""
    following, rows = rows_of(tmp_path, 10_000)
    pages = [following() for _ in range(10_000 // PAGE)]
    sizes = [
        len(status.encode({"state": "online", "why": "heartbeat", "boot": 1, "at_ms": 1} | page)) for page in pages
    ]
    assert max(sizes) < status.MAX_BYTES
    assert sorted(name for page in pages for name in names(page)) == [f"fire-{n:05}" for n in range(10_000)]
    assert {(page["endpoints_total"], page["endpoints_list"]) for page in pages} == {
        (10_000, pages[0]["endpoints_list"])
    }

    rows.moved |= dict.fromkeys(["fire-09999", "fire-05000"])
    assert names(following())[:2] == ["fire-09999", "fire-05000"]
    assert not rows.moved


def test_all_moved_at_once(tmp_path: Path) -> None:
    """More than a page: the rest stays for the next."""
    following, rows = rows_of(tmp_path, PAGE * 2)
    rows.moved |= dict.fromkeys(f"fire-{n:05}" for n in range(PAGE + 7))
    assert len(names(following())) == PAGE
    assert len(rows.moved) == 7
    assert names(following())[:7] == [f"fire-{n:05}" for n in range(PAGE, PAGE + 7)]
