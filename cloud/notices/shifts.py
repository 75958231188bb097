"""The change of shift: whoever comes on duty hears, once, of what nobody has accepted yet.

Nothing of it is kept: who has heard of an incident stands in its notices, and who is new follows from the roster. So a
process that was away tells late, and two that look at the same moment tell once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from cloud.changes import Changed
from cloud.notices.owe import owe
from cloud.notices.people import Recipients
from cloud.notices.ways import CONSOLE
from cloud.people.gaps import turns
from cloud.plan import Plan
from cloud.records import Act, write_log
from cloud.store.engine import Store
from cloud.store.models import Incident, Notice
from domain.duty_book import DutyBook
from domain.incidents import OVER, Condition, Kind, Stage
from domain.incidents.log_words import CLOCK
from domain.roster import Roster
from runtime.clock import Clock

LOOK_S = 10.0  # default: so late the new shift hears of it at most
STEP = "shift"
BATCH = 500  # incidents of one look
TOGETHER_MAX = 50  # of one site in one transaction: people's clicks wait for no longer than these take
LIFE = tuple(kind for kind in Kind if kind.life_safety)


class ShiftWatch:
    """One per process. Looks when a shift begins or ends, and when the roster or who is away has changed."""

    def __init__(
        self, store: Store, clock: Clock, plan: Plan, recipients: Recipients, tell: Callable[[Changed], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._plan = plan
        self._recipients = recipients
        self._heard = tell
        self._seen: tuple[Roster, DutyBook] | None = None
        self._from_ms = self._until_ms = 0

    async def run(self) -> None:
        """Look and wait, for ever."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(max(0.02, LOOK_S / self._clock.speed))

    def look(self) -> None:
        """Owe it to whoever is new, where anybody may be."""
        now_ms, roster = self._clock.now_ms(), self._plan.roster
        book = roster.book
        same = self._seen is not None and self._seen[0] is roster and self._seen[1] == book
        if same and self._from_ms <= now_ms < self._until_ms:
            return
        self._heard(Changed(incidents=self._tell(now_ms)))
        self._seen, self._from_ms, self._until_ms = (roster, book), now_ms, turns(roster, now_ms)[0]

    def _tell(self, now_ms: int) -> frozenset[str]:
        """The incidents of which somebody hears."""
        by_site: dict[str, list[str]] = {}
        after: str | None = ""
        while after is not None:
            with self._store.read() as session:
                found = _unaccepted(session, after)
                due = unheard(session, self._recipients, found, now_ms)
            for incident in found:
                if due[incident.id]:
                    by_site.setdefault(incident.site, []).append(incident.id)
            after = found[-1].id if len(found) == BATCH else None
        touched: set[str] = set()
        for site, ids in by_site.items():
            for first in range(0, len(ids), TOGETHER_MAX):
                some = ids[first : first + TOGETHER_MAX]
                touched |= self._store.run(lambda s, some=some: self._owe(s, some, now_ms), sites=[site])  # type: ignore[misc]
        return frozenset(touched)

    def _owe(self, session: Session, ids: Sequence[str], now_ms: int) -> set[str]:
        query = select(Incident).where(Incident.id.in_(ids), *_calls())  # still
        found = list(session.scalars(query.order_by(Incident.id).with_for_update(of=Incident)))
        due = unheard(session, self._recipients, found, now_ms)
        for incident in found:
            if due[incident.id]:
                _owe_one(session, incident, due[incident.id], Act(actor=CLOCK, at_ms=now_ms))
        return {incident.id for incident in found if due[incident.id]}


def _owe_one(session: Session, incident: Incident, people: dict[str, str], act: Act) -> None:
    """`people`: person -> for what he has it."""
    mine = (Notice.incident_id == incident.id, Notice.step.startswith(f"{STEP}:"))
    earlier = session.scalar(select(func.count(Notice.step.distinct())).where(*mine)) or 0
    step = f"{STEP}:{earlier + 1}"
    told = [
        person
        for tier in dict.fromkeys(people.values())
        for person in owe(session, incident, [one for one, of in people.items() if of == tier], tier, step, act)
    ]
    write_log(session, incident, "notified", act, detail={"step": step, "people": told})


def _calls() -> tuple[ColumnElement[bool], ...]:
    """What nobody has accepted and somebody should: not what is part of another, suspended, or back by itself."""
    member = aliased(Incident)
    inside = exists().where(
        member.parent_id == Incident.id, member.condition == Condition.ACTIVE, member.stage.not_in(OVER)
    )
    there = or_(Incident.condition == Condition.ACTIVE, Incident.kind.in_(LIFE), inside)
    return Incident.stage == Stage.REPORTED, Incident.parent_id.is_(None), Incident.paused_at_ms.is_(None), there


def _unaccepted(session: Session, after: str) -> list[Incident]:
    """In the order of their ids."""
    query = select(Incident).where(Incident.id > after, *_calls())
    return list(session.scalars(query.order_by(Incident.id).limit(BATCH)))


@dataclass(slots=True)
class _Told:
    """Of one incident: for what people were told, and when each of them was last."""

    tiers: list[str] = field(default_factory=list)
    last_ms: dict[str, int] = field(default_factory=dict)


def unheard(
    session: Session, recipients: Recipients, incidents: Sequence[Incident], now_ms: int
) -> dict[str, dict[str, str]]:
    """incident -> who has it on duty now and has not heard of it since he came -> for what he has it."""
    told = _told(session, [incident.id for incident in incidents])
    found: dict[str, dict[str, str]] = {}
    for incident in incidents:
        known = told.get(incident.id, _Told())
        wanted: dict[str, str] = {}
        for tier in dict.fromkeys((*incident.tiers, *known.tiers)):
            for person in recipients.instead(tier, incident, now_ms):
                if recipients.is_new(person, known.last_ms.get(person), now_ms):
                    wanted.setdefault(person, tier)
        found[incident.id] = wanted
    return found


def _told(session: Session, ids: Sequence[str]) -> dict[str, _Told]:
    """By what stands on people's pages; of the present round, or since it was reported last."""
    of_now = or_(Notice.made_at_ms >= Incident.reported_at_ms, Notice.round == Incident.round)
    query = (
        select(Notice.incident_id, Notice.tier, Notice.person, func.max(Notice.made_at_ms))
        .join(Incident, Incident.id == Notice.incident_id)
        .where(Notice.incident_id.in_(ids), Notice.channel == CONSOLE, of_now)
        .group_by(Notice.incident_id, Notice.tier, Notice.person)
        .order_by(Notice.incident_id, func.min(Notice.id))
    )
    found: dict[str, _Told] = {}
    for incident_id, tier, person, at_ms in session.execute(query):
        one = found.setdefault(incident_id, _Told())
        one.tiers.append(tier)
        one.last_ms[person] = max(at_ms, one.last_ms.get(person, 0))
    return found
