"""Who may change what of the plan: whole sections as the API judges it, and the shifts of one's own areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cloud.api.plans import OF_PEOPLE
from cloud.plan.sections import Document, Read
from cloud.plans import merging
from cloud.plans.seen import seen
from cloud.trust.door import NOWHERE, Caller
from cloud.trust.rights import Action

Row = Mapping[str, Any]


def write_of(section: str) -> Action:
    """The right to store a section."""
    return Action.PEOPLE_WRITE if section in OF_PEOPLE else Action.PLAN_WRITE


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may do in a section."""

    caller: Caller
    section: str
    read: Read

    @property
    def whole(self) -> bool:
        """True for who may change all of it."""
        return self._may(write_of(self.section), "")

    @property
    def roster(self) -> bool:
        """True for who may change somebody's shifts."""
        return self.section == "people" and (self.whole or self.caller.guard.may(self._who, Action.ROSTER_WRITE))

    @property
    def any(self) -> bool:
        """True for who may change something."""
        return self.whole or self.roster

    @property
    def _who(self) -> Any:
        return self.caller.principal

    def _may(self, action: Action, code: str) -> bool:
        return self.caller.guard.may(self._who, action, code)

    def insist(self) -> None:
        """Puts on record that the whole section is written. Raises Forbidden, on record too."""
        self.caller.also(write_of(self.section), NOWHERE)

    def shifts_of(self, person: Row) -> bool:
        """True where he may change the shifts of somebody: of every area of that person's."""
        areas = (person.get("area"), *(person.get("also") or ()))
        return self.whole or all(self._may(Action.ROSTER_WRITE, self._code(area)) for area in areas)

    def sees(self, person: Row) -> bool:
        """True for people of his areas."""
        return self._may(Action.PEOPLE_READ, self._code(person.get("area")))

    def cut(self, document: Document) -> Document:
        """Without people of other areas."""
        codes = {area.id: area.code for area in self.read.areas.areas}
        return seen(self.section, document, codes, partial(self._may, Action.PEOPLE_READ))

    def _code(self, area_id: Any) -> str:
        area = self.read.areas.get(str(area_id))
        return area.code if area else ""

    def demand(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """On record; raises Forbidden where a change goes beyond the right."""
        if self.whole or self.section != "people":
            self.caller.also(write_of(self.section), NOWHERE)
            return
        people = {row["id"]: row for row in before.get("people") or ()}
        for change in merging.changes(dict(before), dict(after)):
            for row in (change.old, change.new):
                person = people.get(_person_of(change.part, row))
                if row is not None and (person is None or not _only_shifts(change)):
                    self.caller.also(write_of(self.section), NOWHERE)
                elif person is not None:
                    for area in (person.get("area"), *(person.get("also") or ())):
                        self.caller.also(Action.ROSTER_WRITE, (self._code(area), ""))


def _person_of(part: str, row: Any) -> str:
    if not isinstance(row, Mapping):
        return ""
    return str(row.get("person" if part == "duty" else "id", ""))


def _only_shifts(change: merging.Change) -> bool:
    """True for a line of the roster, and for somebody whose hours of every day alone are others."""
    if change.part == "duty":
        return True
    old, new = change.old, change.new
    if change.part != "people" or old is None or new is None:
        return False
    return {**old, "duty": 0} == {**new, "duty": 0}
