"""The people of the sample district, their shifts, and the departments. Nobody of these names is meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cloud.plan.files import load_toml
from cloud.plan.sections import Document
from cloud.plans.sample.ground import COMMUNITIES, DISTRICT, STREET, Grid
from cloud.settings import SAMPLES

Row = dict[str, Any]

SURNAMES = "林何方田周秦沈高陆裴徐赵钱孙李吴郑王冯陈褚卫蒋韩杨朱许吕施张孔曹严华金魏陶姜谢邹"
FIRST = "知安小明若远镜星清念思景书子嘉云文雨一乐"
SECOND = "夏平满源兰航川舟荷宁远涵行言宜帆博晨诺然"
DAY, NIGHT, OFFICE = "08:00-20:00", "20:00-08:00", "09:00-18:00"
WORKDAYS = [1, 2, 3, 4, 5]
FIRST_DAY = "2026-01-05"  # a Monday; cycles count from it
NEXT_DAY = "2026-01-06"
# beside those of the small sample: id, name, English, matters (codes of matters.toml, or kinds of incidents)
DEPARTMENTS = (
    ("works", "市政设施所", "public works", ["flooded_road", "manhole", "street_lamp"]),
    ("service", "便民服务中心", "citizens' service", ["resident_help", "wages"]),
)


def document(grids: tuple[Grid, ...]) -> Document:
    """The section `people`: who, and the duty roster. Those of the small sample keep their ids and hours."""
    small = load_toml(SAMPLES / "sample_roster.toml")
    people: list[Row] = small["people"]
    duty: list[Row] = [*small.get("duty", ())]
    names = iter(_names({row["name"] for row in people}))
    for number, grid in enumerate(grids, start=1):
        people += _team(grid, people, names, duty, f"handheld-{number:04}")
    for community, _ in COMMUNITIES[2:]:
        people.append(_row(f"{community}-day", next(names), "community_operator", community, duty=[DAY]))
        people.append(_row(f"{community}-night", next(names), "community_operator", community, duty=[NIGHT]))
    people += _centre(names, duty)
    for department, *_ in DEPARTMENTS:
        for shift, hours in (("day", DAY), ("night", NIGHT)):
            row = _row(f"{department}-{shift}", next(names), "department", DISTRICT, duty=[hours])
            people.append({**row, "department": department})
    return {"utc_offset_min": 480, "people": people, "duty": duty}


def departments() -> Document:
    """The section `departments`."""
    more = [
        {"id": code, "name": name, "name_en": english, "area": DISTRICT, "matters": matters}
        for code, name, english, matters in DEPARTMENTS
    ]
    return {"departments": [*load_toml(SAMPLES / "sample_departments.toml")["departments"], *more]}


def _names(taken: set[str]) -> Iterator[str]:
    """Three characters each, no two alike, spread over the lists."""
    number = 0
    while True:
        surname = SURNAMES[number % len(SURNAMES)]
        first = FIRST[(number // 3) % len(FIRST)]
        second = SECOND[(number // len(SURNAMES) + number) % len(SECOND)]
        number += 1
        if (name := surname + first + second) not in taken:
            taken.add(name)
            yield name


def _row(person: str, name: str, role: str, area: str, **more: Any) -> Row:
    return {"id": person, "name": name, "role": role, "area": area, **more}


def _team(grid: Grid, known: list[Row], names: Iterator[str], duty: list[Row], device: str) -> list[Row]:
    """A worker with his handheld and a leader; they take the nights in turn, and the leader the worker's day off."""
    here = {row["role"]: row for row in known if row["area"] == grid.id}
    new = []
    if worker := here.get("grid_worker"):
        worker["device"] = device
    else:
        worker = _row(f"{grid.id}-worker", next(names), "grid_worker", grid.id, device=device)
        new.append(worker)
        off = (grid.number - 1) % 7 + 1
        days = [day for day in range(1, 8) if day != off]
        duty.append({"person": worker["id"], "hours": DAY, "weekdays": days})
        duty.append({"person": worker["id"], "hours": NIGHT, "first": FIRST_DAY, "every": 2})
    if "grid_leader" not in here:
        leader = _row(f"{grid.id}-leader", next(names), "grid_leader", grid.id)
        new.append(leader)
        duty.append({"person": leader["id"], "hours": DAY, "weekdays": [(grid.number - 1) % 7 + 1]})
        duty.append({"person": leader["id"], "hours": NIGHT, "first": NEXT_DAY, "every": 2})
    return new


def _centre(names: Iterator[str], duty: list[Row]) -> list[Row]:
    """Street and district: a director, two deputies, three more operators, supervision, administration, audit."""
    rows = [
        _row("street-director", next(names), "supervisor", STREET),
        _row("street-deputy-1", next(names), "supervisor", STREET),
        _row("street-deputy-2", next(names), "supervisor", STREET),
        _row("street-operator-3", next(names), "street_operator", STREET),
        _row("street-operator-4", next(names), "street_operator", STREET),
        _row("street-operator-5", next(names), "street_operator", STREET),
        _row("district-operator-2", next(names), "district_operator", DISTRICT),
        _row("supervisor", next(names), "supervisor", DISTRICT),
        _row("administrator", next(names), "administrator", DISTRICT),
        _row("auditor", next(names), "auditor", DISTRICT),
    ]
    duty += [{"person": row["id"], "hours": OFFICE, "weekdays": WORKDAYS} for row in rows]
    return rows
