"""Duty: shifts, nights, cycles, stand-ins, what handhelds say, and the rule that somebody must hear it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.departments import Department, DepartmentError, Departments
from domain.duty_book import CHAIN_MAX, DutyBook, Mark, StandIn, StandInError, check_stand_in
from domain.people import NAMES, Role, role_of
from domain.people_check import problems, warnings
from domain.roster import Duty, Roster, RosterError, Shift

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
SUNDAY_MS = 1_795_305_600_000 - 8 * HOUR_MS  # local midnight (+08:00) at the beginning of Sunday, 2026-11-22


def person(id: str, area: str = "g", role: str = "grid_worker", **more: Any) -> dict[str, Any]:
    """A row of the document."""
    return {"id": id, "name": id.upper(), "role": role, "area": area, **more}


def roster(*people: dict[str, Any], duty: tuple[dict[str, Any], ...] = (), **more: Any) -> Roster:
    """A roster from rows."""
    return Roster.from_table({"people": list(people), "duty": list(duty), **more})


def at(days: int = 0, hours: float = 0) -> int:
    """A time after that Sunday's beginning."""
    return SUNDAY_MS + days * DAY_MS + round(hours * HOUR_MS)


def ids(people: tuple[Any, ...]) -> list[str]:
    """Who."""
    return [one.id for one in people]


def test_weekdays_and_nights_over_midnight() -> None:
    """A night belongs to the day on which it begins: Friday's runs into Saturday, Saturday's does not exist."""
    team = roster(
        person("a"), person("b"), duty=({"person": "a", "hours": "20:00-08:00", "weekdays": [1, 2, 3, 4, 5]},)
    )

    assert team.covers("a", at(5, 23)), "Friday night"
    assert team.covers("a", at(6, 7)), "its morning"
    assert not team.covers("a", at(6, 21)), "Saturday night"
    assert not team.covers("a", at(1, 7)), "Sunday's night does not exist, so Monday's morning has none"


def test_a_cycle_of_four_days_with_a_whole_days_watch() -> None:
    """24 hours on, three days off, counted from a day; the watch ends where it began."""
    line = {"person": "a", "hours": "08:00-08:00", "every": 4, "first": "2026-11-22"}
    team = roster(person("a"), duty=(line,))

    on = [(day, hour) for day in range(8) for hour in (7, 9) if team.covers("a", at(day, hour))]

    assert on == [(0, 9), (1, 7), (4, 9), (5, 7)]


def test_days_by_name_and_days_off() -> None:
    """Holidays are entered by date; a day off is left out."""
    named = {"person": "a", "hours": "08:00-20:00", "dates": [date(2026, 11, 24)], "weekdays": [7]}
    team = roster(
        person("a"), person("b"), duty=(named, {"person": "b", "hours": "08:00-20:00", "not_on": ["2026-11-23"]})
    )

    assert [day for day in range(4) if team.covers("a", at(day, 9))] == [2]
    assert [day for day in range(4) if team.covers("b", at(day, 9))] == [0, 2, 3]


def test_one_worker_in_several_grids() -> None:
    """兼管多格: called in each; a line of the roster may name one of them."""
    team = roster(
        person("a", also=["g2"]), person("b", "g2"), duty=({"person": "a", "hours": "08:00-12:00", "area": "g2"},)
    )

    assert ids(team.on_duty("g2", at(0, 9))) == ["a"]
    assert ids(team.on_duty("g2", at(0, 13))) == ["a", "b"], "a hole: everybody of it"
    assert ids(team.of_area("g")) == ["a"]


def test_only_those_who_work_the_area_are_called() -> None:
    """Administrators and auditors never, supervisors where nobody else is."""
    team = roster(
        person("op", "c", "operator"), person("boss", "c", "supervisor"), person("it", "c", "administrator"),
        person("boss2", "s", "supervisor"), person("aud", "s", "auditor"),
    )  # fmt: skip

    assert ids(team.on_duty("c", at())) == ["op"]
    assert ids(team.on_duty("s", at())) == ["boss2"]
    assert ids(team.everybody_of("s")) == ["boss2", "aud"]


def test_names_of_operators_by_tier_stay() -> None:
    """A roster of an earlier release is read as before."""
    assert {role_of(name) for name in NAMES} == {Role.OPERATOR}
    assert roster(person("a", role="street_operator")).get("a").roles == {Role.OPERATOR}  # type: ignore[union-attr]


def test_a_stand_in_takes_the_hours_of_the_absent() -> None:
    """代班: exactly while the absent would be on duty, also for somebody of another area."""
    team = roster(person("a", duty=["08:00-20:00"]), person("c", duty=["20:00-08:00"]), person("b", "elsewhere"))
    team.use(DutyBook(stand_ins=(StandIn(absent="a", by="b", from_ms=at(0), to_ms=at(1)),)))

    assert ids(team.on_duty("g", at(0, 9))) == ["b"]
    assert ids(team.on_duty("g", at(0, 21))) == ["c"]
    assert ids(team.on_duty("g", at(1, 9))) == ["a"]
    assert not team.may_page("a", at(0, 9))


def test_somebody_away_without_a_stand_in_leaves_a_hole() -> None:
    """Whoever is left of the area hears it, the absent never."""
    team = roster(person("a", duty=["08:00-20:00"]), person("c", duty=["20:00-08:00"]))
    team.use(DutyBook(stand_ins=(StandIn(absent="a", by=None, from_ms=at(0), to_ms=at(1)),)))

    assert ids(team.on_duty("g", at(0, 9))) == ["c"]


def test_a_stand_in_may_have_one() -> None:
    """The chain is followed to whoever is there."""
    rows = (
        StandIn(absent="a", by="b", from_ms=at(0), to_ms=at(2)),
        StandIn(absent="b", by="c", from_ms=at(1), to_ms=at(2)),
    )
    book = DutyBook(stand_ins=rows)

    assert [book.stand_in_of("a", at(day)) for day in range(3)] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("absent", "by", "says"),
    [("a", "b", "already away"), ("b", "a", "each other"), ("c", "c", "himself"), ("c", "a", None), ("c", None, None)],
)
def test_stand_ins_that_contradict_are_refused(absent: str, by: str | None, says: str | None) -> None:
    """No two at the same time for one person, no circle."""
    stands = (StandIn(absent="a", by="b", from_ms=at(0), to_ms=at(1)),)

    def enter() -> None:
        check_stand_in(StandIn(absent=absent, by=by, from_ms=at(0, 5), to_ms=at(2)), stands)

    if says is None:
        enter()
    else:
        with pytest.raises(StandInError, match=says):
            enter()


def test_a_chain_of_stand_ins_ends() -> None:
    """Nobody follows a long one."""
    people = [f"p{number}" for number in range(CHAIN_MAX + 2)]
    rows = [StandIn(absent=a, by=b, from_ms=0, to_ms=9) for a, b in pairwise(people[1:])]
    with pytest.raises(StandInError, match="too many"):
        check_stand_in(StandIn(absent=people[0], by=people[1], from_ms=0, to_ms=9), rows)
    with pytest.raises(StandInError, match="beginning"):
        StandIn(absent="a", by="b", from_ms=5, to_ms=5)


def test_off_by_handheld_lasts_until_the_next_shift_begins() -> None:
    """Whoever says off is not called again today, and is on tomorrow without touching the terminal."""
    team = roster(person("a", duty=["08:00-20:00"]), person("b", duty=["08:00-20:00"]))
    team.use(DutyBook(marks={"a": Mark(on=False, at_ms=at(0, 15))}))

    assert ids(team.on_duty("g", at(0, 14))) == ["a", "b"]
    assert ids(team.on_duty("g", at(0, 16))) == ["b"]
    assert ids(team.on_duty("g", at(0, 21))) == ["b"], "a hole calls nobody who said off"
    assert ids(team.on_duty("g", at(1, 9))) == ["a", "b"]


def test_off_lasts_where_duty_has_no_beginning() -> None:
    """Resgrid 269: a logged-out terminal of somebody with round-the-clock duty stays silent."""
    team = roster(person("a", duty=["00:00-24:00"]), person("b", duty=["00:00-24:00"]))
    team.use(DutyBook(marks={"a": Mark(on=False, at_ms=at(0, 15))}))

    assert [ids(team.on_duty("g", at(day, 9))) for day in range(1, 20)] == [["b"]] * 19


def test_on_by_handheld_counts_for_some_hours() -> None:
    """Extra duty; a terminal that was forgotten does not keep somebody on for ever."""
    team = roster(person("a", duty=["08:00-10:00"]), person("b", duty=["08:00-20:00"]))
    team.use(DutyBook(marks={"a": Mark(on=True, at_ms=at(0, 11))}))

    assert ids(team.on_duty("g", at(0, 12))) == ["a", "b"]
    assert ids(team.on_duty("g", at(1, 12))) == ["b"]


@pytest.mark.parametrize(
    ("handheld", "on", "off"), [("ignored", False, True), ("off", False, False), ("both", True, False)]
)
def test_how_the_word_of_a_handheld_counts(handheld: str, on: bool, off: bool) -> None:
    """As configured."""
    people = (person("x", duty=["08:00-09:00"]), person("y", duty=["08:00-20:00"]), person("z", duty=["08:00-20:00"]))
    team = roster(*people, handheld={"handheld": handheld})
    team.use(DutyBook(marks={"x": Mark(on=True, at_ms=at(0, 10)), "y": Mark(on=False, at_ms=at(0, 10))}))

    assert set(ids(team.on_duty("g", at(0, 12)))) == {"z", *(["x"] if on else []), *(["y"] if off else [])}


def test_a_hand_over_counts_for_one_shift_whatever_handhelds_may_say() -> None:
    """Off and on by a hand-over end after some hours, also where duty has no beginning."""
    people = (person("a", duty=["00:00-24:00"]), person("b", duty=["08:00-09:00"]))
    team = roster(*people, handheld={"handheld": "ignored"})
    marks = {one: Mark(on=one == "b", at_ms=at(0, 10), by_handover=True) for one in ("a", "b")}
    team.use(DutyBook(marks=marks))

    assert [ids(team.on_duty("g", at(0, hour))) for hour in (9.5, 10, 26, 27)] == [["a"], ["b"], ["b"], ["a"]]


def test_nobody_left_revoked_or_disabled_is_called() -> None:
    """Not even where the roster has a hole; the last resort calls whoever is not revoked."""
    team = roster(person("a"), person("b", active=False), person("c"))
    team.use(DutyBook(disabled=frozenset({"c"}), marks={"a": Mark(on=False, at_ms=at(0))}))

    assert team.on_duty("g", at(0, 9)) == ()
    assert ids(team.last_resort(["g", "nowhere"])) == ["a"]
    assert not any(team.may_page(one, at(0, 9)) for one in ("a", "b", "c", "unknown"))


def test_departments_have_people_on_duty() -> None:
    """Their own shifts; a hole calls all of them."""
    team = roster(
        person("f1", "d", "department", department="fire", duty=["08:00-20:00"]),
        person("f2", "d", "department", department="fire", duty=["20:00-08:00"]),
    )

    assert ids(team.department_on_duty("fire", at(0, 9))) == ["f1"]
    assert ids(team.department_on_duty("fire", at(0, 21))) == ["f2"]
    assert team.of_area("d") == ()


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"people": [person("a", role="king")]}, "role 'king' is unknown"),
        ({"people": [person("a", role="department")]}, "needs department"),
        ({"people": [person("a", language="fr")]}, "language"),
        ({"people": [person("a")], "duty": [{"person": "b", "hours": "08:00-20:00"}]}, "nobody has the id b"),
        ({"people": [person("a")], "duty": [{"person": "a", "hours": "08:00-20:00", "area": "x"}]}, "does not belong"),
        ({"people": [person("a")], "duty": [{"person": "a", "hours": "8-20"}]}, "line 1"),
        ({"people": [person("a")], "duty": [{"person": "a", "hours": "08:00-20:00", "every": 3}]}, "needs first"),
        ({"people": [person("a")], "duty": [{"person": "a", "hours": "08:00-20:00", "weekdays": [0]}]}, "weekdays"),
        ({"people": [person("a")], "duty": [{"person": "a", "hours": "08:75-20:00"}]}, "line 1"),
        ({"people": [], "handheld": {"handheld": "maybe"}}, "handheld"),
        ({"people": [], "handheld": {"on_max_h": 0}}, "168"),
    ],
)
def test_a_wrong_document_is_named(document: dict[str, Any], says: str) -> None:
    """Who, and what to mend."""
    with pytest.raises(RosterError, match=says):
        Roster.from_table(document)


def test_the_department_of_a_matter() -> None:
    """Matter before kind, the nearest area first."""
    rows = [
        {"id": "street-fire", "name": "街道安监", "area": "s", "matters": ["hazard"]},
        {"id": "fire", "name": "消防", "area": "d", "matters": ["hazard", "gas_leak"]},
    ]
    found = Departments.from_table({"departments": rows})

    def lead(*codes: str) -> str:
        one = found.for_matter(codes, ["s", "d"])
        return one.id if one else ""

    assert (lead("gas_leak", "hazard"), lead("hazard")) == ("fire", "street-fire")
    assert found.for_matter(["noise"], ["s", "d"]) is None
    assert found.name_of("x") == "x"
    assert found.knows("fire")
    assert found.name_of("fire") == "消防"
    with pytest.raises(DepartmentError, match="two departments"):
        Departments([Department(id="a", name="a", area="d"), Department(id="a", name="b", area="d")])
    with pytest.raises(DepartmentError, match="keep one"):
        Departments.from_table({"departments": [rows[1], {**rows[1], "id": "other"}]})
    with pytest.raises(DepartmentError, match="needs id"):
        Departments.from_table({"departments": [{"id": "a", "colour": "red"}]})


def test_areas_people_and_departments_must_fit() -> None:
    """Each problem is named; what only works badly is a warning."""
    team = roster(
        person("a", "lost", device="hh-1"), person("b", device="hh-1"),
        person("d", role="department", department="none"),
    )  # fmt: skip
    parks = Departments([Department(id="parks", name="园林", area="nowhere")])

    found = problems(["g", "empty"], team, parks)

    assert [text.split(" ")[0] for text in found] == ["people", "department", "person", "handheld"]
    assert any("empty" in text for text in warnings(["g", "empty"], team, parks))
    assert any("parks" in text for text in warnings(["g"], team, parks))
    assert problems(["g"], roster(person("b")), Departments()) == ()


HOURS = st.integers(0, 24 * 60 - 1)


@given(HOURS, HOURS, st.sets(st.integers(1, 7), min_size=1), st.integers(0, 7 * 24 * 60 - 1))
def test_a_weekly_duty_is_its_hours_long(start: int, end: int, weekdays: set[int], minute: int) -> None:
    """On duty exactly where a shift that began at most a day ago has not ended yet."""
    shift = Shift(start_min=start, end_min=end)
    duty = Duty(person="a", hours=shift, weekdays=frozenset(weekdays))
    first = date(2026, 11, 23).toordinal()
    day, of_day = first + minute // 1440, minute % 1440
    length = (end - start) % 1440 or 1440
    running = [
        day - back for back in (0, 1) if duty.begins_on(day - back) and 0 <= of_day + back * 1440 - start < length
    ]

    assert duty.covers(day, of_day) == bool(running)
    assert replace(duty, not_on=frozenset({date.fromordinal(d) for d in running})).covers(day, of_day) is False


@given(st.integers(0, 14 * 24), st.integers(0, 72), st.integers(0, 23), st.integers(0, 23))
def test_off_never_outlasts_the_beginning_of_a_shift(said_h: int, later_h: int, start: int, end: int) -> None:
    """Property: off holds exactly until the first beginning after it."""
    team = roster(person("a", duty=[f"{start:02}:00-{end:02}:00"]))
    team.use(DutyBook(marks={"a": Mark(on=False, at_ms=at(0, said_h))}))
    begins = [hour for hour in range(said_h + 1, said_h + later_h + 1) if hour % 24 == start]

    assert team.may_page("a", at(0, said_h + later_h)) == (bool(begins) and start != end)
