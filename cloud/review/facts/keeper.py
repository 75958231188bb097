"""Keeps the facts up with the incidents: follows their log, and once makes the facts of all that were there before.

One worker does it at a time. How far it has come is a row, written with the facts themselves; so a crash costs nothing
but doing a few of them again, which changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from cloud.changes import Changed
from cloud.review.facts.records import touched_by
from cloud.review.facts.writing import FORM, remake
from cloud.store.engine import Store
from cloud.store.models import Incident, IncidentLog
from cloud.store.models_review import CaseMark
from runtime.clock import Clock

log = structlog.get_logger()
EVERY_S = 5.0  # without a hint; a default of ours
SETTLE_S = 0.5  # one transaction often touches what the next one touches
BATCH = 50  # incidents in one transaction: people's clicks wait for no longer than these take
ROWS = 500  # entries of the log in one look
OLD = 100  # incidents of before in one transaction
REST_S = 0.05  # after each of those: others write meanwhile
PATIENCE = 20  # put off so often in a row, it waits for its turn like everybody
MARK = 1
ASIDE_MAX = 1000  # incidents that stand aside by name; more are only counted
# what one odd record may raise, read or written; whatever else goes wrong is the database's, and tried again
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DataError, IntegrityError)


class FactKeeper:
    """`catch_up` brings the facts to where the log is; `run` does so for ever."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._put_off = 0  # in a row
        self.done: Counter[str] = Counter()

    def changed(self, _change: Changed) -> None:
        """A listener of the desk, in whatever thread."""
        if self._loop is not None and not self._wake.is_set():
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Keep up, for ever."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.retry)
        while True:
            self._wake.clear()
            old = await asyncio.to_thread(self.step)
            try:
                await asyncio.wait_for(self._wake.wait(), REST_S if old else SETTLE_S if self._put_off else EVERY_S)
                await asyncio.sleep(REST_S if old else SETTLE_S)
            except TimeoutError:
                pass

    def step(self) -> bool:
        """What the log says, then some of what was there before; True while there is more of that."""
        self.catch_up()
        return self.fill()

    def catch_up(self) -> int:
        """Everything that is in the log now; how many facts were made."""
        end = self._fence()
        made = 0
        while end is not None and (some := self._look(end)) is not None:
            ids, upto = some
            made += self._make(ids, upto)
        return made

    def _fence(self) -> int | None:
        """An entry of the log with nothing uncommitted before it; None where that cannot be known just now.

        Entries are committed in another order than they are numbered; so for a moment nobody else may write. Where
        somebody does for long, it is put off: whoever waited would hold everybody back who comes later.
        """
        with self._store.read() as session:
            mark, newest = session.get(CaseMark, MARK), _newest(session)
            if mark is not None and mark.form == FORM and mark.log_id == newest:
                return newest
        found: list[int] = []
        if self._put_off >= PATIENCE:
            found.append(self._store.run(_begin))
        elif not self._store.attempt(lambda session: found.append(_begin(session)), None):
            self._put_off += 1
            self.done["put_off"] += 1
            return None
        self._put_off = 0
        return found[-1]

    def _look(self, end: int) -> tuple[list[str], int] | None:
        """The incidents of the next entries, and up to which entry; None where there are none."""
        with self._store.read() as session:
            done = session.get_one(CaseMark, MARK).log_id
            if done >= end:
                return None
            query = select(IncidentLog.id, IncidentLog.incident_id).where(IncidentLog.id > done, IncidentLog.id <= end)
            rows = session.execute(query.order_by(IncidentLog.id).limit(ROWS)).all()
            ids = sorted({row[1] for row in rows})
            upto = rows[-1][0] if len(rows) == ROWS else end
            return touched_by(session, ids), upto

    def _make(self, ids: list[str], upto: int) -> int:
        made = sum(self._some(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))
        self._store.run(lambda session: _set(session, log_id=upto), sites=[])
        self.done["followed"] += made
        return made

    def _some(self, ids: list[str]) -> int:
        """Their facts. One that cannot be made stands aside: else nothing after it were ever counted."""
        try:
            return self._store.run(lambda session: _made(session, ids), sites=self._sites(ids))
        except ODD as error:
            if len(ids) > 1:
                return sum(self._some([one]) for one in ids)
            self._put_aside(ids[0], error)
            return 0

    def _put_aside(self, one: str, error: Exception) -> None:
        """Its fact stays as it was. It is tried again when something happens to it, and at each start."""
        self.done["aside"] += 1
        log.error("fact_not_made", incident=one, why=repr(error), remedy="send this line to the makers")
        self._store.run(lambda session: _aside(session, add={one}), sites=[])

    def retry(self) -> None:
        """Those that stand aside, once more."""
        with self._store.read() as session:
            mark = session.get(CaseMark, MARK)
            ids = list(mark.aside) if mark is not None else []
        for one in ids:
            self._some([one])

    def _sites(self, ids: Iterable[str]) -> list[str]:
        with self._store.read() as session:
            return list(session.scalars(select(Incident.site).where(Incident.id.in_(list(ids))).distinct()))

    def fill(self) -> bool:
        """Some facts of incidents that were there before the log was followed; True while there may be more."""
        with self._store.read() as session:
            mark = session.get(CaseMark, MARK)
            if mark is None or mark.filled_to is None:
                return False
            later = select(Incident.id).where(Incident.id > mark.filled_to).order_by(Incident.id).limit(OLD)
            ids = list(session.scalars(later))
        if ids:
            self.done["filled"] += self._some(ids)
        self._store.run(lambda session: _set(session, filled_to=ids[-1] if ids else None), sites=[])
        return bool(ids)

    def health(self) -> dict[str, int | bool]:
        """For /readyz: entries of the log not in the facts yet, how old the first is, what is missing or set aside."""
        with self._store.read() as session:
            mark = session.get(CaseMark, MARK)
            done = mark.log_id if mark is not None and mark.form == FORM else 0
            behind = _newest(session) - done
            first = select(IncidentLog.at_ms).where(IncidentLog.id > done).order_by(IncidentLog.id).limit(1)
            at_ms = session.scalar(first) if behind else None
            filling = mark is None or mark.form != FORM or mark.filled_to is not None
            aside = len(mark.aside) if mark is not None else 0
        late_ms = 0 if at_ms is None else max(0, self._clock.now_ms() - at_ms)
        return {"behind": behind, "late_ms": late_ms, "filling": filling, "aside": aside}


def _newest(session: Session) -> int:
    return session.scalar(select(func.max(IncidentLog.id))) or 0


def _begin(session: Session) -> int:
    """As the only writer: where the log is, and where following it starts."""
    newest = _newest(session)
    mark = session.get(CaseMark, MARK)
    if mark is None:
        session.add(CaseMark(id=MARK, form=FORM, log_id=newest, filled_to=""))
    elif mark.form != FORM:
        mark.form, mark.log_id, mark.filled_to = FORM, newest, ""
    return newest


def _made(session: Session, ids: list[str]) -> int:
    made = remake(session, ids)
    session.flush()  # what the database refuses is refused here
    _aside(session, gone=set(ids))
    return made


def _aside(session: Session, add: Iterable[str] = (), gone: Iterable[str] = ()) -> None:
    mark = session.get(CaseMark, MARK)
    if mark is not None and (found := sorted({*mark.aside, *add} - {*gone})[:ASIDE_MAX]) != mark.aside:
        mark.aside = found


def _set(session: Session, **values: object) -> None:
    mark = session.get_one(CaseMark, MARK)
    for name, value in values.items():
        setattr(mark, name, value)
