"""/api/review/people, /grids, /departments: how people, areas, tiers and departments did, with every count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.review.assessing.views import Result
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.assessment.grades import Grade
from domain.assessment.indicators import Better

Reader = Annotated[Caller, Depends(allow(Action.ASSESS_READ))]
Moment = Annotated[int, Query(ge=0, lt=1 << 53)]  # UTC epoch ms
Id = Annotated[str, Query(max_length=64)]


class IndicatorOut(BaseModel):
    """`hits` of `of` cases; `spared` are nobody's fault. `counted` of `weight`: how much of it the cases carry."""

    name: str
    better: Better
    hits: int
    of: int
    spared: int
    least: int
    weight: int
    counted: float
    points: float
    lost: float


class ResultOut(BaseModel):
    """`grade` null: too little to judge. `level`: role of a person, level of an area, `department`."""

    id: str
    name: str
    level: str
    code: str
    area_name: str
    grade: Grade | None
    points: float | None
    counted_percent: int
    indicators: list[IndicatorOut]


class DepartmentsOut(BaseModel):
    """Departments, and tiers by their name."""

    departments: list[ResultOut]
    tiers: list[ResultOut]


def build_router(desk: Desk) -> APIRouter:
    """Routes on the assessment. `from_ms` to `to_ms`, half open; `at`: an area with everything below it."""
    router = late_router(prefix="/api/review", tags=["review"])

    @router.get("/people", response_model=list[ResultOut])
    def people(caller: Reader, from_ms: Moment, to_ms: Moment, at: Id = "") -> list[ResultOut]:
        """Everybody of the grid teams of one's areas."""
        return _out(desk.assessing.people(desk.assessing.span(from_ms, to_ms), caller.sees, at))

    @router.get("/grids", response_model=list[ResultOut])
    def grids(caller: Reader, from_ms: Moment, to_ms: Moment, at: Id = "", level: Id = "") -> list[ResultOut]:
        """Every area of a level of the area tree; without one of the lowest."""
        level = level or desk.plan.areas.levels[0]
        return _out(desk.assessing.areas(level, desk.assessing.span(from_ms, to_ms), caller.sees, at))

    @router.get("/departments", response_model=DepartmentsOut)
    def departments(caller: Reader, from_ms: Moment, to_ms: Moment, at: Id = "") -> DepartmentsOut:
        """Departments of one's areas, and the tiers at which incidents stood there."""
        span = desk.assessing.span(from_ms, to_ms)
        return DepartmentsOut(
            departments=_out(desk.assessing.departments(span, caller.sees)),
            tiers=_out(desk.assessing.tiers(span, caller.sees, at)),
        )

    return router


def _out(results: Iterable[Result]) -> list[ResultOut]:
    return [
        ResultOut(
            id=one.id, name=one.name, level=one.level, code=one.code, area_name=one.area_name, grade=one.found.grade,
            points=None if one.found.points is None else float(one.found.points),
            counted_percent=one.found.counted_percent,
            indicators=[
                IndicatorOut(
                    name=mark.indicator.name, better=mark.indicator.better, hits=mark.tally.hits, of=mark.tally.of,
                    spared=mark.tally.spared, least=mark.least, weight=mark.weight, counted=float(mark.counted),
                    points=float(mark.points), lost=float(one.found.lost(mark)),
                )
                for mark in one.found.marks
            ],
        )
        for one in results
    ]  # fmt: skip
