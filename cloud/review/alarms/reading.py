"""How well the alarms do: the figures of ISA-18.2 and EEMUA 191 over one span, in somebody's areas."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from cloud.board.choosing import Sees, everything
from cloud.plan import Plan
from cloud.plan.files import load_toml
from cloud.review.alarms.beside import actors_of, away_of, false_of, standing_of
from cloud.review.alarms.listing import listed
from cloud.review.alarms.positions import positions_of
from cloud.review.alarms.rows import read
from cloud.review.alarms.shelves import shelved_of
from cloud.review.alarms.span import AlarmSpan, Behind, Cut
from cloud.review.alarms.views import AlarmDay, AlarmReport, Answered, Listed, Positions, Stream
from cloud.review.cases.places import Places, spots_of
from cloud.review.heavy import Heavy
from cloud.settings import SAMPLES
from cloud.store.engine import Store
from domain.assessment import alarm_targets
from domain.assessment.alarm_figures import LEVELS, Mask, bad_actors, split, stale_by_day, waits
from domain.assessment.alarm_rates import Times, by_day, days_between, flooded_ms, floods, pace
from domain.assessment.alarm_targets import AlarmTargets
from domain.assessment.periods import DAY_MS
from domain.incidents import Kind
from runtime.clock import Clock

FILE = "alarms.toml"
LONGEST_MS = 400 * DAY_MS  # default of ours: a year of a district is some 360,000 alarms, 300 MB of memory
LIFE = tuple(kind for kind in Kind if kind.life_safety)


def load_targets(folder: Path) -> AlarmTargets:
    """Those of the config folder, or ours. Raises PlanError, TargetError."""
    own = folder / FILE
    return alarm_targets.read(load_toml(own if own.exists() else SAMPLES / FILE))


def bounds(from_ms: int, to_ms: int, now_ms: int) -> tuple[int, int]:
    """As far as it has passed, and no more than is read at once: the last part of it."""
    from_ms = min(from_ms, now_ms)
    to_ms = max(from_ms, min(to_ms, now_ms))
    return max(from_ms, to_ms - LONGEST_MS), to_ms


class AlarmReview:
    """Reads only. Long spans take turns: HistoryBusy."""

    def __init__(
        self, store: Store, plan: Plan, clock: Clock, heavy: Heavy | None = None, places: Places | None = None
    ) -> None:
        self._heavy = heavy or Heavy()
        self.targets = load_targets(SAMPLES)
        self._store = store
        self._plan = plan
        self._clock = clock
        self._places = places or Places()

    def report(self, from_ms: int, to_ms: int, at: str = "", sees: Sees = everything) -> AlarmReport:
        """Of [from_ms, to_ms), as far as it has passed, in an area (its id; empty: all that is seen)."""
        now_ms, sees = self._clock.now_ms(), cache(sees)
        asked_ms, (from_ms, to_ms) = from_ms, bounds(from_ms, to_ms, now_ms)
        positions = positions_of(self._plan, at, sees, to_ms, self.targets)
        with self._heavy.turn(to_ms - from_ms), self._store.read() as session:
            span = self._span(session, from_ms, to_ms, at, sees)
            found = _Figures(span, positions).report(session, self._plan, sees, at, now_ms)
            return replace(found, cut=from_ms > asked_ms)

    def listed(
        self, from_ms: int, to_ms: int, what: Behind, cut: Cut, at: str = "", sees: Sees = everything, page: int = 1
    ) -> Listed:
        """The alarms behind a number, the newest first, a page at a time."""
        from_ms, to_ms = bounds(from_ms, to_ms, self._clock.now_ms())
        with self._heavy.turn(to_ms - from_ms), self._store.read() as session:
            span = self._span(session, from_ms, to_ms, at, cache(sees))
            return listed(session, span, what, cut, page)

    def _span(self, session: Session, from_ms: int, to_ms: int, at: str, sees: Sees) -> AlarmSpan:
        alarms = read(session, from_ms, to_ms, spots_of(self._places.every(session), sees, at))
        return AlarmSpan(alarms, from_ms, to_ms, self.targets)


class _Figures:
    """All figures of one span."""

    def __init__(self, span: AlarmSpan, positions: Positions) -> None:
        self._span, self._alarms, self._targets, self._positions = span, span.alarms, span.targets, positions

    def report(self, session: Session, plan: Plan, sees: Sees, at: str, now_ms: int) -> AlarmReport:
        """As a whole."""
        span, alarms, targets = self._span, self._alarms, self._targets
        stale, life = standing_of(session, span), span.sensed & alarms.life
        return AlarmReport(
            from_ms=span.from_ms, to_ms=span.to_ms, cut=False, targets=targets, positions=self._positions,
            seen=self._stream(alarms.told, alarms.shown),
            told=self._stream(alarms.raised, alarms.sensed),
            days=self._days(),
            split=split(alarms.severity[span.seen]),
            actors=actors_of(session, span, bad_actors(alarms.source[span.sensed], targets.top)),
            chattering=int(span.chatters.sum()),
            chatterers=actors_of(session, span, bad_actors(alarms.source[span.chatters], targets.top)),
            fleeting=int(span.flits.sum()),
            stale=stale.shown, stale_count=stale.count,
            answered=self._answered(), life_answered=self._life_answered(),
            life_told=waits(alarms.raised[life], alarms.told[life], span.to_ms, targets.transmit_ms),
            life_shown=waits(alarms.raised[life], alarms.told[life], span.to_ms, targets.shown_ms),
            **false_of(session, span),
            shelved=shelved_of(session, plan, at, sees, span.to_ms, now_ms),
            away=away_of(session, span, sees),
        )  # fmt: skip

    def _stream(self, times: Times, mask: Mask) -> Stream:
        """Floods are looked for a day before the span as well: one may have begun there."""
        span, chosen, each = self._span, times[mask], self._positions.count
        found = floods(chosen, span.to_ms, each, self._targets)
        found = tuple(one for one in found if one.end_ms > span.from_ms)
        return Stream(
            pace=pace(chosen, span.from_ms, span.to_ms, each, self._targets),
            floods=found,
            flooded_ms=flooded_ms(found, span.from_ms, span.to_ms),
        )

    def _days(self) -> tuple[AlarmDay, ...]:
        alarms, edges = self._alarms, days_between(self._span.from_ms, self._span.to_ms)
        seen, seen_peak = by_day(alarms.told[alarms.shown], edges)
        told, told_peak = by_day(alarms.raised[alarms.sensed], edges)
        stale = stale_by_day(alarms.raised[alarms.sensed], alarms.ended[alarms.sensed], edges, self._targets)
        return tuple(
            AlarmDay(
                from_ms=edges[n], to_ms=edges[n + 1], seen=int(seen[n]), seen_peak=int(seen_peak[n]),
                told=int(told[n]), told_peak=int(told_peak[n]), stale=int(stale[n]),
            )
            for n in range(len(edges) - 1)
        )  # fmt: skip

    def _answered(self) -> tuple[Answered, ...]:
        """Groups and single ones, as people had them; life safety stands apart."""
        calm = self._span.seen & ~self._alarms.life
        rows = [(str(level), calm & (self._alarms.severity == n)) for n, level in enumerate(LEVELS)]
        return tuple(self._waited(name, mask, None) for name, mask in [("all", calm), *reversed(rows)])

    def _life_answered(self) -> tuple[Answered, ...]:
        life = self._span.seen & self._alarms.life
        rows = [("all", life), *((str(kind), life & self._alarms.kind(kind)) for kind in LIFE)]
        return tuple(self._waited(name, mask, self._targets.accept_ms) for name, mask in rows)

    def _waited(self, name: str, mask: Mask, limit_ms: int | None) -> Answered:
        told, accepted = self._alarms.told[mask], self._alarms.accepted[mask]
        return Answered(name=name, waits=waits(told, accepted, self._span.to_ms, limit_ms))
