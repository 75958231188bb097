"""A centre in another zone: pages, words and figures take their days by one local time, that of the calendar."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.console.words import Words
from cloud.words import times
from tests.cloud.conftest import Centre
from tests.cloud.test_facts import keeper_of
from tests.cloud.web import web_client

DAY_MS = 86_400_000
OFFSETS = st.integers(-720, 840)


@pytest.mark.parametrize("offset_min", [-300, 345])
async def test_a_day_is_the_same_everywhere(sqlite_centre: Centre, offset_min: int) -> None:
    """One case a minute before midnight there, one a minute after it: each in its own day, and in no other."""
    plan, clock = sqlite_centre.desk.plan, sqlite_centre.clock
    plan.use(replace(plan.read, calendar=replace(plan.calendar, utc_offset_min=offset_min)))
    since_midnight_ms = (clock.now_ms() + offset_min * 60_000) % DAY_MS
    clock.go((DAY_MS - since_midnight_ms) / 1000 - 60)
    sqlite_centre.take(1)
    first = times.date(clock.now_ms(), offset_min)
    clock.go(120)
    sqlite_centre.take(2, kind="entrapment", severity="critical", device="lift-1", place="1号梯")
    last = times.date(clock.now_ms(), offset_min)
    keeper_of(sqlite_centre)
    async with web_client(sqlite_centre) as client:
        both = (await client.get("/review", params={"on": first, "to": last})).text
        days = [(await client.get("/review/incidents", params={"on": day, "to": day})).text for day in (first, last)]
        alarms = (await client.get("/review/alarms", params={"on": first, "to": last})).text

    assert first < last
    bars = re.findall(r'href="/review/incidents\?on=([0-9-]+)&amp;to=[0-9-]+"><b class="num">(\d+)<', both)
    assert bars == [(first, "1"), (last, "1")]
    assert [re.findall("共 [0-9]+ 件", day) for day in days] == [["共 1 件"]] * 2
    assert [word in day for word, day in zip((f"{first} 23:59", f"{last} 00:01"), days, strict=True)] == [True, True]
    assert all(f'<th scope="row" class="num">{day}</th>' in alarms for day in (first, last))
    assert f'data-offset-min="{offset_min}"' in both


@given(st.integers(0, times.LAST_MS - 1), OFFSETS)
def test_a_field_holds_what_it_was_given(at_ms: int, offset_min: int) -> None:
    """To the second; and the date and the time of day beside it say the same."""
    words = Words("zh", offset_min)
    said = words.field(at_ms)
    assert times.read(said, offset_min) == at_ms // 1000 * 1000
    assert said == f"{words.date(at_ms)}T{words.clock(at_ms)}"


def test_a_local_time_has_no_zone_of_its_own() -> None:
    """Nor is anything else taken for one."""
    for text in ("2026-10-01T08:00+08:00", "gestern", ""):
        with pytest.raises(ValueError, match=r"zone|format"):
            times.read(text, 480)
