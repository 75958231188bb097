"""/system: everything that keeps the system itself, each page for whoever may."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from cloud.console.admin import accounts, log, tokens, wishes
from cloud.console.admin.office import HERE, TABS, Office
from cloud.console.view import View
from cloud.desk import Desk
from cloud.notices.trying import Trials
from cloud.notices.wiring import contacts_of
from cloud.trust.desk import Trust
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action


def add_routes(router: APIRouter, desk: Desk, view: View, trust: Trust) -> None:
    """The room and what is in it."""
    office = Office(desk, view, trust)

    @router.get(HERE)
    def room(caller: Annotated[Caller, Depends(allow(Action.NOTICE_READ))]) -> Response:
        """The first page of the room that he may see; one's own wishes are everybody's."""
        mine = (name for name, action in TABS if caller.guard.may(caller.principal, action))
        first = next(mine, None)
        return RedirectResponse(f"{HERE}/{first}" if first else wishes.OWN, status_code=303)

    accounts.add_routes(router, office)
    tokens.add_routes(router, office)
    log.add_routes(router, office)
    wishes.add_routes(router, office, Trials(desk.store, lambda: desk.notices.ways, contacts_of(desk.people)))
