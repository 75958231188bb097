"""The placement table: who gets an incident at once, by when what must be done, and who is called after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.dispatch_checks import Known, check
from domain.escalation import Chain, ChainError, read_chains
from domain.grids import AreaTree
from domain.incidents import Kind, Severity
from domain.limits import Limits
from domain.placement import ACCEPTS_MAX, CHASES_MAX, YELLOW_PERCENT, Case, DispatchError, Placement, Rule
from domain.spans import Span

__all__ = ["DispatchError", "Placement", "PlacementTable"]


@dataclass(frozen=True, slots=True)
class PlacementTable:
    """(kind, severity, matter, area) -> placement; complete for every kind and severity.

    The closest rule wins: one that names the matter before one that does not, then the one of the smallest area.
    """

    rules: tuple[Rule, ...]
    rows: Mapping[Case, Placement]

    def of(self, kind: str, severity: str, *, areas: Iterable[str] = (), matter: str | None = None) -> Placement:
        """The placement of a kind at a severity, in areas named lowest first."""
        chain = (*areas, None)
        for what in (matter, None) if matter else (None,):
            for area in chain:
                found = self.rows.get((Kind(kind), Severity(severity), what, area))
                if found is not None:
                    return found
        raise KeyError((kind, severity))  # never: the table is complete

    @classmethod
    def from_table(
        cls, table: Mapping[str, Any], levels: tuple[str, ...], areas: AreaTree | None = None,
        departments: Iterable[str] | None = None, matters: Iterable[str] | None = None,
    ) -> PlacementTable:  # fmt: skip
        """From a document with `[[placements]]` and `[[chains]]`, checked against what else is given.

        Raises DispatchError where anything is missing, overlaps, or can never happen.
        """
        unknown = sorted(table.keys() - {"placements", "chains"})
        if unknown:
            raise DispatchError(f"{', '.join(unknown)}: no such table; write [[placements]] and [[chains]]")
        try:
            chains = read_chains(table.get("chains", []))
        except ChainError as error:
            raise DispatchError(str(error)) from None
        rules = tuple(_rule(row, chains) for row in table.get("placements", ()))
        check(rules, chains, Known(levels=levels, areas=areas, departments=_set(departments), matters=_set(matters)))
        return cls(rules, {case: rule.placement for rule in rules for case in rule.cases()})


def _set(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _rule(row: Mapping[str, Any], chains: Mapping[str, Chain]) -> Rule:
    name = " ".join("/".join(map(str, row.get(part, ()))) for part in ("kind", "severity", "areas", "matters")).strip()
    values = dict(row)
    try:
        return Rule(
            kinds=tuple(Kind(text) for text in values.pop("kind")),
            severities=tuple(Severity(text) for text in values.pop("severity")),
            areas=tuple(values.pop("areas", ())),
            matters=tuple(values.pop("matters", ())),
            placement=_placement(name, values, chains),
        )
    except KeyError as error:
        raise DispatchError(f"{name}: {error.args[0]} is missing") from None
    except (TypeError, ValueError) as error:
        raise DispatchError(f"{name}: {error}") from None


def _placement(name: str, values: dict[str, Any], chains: Mapping[str, Chain]) -> Placement:
    chain = values.pop("chain")
    if chain not in chains:
        raise ValueError(f"chain {chain!r} does not exist; chains: {', '.join(sorted(chains)) or 'none'}")
    limits = Limits.take(values)
    by_tier = {tier: limits.other(row) for tier, row in values.pop("tiers", {}).items()}
    every, supervise = values.pop("chase_every"), values.pop("supervise", None)
    lists = {part: tuple(values.pop(part, ())) for part in ("placed", "departments")}
    return Placement(
        name=name,
        limits=limits,
        by_tier=by_tier,
        chain=chains[chain],
        chase_every=Span.parse(every),
        supervise=Span.parse(supervise) if supervise is not None else None,
        chase_times=_number(values.pop("chase_times"), "chase_times", 0, CHASES_MAX),
        accepts=_number(values.pop("accepts", 1), "accepts", 1, ACCEPTS_MAX),
        yellow_percent=_number(values.pop("yellow_percent", YELLOW_PERCENT), "yellow_percent", 1, 99),
        remind_yellow=_flag(values.pop("remind_yellow", True), "remind_yellow"),
        **lists,
        **values,
    )


def _number(value: object, name: str, least: int, most: int) -> int:
    if not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}")
    return value


def _flag(value: object, name: str) -> bool:
    if value is True or value is False:
        return value
    raise ValueError(f"{name} must be true or false")
