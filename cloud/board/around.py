"""What surrounds one incident: where that is, whom one can call, what happened there before. Changes nothing."""

from __future__ import annotations

from cloud.board import callees, past
from cloud.board.callees import Callee
from cloud.board.choosing import Sees, everything
from cloud.board.past import PastGroup
from cloud.board.place import WhereView, where_of
from cloud.people.desk import People
from cloud.people.errors import UnknownPerson
from cloud.plan import Plan
from cloud.records import incident_of
from cloud.store.engine import Store
from runtime.clock import Clock

PHONES = ("mobile", "phone")


class Around:
    """Use cases of the page of an incident, each one consistent read. Safe to call from several threads."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, people: People) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self._people = people

    def where(self, incident_id: str) -> WhereView:
        """Building, floor, households, the way there, as far as the plan knows. Raises UnknownIncident."""
        with self._store.read() as session:
            return where_of(session, self._plan, incident_of(session, incident_id))

    def callees(self, incident_id: str) -> tuple[Callee, ...]:
        """Who has it and who is on duty for it now, without their numbers. Raises UnknownIncident."""
        with self._store.read() as session:
            return callees.of(session, self._plan, incident_of(session, incident_id), self._clock.now_ms())

    def phones(self, incident_id: str, person: str) -> dict[str, str]:
        """Numbers of one of them, in clear: for who may read personal fields.

        Raises UnknownIncident, UnknownPerson for somebody who has nothing to do with it, NoVault.
        """
        if person not in {one.person for one in self.callees(incident_id)}:
            raise UnknownPerson(f"{person} has nothing to do with {incident_id} / {person} 与此事件无关")
        known = self._people.contacts(person)
        return {kind: known[kind] for kind in PHONES if kind in known}

    def past(self, incident_id: str, sees: Sees = everything) -> tuple[PastGroup, ...]:
        """What happened before: to this device, at this place, of this kind nearby. Raises UnknownIncident."""
        with self._store.read() as session:
            return past.groups(session, self._plan, incident_of(session, incident_id), self._clock.now_ms(), sees)
