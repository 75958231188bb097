"""/api/review/alarms: how well the alarms do, and the alarms behind each number."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.review.alarms.findings import Figure, Finding, figures, findings
from cloud.review.alarms.span import Behind, Cut
from cloud.review.alarms.views import AlarmReport, Listed
from cloud.review.cases.wish import WishError
from cloud.tables.files import ANSWERS, FORMS, file_of
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.incidents import Kind, Severity

Reader = Annotated[Caller, Depends(allow(Action.REVIEW_READ))]
Ms = Annotated[int, Field(ge=0, lt=1 << 53)]  # UTC epoch ms
Text = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]
COLUMNS = ("name", "unit", "value", "told", "target", "sense", "verdict", "hits", "of")


class SpanIn(BaseModel):
    """Alarms told in [from_ms, to_ms), at most the last 400 days of it; `at`: the id of an area, with all below it."""

    from_ms: Ms
    to_ms: Ms
    at: Text = ""

    def span(self) -> tuple[int, int]:
        """From, to. Raises WishError."""
        if self.to_ms <= self.from_ms:
            raise WishError("to_ms: must lie after from_ms / 应晚于 from_ms")
        return self.from_ms, self.to_ms


class BehindIn(SpanIn):
    """Which of them. `source`: a device, `station`: a site; `cut_from_ms` and `cut_to_ms`: a part of the span."""

    what: Behind = Behind.SEEN
    cut_from_ms: Ms | None = None
    cut_to_ms: Ms | None = None
    station: Text = ""
    source: Text = ""
    kind: Kind | None = None
    severity: Severity | None = None
    page: int = Field(default=1, ge=1, le=1_000_000)

    def cut(self) -> Cut:
        """As a number was counted."""
        return Cut(
            from_ms=self.cut_from_ms, to_ms=self.cut_to_ms, site=self.station, device=self.source,
            kind=str(self.kind or ""), severity=str(self.severity or ""),
        )  # fmt: skip


class AlarmsOut(BaseModel):
    """All figures; what each counts: docs/review.md."""

    report: AlarmReport
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]


def build_router(desk: Desk) -> APIRouter:
    """The routes."""
    router = late_router(prefix="/api/review", tags=["review"])

    @router.get("/alarms", response_model=AlarmsOut)
    def alarms(caller: Reader, wish: Annotated[SpanIn, Query()]) -> AlarmsOut:
        """Figures of ISA-18.2 and EEMUA 191 with their targets, what is wrong first, in the caller's areas."""
        report = desk.alarms.report(*wish.span(), wish.at, caller.sees)
        return AlarmsOut(report=report, figures=figures(report), findings=findings(report))

    @router.get("/alarms/list", response_model=Listed)
    def behind(caller: Reader, wish: Annotated[BehindIn, Query()]) -> Listed:
        """The alarms that a number counted, fifty to a page, the newest first."""
        return desk.alarms.listed(*wish.span(), wish.what, wish.cut(), wish.at, caller.sees, wish.page)

    for form in FORMS:
        _files(router, desk, form)
    return router


def _files(router: APIRouter, desk: Desk, form: str) -> None:
    @router.get(f"/alarms.{form}", response_class=Response, responses=ANSWERS)
    def file(caller: Reader, wish: Annotated[SpanIn, Query()]) -> Response:
        """The table of figures as a file, in codes; the console's file has all tables, in words."""
        found = figures(desk.alarms.report(*wish.span(), wish.at, caller.sees))
        rows = [["" if (cell := getattr(one, name)) is None else str(cell) for name in COLUMNS] for one in found]
        return file_of("gridwhistle-alarms", form, COLUMNS, rows)
