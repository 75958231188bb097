"""Who looks at which incident: told by open pages, shown to the others, forgotten within half a minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cloud.plan import Plan
from cloud.records import incident_of
from cloud.store.engine import Store
from cloud.store.models_presence import Watching
from runtime.clock import Clock

BEAT_MS = 10_000  # default: an open page says so often that it is open (static/presence.js)
GONE_MS = 30_000  # default: two beats may be lost
FORGET_MS = 60_000  # then the row goes
FRESH_MS = 8_000  # sooner than that, a second page of the same person writes nothing
SHOWN_MAX = 50  # people at one incident; beyond that nobody reads names
BOARD_MAX = 500  # rows for a whole board
KEPT_MAX = 10_000  # what a process remembers having written


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Somebody at the page of an incident."""

    person: str
    name: str
    since_ms: int
    writing: str  # the move whose form is being filled in; empty: none


class Presence:
    """One per process; the truth is a small table that all processes share. Safe to call from several threads."""

    def __init__(self, store: Store, plan: Plan, clock: Clock, tell: Callable[[str], None]) -> None:
        self._store = store
        self._plan = plan
        self._clock = clock
        self._tell = tell
        self._written: OrderedDict[tuple[str, str], tuple[int, str]] = OrderedDict()
        self._lock = Lock()

    def look(self, incident_id: str, person: str, writing: str | None = None) -> tuple[Watcher, ...]:
        """A page of `person` is open; who else is there. `writing` None: nothing new. Raises UnknownIncident.

        Not worth waiting for: where the store is busy nothing is written, and the next beat says it again.
        """
        now_ms = self._clock.now_ms()
        at_ms, said = self._written.get((incident_id, person), (0, ""))
        if now_ms - at_ms >= self._ms(FRESH_MS) or writing not in (None, said):
            news: list[bool] = []

            def write(session: Session) -> None:
                news.append(self._write(session, (incident_id, person), writing, now_ms))

            if self._store.attempt(write, ()):
                self._remember((incident_id, person), (now_ms, said if writing is None else writing))
                if news[-1]:
                    self._tell(incident_id)
        return tuple(one for one in self.watchers(incident_id) if one.person != person)

    def leave(self, incident_id: str, person: str) -> None:
        """The page is closed. Others hear of it where he was there. Raises UnknownIncident."""
        news: list[bool] = []

        def write(session: Session) -> None:
            news.append(_gone(session, (incident_id, person)))

        with self._lock:
            self._written.pop((incident_id, person), None)
        if self._store.attempt(write, ()) and news[-1]:
            self._tell(incident_id)

    def watchers(self, incident_id: str) -> tuple[Watcher, ...]:
        """Who is at it now, the first one first."""
        return self.watching([incident_id], SHOWN_MAX).get(incident_id, ())

    def watching(
        self, incident_ids: Iterable[str] | None = None, most: int = BOARD_MAX
    ) -> dict[str, tuple[Watcher, ...]]:
        """Who is at which incident now; None: at any."""
        now_ms = self._clock.now_ms()
        query = select(Watching).where(Watching.seen_ms > now_ms - self._ms(GONE_MS))
        if incident_ids is not None:
            query = query.where(Watching.incident_id.in_(list(incident_ids)))
        found: dict[str, tuple[Watcher, ...]] = {}
        with self._store.read() as session:
            for row in session.scalars(query.order_by(Watching.since_ms, Watching.person).limit(most)):
                found[row.incident_id] = (*found.get(row.incident_id, ()), self._watcher(row, now_ms))
        return found

    def _watcher(self, row: Watching, now_ms: int) -> Watcher:
        writes = row.writing_ms > now_ms - self._ms(GONE_MS)
        name = self._plan.name_of(row.person)
        return Watcher(person=row.person, name=name, since_ms=row.since_ms, writing=row.writing if writes else "")

    def _write(self, session: Session, key: tuple[str, str], writing: str | None, now_ms: int) -> bool:
        """True where others see something new."""
        row = session.get(Watching, key)
        here = row is not None and row.seen_ms > now_ms - self._ms(GONE_MS)
        if row is None:
            incident_of(session, key[0])
            session.execute(delete(Watching).where(Watching.seen_ms < now_ms - self._ms(FORGET_MS)))
            row = Watching(incident_id=key[0], person=key[1], since_ms=now_ms, writing="", writing_ms=0)
            session.add(row)
        elif not here:
            row.since_ms = now_ms
        row.seen_ms = now_ms
        before = row.writing
        if writing is not None:
            row.writing, row.writing_ms = writing, now_ms
        return not here or row.writing != before

    def _remember(self, key: tuple[str, str], said: tuple[int, str]) -> None:
        with self._lock:
            self._written[key] = said
            self._written.move_to_end(key)
            while len(self._written) > KEPT_MAX:
                self._written.popitem(last=False)

    def _ms(self, real_ms: int) -> int:
        """On the clock of a replay, which runs faster."""
        return round(real_ms * max(1.0, self._clock.speed))


def _gone(session: Session, key: tuple[str, str]) -> bool:
    row = session.get(Watching, key)
    if row is not None:
        session.delete(row)
    else:
        incident_of(session, key[0])
    return row is not None
