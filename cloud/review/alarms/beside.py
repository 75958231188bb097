"""What stands beside the counts of alarms: their places and rules, false ones, shelves, sensors that were away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.board.choosing import Sees
from cloud.review.alarms.rows import AWAY, AlarmKey
from cloud.review.alarms.span import AlarmSpan
from cloud.review.alarms.views import Actor, Away, FalseAlarms, Standing
from cloud.store.models import Endpoint, Gateway, Incident
from cloud.store.models_review import CaseFact
from domain.assessment.alarm_figures import BadActor, Codes, Mask
from domain.assessment.figures import Rate
from domain.incidents import SITE_AWAY

LOOKED_AT = 40  # the newest incidents of each endpoint shown: which rules spoke
STANDING_SHOWN = 20
FALSE_SHOWN = 10
MARKS = frozenset({"chattering", "stale", "removed", "flood"})  # words of the site's rules beside what a sensor said


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the newest incidents of one source say of it."""

    place: str = ""
    rules: tuple[str, ...] = ()
    held: bool = False


def actors_of(session: Session, span: AlarmSpan, found: Sequence[BadActor]) -> tuple[Actor, ...]:
    """With their places, rules and habits."""
    keys = [span.alarms.keys[one.source] for one in found]
    said, known = _said(session, span, keys), _known(session, (key.device for key in keys))
    size = len(span.alarms.keys)
    habits = {
        name: np.bincount(span.alarms.source[mask], minlength=size)
        for name, mask in (
            ("chattering", span.chatters),
            ("fleeting", span.flits),
            ("void", span.ended & span.alarms.void),
        )
    }
    return tuple(
        Actor(
            site=key.site, device=key.device, kind=key.kind, place=said[key].place, rules=said[key].rules,
            held=said[key].held, known=key.device in known, count=one.count, share=one.share,
            **{name: int(counts[one.source]) for name, counts in habits.items()},
        )
        for one, key in zip(found, keys, strict=True)
    )  # fmt: skip


def _said(session: Session, span: AlarmSpan, keys: Sequence[AlarmKey]) -> dict[AlarmKey, _Said]:
    rows: dict[AlarmKey, list[tuple[str, list[Any]]]] = {key: [] for key in keys}
    newest = [id_ for device in sorted({key.device for key in keys}) for id_ in _newest(session, span, device)]
    query = select(Incident.site, Incident.device, Incident.kind, Incident.place, Incident.signals)
    for site, device, kind, place, signals in session.execute(query.where(Incident.id.in_(newest))):
        if (key := AlarmKey(site=site, device=device, kind=kind)) in rows:
            rows[key].append((place, signals or []))
    return {key: _summed(found) for key, found in rows.items()}


def _newest(session: Session, span: AlarmSpan, device: str) -> Sequence[str]:
    query = select(CaseFact.id).where(CaseFact.device == device, CaseFact.reported_ms < span.to_ms)
    return session.scalars(query.order_by(CaseFact.reported_ms.desc()).limit(LOOKED_AT)).all()


def _summed(found: Sequence[tuple[str, list[Any]]]) -> _Said:
    rules = Counter(str(signal.get("rule")) for _, signals in found for signal in signals if isinstance(signal, dict))
    own = tuple(rule for rule, _ in rules.most_common() if rule not in MARKS)
    return _Said(place=found[0][0] if found else "", rules=own[:3], held="chattering" in rules)


def _known(session: Session, devices: Iterable[str]) -> frozenset[str]:
    return frozenset(session.scalars(select(Endpoint.device).where(Endpoint.device.in_(set(devices)))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """The oldest of those that stand for too long, and how many there are."""

    shown: tuple[Standing, ...]
    count: int


def standing_of(session: Session, span: AlarmSpan) -> Stands:
    """At the end of the span."""
    found = np.flatnonzero(span.stale)
    oldest = found[np.argsort(span.alarms.raised[found], kind="stable")][:STANDING_SHOWN]
    places = places_of(session, (span.alarms.ids[i] for i in oldest))
    shown = []
    for i in oldest:
        key, id_ = span.alarms.keys[span.alarms.source[i]], span.alarms.ids[i]
        shown.append(
            Standing(
                id=id_, site=key.site, device=key.device, kind=key.kind, place=places.get(id_, ""),
                raised_ms=int(span.alarms.raised[i]),
            )
        )  # fmt: skip
    return Stands(shown=tuple(shown), count=len(found))


def places_of(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Incident -> its place, in words."""
    rows = session.execute(select(CaseFact.id, CaseFact.place).where(CaseFact.id.in_(list(ids))))
    return {id_: place for id_, place in rows}  # noqa: C416


def false_of(session: Session, span: AlarmSpan) -> dict[str, Any]:
    """Void ones of those that have ended: by device, kind and site, those with the most first."""
    ended, void = span.ended, span.ended & span.alarms.void
    devices = _by(span, ended, void, lambda key: key.device)
    places = _device_places(session, (name for name, _ in devices))
    kinds, sites = (_by(span, ended, void, of) for of in (lambda key: key.kind, lambda key: key.site))
    return {
        "false_all": Rate(hits=int(void.sum()), of=int(ended.sum())),
        "false_by_device": tuple(
            FalseAlarms(name=name, place=places.get(name, ""), rate=rate) for name, rate in devices
        ),
        "false_by_kind": tuple(FalseAlarms(name=name, place="", rate=rate) for name, rate in kinds),
        "false_by_site": tuple(FalseAlarms(name=name, place="", rate=rate) for name, rate in sites),
    }


def _by(span: AlarmSpan, ended: Mask, void: Mask, of: Callable[[AlarmKey], str]) -> list[tuple[str, Rate]]:
    keys = span.alarms.keys
    groups: dict[str, list[int]] = {}
    size = len(keys)
    all_, hits = (np.bincount(span.alarms.source[mask], minlength=size) for mask in (ended, void))
    for number, key in enumerate(keys):
        counted = groups.setdefault(of(key), [0, 0])
        counted[0] += int(hits[number])
        counted[1] += int(all_[number])
    rates = [(name, Rate(hits=counted[0], of=counted[1])) for name, counted in groups.items() if counted[0]]
    return sorted(rates, key=lambda one: (-one[1].hits, one[1].of, one[0]))[:FALSE_SHOWN]


def _device_places(session: Session, devices: Iterable[str]) -> dict[str, str]:
    rows = session.execute(select(Endpoint.device, Endpoint.place).where(Endpoint.device.in_(list(devices))))
    return {device: place for device, place in rows}  # noqa: C416


def away_of(session: Session, span: AlarmSpan, sees: Sees) -> tuple[Away, ...]:
    """Sites whose sensors were away or could not be believed, the longest first; only as long as it was in the span."""
    alarms, took = span.alarms, span.took
    touched = alarms.kind(*AWAY, *SITE_AWAY) & (took > 0)
    source, took = alarms.source[touched], took[touched]
    counts = np.bincount(source, minlength=len(alarms.keys))
    sums, worst = np.zeros_like(counts), np.zeros_like(counts)
    np.add.at(sums, source, took)
    np.maximum.at(worst, source, took)
    sites: dict[str, list[int]] = {}
    for number in np.flatnonzero(counts).tolist():
        sites.setdefault(alarms.keys[number].site, []).append(number)
    of_devices = _endpoints(session, sees)
    found = [_away(site, of_devices[site], mine, span, (counts, sums, worst)) for site, mine in sites.items()]
    return tuple(sorted(found, key=lambda one: (-one.total_ms - one.site_ms, one.site)))


def _away(site: str, of_devices: int, mine: list[int], span: AlarmSpan, sums: tuple[Codes, Codes, Codes]) -> Away:
    keys, (counts, took, worst) = span.alarms.keys, sums
    single = [number for number in mine if keys[number].kind in AWAY]
    whole = [number for number in mine if keys[number].kind in SITE_AWAY]
    return Away(
        site=site, incidents=int(counts[single].sum()), devices=len({keys[number].device for number in single}),
        of_devices=of_devices, total_ms=int(took[single].sum()),
        worst_ms=int(worst[single].max()) if single else 0,
        site_incidents=int(counts[whole].sum()), site_ms=int(took[whole].sum()),
    )  # fmt: skip


def _endpoints(session: Session, sees: Sees) -> Counter[str]:
    query = select(Gateway.site, Endpoint.grid).join(Gateway, Gateway.id == Endpoint.gateway_id)
    return Counter(site for site, grid in session.execute(query) if sees(grid, site))
