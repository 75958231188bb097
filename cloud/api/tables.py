"""/api/tables: people, duty, departments, areas, buildings and facilities as spreadsheets, in and out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, UploadFile
from fastapi.responses import Response

from cloud.api.people import TEXT
from cloud.desk import Desk
from cloud.late_routes import late_router
from cloud.plans.writing import WHY_MAX
from cloud.tables.exchange import Order, Outcome, TableFaulty
from cloud.tables.files import ANSWERS, attached
from cloud.tables.sheets import FILE_MAX
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

FormName = Annotated[Literal["csv", "xlsx"], Query(description="as what")]
ACTIONS = {  # table -> who reads it, who writes it
    "people": (Action.PEOPLE_READ, Action.PEOPLE_WRITE),
    "roster": (Action.PEOPLE_READ, Action.PEOPLE_WRITE),
    "departments": (Action.PEOPLE_READ, Action.PEOPLE_WRITE),
    "areas": (Action.PLAN_READ, Action.PLAN_WRITE),
    "buildings": (Action.PLAN_READ, Action.PLAN_WRITE),
    "facilities": (Action.PLAN_READ, Action.PLAN_WRITE),
}


def build_router(desk: Desk) -> APIRouter:
    """Routes on tables."""
    router = late_router(prefix="/api", tags=["tables"])
    for table, (read, write) in ACTIONS.items():
        _giving(router, desk, table, read)
        _taking(router, desk, table, write)
    _personal(router, desk)
    return router


def _giving(router: APIRouter, desk: Desk, table: str, action: Action) -> None:
    @router.get(f"/tables/{table}", response_class=Response, responses=ANSWERS, dependencies=[Depends(allow(action))])
    def give(request: Request, form: FormName = "csv") -> Response:
        """A table as CSV (UTF-8) or XLSX; people of one's areas, without phone numbers."""
        return attached(f"gridwhistle-{table}.{form}", *desk.tables.give(table, form, sees=request.state.caller.sees))


def _personal(router: APIRouter, desk: Desk) -> None:
    @router.get("/personal-tables/people", response_class=Response, responses=ANSWERS)
    def personal(caller: Annotated[Caller, Depends(allow(Action.PEOPLE_PERSONAL))], form: FormName = "csv") -> Response:
        """People of one's areas with their phone numbers and addresses; the reading is on record."""
        told = desk.tables.give("people", form, desk.people.seals, sees=caller.sees)
        return attached(f"gridwhistle-people.{form}", *told)


def _taking(router: APIRouter, desk: Desk, table: str, action: Action) -> None:
    @router.post(f"/tables/{table}", dependencies=[Depends(allow(action))])
    def take(
        request: Request,
        file: UploadFile,
        why: Annotated[str, Form(min_length=1, max_length=WHY_MAX, pattern=TEXT)],
        dry_run: Annotated[bool, Form()] = False,
        replace: Annotated[bool, Form()] = False,
        accept_findings: Annotated[bool, Form()] = False,
    ) -> Outcome:
        """Take a CSV or XLSX in, whole or not at all; a dry run says what would happen. 422 with faults by row."""
        caller: Caller = request.state.caller
        caller.check("")  # a table is of the whole district
        order = Order(
            table=table, data=file.file.read(FILE_MAX + 1), who=caller.actor, why=why, dry_run=dry_run,
            replace=replace, accept_findings=accept_findings,
        )  # fmt: skip
        outcome = desk.tables.take(order, desk.people.seals)
        if outcome.faults and not dry_run:
            raise TableFaulty(outcome)
        return outcome
