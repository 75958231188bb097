"""Boards from factory-empty to proved at a real gateway, and everything that can go wrong on the way."""

from __future__ import annotations

import pytest

from tests.kit.bench import Bench, Site

pytestmark = [pytest.mark.mosquitto, pytest.mark.slow]


async def test_ten_boards_at_once(bench: Bench, site: Site) -> None:
    """From empty to acknowledged by the gateway, all at the same time; a second run changes nothing."""
    bench.plan(10)
    site.open()
    await bench.plug_in(10)

    assert 0 == await bench.work(), bench.said.getvalue()
    report = bench.handed_over()
    assert {f"fire-{n}" for n in range(1, 11)} == {line["device"] for line in report}
    assert {"proved"} == {line["result"] for line in report}
    assert 10 == len({line["chip"] for line in report})
    assert 1 == len({line["digest"] for line in report})
    assert 20 == len(list((bench.kit / "labels").iterdir()))

    assert 0 == await bench.work()
    again = bench.handed_over()[10:]
    assert [0] * 10 == [line["written"] for line in again]
    assert {(line["device"], line["chip"]) for line in report} == {(line["device"], line["chip"]) for line in again}
