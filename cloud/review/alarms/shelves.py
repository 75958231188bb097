"""What people kept back at one moment: orders of the centre, and what gateways say is shelved now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloud.board.choosing import Sees
from cloud.plan import Plan
from cloud.review.alarms.views import Shelved
from cloud.store.models import Endpoint, Gateway
from cloud.store.models_equipment import ShelfOrder
from domain.incidents import Kind
from domain.shelf_orders import State

NOW_MS = 3_600_000  # a span that ended so lately: what gateways say now is how it ended
_LIVES = frozenset(str(kind) for kind in Kind if kind.life_safety)
NEVER_HELD = (State.REFUSED, State.LAPSED, State.ORDERED)
OVER = (State.ENDED, State.TAKEN_BACK)


def shelved_of(session: Session, plan: Plan, at: str, sees: Sees, at_ms: int, now_ms: int) -> tuple[Shelved, ...]:
    """Life safety first, then what was kept back for longest. Of the past only what the centre ordered is known."""
    spots = _spots(session)
    rows = _told(session, now_ms) if now_ms - at_ms <= NOW_MS else _ordered(session, at_ms)
    found = []
    for site, row in rows:
        grid, place = spots.get((site, row.device), ("", ""))
        inside = not at or any(area.id == at for area in plan.areas.locate(grid, site))
        if inside and sees(grid, site):
            found.append(replace(row, place=place))
    return tuple(sorted(found, key=lambda one: (not one.life_safety, one.from_ms or 0, -one.until_ms)))


def _spots(session: Session) -> dict[tuple[str, str], tuple[str, str]]:
    query = select(Gateway.site, Endpoint.device, Endpoint.grid, Endpoint.place)
    rows = session.execute(query.join(Gateway, Gateway.id == Endpoint.gateway_id))
    return {(site, device): (grid, place) for site, device, grid, place in rows}


def _ordered(session: Session, at_ms: int) -> list[tuple[str, Shelved]]:
    held = select(ShelfOrder).where(
        ShelfOrder.made_ms <= at_ms, ShelfOrder.until_ms > at_ms, ShelfOrder.state.not_in(NEVER_HELD)
    )
    rows = [row for row in session.scalars(held) if row.state not in OVER or row.state_ms > at_ms]
    return [
        (
            row.site,
            Shelved(
                site=row.site, device=row.device, place="", kinds=tuple(row.kinds),
                life_safety=bool(_LIVES & set(row.kinds)), service=False, person=row.person, reason=row.reason,
                from_ms=row.made_ms, until_ms=row.until_ms,
            ),
        )
        for row in rows
    ]  # fmt: skip


def _told(session: Session, now_ms: int) -> list[tuple[str, Shelved]]:
    found = []
    for site, status in session.execute(select(Gateway.site, Gateway.status)):
        said = (status or {}).get("shelved")
        entries = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
        found += [(site, row) for row in (_row(site, one) for one in entries) if row.until_ms > now_ms]
    return found


def _row(site: str, entry: dict[str, Any]) -> Shelved:
    """Read with care: a gateway of another version may say it in another way."""
    kinds = entry.get("kinds")
    known = tuple(one for one in kinds if isinstance(one, str)) if isinstance(kinds, list) else ()
    return Shelved(
        site=site, device=_text(entry, "device") or _text(entry, "via"), place="", kinds=known,
        life_safety=bool(_LIVES & set(known)), service=entry.get("service") is True, person=_text(entry, "author"),
        reason=_text(entry, "reason"), from_ms=_whole(entry, "from_ms"), until_ms=_whole(entry, "until_ms") or 0,
    )  # fmt: skip


def _text(entry: dict[str, Any], name: str) -> str:
    found = entry.get(name)
    return found if isinstance(found, str) else ""


def _whole(entry: dict[str, Any], name: str) -> int | None:
    found = entry.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
