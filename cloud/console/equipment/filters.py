"""Which of the endpoints somebody wants to see, and in which order. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cloud.equipment.views import Thing

PAGE = 50
STATES = ("offline", "unknown", "fault", "battery", "shelved", "updating", "online")  # as the filter names them


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
        names = ("q", "kind", "state", "area", "firmware", "gateway")
        fields = {name: getattr(self, name) for name in names} | changes
        return urlencode({name: value for name, value in fields.items() if value})

    @property
    def any(self) -> bool:
        """True where something is left out."""
        return bool(self.query())


def is_in(thing: Thing, state: str) -> bool:
    """What the filter by state means."""
    meant = {
        "fault": bool(thing.faults),
        "battery": thing.battery_low,
        "shelved": bool(thing.shelf),
        "updating": thing.update.pending,
    }
    return meant.get(state, thing.state == state)


def chosen(things: Iterable[Thing], wish: Filter, areas_of: Callable[[Thing], frozenset[str]]) -> list[Thing]:
    """Those that fit, the worst first, then by place."""
    words = wish.q.casefold().split()
    found = [thing for thing in things if _fits(thing, wish, words) and (not wish.area or wish.area in areas_of(thing))]
    return sorted(found, key=lambda thing: (-thing.badness, thing.site, thing.place, thing.device))


def _fits(thing: Thing, wish: Filter, words: Sequence[str]) -> bool:
    if (wish.kind and thing.kind != wish.kind) or (wish.gateway and thing.gateway != wish.gateway):
        return False
    if (wish.firmware and thing.firmware != wish.firmware) or (wish.state and not is_in(thing, wish.state)):
        return False
    text = f"{thing.device} {thing.place} {thing.gateway} {thing.firmware}".casefold()
    return all(word in text for word in words)


def counts(things: Iterable[Thing]) -> dict[str, int]:
    """How many there are of each state; states beside `online` and `offline` may name one twice."""
    found: Counter[str] = Counter()
    for thing in things:
        found[thing.state] += 1
        found.update(state for state in ("fault", "battery", "shelved", "updating") if is_in(thing, state))
    return {state: found[state] for state in STATES}


def by_gateway(things: Iterable[Thing]) -> dict[str, dict[str, int]]:
    """The same for the endpoints of each gateway."""
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        groups.setdefault(thing.gateway, []).append(thing)
    return {gateway: counts(group) for gateway, group in groups.items()}
