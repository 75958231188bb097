"""Which of the endpoints somebody wants to see, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from cloud.equipment.views import Thing
from domain.grids import AreaTree

PAGE = 50
FAR_MS = 1 << 60
# as the filter names them
STATES = ("offline", "unknown", "fault", "battery", "shelved", "overdue", "soon", "never", "updating", "online")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Nothing named: everything."""

    q: str = ""
    kind: str = ""
    state: str = ""
    area: str = ""
    firmware: str = ""
    gateway: str = ""

    def query(self, **changes: object) -> str:
        """As it stands in an address."""
        names = ("q", "kind", "state", "firmware", "gateway")
        fields = {name: getattr(self, name) for name in names} | {"at": self.area} | changes
        return urlencode({name: value for name, value in fields.items() if value})

    def fitting(self, things: Iterable[Thing], areas_of: Callable[[Thing], frozenset[str]]) -> list[Thing]:
        """Those that are meant."""
        words = self.q.casefold().split()
        found = (thing for thing in things if _fits(thing, self, words))
        return [thing for thing in found if not self.area or self.area in areas_of(thing)]

    @property
    def any(self) -> bool:
        """True where something is left out."""
        return bool(self.query())


def states_of(thing: Thing) -> tuple[str, ...]:
    """All that the filter by state may call it; several at once."""
    found = [thing.state]
    if thing.faults:
        found.append("fault")
    if thing.battery_low:
        found.append("battery")
    if thing.shelf:
        found.append("shelved")
    if thing.due:
        found.append(thing.due)
    if thing.update.pending:
        found.append("updating")
    return tuple(found)


def chosen(things: Iterable[Thing], wish: Filter, areas_of: Callable[[Thing], frozenset[str]]) -> list[Thing]:
    """Those that fit, the worst first: offline for longest, overdue for longest, then by place."""
    return sorted(wish.fitting(things, areas_of), key=_urgency)


Word = Annotated[str, Query(max_length=64)]


def wish_of(
    q: Word = "", kind: Word = "", state: Word = "", at: Word = "", firmware: Word = "", gateway: Word = ""
) -> Filter:
    """What the address asks for. `at`: an area; what is not known filters nothing."""
    return Filter(q=q, kind=kind, state=state if state in STATES else "", area=at, firmware=firmware, gateway=gateway)


def _urgency(thing: Thing) -> tuple[int, int, str, str, str]:
    since_ms = (thing.last_seen_ms or 0) if thing.state != "online" else (thing.due_ms or 0) if thing.due else FAR_MS
    return -thing.badness, since_ms, thing.site, thing.place, thing.device


def _fits(thing: Thing, wish: Filter, words: Sequence[str]) -> bool:
    if (wish.kind and thing.kind != wish.kind) or (wish.gateway and thing.gateway != wish.gateway):
        return False
    if (wish.firmware and thing.firmware != wish.firmware) or (wish.state and wish.state not in states_of(thing)):
        return False
    text = f"{thing.device} {thing.place} {thing.gateway} {thing.firmware}".casefold()
    return all(word in text for word in words)


def counts(things: Iterable[Thing]) -> dict[str, int]:
    """How many there are of each state; one endpoint counts under every state that it has."""
    found: Counter[str] = Counter()
    for thing in things:
        found.update(states_of(thing))
    return {state: found[state] for state in STATES}


def by_gateway(things: Iterable[Thing]) -> dict[str, Counter[str]]:
    """How many endpoints of each gateway are online, offline, unknown."""
    found: dict[str, Counter[str]] = {}
    for thing in things:
        found.setdefault(thing.gateway, Counter())[thing.state] += 1
    return found


def area_choices(areas: AreaTree) -> list[tuple[str, str]]:
    """(id, name) of every area below the top, as a tree: each below its parent, and further in."""
    found = [(tuple(reversed([one.name for one in areas.chain(area.id)])), area.id) for area in areas.areas]
    return [(area, "\u3000" * (len(path) - 2) + path[-1]) for path, area in sorted(found) if len(path) > 1]
