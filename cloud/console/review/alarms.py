"""/review/alarms: how well the alarms do, what is bad first; the alarms behind each number. Works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from cloud.console.review.alarm_said import device_href, limits_of, percent, said_of
from cloud.console.review.alarm_tables import rows_of
from cloud.console.review.choice import ReviewWish, wish_of
from cloud.console.review.frame import HERE, Frame, Frames
from cloud.console.view import View, visitor
from cloud.desk import Desk
from cloud.plan import Plan
from cloud.review.alarms.findings import figures, findings
from cloud.review.alarms.reading import LONGEST_MS
from cloud.review.alarms.span import Behind, Cut
from cloud.review.alarms.views import AlarmReport
from cloud.tables.files import FORMS, file_of
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.assessment.alarm_figures import LEVELS
from domain.assessment.alarm_targets import WINDOW_MS
from domain.assessment.figures import LEAST
from domain.assessment.periods import DAY_MS, day_of, span

Reader = Annotated[Caller, Depends(allow(Action.REVIEW_READ))]
Wished = Annotated[ReviewWish, Depends(wish_of)]
Ms = Annotated[int | None, Query(ge=0, lt=1 << 53)]
Word = Annotated[str, Query(max_length=64, pattern=r"^[^\x00]*$")]
ALARMS, LIST, FILE = f"{HERE}/alarms", f"{HERE}/alarms/list", f"{HERE}/alarms/file"
ROWS_SHOWN = 20  # floods and sites, the longest; the file has all

DATED, NUMBERED, LISTED = 14, 31, 7  # days of a chart with a date each, a number each, a table that stands open


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """How the columns of the days are drawn."""

    most: float  # what the highest stands for
    numbered: bool
    dated: int  # every so many days
    listed: bool


def add_routes(router: APIRouter, desk: Desk, view: View) -> None:
    """/review/alarms and what is below it."""
    pages = AlarmPages(desk, view)
    router.add_api_route(ALARMS, pages.page)
    router.add_api_route(LIST, pages.behind)
    router.add_api_route(FILE, pages.file)


def cut_of(
    from_ms: Ms = None, to_ms: Ms = None, station: Word = "", source: Word = "", kind: Word = "", severity: Word = ""
) -> Cut:
    """What of them, from the address. `source` is a device: one that is gone from the plan is still asked for."""
    known = severity if severity in LEVELS else ""
    return Cut(from_ms=from_ms, to_ms=to_ms, site=station, device=source, kind=kind, severity=known)


def query_of(what: Behind, cut: Cut) -> dict[str, object]:
    """As `cut_of` reads it."""
    found = {
        "what": str(what), "from_ms": cut.from_ms, "to_ms": cut.to_ms, "station": cut.site, "source": cut.device,
        "kind": cut.kind, "severity": cut.severity,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in (None, "")}


def behind_href(frame: Frame, what: str, **cut: Any) -> str:
    """The list of the alarms that a number counted."""
    return frame.address(LIST, **query_of(Behind(what), Cut(**cut)))


class AlarmPages:
    """The handlers. Plain functions: FastAPI calls them in worker threads, because the desk blocks."""

    def __init__(self, desk: Desk, view: View) -> None:
        self._desk = desk
        self._frames = Frames(desk, view)

    def page(self, request: Request, caller: Reader, wish: Wished) -> Response:
        """All figures of the period, what is bad first."""
        frame = self._frames.of(request, caller, wish, "alarms")
        report = self._report(caller, frame)
        before = self._desk.alarms.report(*frame.compared, frame.at, caller.sees)
        words, href = visitor(request).words, partial(behind_href, frame)
        equips = caller.guard.may(caller.principal, Action.GATEWAY_READ)
        said = said_of(words, report, findings(report), href, may_equip=equips)
        values: dict[str, Any] = {
            "r": report, "before": {one.name: one for one in figures(before)}, "figures": figures(report),
            "findings": said, "shown": figure_text, "share": percent, "device_href": device_href, "href": href,
            "month_href": _month(frame, report.targets.days), "rows_shown": ROWS_SHOWN, "file": FILE,
            "forms": tuple(FORMS), "chart": chart_of(report), "window_ms": WINDOW_MS,
            "may_equip": equips, "least": LEAST,
            "site_name": partial(site_name, self._desk.plan), "limits": limits_of(report.targets),
            "most_days": LONGEST_MS // DAY_MS,
        }  # fmt: skip
        return self._frames.html(request, "review/alarms.html", frame, **values)

    def behind(
        self, request: Request, caller: Reader, wish: Wished, cut: Annotated[Cut, Depends(cut_of)],
        what: Behind = Behind.SEEN, page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> Response:  # fmt: skip
        """The alarms that a number counted, the newest first."""
        frame = self._frames.of(request, caller, wish, "alarms")
        period = frame.period
        found = self._desk.alarms.listed(period.from_ms, period.to_ms, what, cut, frame.at, caller.sees, page)
        query = query_of(what, cut)
        values = {"found": found, "what": what, "cut": cut, "list": LIST, "back": ALARMS, "query": query}
        return self._frames.html(request, "review/alarms_list.html", frame, **values)

    def file(self, request: Request, caller: Reader, wish: Wished, format: Word = "csv") -> Response:
        """All tables of the page below each other, for a spreadsheet."""
        frame = self._frames.of(request, caller, wish, "alarms")
        words = visitor(request).words
        form = format if format in FORMS else "csv"
        rows = rows_of(words, self._report(caller, frame))
        name = f"alarms-{frame.period.first.isoformat()}"
        return file_of(name, form, (words.t("review.tab.alarms"), frame.said, frame.where), rows)

    def _report(self, caller: Caller, frame: Frame) -> AlarmReport:
        return self._desk.alarms.report(frame.period.from_ms, frame.period.to_ms, frame.at, caller.sees)


def _month(frame: Frame, days: int) -> str:
    """The same page over so many days that end with the period: long enough for a judgement."""
    last = min(frame.period.last, day_of(frame.now_ms, frame.period.offset_min))
    return frame.address(ALARMS, span(last - timedelta(days=days), last))


def figure_text(unit: str, value: float | None) -> str:
    """A number as the table shows it."""
    if value is None:
        return "—"
    return percent(value) if unit == "share" else f"{value:.2f}".rstrip("0").rstrip(".")


def site_name(plan: Plan, site: str) -> str:
    """The area that a site serves; the site itself where the plan does not know it."""
    area = plan.areas.site_area(site)
    return area.name if area else site


def chart_of(report: AlarmReport) -> Chart:
    """Of the peaks of each day: a number over every column as long as they stand apart, a date where there is room."""
    days, limit = len(report.days), report.targets.window_above * report.positions.count
    return Chart(
        most=max([limit, *(day.seen_peak for day in report.days)], default=1), numbered=days <= NUMBERED,
        dated=1 if days <= DATED else 7 if days <= NUMBERED else 30, listed=days <= LISTED,
    )  # fmt: skip
