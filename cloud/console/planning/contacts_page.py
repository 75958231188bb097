"""How to reach somebody: sealed, no part of a version; whoever opens this page is on record."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from cloud.api.people import code_of
from cloud.console.planning.bench import HERE, Benches, Posted, back_to, text_of
from cloud.console.view import visitor
from cloud.people.desk import CONTACT_MAX
from cloud.people.errors import PeopleError
from cloud.tables.cells import Known
from cloud.tables.faults import CellError
from cloud.tables.specs import PEOPLE
from cloud.trust.door import Caller, allow
from cloud.trust.rights import Action
from domain.people import CONTACTS

Reader = Annotated[Caller, Depends(allow(Action.PEOPLE_PERSONAL))]
Writer = Annotated[Caller, Depends(allow(Action.PEOPLE_WRITE))]
Person = Annotated[str, Path(max_length=64)]


def add_routes(router: APIRouter, benches: Benches) -> None:
    """/plan/people/contacts/{person}."""
    pages = ContactPages(benches)
    router.add_api_route(f"{HERE}/people/contacts/{{person}}", pages.show)
    router.add_api_route(f"{HERE}/people/contacts/{{person}}", pages.save, methods=["POST"])


class ContactPages:
    """The handlers."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches

    def show(self, request: Request, caller: Reader, person: Person) -> Response:
        """What is known. 404 for nobody of the roster."""
        caller.check(code_of(self._benches.desk, person))
        return self._page(request, caller, person, self._benches.desk.people.contacts(person))

    def save(self, request: Request, caller: Writer, person: Person, form: Posted) -> Response:
        """Set all of them; an empty field erases."""
        caller.check(code_of(self._benches.desk, person))
        values = {kind: text_of(form, kind).strip() for kind in CONTACTS}
        chinese = visitor(request).words.lang == "zh"
        wrong = {kind: error.zh if chinese else error.en for kind, error in _faults(values).items()}
        if wrong:
            return self._page(request, caller, person, values, wrong, status=422)
        try:
            self._benches.desk.people.set_contacts(person, values, caller.actor)
        except PeopleError as error:
            return self._page(request, caller, person, values, {"": str(error)}, status=422)
        return back_to("people", "people", q=person, contacts_saved=1)

    def _page(
        self, request: Request, caller: Caller, person: str, values: dict[str, str],
        wrong: dict[str, str] | None = None, status: int = 200,
    ) -> Response:  # fmt: skip
        may = caller.guard.may(caller.principal, Action.PEOPLE_WRITE, code_of(self._benches.desk, person))
        shown: dict[str, Any] = {
            "person": person, "kinds": CONTACTS, "values": {kind: values.get(kind, "") for kind in CONTACTS},
            "wrong": wrong or {}, "may": may, "most": CONTACT_MAX,
        }  # fmt: skip
        return self._benches.html(request, "contacts.html", None, status=status, **shown)


def _faults(values: dict[str, str]) -> dict[str, CellError]:
    """What cannot be so, by the rules of the tables."""
    found = {}
    for column in PEOPLE.columns:
        if column.contact and (text := values[column.field]):
            try:
                column.read(text, Known())
            except CellError as error:
                found[column.field] = error
    return found
