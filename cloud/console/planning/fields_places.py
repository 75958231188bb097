"""Fields of areas, buildings and facilities."""

from __future__ import annotations

from cloud.console.planning.fields import Field, Part
from domain.facilities import STOREYS_MAX, TEXT_MAX
from domain.grid_codes import DIGITS_MAX
from domain.grids import CODE_MAX, NAME_MAX

AREAS = Part(
    name="areas",
    section="areas",
    key="id",
    title=("name",),
    fields=(
        Field(name="name", required=True, most=NAME_MAX, column=True),
        Field(name="id", kind="id", required=True, most=CODE_MAX),
        Field(name="level", kind="choice", source="levels", required=True, column=True),
        Field(name="parent", kind="choice", source="areas", column=True),
        Field(name="code", kind="id", required=True, most=CODE_MAX, column=True),
        Field(name="kind", kind="choice", source="grid_kinds", default="ordinary", column=True),
        Field(name="households", kind="number", least=0, most=1_000_000, column=True),
        Field(name="boundary", kind="boundary", column=True),
    ),
)
SITES = Part(
    name="sites",
    section="areas",
    key="site",
    title=("site",),
    fields=(
        Field(name="site", kind="id", required=True, most=CODE_MAX, column=True),
        Field(name="area", kind="choice", source="areas", required=True, column=True),
    ),
)
TREE = Part(
    name="tree",
    section="areas",
    single=True,
    fields=(
        Field(name="levels", kind="lines", required=True),
        Field(name="datum", kind="choice", source="datums", default="wgs84"),
        Field(name="tolerance_m2", kind="decimal", least=0, most=1_000_000, default=10.0),
        Field(name="scheme.name", kind="choice", source="schemes", default="free", group="scheme"),
        Field(name="scheme.top_digits", kind="number", least=1, most=DIGITS_MAX, default=6, group="scheme"),
        Field(
            name="scheme.serial_digits.{level}", kind="number", least=1, most=DIGITS_MAX, default=3, group="serial",
        ),
        Field(name="scheme.level_codes.{level}", most=4, group="level_codes"),
    ),
)  # fmt: skip
BUILDINGS = Part(
    name="buildings",
    section="facilities",
    key="id",
    title=("name",),
    fields=(
        Field(name="name", required=True, most=NAME_MAX, column=True),
        Field(name="id", kind="id", required=True, most=CODE_MAX, column=True),
        Field(name="area", kind="choice", source="areas", column=True),
        Field(name="storeys", kind="number", least=1, most=STOREYS_MAX, column=True),
        Field(name="households", kind="number", least=0, most=1_000_000, column=True),
        Field(name="way", most=TEXT_MAX),
        Field(name="point", kind="point"),
    ),
)
FACILITIES = Part(
    name="facilities",
    section="facilities",
    key="id",
    title=("name",),
    fields=(
        Field(name="name", required=True, most=NAME_MAX, column=True),
        Field(name="id", kind="id", required=True, most=CODE_MAX, column=True),
        Field(name="kind", kind="choice", source="facility_kinds", required=True, column=True),
        Field(name="area", kind="choice", source="areas", column=True),
        Field(name="building", kind="choice", source="buildings"),
        Field(name="place", most=TEXT_MAX, column=True),
        Field(name="point", kind="point"),
        Field(name="device", kind="id", most=CODE_MAX),
    ),
)
