"""Alarms of a span as columns: a year of a district is read at once. What people told is no alarm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, and_, case, func, literal, not_, or_, select
from sqlalchemy.orm import Session, aliased

from cloud.review.cases.places import Spots
from cloud.store.models_review import CaseFact
from domain.assessment.alarm_figures import LEVELS, NEVER, Codes, Mask
from domain.assessment.alarm_rates import Times
from domain.assessment.periods import DAY_MS
from domain.incidents import Kind
from domain.sources import Source

LEAD_MS = DAY_MS  # read so much before a span: what went on when it began is known then
STANDING_MS = 366 * DAY_MS  # default: what has stood for longer than a year is looked for elsewhere
GROUPS = (Kind.ALARM_FLOOD, Kind.ENDPOINTS_OFFLINE)  # raised by the rules of a site over what its sensors told
AWAY = (Kind.ENDPOINT_OFFLINE, Kind.SENSOR_FAULT)  # of one endpoint; of its whole site: SITE_AWAY
_SEVERITY = {str(level): number for number, level in enumerate(LEVELS)}


class _At(IntEnum):
    """Where a column of `_query` stands in a row."""

    ID = 0
    AREA = auto()
    KIND = auto()
    SEVERITY = auto()
    DEVICE = auto()
    TOLD = auto()
    RAISED = auto()
    CLEARED = auto()
    CLOSED = auto()
    ACCEPTED = auto()
    SHOWN = auto()
    VOID = auto()


_WHOSE = itemgetter(_At.AREA, _At.DEVICE, _At.KIND)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmKey:
    """Whatever can alarm again: one kind of one endpoint."""

    site: str
    device: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """One column each, all of the same length."""

    ids: tuple[str, ...]
    source: Codes  # place in `keys`
    severity: Codes  # place in LEVELS
    told: Times  # when the centre heard of it
    raised: Times  # when it was there, by the clock of the site
    ended: Times  # when it was over, or people had closed it; NEVER
    closed: Times  # when people had; NEVER
    accepted: Times  # or void, or accepted with what people put it into; NEVER
    shown: Mask  # stood on the board by itself: no member of a group
    life: Mask
    void: Mask
    keys: tuple[AlarmKey, ...]

    def kind(self, *kinds: Kind) -> Mask:
        """True for alarms of these kinds."""
        return self.of(np.array([key.kind in kinds for key in self.keys], dtype=np.bool_))

    def of(self, keys: Mask) -> Mask:
        """True for alarms of the chosen keys."""
        return keys[self.source] if len(self.keys) else np.zeros(0, dtype=np.bool_)

    @property
    def sensed(self) -> Mask:
        """True for what a sensor or a gateway told; False for groups that rules made of it."""
        return ~self.kind(*GROUPS)


def read(session: Session, from_ms: int, to_ms: int, spots: Spots) -> Alarms:
    """Told at these places between a day before `from_ms` and `to_ms`, and what stood from before."""
    sites = {spot.area: spot.site for spot in spots.spots}
    since = CaseFact.reported_ms >= from_ms - LEAD_MS
    new = _query().where(since, CaseFact.reported_ms < to_ms)
    old = _query().where(CaseFact.reported_ms >= from_ms - STANDING_MS, not_(since), _stood_at(from_ms))
    rows = [row for row in (*_fetch(session, old), *_fetch(session, new)) if row[_At.AREA] in sites]
    return _columns(rows, sites)


def _stood_at(at_ms: int) -> Any:
    ended = (or_(end.is_(None), end > at_ms) for end in (CaseFact.cleared_ms, CaseFact.closed_ms))
    return and_(*ended)


def _query() -> Select[Any]:
    never = literal(int(NEVER))
    columns: dict[_At, Any] = {
        _At.ID: CaseFact.id, _At.AREA: CaseFact.area, _At.KIND: CaseFact.kind, _At.SEVERITY: CaseFact.severity,
        _At.DEVICE: CaseFact.device, _At.TOLD: CaseFact.reported_ms, _At.RAISED: CaseFact.raised_ms,
        _At.CLEARED: func.coalesce(CaseFact.cleared_ms, never), _At.CLOSED: func.coalesce(CaseFact.closed_ms, never),
        _At.ACCEPTED: func.coalesce(_answered(), never),
        _At.SHOWN: or_(CaseFact.member_of.is_(None), CaseFact.merged), _At.VOID: CaseFact.void,
    }  # fmt: skip
    return select(*(columns[place] for place in _At)).where(CaseFact.source == Source.GATEWAY)


def _answered() -> Any:
    """When people first had it: accepted it, said that nothing was there, or had what they put it into."""
    parent = aliased(CaseFact)
    above = select(parent.accepted_ms).where(parent.id == CaseFact.member_of).correlate(CaseFact).scalar_subquery()
    return func.coalesce(
        CaseFact.accepted_ms, case((CaseFact.void, CaseFact.closed_ms), (CaseFact.merged, above), else_=None)
    )


def _fetch(session: Session, query: Select[Any]) -> Sequence[tuple[Any, ...]]:
    """Rows as the driver gives them: there may be hundreds of thousands."""
    result = session.connection().execute(query)
    return [] if result.cursor is None else list(result.cursor.fetchall())


def _columns(rows: Sequence[tuple[Any, ...]], sites: Mapping[int, str]) -> Alarms:
    """Each column in one sweep: rows are many, and a tuple for each of them once more would cost as much as reading."""
    source, keys = _sources(rows, sites)
    life = np.array([Kind(key.kind).life_safety for key in keys], dtype=np.bool_)
    closed = _whole(rows, _At.CLOSED)
    return Alarms(
        ids=tuple(map(itemgetter(_At.ID), rows)),
        source=source,
        severity=np.array([_SEVERITY[row[_At.SEVERITY]] for row in rows], dtype=np.int64),
        told=_whole(rows, _At.TOLD),
        raised=_whole(rows, _At.RAISED),
        ended=np.minimum(_whole(rows, _At.CLEARED), closed),
        closed=closed,
        accepted=_whole(rows, _At.ACCEPTED),
        shown=_whole(rows, _At.SHOWN).astype(np.bool_),
        life=life[source] if len(keys) else np.zeros(0, dtype=np.bool_),
        void=_whole(rows, _At.VOID).astype(np.bool_),
        keys=keys,
    )


def _sources(rows: Sequence[tuple[Any, ...]], sites: Mapping[int, str]) -> tuple[Codes, tuple[AlarmKey, ...]]:
    """A number for each source. First by area, device and kind; areas of one site are then one."""
    found: defaultdict[tuple[int, str, str], int] = defaultdict()
    found.default_factory = found.__len__
    fine = np.array([found[one] for one in map(_WHOSE, rows)], dtype=np.int64)
    known: dict[AlarmKey, int] = {}
    keys = (AlarmKey(site=sites[area], device=device, kind=kind) for area, device, kind in found)
    coarse = np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.int64)
    return coarse[fine] if len(coarse) else fine, tuple(known)


def _whole(rows: Sequence[tuple[Any, ...]], column: _At) -> NDArray[np.int64]:
    return np.array(list(map(itemgetter(column), rows)), dtype=np.int64)
