"""What people may see of notices, and how they say how they want to be told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.notices.people import Manner, Recipients, WishChanged
from cloud.notices.views import MannerView, NoticeRow
from cloud.notices.ways import CONSOLE, Ways
from cloud.plan import Plan
from cloud.store.engine import Store
from cloud.store.models import Incident, Notice
from cloud.store.models_notices import NoticeWish
from domain.notices import WAITING, NoticeEvent, NoticeState, move_notice
from runtime.clock import Clock

SHOWN = 500


class Notices:
    """Use cases, each in one transaction."""

    def __init__(self, store: Store, plan: Plan, clock: Clock) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self.use(Ways())

    def use(self, ways: Ways) -> None:
        """By which channels people are told here."""
        self._ways = ways
        self._recipients = Recipients(self._plan, ways)

    @property
    def ways(self) -> Ways:
        """By which channels people are told here."""
        return self._ways

    def of_incident(self, incident_id: str) -> tuple[NoticeRow, ...]:
        """Who was told of an incident, by what, and what became of it; the newest first."""
        return tuple(row for row, _, _ in self.rows(incident=incident_id))

    def rows(
        self, incident: str | None = None, person: str | None = None, channel: str | None = None,
        states: Sequence[str] = (),
    ) -> tuple[tuple[NoticeRow, str, str], ...]:  # fmt: skip
        """The newest notices, each with grid and site of its incident."""
        query = select(Notice, Incident.grid, Incident.site).join(Incident, Incident.id == Notice.incident_id)
        for column, value in (
            (Notice.incident_id, incident), (Notice.person, person), (Notice.channel, channel),
        ):  # fmt: skip
            query = query if value is None else query.where(column == value)
        if states:
            query = query.where(Notice.state.in_(states))
        with self._store.read() as session:
            found = session.execute(query.order_by(Notice.id.desc()).limit(SHOWN)).all()
        return tuple((self._row(notice), grid, site) for notice, grid, site in found)

    def seen(self, person: str, incident_id: str | None = None) -> int:
        """The person's own page shows them, so these have arrived; how many that were."""
        mine = [Notice.person == person, Notice.channel == CONSOLE, Notice.state.in_(WAITING)]
        mine += [] if incident_id is None else [Notice.incident_id == incident_id]
        with self._store.read() as session:
            if session.scalars(select(Notice.id).where(*mine).limit(1)).first() is None:
                return 0
        with self._store.write(["notices:"]) as session:
            found = session.scalars(select(Notice).where(*mine, Notice.spread.is_(True)).with_for_update()).all()
            for notice in found:
                notice.state = move_notice(NoticeState(notice.state), NoticeEvent.DELIVER)
                notice.delivered_at_ms = self._clock.now_ms()
        return len(found)

    def manner(self, person: str) -> MannerView:
        """How somebody is told."""
        with self._store.read() as session:
            return self._manner(session, person)

    def manners(self, people: Sequence[str]) -> dict[str, MannerView]:
        """How these are told."""
        with self._store.read() as session:
            return {person: self._manner(session, person) for person in people}

    def wish(
        self, person: str, *, channels: Sequence[str] | None, quiet: str | None, language: str | None, by: str,
        seen_ms: int | None = None,
    ) -> MannerView:  # fmt: skip
        """How somebody wants to be told; None: as the rules of the centre say. Raises UnknownChannel.

        `seen_ms`: when it had last been changed as he saw it, 0 for never; WishChanged where that is no longer so.
        """
        self._recipients.check(channels, quiet)
        with self._store.write(["notices:"]) as session:
            row = session.get(NoticeWish, person, with_for_update=True)
            if seen_ms is not None and seen_ms != (row.changed_ms if row else 0):
                raise WishChanged(f"how {person} is told was changed meanwhile; look at it, then decide again")
            if row is None:
                row = NoticeWish(person=person)
                session.add(row)
            row.channels = None if channels is None else {"names": list(dict.fromkeys(channels))}
            row.quiet, row.language = quiet, language
            row.changed_ms, row.changed_by = self._clock.now_ms(), by
            session.flush()
            return self._manner(session, person)

    def _manner(self, session: Session, person: str) -> MannerView:
        manner: Manner = self._recipients.manners(session, [person])[person]
        wish = session.get(NoticeWish, person)
        return MannerView(
            person=person,
            channels=manner.channels,
            quiet=str(manner.quiet) if manner.quiet else None,
            language=manner.language,
            own_channels=tuple(wish.channels["names"]) if wish and wish.channels else None,
            own_quiet=wish.quiet if wish else None,
            own_language=wish.language if wish else None,
            known_channels=self._ways.names,
            outside=tuple(way.name for way in self._ways.outside),
            changed_ms=wish.changed_ms if wish else None,
            changed_by=wish.changed_by if wish else None,
        )

    def health(self) -> dict[str, dict[str, int]]:
        """For /readyz: what waits, has failed or was given up, by channel."""
        wanted = (NoticeState.OWED, NoticeState.FAILED, NoticeState.GIVEN_UP)
        query = select(Notice.channel, Notice.state, func.count()).where(Notice.state.in_(wanted))
        found: dict[str, dict[str, int]] = {}
        with self._store.read() as session:
            for channel, state, count in session.execute(query.group_by(Notice.channel, Notice.state)):
                found.setdefault(channel, {})[state] = count
        return found

    def _row(self, notice: Notice) -> NoticeRow:
        waits = notice.state in WAITING and notice.due_ms > self._clock.now_ms()
        return NoticeRow(
            id=notice.id,
            incident_id=notice.incident_id,
            person=notice.person,
            person_name=self._plan.roster.name_of(notice.person),
            tier=notice.tier,
            step=notice.step,
            channel=notice.channel,
            state=notice.state,
            made_at_ms=notice.made_at_ms,
            sent_at_ms=notice.sent_at_ms,
            delivered_at_ms=notice.delivered_at_ms,
            attempts=notice.attempts,
            next_at_ms=notice.due_ms if waits else None,
            reason=notice.reason,
        )
