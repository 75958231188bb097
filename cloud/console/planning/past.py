"""The versions of a section: who, when, why, what changed between any two, and taking one back as a new one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from cloud.console.planning import faults, telling
from cloud.console.planning.bench import HERE, Bench, Benches, Posted, Reader, SectionName, back_to, text_of
from cloud.plan.errors import PlanError
from cloud.plans import merging
from cloud.plans.errors import PlanConflict
from cloud.plans.writing import WHY_MAX

Number = Annotated[int | None, Query(ge=1, lt=1 << 53)]


def add_routes(router: APIRouter, benches: Benches) -> None:
    """/plan/{section}/history."""
    pages = PastPages(benches)
    router.add_api_route(f"{HERE}/{{section}}/history", pages.show)
    router.add_api_route(f"{HERE}/{{section}}/back", pages.back, methods=["POST"])


class PastPages:
    """The handlers."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches

    def show(
        self, request: Request, caller: Reader, section: SectionName, before: Number = None, after: Number = None
    ) -> Response:
        """The list, and the difference of two; the last change where none are named."""
        bench = self._benches.open(request, caller, section)
        return self._page(request, bench, before, after)

    def back(self, request: Request, caller: Reader, section: SectionName, form: Posted) -> Response:
        """Make an earlier version the next one."""
        bench = self._benches.open(request, caller, section)
        bench.rights.insist()
        number, why, seen = text_of(form, "number"), text_of(form, "why").strip(), text_of(form, "seen")
        if seen != str(bench.number):  # somebody stored a version since the page was drawn
            wrong = bench.wording.words.t("plan.faster")
            return self._page(request, bench, None, None, wrong=wrong, status=409)
        if not number.isdecimal() or not why or len(why) > WHY_MAX or not why.isprintable():
            wrong = bench.wording.words.t("plan.why.needed")
            return self._page(request, bench, None, None, wrong=wrong, status=422)
        try:
            self._benches.desk.plans.back(
                {section: int(number)}, who=caller.actor, why=why, expected={section: bench.number}
            )
        except PlanError as error:
            told = faults.told(str(error), bench.parts, bench.document, bench.wording.words)
            wrong = " ".join([bench.wording.words.t("plan.back.unfit"), *(one.text for one in told)])
            return self._page(request, bench, None, None, wrong=wrong, status=422)
        except PlanConflict:
            return self._page(request, bench, None, None, wrong=bench.wording.words.t("plan.faster"), status=409)
        return back_to(section, applied=self._benches.desk.plan.number(section))

    def _page(
        self, request: Request, bench: Bench, before: int | None, after: int | None, *, wrong: str = "",
        status: int = 200,
    ) -> Response:  # fmt: skip
        plans = self._benches.desk.plans
        rows = plans.history(bench.section)
        newest = after or (rows[0].number if rows else 0)
        oldest = before or max(newest - 1, 1)
        told: tuple[telling.ToldChange, ...] = ()
        count = 0
        if rows and oldest != newest:
            old, new = (bench.cut(plans.show(bench.section, number).document) for number in (oldest, newest))
            found = merging.changes(old, new)
            told, count = telling.told(found, bench.section, bench.wording), len(found)
        values: dict[str, Any] = {
            "rows": rows, "before": oldest, "after": newest, "told": told, "changes_count": count, "wrong": wrong,
            "why_max": WHY_MAX,
        }  # fmt: skip
        return self._benches.html(request, "history.html", bench, status=status, **values)
