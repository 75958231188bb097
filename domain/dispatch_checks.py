"""What a placement table is refused for: cases nobody handles, steps that never happen, rules that contradict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.escalation import RESPONSIBLE, Chain
from domain.grids import AreaTree
from domain.incidents import Kind, Severity
from domain.limits import Due, Limits
from domain.people import Role
from domain.placement import DispatchError, Placement, Rule
from domain.spans import Span, Unit

NAMED_MAX = 5  # of many mistakes of one sort


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rules may name; None where it is not known here."""

    levels: tuple[str, ...]
    areas: AreaTree | None
    departments: frozenset[str] | None
    matters: frozenset[str] | None


def check(rules: tuple[Rule, ...], chains: Mapping[str, Chain], known: Known) -> None:
    """Raises DispatchError with every mistake, one a line."""
    mistakes = list(dict.fromkeys(_mistakes(rules, chains, known)))
    if mistakes:
        raise DispatchError("\n".join(mistakes))


def _mistakes(rules: tuple[Rule, ...], chains: Mapping[str, Chain], known: Known) -> Iterator[str]:
    for rule in rules:
        for mistake in (*_names(rule, known), *_tiers(rule.placement, known.levels), *_times(rule.placement)):
            yield f"{rule.placement.name}: {mistake}"
        yield from (f"{rule.placement.name}: {mistake}" for mistake in _places(rule, known.areas))
    yield from _overlaps(rules)
    yield from _missing(rules)
    used = {rule.placement.chain.id for rule in rules}
    yield from (f"chain {name}: no rule uses it; take it out, or name it in a rule" for name in chains.keys() - used)


def _names(rule: Rule, known: Known) -> Iterator[str]:
    placement = rule.placement
    targets = [step.notify.partition(":") for step in placement.chain.steps]
    departments = {*placement.departments, *(name for what, _, name in targets if what == "department")}
    roles = [name.partition("@") for what, _, name in targets if what == "role"]
    tiers = {*placement.placed, *placement.chain.tiers, *placement.by_tier, *(level for _, _, level in roles)}
    for word, names, there in (
        ("tier", tiers, frozenset(known.levels)),
        ("role", {role for role, _, _ in roles}, frozenset(Role)),
        ("department", departments - {RESPONSIBLE}, known.departments),
        ("matter", set(rule.matters), known.matters),
    ):
        unknown = sorted(names - there) if there is not None else []
        if unknown:
            yield f"unknown {word} {', '.join(unknown)}; {word}s: {', '.join(sorted(there or ()))}"
    if not rule.kinds or not rule.severities:
        yield "matches nothing; name at least one kind and one severity"


def _tiers(placement: Placement, levels: tuple[str, ...]) -> Iterator[str]:
    if not placement.placed and not placement.departments:
        yield "placed at no tier and no department; nobody would hear of it"
    climb = [tier for tier in (*placement.placed, *placement.chain.tiers) if tier in levels]
    order = [levels.index(tier) for tier in climb]
    if order != sorted(set(order)):
        yield f"a tier is named twice or below the one before it ({', '.join(climb)}), so its step changes nothing"
    elif order and order != list(range(order[0], order[-1] + 1)):
        left_out = [levels[n] for n in range(order[0], order[-1]) if n not in order]
        yield f"leaves out {', '.join(left_out)}; it climbs one tier at a time"


def _times(placement: Placement) -> Iterator[str]:
    """A step that comes after the overall deadline, or a stage that may take longer than the whole."""
    for limits in (placement.limits, *placement.by_tier.values()):
        for due in (Due.ACCEPT, Due.DISPATCH, Due.FEED_BACK, Due.VERIFY, Due.CLOSE):
            span = limits.of(due)
            if span is not None and _longer(span, limits.overall):
                yield f"{due} = {span} is longer than overall = {limits.overall}"
    waits = _waits(placement)
    if waits is not None and waits > placement.limits.overall.amount:
        yield (
            f"chain {placement.chain.id} goes on after overall = {placement.limits.overall}; "
            "its last steps can never help: shorten its waits"
        )


def _longer(span: Span, other: Span) -> bool:
    return span.unit is other.unit and span.amount > other.amount


def _waits(placement: Placement) -> int | None:
    """How long the chain runs in all, where everything in it counts by the clock."""
    limits: Limits = placement.limits
    spans = [limits.accept, limits.overall, *(step.wait for step in placement.chain.steps if step.wait)]
    if any(span.unit is not Unit.CLOCK for span in spans):
        return None
    return limits.accept.amount + sum(s.wait.amount * s.times for s in placement.chain.steps if s.wait)


def _places(rule: Rule, areas: AreaTree | None) -> Iterator[str]:
    if areas is None:
        return
    unknown = [area for area in rule.areas if not areas.has(area)]
    if unknown:
        yield f"unknown area {', '.join(unknown)}; name areas by their id"
        return
    for area in rule.areas:
        inside = [above.id for above in areas.chain(area)[1:] if above.id in rule.areas]
        if inside:
            yield f"area {area} lies inside {inside[0]}, which is named as well; name one of them"
        if len(areas.chain(area)) == 1:
            yield f"area {area} is everything, so the rule without an area could never be reached; leave areas out"


def _overlaps(rules: tuple[Rule, ...]) -> Iterator[str]:
    seen: dict[object, Rule] = {}
    for rule in rules:
        for case in rule.cases():
            other = seen.setdefault(case, rule)
            if other is not rule or rule.severities.count(case[1]) > 1 or rule.kinds.count(case[0]) > 1:
                what = " ".join(part for part in case if part)
                yield f"{what} is placed twice, by '{other.placement.name}' and '{rule.placement.name}'; keep one"


def _missing(rules: tuple[Rule, ...]) -> Iterator[str]:
    general = {case[:2] for rule in rules for case in rule.cases() if case[2:] == (None, None)}
    missing = [f"{kind} {severity}" for kind in Kind for severity in Severity if (kind, severity) not in general]
    if missing:
        more = f" and {len(missing) - NAMED_MAX} more" if len(missing) > NAMED_MAX else ""
        yield (
            f"no placement for {', '.join(missing[:NAMED_MAX])}{more}; every kind and severity needs a rule "
            "without areas and matters"
        )
