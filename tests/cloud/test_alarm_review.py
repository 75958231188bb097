"""The figures of the alarms over a real centre, on both databases: what is counted, cut, listed and kept beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cloud.plan.errors import PlanError
from cloud.review.alarms.reading import load_targets
from cloud.review.alarms.span import Behind, Cut
from cloud.review.alarms.views import AlarmReport
from cloud.store.models_equipment import ShelfOrder
from domain.assessment.alarm_targets import AlarmTargets, TargetError
from domain.incidents import Move
from tests.cloud import facts
from tests.cloud.conftest import START_MS, Centre
from tests.cloud.test_facts import keeper_of

DAY_MS = 86_400_000
MIDNIGHT_MS = 1_795_276_800_000  # of START_MS, +08:00
MIN_MS = 60_000


def alarm(centre: Centre, number: int, *, took_ms: int | None = None, **changes: Any) -> str:
    """One that a sensor tells, and takes back by its own clock."""
    at_ms = centre.clock.now_ms()
    more = {"kind": "water_pressure", "severity": "warning", "device": "pump-1", **changes}
    one = centre.take(number, **more)
    if took_ms is not None:
        over = {"revision": 2, "condition": "cleared", "raised_at_ms": at_ms, "cleared_at_ms": at_ms + took_ms}
        centre.take(number, **more, **over, changed_at_ms=at_ms + took_ms)
    return one


def report(centre: Centre, days: int = 1, **more: Any) -> AlarmReport:
    """Of the day of the clock and those before it."""
    keeper_of(centre)
    centre.clock.go(1)  # what comes this very moment is of the next look
    return centre.desk.alarms.report(MIDNIGHT_MS - (days - 1) * DAY_MS, MIDNIGHT_MS + DAY_MS, **more)


def test_nothing_is_said_of_nothing(sqlite_centre: Centre) -> None:
    found = report(sqlite_centre)
    assert found.nothing
    assert (found.told.pace.count, found.top_share, found.stale_worst, found.enough) == (0, None, 0, False)
    assert found.to_ms == START_MS + 1000  # the day is not over
    assert sqlite_centre.desk.alarms.report(1 << 52, (1 << 53) - 1).nothing


def test_a_flood_as_it_was_seen_and_as_it_was_told(centre: Centre) -> None:
    """Members stand behind their parent on the board; the sensors told every one of them."""
    parent = centre.take(1, kind="alarm_flood", severity="minor", device="", signals=[])
    for number in range(2, 14):
        centre.clock.go(5)
        alarm(centre, number, device=f"pump-{number}", parent=parent)
    centre.take(20, kind="fire", device="fire-a")
    found = report(centre)
    assert (found.seen.pace.count, found.told.pace.count) == (2, 13)
    assert (found.seen.floods, len(found.told.floods)) == ((), 1)
    (flood,) = found.told.floods
    assert (flood.count, flood.over) == (13, False)
    assert (found.seen.pace.peak, found.told.pace.peak, found.told.pace.busy) == (2, 13, 1)
    assert (found.days[-1].seen, found.days[-1].told, found.days[-1].told_peak) == (2, 13, 13)
    cut = Cut(from_ms=flood.first_ms, to_ms=flood.end_ms + 1)
    listed = centre.desk.alarms.listed(MIDNIGHT_MS, START_MS + DAY_MS, Behind.TOLD, cut)
    assert (listed.total, listed.rows[-1].member_of) == (13, parent)


def test_who_found_it_void_or_put_it_elsewhere_has_answered(centre: Centre) -> None:
    """A false alarm that was seen through at once, and one that went into another, were not left alone."""
    one = alarm(centre, 1, kind="fire", device="f-1", took_ms=1000)
    two, parent = (alarm(centre, number, kind="entrapment", device=f"lift-{number}") for number in (2, 3))
    centre.clock.go(60)
    centre.walk(one, Move.VOID)
    centre.walk(parent, Move.ACCEPT)
    centre.move(two, Move.MERGE, to=parent, reason="同一处")
    centre.clock.go(600)
    found = report(centre)
    assert (found.life_answered[0].waits.in_time, found.life_answered[0].waits.late) == (3, 0)
    assert found.life_answered[0].waits.worst_ms == 60_000


def test_chattering_fleeting_and_the_worst_sources(centre: Centre) -> None:
    for number in (1, 2, 3):
        alarm(centre, number, took_ms=4_000)
        centre.clock.go(25)
    centre.clock.go(600)
    alarm(
        centre,
        4,
        took_ms=5_000,
        signals=[facts.signal("flow_low", "flow", 1, START_MS), facts.signal("chattering", "rate", 3, START_MS)],
    )
    alarm(centre, 5, device="pump-2", severity="critical")
    found = report(centre)
    assert (found.chattering, found.fleeting, found.split) == (3, 1, (4, 0, 0, 1))
    worst, other = found.actors
    assert (worst.device, worst.count, worst.chattering, worst.fleeting, worst.held) == ("pump-1", 4, 3, 1, True)
    assert (worst.share, worst.place, worst.rules[0], other.count) == (0.8, "Room A", "smoke_level", 1)
    assert [one.device for one in found.chatterers] == ["pump-1"]
    for what, count in ((Behind.CHATTERING, 3), (Behind.FLEETING, 1), (Behind.SEEN, 5), (Behind.UNACCEPTED, 5)):
        assert centre.desk.alarms.listed(MIDNIGHT_MS, START_MS + DAY_MS, what, Cut()).total == count
    cut = Cut(device="pump-2", kind="water_pressure", site=facts.SITE, severity="critical")
    assert centre.desk.alarms.listed(MIDNIGHT_MS, START_MS + DAY_MS, Behind.SEEN, cut).total == 1


def test_what_stands_is_stale_on_each_day(centre: Centre) -> None:
    one = alarm(centre, 1, kind="battery")
    two = alarm(centre, 2, kind="battery", device="pump-2")
    centre.clock.go(3 * 86_400)
    centre.walk(two, Move.ACCEPT)
    centre.move(two, Move.VOID, reason="换过电池")
    keeper_of(centre)
    centre.clock.go(5)
    found = centre.desk.alarms.report(MIDNIGHT_MS, MIDNIGHT_MS + 10 * DAY_MS)
    assert [day.stale for day in found.days] == [0, 2, 2, 2]
    assert ([row.id for row in found.stale], found.stale_count) == ([one], 1)
    cut = Cut(from_ms=found.days[1].from_ms, to_ms=found.days[1].to_ms)
    assert centre.desk.alarms.listed(MIDNIGHT_MS, MIDNIGHT_MS + 10 * DAY_MS, Behind.STALE, cut).total == 2
    later = centre.desk.alarms.report(MIDNIGHT_MS + 3 * DAY_MS, MIDNIGHT_MS + 10 * DAY_MS)
    assert (later.told.pace.count, [day.stale for day in later.days]) == (0, [2])


def test_who_had_it_and_when(centre: Centre) -> None:
    """Life safety stands apart, from the breach on; a merged or grouped one is nobody's wait."""
    fire = centre.take(1)
    other = centre.take(2, kind="sos", device="hh-1", raised_at_ms=centre.clock.now_ms() - 15_000)
    water = alarm(centre, 3, severity="minor")
    centre.clock.go(60)
    centre.move(fire, Move.ACCEPT)
    centre.clock.go(240)
    centre.move(other, Move.ACCEPT)
    centre.move(water, Move.ACCEPT)
    found = report(centre)
    life = {one.name: one.waits for one in found.life_answered}
    assert (life["all"].count, life["all"].in_time, life["fire"].median_ms, life["sos"].p90_ms) == (
        2,
        1,
        60_000,
        300_000,
    )
    assert (found.life_told.in_time, found.life_shown.in_time, found.life_told.worst_ms) == (1, 2, 15_000)
    answered = {one.name: one.waits for one in found.answered}
    assert (answered["all"].count, answered["minor"].median_ms, answered["major"].count) == (1, 300_000, 0)
    for what, count in ((Behind.LATE_TOLD, 1), (Behind.LATE_ACCEPTED, 1), (Behind.LIFE, 2), (Behind.UNACCEPTED, 0)):
        assert centre.desk.alarms.listed(MIDNIGHT_MS, START_MS + DAY_MS, what, Cut()).total == count


def test_false_alarms_have_a_denominator(centre: Centre) -> None:
    for number in (1, 2, 3):
        one = alarm(centre, number, took_ms=60_000, device="pump-1" if number < 3 else "pump-2")
        if number != 2:
            centre.move(one, Move.VOID, reason="误报，现场没有情况")
        else:
            centre.walk(one, Move.ACCEPT, Move.DISPATCH, Move.FEED_BACK, Move.VERIFY, Move.CLOSE)
    alarm(centre, 4)
    found = report(centre)
    assert (found.false_all.hits, found.false_all.of) == (2, 3)
    assert [(one.name, one.rate.hits, one.rate.of) for one in found.false_by_device] == [
        ("pump-2", 1, 1),
        ("pump-1", 1, 2),
    ]
    assert [(one.name, one.rate.hits, one.rate.of) for one in found.false_by_site] == [(facts.SITE, 2, 3)]
    listed = centre.desk.alarms.listed(MIDNIGHT_MS, START_MS + DAY_MS, Behind.VOID, Cut(kind="water_pressure"))
    assert [row.void_why for row in listed.rows] == ["误报，现场没有情况"] * 2


def test_sensors_away_and_what_was_kept_back(centre: Centre) -> None:
    centre.status()
    alarm(centre, 1, kind="endpoint_offline", device="fire-a", took_ms=90_000)
    alarm(centre, 2, kind="site_link_down", device=facts.GATEWAY, took_ms=30_000)
    shelf = {"gateway_id": facts.GATEWAY, "site": facts.SITE, "device": "fire-b", "person": "zhou", "reason": "施工"}
    when = {"made_ms": START_MS, "until_ms": START_MS + DAY_MS, "state_ms": START_MS}
    with centre.store.write() as session:
        for number, state in enumerate(("in_force", "refused", "taken_back")):
            session.add(ShelfOrder(id=str(number), kinds=["fire"], state=state, **shelf, **when))
    centre.clock.go(7200)
    now_ms = centre.clock.now_ms()
    keeper_of(centre)
    found = centre.desk.alarms.report(MIDNIGHT_MS, now_ms)
    (away,) = found.away
    assert (away.incidents, away.devices, away.of_devices, away.total_ms, away.site_ms) == (1, 1, 3, 90_000, 30_000)
    assert found.shelved == ()  # the gateway says that nothing is
    past = centre.desk.alarms.report(MIDNIGHT_MS, START_MS + MIN_MS)
    (kept,) = past.shelved
    assert (kept.device, kept.life_safety, kept.place, kept.until_ms) == ("fire-b", True, "Room B", START_MS + DAY_MS)
    entry = {"device": "fire-c", "kinds": [], "author": "li", "reason": "维修", "until_ms": now_ms + 9, "service": True}
    centre.status(shelved=[entry, "nonsense", {"until_ms": "soon"}])
    (told,) = centre.desk.alarms.report(MIDNIGHT_MS, now_ms).shelved
    assert (told.device, told.service, told.person, told.from_ms) == ("fire-c", True, "li", None)


def test_only_ones_own_areas(centre: Centre) -> None:
    """By what may be seen, and by the area that was chosen."""
    alarm(centre, 1)
    assert report(centre, sees=lambda _grid, _site: False).nothing
    assert report(centre, at="chunfeng").told.pace.count == 1
    assert report(centre, at="nowhere").nothing
    listed = centre.desk.alarms.listed(MIDNIGHT_MS, START_MS + DAY_MS, Behind.SEEN, Cut(), sees=lambda _g, _s: False)
    assert (listed.total, listed.pages, listed.rows) == (0, 1, ())


def test_positions_are_said(sqlite_centre: Centre) -> None:
    assert report(sqlite_centre, at="nowhere").positions.how == "one"
    roster = report(sqlite_centre, at="chunfeng").positions
    assert roster.count >= 1
    sqlite_centre.desk.alarms.targets = AlarmTargets(positions=2.5)
    found = report(sqlite_centre).positions
    assert (found.count, found.how) == (2.5, "configured")


def test_targets_come_from_the_config_folder(tmp_path: Path) -> None:
    assert load_targets(tmp_path) == AlarmTargets()  # ours say what the code says
    (tmp_path / "alarms.toml").write_text("rate = 0.5\n")
    assert load_targets(tmp_path).rate == 0.5
    (tmp_path / "alarms.toml").write_text("rat = 1\n")
    with pytest.raises(TargetError, match="rat"):
        load_targets(tmp_path)
    (tmp_path / "alarms.toml").write_text("rate =")
    with pytest.raises(PlanError):
        load_targets(tmp_path)
