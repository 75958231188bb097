"""The endpoints of a site in its gateway's status, whatever their number."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from domain.readings import accept
from gateway.beliefs.endpoint_rows import PAGE, EndpointRows
from gateway.beliefs.memory import Memory
from gateway.health.fitting import BESIDE_ROWS, fitted
from gateway.site_file.site import load
from gateway.store.schema import open_database
from protocol import senml, status
from protocol.channels import KINDS, is_bool
from tests.gateway.site import START_MS, write_site


def rows_of(folder: Path, count: int) -> Any:
    """A function that gives the fields of the next status, and the rows behind it."""
    site = load(write_site(folder, 1883, tuple(f"fire-{n:05}" for n in range(count))))
    db, _ = open_database(folder / "gateway.sqlite")
    rows = EndpointRows(site, Memory(site))
    return lambda: rows.fields(db, watching=True), rows


def long_rows(folder: Path) -> Any:
    """As many as go into one page, every channel known, each at a place that takes as long to say as places do."""
    devices = tuple(f"fire-chunfeng-{n:04}" for n in range(PAGE))
    site_file = write_site(folder, 1883, devices)
    place = 'place = "春风小区12号楼3单元15层公共走廊东侧弱电井旁"'
    text = re.sub("place = .*", place, site_file.read_text(encoding="utf-8"))
    site_file.write_text(text, encoding="utf-8")
    site = load(site_file)
    db, _ = open_database(folder / "gateway.sqlite")
    memory = Memory(site)
    values = {channel: is_bool(channel) if is_bool(channel) else 1.0 for channel in KINDS["fire"]}
    for device in devices:
        reading = accept(senml.decode(senml.encode(senml.Pack(device, 1, 1, START_MS, 0, values=values))), START_MS)
        memory.change(db, device).feed(reading, lambda: "an id")
    rows = EndpointRows(site, memory)
    return lambda: rows.fields(db, watching=True), rows


def size_of(fields: dict[str, Any]) -> int:
    """Bytes of a status."""
    return len(status.encode({"state": "online", "why": "heartbeat", "boot": 1, "at_ms": 1} | fields))


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


def test_a_page_is_as_long_as_there_is_room_for(tmp_path: Path) -> None:
    """The centre refuses a status that is too long, whole, and its gateway would count as silent."""
    following, rows = long_rows(tmp_path)
    pages = [following() for _ in range(4)]
    assert max(map(size_of, pages)) < status.MAX_BYTES - BESIDE_ROWS
    assert {(page["endpoints_total"], page["endpoints_list"]) for page in pages} == {(PAGE, pages[0]["endpoints_list"])}
    assert {name for page in pages for name in names(page)} == {f"fire-chunfeng-{n:04}" for n in range(PAGE)}

    rows.moved |= dict.fromkeys(["fire-chunfeng-0499", "not-here-any-more", "fire-chunfeng-0001"])
    assert names(following())[:2] == ["fire-chunfeng-0499", "fire-chunfeng-0001"]
    assert not rows.moved


def test_what_stands_beside_the_endpoints_is_cut_where_it_is_too_long() -> None:
    """The longest list first, and the status says so; what fits stays as it is."""
    shelves = [{"id": str(n), "reason": "检修" * 100} for n in range(200)]
    page = {"part": "rules", "rows": [{"name": "r" * 900} for _ in range(100)]}
    fields = {"counters": {"a": 1}, "unknown": ["x"], "shelved": shelves, "inventory": page}
    told = fitted(fields)
    assert size_of(told) < BESIDE_ROWS + 200
    assert told["cut"] == ["shelved", "inventory"]
    assert told["shelved"] == shelves[: len(told["shelved"])]
    assert (told["counters"], told["unknown"]) == ({"a": 1}, ["x"])
    assert fitted({"unknown": ["x"]}) == {"unknown": ["x"]}
    assert fitted({"text": "x" * 99}, 10) == {"text": "x" * 99}
    assert fitted({"inventory": page}, 100)["inventory"]["rows"] == []


def test_all_moved_at_once(tmp_path: Path) -> None:
    """More than a page: the rest stays for the next."""
    following, rows = rows_of(tmp_path, PAGE * 2)
    rows.moved |= dict.fromkeys(f"fire-{n:05}" for n in range(PAGE + 7))
    assert len(names(following())) == PAGE
    assert len(rows.moved) == 7
    assert names(following())[:7] == [f"fire-{n:05}" for n in range(PAGE, PAGE + 7)]
