"""Families across sites: on PostgreSQL, whoever writes a member waits for writers of its parent's site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import Centre, opened

SLOW = {"kind": "water_pressure", "severity": "minor"}
ELSEWHERE = "elsewhere"


@pytest.fixture
def centre(tmp_path: Path, postgres_url: str) -> Iterator[Centre]:
    """SQLite has one writer at a time, whatever its sites."""
    yield from opened(tmp_path, postgres_url)


@pytest.mark.postgres
def test_who_writes_a_member_waits_for_the_site_of_its_parent(centre: Centre) -> None:
    """Nothing of the parent is lost, and no two writers wait for each other for ever; other sites go on."""
    parent = centre.take(1, device="h1", **SLOW)
    member = centre.take(2, device="h2", site=ELSEWHERE, grid="110105001001002", **SLOW)
    with centre.store.write([facts.SITE]), centre.desk.transaction([ELSEWHERE]) as session:
        assert session.is_active
    centre.move(member, Move.MERGE, to=parent, reason="同一根水管")
    inside = threading.Event()

    def intake() -> None:
        with centre.desk.transaction([ELSEWHERE]):
            inside.set()

    writer = threading.Thread(target=intake)
    with centre.store.write([facts.SITE]):
        writer.start()
        assert not inside.wait(0.3)
    assert inside.wait(10)
    writer.join()
