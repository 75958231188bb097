"""Families across sites: on PostgreSQL, writers of either site wait for each other."""

from __future__ import annotations

import threading

import pytest

from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import Centre

SLOW = {"kind": "water_pressure", "severity": "minor"}
ELSEWHERE = "elsewhere"


def test_who_writes_a_member_waits_for_the_site_of_its_parent(centre: Centre) -> None:
    """Nothing of the parent is lost, and no two writers wait for each other for ever."""
    if not centre.store.shared:
        pytest.skip("one writer at a time, whatever its sites")
    parent = centre.take(1, device="h1", **SLOW)
    member = centre.take(2, device="h2", site=ELSEWHERE, grid="110105001001002", **SLOW)
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


def test_other_sites_go_on(centre: Centre) -> None:
    """Only families across a border cost anybody time."""
    if not centre.store.shared:
        pytest.skip("one writer at a time, whatever its sites")
    centre.take(2, device="h2", site=ELSEWHERE, grid="110105001001002", **SLOW)
    with centre.store.write([facts.SITE]), centre.desk.transaction([ELSEWHERE]) as session:
        assert session.is_active
