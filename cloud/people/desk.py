"""The use cases on people, each in one transaction. Safe to call from several threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.people import contacts, handovers, standing_in
from cloud.people.book import note_report, read_book
from cloud.people.contacts import NoSeals
from cloud.people.duty import Read, duty_of_areas, duty_of_departments, person_rows, site_people
from cloud.people.errors import PeopleError, UnknownPerson
from cloud.people.gaps import Gap, gaps
from cloud.people.standing_in import Wish
from cloud.people.views import DutyRow, HandoverView, PersonRow, SitePerson, StandInView
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import FieldReport
from cloud.store.models_people import DutyMark, StandInRow
from cloud.trust.seals import Seals
from domain.duty_book import DutyBook
from domain.people import CONTACTS
from runtime.clock import Clock

LOOK_S = 2.0  # what another process entered counts here so late
CONTACT_MAX = 200
TELEPHONES = ("mobile", "phone")


class People:
    """Who is on duty, who stands in, who hands over to whom, how to reach them. One per process."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, tell: Callable[[frozenset[str]], None]) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self._tell = tell
        self._gaps: tuple[Read, DutyBook, int, tuple[Gap, ...]] | None = None
        self.seals: Seals = NoSeals()  # put in place by whoever has the keys
        self.refresh()

    def refresh(self) -> None:
        """Take what was entered meanwhile, by whomever."""
        with self._store.read() as session:
            book = read_book(session, self._clock.now_ms())
        self._plan.roster.use(book)

    async def run(self) -> None:
        """Look for what other processes entered, for ever."""
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self.refresh)

    def noted(self, session: Session, row: FieldReport) -> None:
        """A report of a handheld has come in; counts from the next look on."""
        note_report(session, self._plan.roster, row)

    def duty(self, at_ms: int | None = None) -> tuple[DutyRow, ...]:
        """Who is on duty in each area, and then in each department."""
        when = self._clock.now_ms() if at_ms is None else at_ms
        read = self._plan.read
        return (*duty_of_areas(read.areas, read.roster, when), *duty_of_departments(read, when))

    def gaps(self) -> tuple[Gap, ...]:
        """Where nobody is on duty now or within a day; looked for once a minute, and when anything of it changes."""
        now_ms, read = self._clock.now_ms(), self._plan.read
        book, minute = read.roster.book, now_ms // 60_000
        known = self._gaps
        if known is None or known[0] is not read or known[1:3] != (book, minute):
            known = self._gaps = (read, book, minute, gaps(read, now_ms))
        return known[3]

    def reached_by(self, number: str) -> frozenset[str]:
        """Whose telephone has these digits; personal, so the caller answers for who may know. Raises NoVault."""
        with self._store.read() as session:
            known = contacts.read_all(session, self.seals)
        return frozenset(
            person
            for person, values in known.items()
            if any(number in values.get(kind, "").replace(" ", "").replace("-", "") for kind in TELEPHONES)
        )

    def people(self) -> tuple[PersonRow, ...]:
        """Everybody, also who has left."""
        with self._store.read() as session:
            marks = {mark.person: (mark.what, mark.at_ms) for mark in session.scalars(select(DutyMark))}
        return person_rows(self._plan.read, marks, self._clock.now_ms())

    def person(self, person_id: str) -> PersonRow:
        """One of them. Raises UnknownPerson."""
        found = next((row for row in self.people() if row.id == person_id), None)
        if found is None:
            raise UnknownPerson(f"nobody called {person_id} is in the roster / 名册中没有 {person_id}")
        return found

    def site(self, site: str) -> tuple[SitePerson, ...]:
        """The workers of a site with their terminals, for its gateway's site file."""
        read = self._plan.read
        return site_people(read.areas, read.roster, site)

    def contacts(self, person_id: str) -> dict[str, str]:
        """How to reach somebody, in clear: for who may read personal fields. Raises UnknownPerson, NoVault."""
        self.person(person_id)
        with self._store.read() as session:
            return contacts.read(session, self.seals, person_id)

    def set_contacts(self, person_id: str, values: Mapping[str, str | None], by: str) -> None:
        """Set what is named; None or an empty text erases. Raises UnknownPerson, PeopleError, NoVault."""
        self.person(person_id)
        unknown = sorted(set(values) - set(CONTACTS))
        if unknown or any(value is not None and len(value) > CONTACT_MAX for value in values.values()):
            raise PeopleError(f"contacts are {', '.join(CONTACTS)}, each up to {CONTACT_MAX} letters / 联系方式有误")
        with self._store.write() as session:
            contacts.write(session, self.seals, {person_id: values}, by=by, at_ms=self._clock.now_ms())

    def stand_ins(self, *, past: bool = False) -> tuple[StandInView, ...]:
        """Stand-ins that hold or will hold, with past ones too where asked."""
        with self._store.read() as session:
            return standing_in.listed(session, self._plan.roster, self._clock.now_ms(), past=past)

    def stand_in(self, entry: int) -> StandInView:
        """One of them. Raises UnknownEntry."""
        with self._store.read() as session:
            return standing_in.one(session, self._plan.roster, entry)

    def enter_stand_in(self, wish: Wish, actor: str) -> StandInView:
        """Somebody is away for a while; the same twice is one. Raises UnknownPerson, StandInError, PeopleError."""
        with self._store.write() as session:
            entry = standing_in.enter(session, self._plan.roster, wish, actor, self._clock.now_ms())
            view = standing_in.view(session.get_one(StandInRow, entry), self._plan.roster)
        self.refresh()
        return view

    def end_stand_in(self, entry: int, actor: str) -> StandInView:
        """The absent is back early. Raises UnknownEntry, AlreadyDecided."""
        with self._store.write() as session:
            row = standing_in.end(session, entry, actor, self._clock.now_ms())
            view = standing_in.view(row, self._plan.roster)
        self.refresh()
        return view

    def handovers(self, person: str | None = None) -> tuple[HandoverView, ...]:
        """The last hand-overs of a shift, of somebody or of all."""
        with self._store.read() as session:
            return handovers.listed(session, self._plan.roster, person)

    def handover(self, entry: int) -> HandoverView:
        """One of them. Raises UnknownEntry."""
        with self._store.read() as session:
            return handovers.shown(session, self._plan.roster, entry)

    def offer(self, giver: str, receiver: str, note: str = "") -> HandoverView:
        """Offer one's shift to somebody. Raises UnknownPerson, AlreadyDecided, PeopleError."""
        with self._store.write() as session:
            entry = handovers.offer(session, self._plan.roster, giver, receiver, note, self._clock.now_ms())
        return self.handover(entry)

    def confirm(self, entry: int, actor: str, seen: Iterable[str]) -> HandoverView:
        """Take a shift over, with the incidents that were looked through. Raises what handovers.confirm raises."""
        with self._store.write() as session:
            changed = handovers.confirm(session, entry, actor, seen, self._clock.now_ms())
        self.refresh()
        self._tell(frozenset(changed))
        return self.handover(entry)

    def refuse(self, entry: int, actor: str, reason: str) -> HandoverView:
        """Do not take a shift over. Raises what handovers.refuse raises."""
        with self._store.write() as session:
            handovers.refuse(session, entry, actor, reason, self._clock.now_ms())
        return self.handover(entry)

    def withdraw(self, entry: int, actor: str) -> HandoverView:
        """Keep one's shift. Raises what handovers.withdraw raises."""
        with self._store.write() as session:
            handovers.withdraw(session, entry, actor, self._clock.now_ms())
        return self.handover(entry)
