"""What of the board somebody wants to see. What endangers lives or is critical is always kept, whatever he chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from domain.incidents import OVER, Kind, Stage, is_grave

ON = "1"

Chain = Callable[[str, str], Iterable[str]]  # (grid, site) -> ids of the areas around it


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Empty means any. `mine` is the person whose incidents are wanted, `late` wants what is overdue."""

    at: str = ""  # an area of any level, and everything below it
    kind: str = ""
    tier: str = ""  # a level where it stands now
    stage: str = ""
    mine: str = ""
    late: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def said(self) -> dict[str, str]:
        """For an address and for keeping: what is not empty. Whose `mine` is, is known by who asks."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: ON if name == "mine" else value for name, value in told.items() if value}


ALL = Filter()


def read_filter(said: Mapping[str, object], person: str, areas: Iterable[str], tiers: Iterable[str]) -> Filter:
    """What an address or a kept document says; what nobody knows counts as not said."""
    stages = {stage for stage in Stage if stage not in OVER}
    known: dict[str, set[str]] = {"at": set(areas), "tier": set(tiers), "kind": set(Kind), "stage": set(stages)}
    chosen = {name: str(said.get(name, "")) for name in known}
    chosen = {name: value for name, value in chosen.items() if value in known[name]}
    mine = person if said.get("mine") == ON else ""
    return Filter(**chosen, mine=mine, late=ON if said.get("late") == ON else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """As much of an open incident as sorting needs."""

    id: str
    parent_id: str | None
    kind: str
    severity: str
    grid: str
    site: str
    stage: str
    tiers: Sequence[str]
    holder: str | None
    due_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is shown and what is not. A family is kept as a whole where any of it is wanted."""

    kept: tuple[str, ...]  # ids, in the order given
    outside: frozenset[str]  # kept although nobody asked for them: grave
    hidden: int  # families that are not shown
    hidden_late: int


def choose(lights: Iterable[Light], wish: Filter, chain: Chain, now_ms: int) -> Choice:
    """Divide what is open. Nothing is lost: every id is kept, or its family is counted as hidden."""
    families = _families(lights)
    kept: set[str] = set()
    outside: set[str] = set()
    hidden = late = 0
    for family in families.values():
        if any(_wanted(one, wish, chain, now_ms) for one in family):
            kept |= {one.id for one in family}
        elif any(is_grave(one.kind, one.severity) for one in family):
            kept |= {one.id for one in family}
            outside |= {one.id for one in family}
        else:
            hidden += 1
            late += any(_late(one, now_ms) for one in family)
    order = tuple(one.id for family in families.values() for one in family)
    return Choice(
        kept=tuple(one for one in order if one in kept), outside=frozenset(outside), hidden=hidden, hidden_late=late
    )


def _families(lights: Iterable[Light]) -> dict[str, list[Light]]:
    """Parents with their open members, in the order of who comes first."""
    every = list(lights)
    there = {one.id for one in every}
    families: dict[str, list[Light]] = {}
    for one in every:
        root = one.parent_id if one.parent_id in there else one.id
        families.setdefault(root or one.id, []).append(one)
    return families


def _late(one: Light, now_ms: int) -> bool:
    return one.due_ms is not None and one.due_ms <= now_ms


def _wanted(one: Light, wish: Filter, chain: Chain, now_ms: int) -> bool:
    return (
        (not wish.kind or one.kind == wish.kind)
        and (not wish.stage or one.stage == wish.stage)
        and (not wish.tier or wish.tier in one.tiers)
        and (not wish.mine or one.holder == wish.mine)
        and (not wish.late or _late(one, now_ms))
        and (not wish.at or wish.at in chain(one.grid, one.site))
    )
