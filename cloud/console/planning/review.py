"""What a draft changes and means; storing it with a reason, giving it up, putting it upon a newer version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from cloud.console.planning import faults, otherwise, telling
from cloud.console.planning.bench import HERE, Bench, Benches, Posted, Reader, SectionName, back_to, text_of, texts_of
from cloud.console.planning.boundary import drawings
from cloud.plan.errors import PlanError
from cloud.plan.sections import Document
from cloud.plans import meaning, merging
from cloud.plans.drafts import Draft, DraftChanged
from cloud.plans.errors import FindingsOpen, PlanConflict
from cloud.plans.writing import WHY_MAX, Trial, Wish
from cloud.routing.trying import try_on_last, try_on_reports
from domain.dispatch import DispatchError
from domain.people_check import warnings

NIGHT, DAY = 22, 10  # hours at which who is on duty is shown
FINDINGS_SHOWN = 50
TWICE_MS = 60_000  # a second press on the same button, or a browser that asks again
WITH_MATTERS = ("matters", "departments", "dispatch")  # sections that name matters
Also = Annotated[list[SectionName] | None, Query(max_length=7)]


def add_routes(router: APIRouter, benches: Benches) -> None:
    """/plan/{section}/preview and what is done there."""
    pages = ReviewPages(benches)
    router.add_api_route(f"{HERE}/{{section}}/preview", pages.preview)
    for path, act in (
        ("apply", pages.apply),
        ("discard", pages.discard),
        ("undo", pages.undo),
        ("rebase", pages.rebase),
    ):
        router.add_api_route(f"{HERE}/{{section}}/{path}", act, methods=["POST"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """The draft, with other drafts of the same person that only fit with it, against the plan."""

    drafts: Mapping[str, Draft]
    trial: Trial | None
    refusal: str

    @property
    def documents(self) -> dict[str, Document]:
        """What would be stored."""
        return {section: draft.document for section, draft in self.drafts.items()}

    def stamps(self, section: str) -> list[str]:
        """Of the drafts beside that of `section`: what a form was drawn from."""
        return [f"{name}:{draft.row.stamp}" for name, draft in self.drafts.items() if name != section]


class ReviewPages:
    """The handlers."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches

    def preview(self, request: Request, caller: Reader, section: SectionName, also: Also = None) -> Response:
        """What the draft changes, and what that means."""
        bench = self._benches.open(request, caller, section)
        return self._show(request, bench, also or [])

    def apply(self, request: Request, caller: Reader, section: SectionName, form: Posted) -> Response:
        """Store it as the next version, with a reason; it counts at once."""
        bench = self._benches.open(request, caller, section)
        also = [name for name in texts_of(form).get("also", []) if name in self._benches.desk.plan.read.documents]
        together = self._together(bench, also)
        why = text_of(form, "why").strip()
        for name, draft in together.drafts.items():
            replace(bench.rights, section=name).demand(self._benches.desk.plan.document(name), draft.document)
        moved = set(texts_of(form).get("also_stamp", [])) != set(together.stamps(section))
        if bench.behind or not bench.draft.begun or text_of(form, "stamp") != bench.stamp or moved:
            return self._late(request, bench, also, why)
        if not why or len(why) > WHY_MAX or not why.isprintable():
            return self._show(request, bench, also, why=why, wrong="plan.why.needed", status=422)
        accept = bool(form.get("accept"))
        wishes = [
            Wish(section=name, document=draft.document, who=caller.actor, why=why, expected_number=draft.row.base,
                 accept_findings=accept)
            for name, draft in together.drafts.items()
        ]  # fmt: skip
        try:
            self._benches.drafts.apply(wishes)
        except PlanConflict:
            return self._late(request, self._benches.open(request, caller, section), also, why)
        except (FindingsOpen, PlanError) as error:
            wrong = "plan.findings.accept" if isinstance(error, FindingsOpen) else "plan.unfit"
            return self._show(request, bench, also, why=why, wrong=wrong, status=422)
        return back_to(section, applied=self._benches.desk.plan.number(section))

    def _late(self, request: Request, bench: Bench, also: list[Any], why: str) -> Response:
        """Somebody was faster: another person, another window, or the same button pressed twice."""
        if not bench.draft.begun and (number := self._done(bench.section, bench.draft.row.who, why)):
            return back_to(bench.section, applied=number)
        wrong = "" if bench.behind else "plan.window"
        return self._show(request, bench, also, why=why, wrong=wrong, status=409)

    def _done(self, section: str, who: str, why: str) -> int:
        """The version that this very request stored a moment ago: the button was pressed twice. 0: none."""
        desk = self._benches.desk
        newest = next(iter(desk.plans.history(section)), None)
        if newest is None or (newest.who, newest.why) != (who, why):
            return 0
        return newest.number if desk.clock.now_ms() - newest.at_ms < TWICE_MS else 0

    def discard(self, caller: Reader, section: SectionName) -> Response:
        """Give the draft up; the version in force stays."""
        self._benches.drafts.drop(section, caller.actor)
        return back_to(section, discarded=1)

    def undo(self, request: Request, caller: Reader, section: SectionName, form: Posted) -> Response:
        """Take one change out of the draft."""
        bench = self._benches.open(request, caller, section)
        if bench.behind or text_of(form, "stamp") != bench.stamp:
            return self._show(request, bench, [], wrong="" if bench.behind else "plan.window", status=409)
        picks = {text_of(form, "name"): merging.THEIRS}
        left = merging.rebased(bench.current, bench.document, bench.current, picks)
        return self._put(request, bench, lambda: self._save(bench, left, bench.number))

    def rebase(self, request: Request, caller: Reader, section: SectionName, form: Posted) -> Response:
        """Put the changes that were chosen upon what somebody else stored meanwhile."""
        bench = self._benches.open(request, caller, section)
        if text_of(form, "stamp") != bench.stamp or text_of(form, "number") != str(bench.number):
            return self._show(request, bench, [], wrong="plan.window", status=409)
        base = self._benches.desk.plans.show(section, bench.draft.row.base).document
        picks = {name.removeprefix("pick:"): text[0] for name, text in texts_of(form).items() if name[:5] == "pick:"}
        new = merging.rebased(base, bench.document, bench.current, picks)
        return self._put(request, bench, lambda: self._save(bench, new, bench.number))

    def _save(self, bench: Bench, document: Document, base: int) -> None:
        if document == bench.current:
            self._benches.drafts.drop(bench.section, bench.draft.row.who)
        else:
            self._benches.drafts.rebase(bench.draft, document, base)

    def _put(self, request: Request, bench: Bench, save: Callable[[], None]) -> Response:
        try:
            save()
        except DraftChanged:
            return self._show(request, bench, [], wrong="plan.window", status=409)
        return RedirectResponse(f"{HERE}/{bench.section}/preview", status_code=303)

    def _together(self, bench: Bench, also: list[Any]) -> Together:
        who = bench.draft.row.who
        others = {name: self._benches.drafts.of(name, who) for name in also if name != bench.section}
        drafts = {bench.section: bench.draft, **{name: one for name, one in others.items() if one.begun}}
        if len(drafts) == 1:
            return Together(drafts=drafts, trial=bench.tried.trial, refusal=bench.tried.refusal)
        try:
            documents = {name: draft.document for name, draft in drafts.items()}
            trials = self._benches.desk.plans.preview_all(documents)
        except PlanError as error:
            return Together(drafts=drafts, trial=None, refusal=str(error))
        return Together(drafts=drafts, trial=trials[0], refusal="")

    def _show(
        self, request: Request, bench: Bench, also: list[Any], *, why: str = "", wrong: str = "", status: int = 200
    ) -> Response:
        together = self._together(bench, also)
        words = bench.wording.words
        refusals = faults.told(together.refusal, bench.parts, bench.document, words) if len(also) else bench.faults
        others = [row for row in self._benches.drafts.rows() if row.who == bench.draft.row.who]
        values: dict[str, Any] = {
            "told": telling.told(bench.changes, bench.section, bench.wording),
            "changes_count": len(bench.changes),
            "faults": refusals[: faults.SHOWN_MAX] if together.trial is None else (),
            "faults_more": max(0, len(refusals) - faults.SHOWN_MAX),
            "trial": together.trial,
            "findings": self._findings(bench, together),
            "accept": any(finding.open for finding in together.trial.findings) if together.trial else False,
            "turns_of": lambda one: otherwise.turns(one, bench.wording),
            "others": [row.section for row in others if row.section != bench.section],
            "also": also,
            "also_stamps": together.stamps(bench.section),
            "why": why,
            "wrong": words.t(wrong) if wrong else "",
            "why_max": WHY_MAX,
            **self._meaning(bench, together),
            **self._clash(bench),
        }
        return self._benches.html(request, "preview.html", bench, status=status, **values)

    def _meaning(self, bench: Bench, together: Together) -> dict[str, Any]:
        """What it would do; nothing where it cannot be."""
        found: dict[str, Any] = {"tried": None, "duty": (), "holes": (), "warned": (), "before": None, "after": None,
                                 "strangers": ()}  # fmt: skip
        if together.trial is None or bench.behind:
            return found
        desk = self._benches.desk
        documents = {**together.documents, bench.section: together.trial.document}
        if bench.section == "dispatch":
            try:
                found["tried"] = try_on_last(desk.store, desk.plan, bench.document)
            except DispatchError:  # fits only together with other drafts
                return found
        if bench.section in WITH_MATTERS:
            new = meaning.read_with(desk.plan, documents)
            found["strangers"] = meaning.lost_matters(new)
            if bench.section == "matters":
                found["tried"] = try_on_reports(desk.store, desk.plan, new)
        if bench.section in ("people", "departments", "areas"):
            old, new = desk.plan.read, meaning.read_with(desk.plan, documents)
            now_ms, offset = desk.clock.now_ms(), new.roster.utc_offset_min
            times = [meaning.next_at(now_ms, offset, hour) for hour in (NIGHT, DAY)]
            found["duty"] = [(at_ms, meaning.other_duty(old, new, at_ms)) for at_ms in sorted(times)]
            found["holes"] = meaning.holes(old, new, now_ms)
            found["warned"] = warnings((area.id for area in new.areas.areas), new.roster, new.departments)
            found["before"], found["after"] = drawings(old.areas, new.areas)
        return found

    def _findings(self, bench: Bench, together: Together) -> list[str]:
        """Each in the language of the reader."""
        if together.trial is None:
            return []
        names = {area.id: area.name for area in self._benches.desk.plan.read.areas.areas}
        names |= {str(row.get("id")): str(row.get("name")) for row in together.trial.document.get("areas") or ()}
        return [one.said(names, bench.wording.words.lang) for one in together.trial.findings[:FINDINGS_SHOWN]]

    def _clash(self, bench: Bench) -> dict[str, Any]:
        """What somebody else stored since the draft was begun, and each of one's changes against that."""
        if not bench.behind:
            return {"theirs": (), "mine": (), "versions": ()}
        plans = self._benches.desk.plans
        base = plans.show(bench.section, bench.draft.row.base).document if bench.draft.row.base else {}
        theirs, mine = (
            merging.changes(bench.cut(base), bench.cut(bench.current)),
            merging.against(*(bench.cut(one) for one in (base, bench.document, bench.current))),
        )
        return {
            "theirs": telling.told(theirs, bench.section, bench.wording),
            "mine": telling.told(mine, bench.section, bench.wording),
            "versions": [row for row in plans.history(bench.section) if row.number > bench.draft.row.base],
        }
