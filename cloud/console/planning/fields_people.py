"""Fields of people, their shifts, and departments. Phone numbers are not here: they are no part of a version."""

from __future__ import annotations

from cloud.console.planning.fields import Field, Part
from domain.grids import CODE_MAX, NAME_MAX

PEOPLE = Part(
    name="people",
    section="people",
    key="id",
    title=("name",),
    fields=(
        Field(name="name", required=True, most=NAME_MAX, column=True),
        Field(name="id", kind="id", required=True, most=CODE_MAX, column=True),
        Field(name="role", kind="choice", source="roles", required=True, column=True),
        Field(name="area", kind="choice", source="areas", required=True, column=True),
        Field(name="also", kind="refs", source="areas"),
        Field(name="more_roles", kind="choices", source="roles"),
        Field(name="department", kind="choice", source="departments"),
        Field(name="device", kind="id", most=CODE_MAX, column=True),
        Field(name="duty", kind="hours_list"),
        Field(name="language", kind="choice", source="languages"),
        Field(name="active", kind="flag", default=True, column=True),
    ),
)
DUTY = Part(
    name="duty",
    section="people",
    fields=(
        Field(name="person", kind="choice", source="people", required=True, column=True),
        Field(name="hours", kind="hours", required=True, column=True),
        Field(name="weekdays", kind="weekdays"),
        Field(name="every", kind="number", least=1, most=366, default=1, group="cycle"),
        Field(name="first", kind="date", group="cycle"),
        Field(name="last", kind="date", group="cycle"),
        Field(name="dates", kind="dates", group="days"),
        Field(name="not_on", kind="dates", group="days"),
        Field(name="area", kind="choice", source="areas"),
    ),
)
TERMINALS = Part(
    name="terminals",
    section="people",
    single=True,
    fields=(
        Field(name="handheld.handheld", kind="choice", source="obeyed", default="both"),
        Field(name="handheld.on_max_h", kind="number", least=1, most=168, default=16),
        Field(name="utc_offset_min", kind="number", least=-720, most=840, default=480),
    ),
)
DEPARTMENTS = Part(
    name="departments",
    section="departments",
    key="id",
    title=("name",),
    fields=(
        Field(name="name", required=True, most=NAME_MAX, column=True),
        Field(name="id", kind="id", required=True, most=CODE_MAX, column=True),
        Field(name="name_en", most=NAME_MAX),
        Field(name="area", kind="choice", source="areas", required=True, column=True),
        Field(name="matters", kind="choices", source="matters_and_kinds", column=True),
    ),
)
