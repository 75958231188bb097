"""Cases of a wish as columns, read in one pass over the facts: whatever is counted of them comes from these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import JSON, ColumnElement, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session

from cloud.review.cases.conditions import Condition, Seen, column, conditions, counted, flag, over, overdue
from cloud.review.cases.places import Spots
from cloud.review.cases.wish import Flag, Where
from cloud.review.figures.views import Key, Totals, Way
from cloud.store.models_review import CaseFact as Fact
from domain.assessment.cases import Outcome
from domain.assessment.figures import Spread, spread_of
from domain.limits import Due

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]
_FLAGS = [one for one in Flag if one.value in Totals.__slots__]  # what Totals counts is named alike
BITS = ("open", "overdue", "paused", "closed", "life_safety", *(one.value for one in _FLAGS))
MET, MISSED, RUNNING, LATE, STOPPED = range(1, 6)  # how a deadline stands; LATE: it runs and is over; 0: there is none
_WIDTH = 3  # bits of each
_ENDS: dict[Way, tuple[Any, Any]] = {
    Way.ACCEPT: (Fact.reported_ms, Fact.accepted_ms),
    Way.DISPATCH: (Fact.accepted_ms, Fact.dispatched_ms),
    Way.ARRIVE: (Fact.accepted_ms, Fact.arrived_ms),
    Way.FEED_BACK: (Fact.accepted_ms, Fact.fed_back_ms),
    Way.VERIFY: (Fact.fed_back_ms, Fact.verified_ms),
    Way.CLOSE: (Fact.verified_ms, Fact.closed_ms),
    Way.WHOLE: (Fact.reported_ms, Fact.closed_ms),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One wish in one transaction."""

    session: Session
    where: Where
    spots: Spots
    seen: Seen

    def ask(self, *columns: Any) -> Select[Any]:
        """A query over the cases that are counted."""
        return select(*columns).where(*conditions(self.where, self.seen), *counted(self.where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Of what each case is: a number in `names`, which are (value, grid of a place)."""

    names: Sequence[tuple[str, str]]
    codes: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """One column each, all of the same length."""

    reported: Codes
    area: Codes
    bits: Codes  # of BITS
    kept: Codes  # how each deadline stands
    labels: Mapping[Key, Labels]

    def has(self, name: str) -> Mask:
        """True for those of which one of BITS holds."""
        found: Mask = (self.bits >> BITS.index(name)) & 1 == 1
        return found

    def standing(self, due: Due) -> Codes:
        """How one deadline stands: MET and so on."""
        found: Codes = (self.kept >> _WIDTH * tuple(Due).index(due)) & ((1 << _WIDTH) - 1)
        return found


TOOK: Mapping[Way, ColumnElement[Any]] = {way: end - begin for way, (begin, end) in _ENDS.items()}  # pauses in it
LATE_BY: Mapping[Due, ColumnElement[Any]] = {
    due: case((column(due) == Outcome.MISSED.value, column(f"{due}_late_ms"))) for due in Due
}


def cases_of(look: Look, *keys: Key, spans: Sequence[ColumnElement[Any]] = ()) -> tuple[Cases, tuple[Spread, ...]]:
    """The cases of a wish, with what they are of by these keys; how these spans are spread over them."""
    numbers = (Fact.reported_ms, Fact.area, _bits(look.seen), _kept(look.seen.now_ms), *spans)
    texts = [_listed(look.session, column(key)) for key in keys]
    row = look.session.execute(look.ask(*texts, *map(_values, numbers))).one()
    labels = {key: _labels(told or []) for key, told in zip(keys, row, strict=False)}
    reported, area, bits, kept, *taken = map(_whole, row[len(keys) :])
    if Key.PLACE in labels:
        labels[Key.PLACE] = _placed(labels[Key.PLACE], area, look.spots)
    cases = Cases(reported=reported, area=area, bits=bits, kept=kept, labels=labels)
    return cases, tuple(spread_of(np.maximum(span, 0)) for span in taken)


def _values(of: ColumnElement[Any] | Any) -> ColumnElement[str]:
    """All of them in one text: every value on every database, without a row for each; NULL has none."""
    return func.aggregate_strings(cast(of, String), ",")


def _whole(text: str | None) -> Codes:
    return np.fromstring(text, dtype=np.int64, sep=",") if text else np.zeros(0, dtype=np.int64)


def _listed(session: Session, of: ColumnElement[Any]) -> ColumnElement[Any]:
    """All of them as a list: texts may hold whatever people wrote."""
    shared = session.get_bind().dialect.name == "postgresql"
    return (func.json_agg if shared else func.json_group_array)(of, type_=JSON)


def _bits(seen: Seen) -> ColumnElement[int]:
    is_open = Fact.closed_ms.is_(None)
    tests: dict[str, Condition] = {
        "open": is_open, "overdue": is_open & overdue(seen.now_ms),
        "paused": is_open & Fact.paused_since_ms.is_not(None), "closed": ~is_open,
        "life_safety": Fact.life_safety.is_(True),
        **{one.value: flag(one, seen) for one in _FLAGS},
    }  # fmt: skip
    return _sum(case((tests[name], 1 << place), else_=0) for place, name in enumerate(BITS))


def _kept(now_ms: int) -> ColumnElement[int]:
    return _sum(_standing(due, now_ms, _WIDTH * place) for place, due in enumerate(Due))


def _standing(due: Due, now_ms: int, shift: int) -> ColumnElement[int]:
    state, held = column(due), {Outcome.MET: MET, Outcome.MISSED: MISSED, Outcome.STOPPED: STOPPED}
    ended = ((state == outcome.value, code << shift) for outcome, code in held.items())
    running = ((over(due, now_ms), LATE << shift), (state == Outcome.RUNNING.value, RUNNING << shift))
    return case(*ended, *running, else_=0)


def _sum(parts: Iterable[ColumnElement[int]]) -> ColumnElement[int]:
    found: ColumnElement[int] = sum(parts, start=literal(0))
    return found


def _labels(told: Sequence[str | None]) -> Labels:
    known: defaultdict[str | None, int] = defaultdict()
    known.default_factory = known.__len__
    codes = np.fromiter(map(known.__getitem__, told), dtype=np.int64, count=len(told))
    return Labels(names=[(name or "", "") for name in known], codes=codes)


def _placed(places: Labels, area: Codes, spots: Spots) -> Labels:
    """A name of a place means one in each grid."""
    names = sorted({spot.grid for spot in spots.spots})
    number = {name: place for place, name in enumerate(names)}
    grid_of = np.zeros(max((spot.area for spot in spots.spots), default=0) + 1, dtype=np.int64)
    for spot in spots.spots:
        grid_of[spot.area] = number[spot.grid]
    both, codes = np.unique(places.codes * max(1, len(names)) + grid_of[area], return_inverse=True)
    pairs = (divmod(one, len(names)) for one in both.tolist())
    return Labels(names=[(places.names[place][0], names[where]) for place, where in pairs], codes=codes)
