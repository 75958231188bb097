"""Rows of equipment, read with care: what a gateway of another version tells must not take a page away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.equipment import told
from cloud.equipment.orders import open_orders
from cloud.equipment.told import RuleInForce
from cloud.equipment.upkeep_rows import lasts
from cloud.equipment.views import PastIncident, Thing
from cloud.store.models import Endpoint, Gateway, Incident, Quarantine
from cloud.store.models_equipment import EndpointFacts, GatewayPage
from domain.incidents import OVER, Kind
from domain.maintenance import DueRow, Intervals, due_of, worst
from domain.rules.rule import JUDGED_ELSEWHERE

INCIDENTS_SHOWN = 20  # of each: open, and over
QUARANTINE_SHOWN = 20
BY_THE_GATEWAY = (Kind.ENDPOINT_OFFLINE, Kind.SENSOR_FAULT)  # whatever the rules are
SHELF_FIRST = ("in_force", "taking_back", "ordered")


def things(session: Session, now_ms: int, intervals: Intervals, device: str | None = None) -> list[Thing]:
    """Every endpoint, or one; columns only: a district has ten thousand of them."""
    facts = (EndpointFacts.gateway_id == Endpoint.gateway_id) & (EndpointFacts.device == Endpoint.device)
    query = (
        select(
            Endpoint.gateway_id, Endpoint.device, Endpoint.kind, Endpoint.place, Endpoint.grid, Endpoint.state,
            Endpoint.last_seen_ms, Endpoint.channels, Gateway.site, Gateway.state, EndpointFacts.facts,
            EndpointFacts.told_ms,
        )
        .join(Gateway, Gateway.id == Endpoint.gateway_id)
        .outerjoin(EndpointFacts, facts)
    )  # fmt: skip
    if device is not None:
        query = query.where(Endpoint.device == device)
    shelves, done = _shelves(session, now_ms), lasts(session, device)
    found = []
    for row in session.execute(query):
        dues = due_of(intervals, row.kind, done.get((row.site, row.device), {}), now_ms)
        found.append(_thing(row, shelves.get((row[0], row[1]), ("", False)), dues))
    return found


def _thing(row: Any, shelf: tuple[str, bool], dues: tuple[DueRow, ...]) -> Thing:
    gateway, device, kind, place, grid, state, last_seen_ms, channels, site, gateway_state, facts, told_ms = row
    facts = facts or {}
    return Thing(
        device=device,
        kind=kind,
        place=place,
        grid=grid,
        site=site,
        gateway=gateway,
        state=state if gateway_state == "online" else "unknown",
        last_seen_ms=last_seen_ms,
        channels=channels,
        firmware=told.text(facts, "firmware"),
        board=told.text(facts, "board"),
        boot=told.whole(facts, "boot"),
        battery=told.whole(facts, "battery"),
        update=told.update(facts.get("update")),
        told_ms=told_ms,
        shelf=shelf[0],
        life_shelf=shelf[1],
        due=str(worst(dues)),
        due_ms=min((one.due_ms for one in dues if one.due_ms is not None), default=None),
    )


def _shelves(session: Session, now_ms: int) -> dict[tuple[str, str], tuple[str, bool]]:
    """(gateway, device) -> what is kept back of it, and whether lives may depend on it."""
    found: dict[tuple[str, str], tuple[str, bool]] = {}

    def note(key: tuple[str, str], state: str, kinds: Iterable[object]) -> None:
        before, life = found.get(key, (state, False))
        found[key] = (min(before, state, key=SHELF_FIRST.index), life or holds_lives(kinds))

    for gateway_id, status in session.execute(select(Gateway.id, Gateway.status)):
        said = (status or {}).get("shelved")
        for entry in said if isinstance(said, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("device"), str) and _lasts(entry, now_ms):
                kinds = entry.get("kinds")
                note((gateway_id, entry["device"]), "in_force", kinds if isinstance(kinds, list) else ())
    for gateway_id, orders in open_orders(session, now_ms).items():
        for order in orders:
            if order.state in SHELF_FIRST:
                note((gateway_id, order.device), order.state, order.kinds)
    return found


def _lasts(entry: dict[str, Any], now_ms: int) -> bool:
    until_ms = entry.get("until_ms")
    return isinstance(until_ms, int) and until_ms > now_ms


def holds_lives(kinds: Iterable[object]) -> bool:
    """True where one of these kinds is life safety."""
    known = {str(kind) for kind in Kind if kind.life_safety}
    return any(kind in known for kind in kinds)


def pages(session: Session, gateway_id: str) -> dict[str, GatewayPage]:
    """What a gateway told of itself, by part."""
    rows = session.scalars(select(GatewayPage).where(GatewayPage.gateway_id == gateway_id))
    return {row.part: row for row in rows}


def kinds_of(thing: Thing, rules: Iterable[RuleInForce]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What of an endpoint can be shelved: technical kinds, and those of life safety."""
    known = {str(kind): kind for kind in Kind}
    raised = {rule.raises for rule in rules} & known.keys()
    raised |= {str(kind) for kind in BY_THE_GATEWAY}
    raised |= {str(JUDGED_ELSEWHERE[thing.kind])} if thing.kind in JUDGED_ELSEWHERE else set()
    life = {name for name in raised if known[name].life_safety}
    return tuple(sorted(raised - life)), tuple(sorted(life))


def incidents(session: Session, site: str, device: str) -> tuple[PastIncident, ...]:
    """Open ones first, then those that are over, each the newest first."""
    mine = (Incident.site == site, Incident.device == device)
    newest = select(Incident).where(*mine).order_by(Incident.raised_at_ms.desc()).limit(INCIDENTS_SHOWN)
    found = [*session.scalars(newest.where(Incident.stage.not_in(OVER)))]
    found += session.scalars(newest.where(Incident.stage.in_(OVER)))
    return tuple(
        PastIncident(
            id=row.id, kind=row.kind, severity=row.severity, condition=row.condition, stage=row.stage,
            raised_at_ms=row.raised_at_ms, closed_at_ms=row.closed_at_ms, over=row.stage in OVER,
        )
        for row in found
    )  # fmt: skip


def refused_here(session: Session, site: str, gateway_id: str) -> list[Quarantine]:
    """Messages of a gateway that the centre refused, newest first."""
    mine = Quarantine.topic.startswith(f"gw/1/{site}/{gateway_id}/", autoescape=True)
    return list(session.scalars(select(Quarantine).where(mine).order_by(Quarantine.id.desc()).limit(QUARANTINE_SHOWN)))
