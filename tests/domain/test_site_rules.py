"""Rules that span endpoints: one incident for one cause, nothing hidden, lives never kept back; over any restart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.incidents import Kind, Severity
from domain.shelving import Shelf
from domain.site_rules.limits import SiteLimits
from tests.domain.site_bench import START_MS, SiteBench

VIA = {f"e{n}": "switch-3" for n in range(4)}
FIRE = Kind.FIRE


def test_a_quiet_site_passes_everything_on_as_it_is() -> None:
    """One incident, its revisions, its end: nothing added, nothing late."""
    bench = SiteBench()

    assert bench.up(0, "e0", FIRE) == ["raised e0 fire major i1"]
    assert bench.move(5, "e0", FIRE, severity=Severity.CRITICAL) == ["changed e0 fire critical i1"]
    assert bench.down(90, "e0", FIRE) == ["cleared e0 fire critical i1"]
    assert bench.centre["i1"][0].number == 3


def test_a_neighbour_confirms_a_fire() -> None:
    """Two endpoints of one group: both are confirmed, at once, and each names the other."""
    bench = SiteBench()
    bench.up(0, "e0", FIRE)
    told = bench.up(30, "e1", FIRE)

    assert told == ["raised e1 fire critical i2", "changed e0 fire critical i1"]
    assert ("confirmed_nearby", True) in bench.signals("i1")
    assert bench.up(40, "e2", FIRE) == ["raised e2 fire critical i3"]
    assert bench.move(50, "e0", FIRE) == ["changed e0 fire critical i1"]
    assert bench.counts["site.confirmed"] == 3


@pytest.mark.parametrize(("device", "second"), [("e0", 10), ("e9", 10), ("e1", 601)])
def test_what_does_not_confirm(device: str, second: int) -> None:
    """The endpoint itself, another group, ten minutes later."""
    bench = SiteBench()
    bench.up(0, "e0", FIRE)
    if device == "e0":
        bench.down(5, "e0", FIRE)

    assert bench.up(second, device, FIRE) == [f"raised {device} fire major i2"]


def test_another_kind_confirms_where_the_site_file_says_so() -> None:
    """A sprinkler that loses pressure beside a suspected fire; it stays what it is itself."""
    bench = SiteBench(SiteLimits(confirm_by=("fire", "water_pressure")))
    bench.up(0, "e0", FIRE)
    told = bench.up(10, "e1", Kind.WATER_PRESSURE)

    assert told == ["raised e1 water_pressure minor i2", "changed e0 fire critical i1"]


def test_a_call_from_a_lift_in_a_blackout_is_critical() -> None:
    """Power is gone at another endpoint of the building, since an hour: who calls from the car is trapped."""
    bench = SiteBench()
    bench.up(0, "e0", Kind.POWER)
    assert bench.up(3600, "e1", Kind.LIFT_ALARM_BUTTON) == ["raised e1 lift_alarm_button critical i2"]
    assert bench.up(3601, "e9", Kind.LIFT_ALARM_BUTTON) == ["raised e9 lift_alarm_button minor i3"]

    assert bench.up(3602, "e9", Kind.LIFT_FAULT) == [
        "raised e9 lift_fault minor i4",
        "changed e9 lift_alarm_button critical i3",
    ]


def test_what_is_confirmed_leaves_the_flood() -> None:
    """Critical, so on its own."""
    bench = SiteBench()
    flooded(bench)
    bench.up(130, "e0", Kind.LIFT_ALARM_BUTTON)
    told = bench.up(131, "e1", Kind.POWER)

    assert told == ["raised e1 power minor i14 in p1", "changed e0 lift_alarm_button critical i13"]


def test_anchor_12_a_dead_switch_is_one_incident_with_its_children_inside() -> None:
    """Four endpoints go silent within seconds: one parent first, the members kept inside it, nothing else."""
    bench = SiteBench(via=VIA)
    assert bench.up(0, "e0") == []
    bench.restart()
    assert bench.up(1, "e1") == [
        "raised gw endpoints_offline major p1",
        "raised e0 endpoint_offline minor i1 in p1",
        "raised e1 endpoint_offline minor i2 in p1",
    ]
    bench.restart()
    assert bench.up(2, "e2") == ["raised e2 endpoint_offline minor i3 in p1"]
    assert bench.up(3000, "e3") == ["raised e3 endpoint_offline minor i4 in p1"]
    assert bench.centre["p1"][2].place == "switch-3"
    assert bench.centre["p1"][2].grid == "g1"
    assert bench.tick(3001) == ["changed gw endpoints_offline major p1"]
    assert bench.signals("p1") == [("together", 4)]


def test_the_switch_is_back_and_one_endpoint_is_not() -> None:
    """Three of four return: the parent ends after a minute, the fourth is a matter of its own."""
    bench = SiteBench(via=VIA)
    for second, device in enumerate(VIA):
        bench.up(second, device)
    for second, device in enumerate(("e0", "e1", "e2")):
        assert bench.down(100 + second, device)[0].startswith(f"cleared {device}")
        bench.tick(100 + second)
    bench.restart()

    assert bench.tick(159) == ["changed gw endpoints_offline major p1"]
    assert bench.tick(160) == ["changed e3 endpoint_offline minor i4", "cleared gw endpoints_offline major p1"]
    assert bench.open_at_centre() == {"i4": None}
    assert bench.down(300, "e3") == ["cleared e3 endpoint_offline minor i4"]


def test_when_all_are_back_the_parent_ends_at_once() -> None:
    """No minute to wait for."""
    bench = SiteBench(via=VIA)
    for device in VIA:
        bench.up(0, device)
    told = [line for device in VIA for line in bench.down(50, device)]

    assert told[-1] == "cleared gw endpoints_offline major p1"
    assert bench.open_at_centre() == {}


def test_one_that_was_away_before_is_no_company() -> None:
    """Dead since an hour: the next one is told alone, and the first is not pulled in."""
    bench = SiteBench(via={"e0": "s", "e1": "s"}, size=3)
    bench.up(0, "e0")
    assert bench.tick(10) == ["raised e0 endpoint_offline minor i1"]
    bench.up(3600, "e1")

    assert bench.tick(3610) == ["raised e1 endpoint_offline minor i2"]


def test_many_of_a_site_at_once_need_no_switch() -> None:
    """Five of twelve within a minute; who goes an hour later is another matter."""
    bench = SiteBench()
    assert [bench.up(n, f"e{n}") for n in range(4)] == [[]] * 4
    told = bench.up(4, "e4")

    assert told[0] == "raised gw endpoints_offline major p1"
    assert len(told) == 6
    assert bench.up(30, "e5") == ["raised e5 endpoint_offline minor i6 in p1"]
    assert bench.up(3600, "e6") == []
    assert bench.tick(3610)[-1] == "raised e6 endpoint_offline minor i7"


def test_told_alone_and_then_the_switch_goes() -> None:
    """The first waited in vain, half a minute later the others follow: it goes under the parent too."""
    bench = SiteBench(via=VIA)
    bench.up(0, "e0")
    assert bench.tick(11) == ["raised e0 endpoint_offline minor i1"]
    told = bench.up(30, "e1")

    assert told[1:] == ["changed e0 endpoint_offline minor i1 in p1", "raised e1 endpoint_offline minor i2 in p1"]


def test_a_hiccup_is_not_told() -> None:
    """Back before the others could have gone: counted, not told."""
    bench = SiteBench(via=VIA)
    bench.up(0, "e0")

    assert bench.down(5, "e0") == []
    assert (bench.tick(60), bench.counts["site.fleeting"]) == ([], 1)


def test_a_small_site_does_not_wait() -> None:
    """Nobody could go along: told at once."""
    assert SiteBench(size=2).up(0, "e0") == ["raised e0 endpoint_offline minor i1"]


def test_a_clock_that_steps_back_holds_nothing_for_ever() -> None:
    """A held raise is told by a clock that jumped back a day."""
    bench = SiteBench(via=VIA)
    bench.up(0, "e0")

    assert bench.tick(-86_400) == ["raised e0 endpoint_offline minor i1"]


def flooded(bench: SiteBench, kinds: tuple[Kind, ...] = (Kind.TAMPER,), until: int = 12) -> list[str]:
    """Twelve alarms in two minutes."""
    return [line for n in range(until) for line in bench.up(n * 10, f"e{n}", kinds[n % len(kinds)])]


def test_a_flood_becomes_one_parent_with_its_members_kept() -> None:
    """The eleventh alarm in ten minutes: it and what follows are inside the flood; what was told before stays."""
    bench = SiteBench()
    told = flooded(bench)
    bench.restart()

    assert told[9] == "raised e9 tamper minor i10"
    assert told[10:] == [
        "raised gw alarm_flood major p1",
        "raised e10 tamper minor i11 in p1",
        "raised e11 tamper minor i12 in p1",
    ]
    assert bench.up(130, "e0", Kind.BATTERY) == ["raised e0 battery minor i13 in p1"]


def test_lives_and_the_worst_stand_outside_of_a_flood() -> None:
    """Fire, entrapment, sos, and what is critical: told on their own in the middle of it."""
    bench = SiteBench()
    flooded(bench)

    assert bench.up(131, "e0", FIRE) == ["raised e0 fire major i13"]
    assert bench.up(132, "e9", Kind.ENTRAPMENT) == ["raised e9 entrapment critical i14"]
    assert bench.up(133, "e2", Kind.POWER, severity=Severity.CRITICAL) == ["raised e2 power critical i15"]
    assert bench.move(134, "e11", Kind.TAMPER, severity=Severity.CRITICAL) == ["changed e11 tamper critical i12"]
    assert bench.open_at_centre()["i12"] is None


def test_a_flood_ends_by_the_clock_and_its_parent_with_the_last_member() -> None:
    """After ten quiet minutes new alarms stand alone; the parent stays as long as a member is active."""
    bench = SiteBench()
    flooded(bench)
    bench.tick(120)
    bench.tick(800)
    assert bench.up(801, "e0", Kind.BATTERY) == ["raised e0 battery minor i13"]
    bench.down(802, "e10", Kind.TAMPER)
    assert bench.tick(870) == ["changed gw alarm_flood major p1"]
    assert bench.signals("p1") == [("flood", 1)]
    bench.restart()
    bench.down(871, "e11", Kind.TAMPER)

    assert bench.tick(872) == ["cleared gw alarm_flood major p1"]


def test_the_members_of_a_dead_switch_make_no_flood() -> None:
    """Forty endpoints behind one switch: one parent, no flood."""
    bench = SiteBench(size=40, via={f"e{n}": "s" for n in range(40)})
    told = [line for n in range(40) for line in bench.up(n / 10, f"e{n}")]

    assert not any("alarm_flood" in line for line in told)
    assert sum(" in p1" in line for line in told) == 40


def test_a_chattering_alarm_stays_one_incident() -> None:
    """The third raise in ten minutes says so, and from then on it stays open until it was quiet for ten minutes."""
    bench = SiteBench(size=3)
    for n in range(3):
        bench.up(n * 20, "e0", Kind.ESCAPE_DOOR)
        bench.down(n * 20 + 10, "e0", Kind.ESCAPE_DOOR)
    assert bench.signals("i3") == [("r", 1), ("chattering", 3)]
    assert bench.open_at_centre() == {"i3": None}
    bench.restart()
    for n in range(3, 9):
        assert bench.up(n * 20, "e0", Kind.ESCAPE_DOOR) == []
        bench.restart()
        assert bench.down(n * 20 + 10, "e0", Kind.ESCAPE_DOOR) == []

    assert bench.tick(700) == []
    assert bench.tick(770) == ["cleared e0 escape_door minor i3"]
    assert bench.up(800, "e0", Kind.ESCAPE_DOOR) == ["raised e0 escape_door minor i10"]


def test_a_chattering_alarm_that_gets_worse_is_told() -> None:
    """Taken in, and more severe than what the centre knows."""
    bench = SiteBench(size=3)
    for n in range(3):
        bench.up(n * 20, "e0", Kind.ESCAPE_DOOR)
        bench.down(n * 20 + 10, "e0", Kind.ESCAPE_DOOR)

    assert bench.up(70, "e0", Kind.ESCAPE_DOOR, severity=Severity.MAJOR) == ["changed e0 escape_door major i3"]


def test_another_rule_is_another_alarm() -> None:
    """What chatters takes only itself in."""
    bench = SiteBench(size=3)
    for n in range(3):
        bench.up(n * 20, "e0", Kind.ESCAPE_DOOR)
        bench.down(n * 20 + 10, "e0", Kind.ESCAPE_DOOR)

    assert bench.up(70, "e0", Kind.ESCAPE_DOOR, rule="other") == ["raised e0 escape_door minor i4"]


@pytest.mark.parametrize("kind", [Kind.FIRE, Kind.ENTRAPMENT, Kind.SOS, Kind.FACILITY_FAULT])
def test_lives_and_foreign_panels_never_chatter(kind: Kind) -> None:
    """Every one is told, and its end too."""
    bench = SiteBench(size=3)
    told = []
    for n in range(6):
        told += [*bench.up(n * 20, "e0", kind), *bench.down(n * 20 + 10, "e0", kind)]

    assert [line.split()[0] for line in told] == ["raised", "cleared"] * 6


def test_a_stale_alarm_says_so_once() -> None:
    """After a day; nothing is closed for it."""
    bench = SiteBench(size=3)
    bench.up(0, "e0", Kind.ESCAPE_DOOR)
    assert bench.tick(86_000) == []
    bench.restart()

    assert bench.tick(86_460) == ["changed e0 escape_door minor i1"]
    assert bench.signals("i1")[-1] == ("stale", 24)
    assert bench.tick(200_000) == []


def test_what_was_removed_from_the_site_file_does_not_stay_open_for_ever() -> None:
    """Its endpoint will never clear it: the gateway does, and says why."""
    bench = SiteBench(via=VIA)
    for device in VIA:
        bench.up(0, device)
    bench.up(1, "e5", Kind.TAMPER)
    for device in (*VIA, "e5"):
        del bench.places[device]
    bench.restart()
    bench.tick(2)
    bench.tick(3)

    assert bench.open_at_centre() == {}
    assert bench.signals("i5")[-1] == ("removed", 1)


def test_a_lost_book_goes_on_with_the_endpoints_revisions() -> None:
    """The table was torn out: the centre still gets revisions above those it knows."""
    bench = SiteBench(size=3)
    bench.up(0, "e0", FIRE)
    bench.move(5, "e0", FIRE)
    bench._written.clear()
    bench.restart()

    assert bench.move(10, "e0", FIRE) == ["changed e0 fire major i1"]
    assert bench.down(90, "e0", FIRE) == ["cleared e0 fire major i1"]


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"gather_ms": -1}, "gather_ms"),
        ({"via_at_least": 1}, "via_at_least"),
        ({"via_share": 1.5}, "via_share"),
        ({"flood_ends_below": 11}, "flood_ends_below"),
        ({"confirm_by": ("smoke",)}, "confirm_by"),
        ({"call_confirmed_by": ("smoke",)}, "call_confirmed_by"),
    ],
)
def test_numbers_that_cannot_be(limits: dict[str, Any], why: str) -> None:
    """The field is named."""
    with pytest.raises(ValueError, match=f"^{why}"):
        SiteLimits(**limits)


KINDS = (Kind.ENDPOINT_OFFLINE, Kind.FIRE, Kind.TAMPER, Kind.SOS)
STEPS = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(KINDS), st.sampled_from([0, 1, 7, 30, 400]), st.booleans()),
    max_size=60,
)


@given(STEPS)
def test_whatever_happens_the_centre_ends_with_what_is_true(steps: list[tuple[int, Kind, int, bool]]) -> None:
    """Any order, any restart: lives are told at once and alone; in the end exactly the active incidents are open."""
    bench, now = SiteBench(via=VIA), 0
    for n, kind, seconds, restart in steps:
        now += seconds
        bench.tick(now)
        device = f"e{n}"
        known = (device, kind) in bench.active
        told = bench.down(now, device, kind) if known else bench.up(now, device, kind)
        if kind.life_safety:
            assert told
            assert all(" in " not in line for line in told)
        if restart:
            bench.restart()
    for second in range(now + 1, now + 1400, 60):
        bench.tick(second)
    bench.tick(now + 3000)

    alone = [telling for rev, _, telling in bench.centre.values() if rev.condition == "active"]
    members = {(t.device, t.change.incident.kind) for t in alone if t.device != "gw"}
    assert members == set(bench.active)
    parents = {parent for parent in bench.open_at_centre().values() if parent}
    assert {t.change.incident.id for t in alone if t.device == "gw"} == parents


def test_a_second_part_of_the_site_has_a_common_cause_of_its_own() -> None:
    """Minutes after the first, which is still away: both parents end with their members."""
    bench = SiteBench()
    for n in range(5):
        bench.up(n / 10, f"e{n}")
    for n in range(5, 10):
        bench.up(300 + n / 10, f"e{n}")
    assert set(bench.open_at_centre().values()) == {None, "p1", "p2"}
    bench.restart()
    for n in range(5):
        bench.down(400 + n / 10, f"e{n}")
    assert set(bench.open_at_centre().values()) == {None, "p2"}
    for n in range(5, 10):
        bench.down(500 + n / 10, f"e{n}")
    bench.tick(600)

    assert bench.open_at_centre() == {}


def test_a_member_whose_parent_is_lost_stands_for_itself() -> None:
    """A torn page took the parent's record: the member's end is told, and stops nothing."""
    bench = SiteBench(via=VIA)
    for n in range(3):
        bench.up(n / 10, f"e{n}")
    assert bench._written.pop("p1")
    bench.restart()

    assert bench.down(60, "e0") == ["cleared e0 endpoint_offline minor i1"]


WILD = st.lists(
    st.tuples(
        st.integers(0, 11),
        st.sampled_from(KINDS),
        st.sampled_from([0, 1, 5, 90, 700, -3_600, -86_400, 86_400]),
        st.sampled_from(["", "", "restart", "shelve", "unshelve"]),
    ),
    max_size=60,
)


@given(WILD)
def test_clocks_that_jump_and_shelves_that_come_and_go_lose_nothing(steps: list[tuple[int, Kind, int, str]]) -> None:
    """The clock steps by a day either way, people shelve and take away: in the end the centre knows what is true."""
    bench, now = SiteBench(via=VIA), 0
    for n, kind, seconds, act in steps:
        now += seconds
        bench.tick(now)
        device = f"e{n}"
        told = bench.down(now, device, kind) if (device, kind) in bench.active else bench.up(now, device, kind)
        assert told or not kind.life_safety  # shelves of this test name no life safety
        if act == "restart":
            bench.restart()
        elif act:
            until = now + 1_000 if act == "shelve" else now
            shelf = Shelf(
                id="s", device=device, via=None, kinds=(), rule=None, author="a", reason="r",
                from_ms=START_MS + now * 1000, until_ms=START_MS + until * 1000 + 1,
            )  # fmt: skip
            bench.shelve(shelf)
    for second in range(now + 1, now + 3_000, 100):
        bench.tick(second)
    bench.tick(now + 200_000)

    open_there = [telling for rev, _, telling in bench.centre.values() if rev.condition == "active"]
    assert {(t.device, t.change.incident.kind) for t in open_there if t.device != "gw"} == set(bench.active)
    assert len([t for t in open_there if t.device != "gw"]) == len(bench.active)
    parents = {parent for parent in bench.open_at_centre().values() if parent}
    assert {t.change.incident.id for t in open_there if t.device == "gw"} == parents
