"""/api/tables: people, duty, departments, areas, buildings and facilities as spreadsheets, in and out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, UploadFile
from fastapi.responses import Response

from cloud.desk import Desk
from cloud.plans.writing import WHY_MAX
from cloud.tables.exchange import FORMS, Order, Outcome, TableFaulty
from cloud.tables.sheets import FILE_MAX
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action

TableName = Literal["people", "roster", "departments", "areas", "buildings", "facilities"]
FormName = Annotated[Literal["csv", "xlsx"], Query(description="as what")]
OF_PEOPLE = ("people", "roster", "departments")
Reader = Annotated[Caller, Depends(allow(Action.PLAN_READ))]
Files: dict[int | str, dict[str, object]] = {200: {"content": {media: {} for media, _ in FORMS.values()}}}


def may_write(table: TableName, caller: Reader) -> Caller:
    """A table is of the whole district: the right must stand at its top. Raises Forbidden."""
    write = Action.PEOPLE_WRITE if table in OF_PEOPLE else Action.PLAN_WRITE
    caller.guard.check(caller.principal, write, "")
    return caller


def may_read(table: TableName, caller: Reader) -> Caller:
    """People have a right of their own, and the whole table is the whole district's. Raises Forbidden."""
    caller.guard.check(caller.principal, Action.PEOPLE_READ if table in OF_PEOPLE else Action.PLAN_READ, "")
    return caller


def build_router(desk: Desk) -> APIRouter:
    """Routes on tables."""
    router = APIRouter(prefix="/api", tags=["tables"])

    @router.get("/tables/{table}", response_class=Response, responses=Files, dependencies=[Depends(may_read)])
    def give(table: TableName, form: FormName = "csv") -> Response:
        """A table as CSV (UTF-8) or XLSX; without phone numbers."""
        return _file(table, form, *desk.tables.give(table, form))

    @router.get("/personal-tables/people", response_class=Response, responses=Files)
    def personal(caller: Annotated[Caller, Depends(allow(Action.PEOPLE_PERSONAL))], form: FormName = "csv") -> Response:
        """People with their phone numbers and addresses; the reading is on record."""
        caller.check("")
        return _file("people", form, *desk.tables.give("people", form, desk.people.seals))

    @router.post("/tables/{table}")
    def take(
        table: TableName,
        file: UploadFile,
        caller: Annotated[Caller, Depends(may_write)],
        why: Annotated[str, Form(min_length=1, max_length=WHY_MAX)],
        dry_run: Annotated[bool, Form()] = False,
        replace: Annotated[bool, Form()] = False,
        accept_findings: Annotated[bool, Form()] = False,
    ) -> Outcome:
        """Take a CSV or XLSX in, whole or not at all; a dry run says what would happen. 422 with faults by row."""
        data = file.file.read(FILE_MAX + 1)
        order = Order(
            table=table, data=data, who=caller.actor, why=why, dry_run=dry_run, replace=replace,
            accept_findings=accept_findings,
        )  # fmt: skip
        outcome = desk.tables.take(order, desk.people.seals)
        if outcome.faults and not dry_run:
            raise TableFaulty(outcome)
        return outcome

    return router


def _file(table: str, form: str, media: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="gridwhistle-{table}.{form}"'}
    return Response(content, media_type=media, headers=headers)
