"""/api/plan and /api/areas: the plan in its versions, the area tree, places on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.plans.desk import Shown
from cloud.plans.differences import Difference
from cloud.plans.errors import UnknownVersion
from cloud.plans.versions import VersionRow
from cloud.plans.views import AreaView, FacilitiesView, TrialView, area_view, area_views, trial_view
from cloud.plans.writing import WHY_MAX, Wish
from cloud.trust.door import NOWHERE, Caller, allow
from cloud.trust.rights import Action
from domain.geojson import read_areas, write_areas

SectionName = Literal["areas", "people", "departments", "dispatch", "calendar", "facilities", "matters"]
OF_PEOPLE = ("people", "departments")  # sections with a right of their own
Number = Annotated[int, Field(ge=1, lt=1 << 53)]
Lon = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]
Reader = Annotated[Caller, Depends(allow(Action.PLAN_READ))]


class TryIn(BaseModel):
    """A document to be tried."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, Any]


class ApplyIn(TryIn):
    """A document to be stored. `expected_number` is the version that was looked at; findings are accepted by name."""

    why: str = Field(min_length=1, max_length=WHY_MAX)
    expected_number: int | None = Field(default=None, ge=0, lt=1 << 53)
    accept_findings: bool = False


class BackIn(BaseModel):
    """Back to earlier versions: section -> number, several where they only fit together; `expected`: in force now."""

    model_config = ConfigDict(extra="forbid")

    numbers: dict[SectionName, Number] = Field(min_length=1)
    expected: dict[SectionName, Annotated[int, Field(ge=0, lt=1 << 53)]] = Field(default_factory=dict)
    why: str = Field(min_length=1, max_length=WHY_MAX)


def check_write(section: SectionName, caller: Caller) -> None:
    """A section is written for the whole district: the right must stand at its top. Raises Forbidden."""
    write = Action.PEOPLE_WRITE if section in OF_PEOPLE else Action.PLAN_WRITE
    caller.also(write, NOWHERE)


def may_write(section: SectionName, caller: Reader) -> Caller:
    """Who may write this section. Raises Forbidden."""
    check_write(section, caller)
    return caller


def may_read(section: SectionName, caller: Reader) -> Caller:
    """People have a right of their own. Raises Forbidden."""
    if section in OF_PEOPLE:
        caller.also(Action.PEOPLE_READ)
    return caller


def may_try(section: SectionName, caller: Reader) -> Caller:
    """What a document changes tells all that is there: of people only whoever sees all. Raises Forbidden."""
    if section == "people":
        caller.also(Action.PEOPLE_READ, NOWHERE)
    return may_read(section, caller)


def sees_of(caller: Caller) -> Callable[[str], bool]:
    """Whose rows of people somebody sees: of his areas; all, where he may write them."""
    may = partial(caller.guard.may, caller.principal)
    whole = may(Action.PEOPLE_WRITE, "")
    return lambda code: whole or may(Action.PEOPLE_READ, code)


Writer = Annotated[Caller, Depends(may_write)]
Looker = Annotated[Caller, Depends(may_read)]


def build_router(desk: Desk) -> APIRouter:
    """Routes on the plan."""
    plan = late_router(prefix="/api/plan", tags=["plan"])
    _reading(plan, desk)
    _writing(plan, desk)
    areas = late_router(prefix="/api", tags=["areas"], dependencies=[Depends(allow(Action.PLAN_READ))])
    _places(areas, desk)
    plan.routes.extend(areas.routes)
    return plan


def _reading(router: APIRouter, desk: Desk) -> None:
    @router.get("", dependencies=[Depends(allow(Action.PLAN_READ))])
    def overview() -> tuple[VersionRow, ...]:
        """The current version of every section: who stored it, when and why."""
        return desk.plans.overview()

    @router.get("/{section}")
    def show(
        section: SectionName, caller: Looker, number: Annotated[int | None, Query(ge=1, lt=1 << 53)] = None
    ) -> Shown:
        """A version with its document, people of one's areas alone; the current one without a number. 404 if none."""
        return desk.plans.show(section, number, sees_of(caller))

    @router.get("/{section}/history", dependencies=[Depends(may_read)])
    def history(section: SectionName) -> tuple[VersionRow, ...]:
        """The last versions of a section, newest first."""
        return desk.plans.history(section)

    @router.get("/{section}/differences")
    def diff(
        section: SectionName,
        caller: Looker,
        before: Annotated[int, Query(ge=1, lt=1 << 53)],
        after: Annotated[int, Query(ge=1, lt=1 << 53)],
    ) -> tuple[Difference, ...]:
        """What changed between two versions. 404 if one is unknown."""
        return desk.plans.diff(section, before, after, sees_of(caller))


def _writing(router: APIRouter, desk: Desk) -> None:
    @router.post("/back")
    def back(wanted: BackIn, caller: Reader) -> tuple[TrialView, ...]:
        """Store the content of earlier versions as the next ones. 404 if unknown, 409 if late, 422 if unfit."""
        for section in wanted.numbers:
            check_write(section, caller)
        trials = desk.plans.back(
            {str(name): number for name, number in wanted.numbers.items()},
            who=caller.actor, why=wanted.why, expected={str(name): number for name, number in wanted.expected.items()},
        )  # fmt: skip
        return tuple(trial_view(trial) for trial in trials)

    @router.post("/{section}/preview", dependencies=[Depends(may_try)])
    def preview(section: SectionName, wanted: TryIn) -> TrialView:
        """What a document would change, and what does not fit; stores nothing. 422 where it is not usable."""
        return trial_view(desk.plans.preview(section, wanted.document))

    @router.post("/{section}")
    def apply(section: SectionName, wanted: ApplyIn, caller: Writer) -> TrialView:
        """Store a document as the next version. 409 where somebody was faster, 422 where it does not fit."""
        wish = Wish(
            section=section,
            document=wanted.document,
            who=caller.actor,
            why=wanted.why,
            expected_number=wanted.expected_number,
            accept_findings=wanted.accept_findings,
        )
        return trial_view(desk.plans.apply(wish))


def _places(router: APIRouter, desk: Desk) -> None:
    @router.get("/areas")
    def areas() -> tuple[AreaView, ...]:
        """The area tree."""
        return area_views(desk.plan.areas)

    @router.get("/areas.geojson")
    def boundaries() -> dict[str, Any]:
        """The area tree with its boundaries, as a GeoJSON FeatureCollection."""
        return write_areas(desk.plan.areas)

    @router.post("/areas.geojson/preview")
    def take_boundaries(wanted: TryIn) -> TrialView:
        """What a FeatureCollection would change in the areas; store it by POST /api/plan/areas. 422 if unusable."""
        return trial_view(desk.plans.preview("areas", read_areas(desk.plan.document("areas"), wanted.document)))

    @router.get("/areas/at")
    def at(lon: Lon, lat: Lat) -> AreaView | None:
        """The lowest area at a point; null where no boundary holds it."""
        found = desk.plan.grid_at(lon, lat)
        return area_view(desk.plan.areas, found) if found else None

    @router.get("/facilities")
    def facilities(within: Annotated[str, Query(max_length=64)]) -> FacilitiesView:
        """Buildings and facilities of an area (id or code) and everything below it. 404 if unknown."""
        tree, found = desk.plan.areas, desk.plan.facilities
        area = tree.get(within) or tree.of_code(within)
        if area is None:
            raise UnknownVersion(f"no area {within}; see GET /api/areas · 没有这个区域")
        return FacilitiesView(
            buildings=tuple(one for one in found.buildings if tree.within(one.area, area.id)),
            facilities=tuple(one for one in found.facilities if tree.within(one.area, area.id)),
        )
