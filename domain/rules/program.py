"""Rules made ready to be judged: every condition once, parts before what is made of them. Immutable, shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2s

from domain.incidents import Severity
from domain.rules.conditions import Condition
from domain.rules.rule import Rule, Step, nodes_of

UTC_OFFSET_MIN = 480  # China has one time and no summer time
# Longer without a sample, and delays, windows and patterns begin anew: nobody knows what happened in between.
# A default; 1 Hz endpoints are called away after 15 s, and a slower one needs more.
GAP_MS = 60_000
Places = dict[tuple[Condition, bool], int]  # (condition, raw) -> place of its node


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One condition: what it remembers is kept under `key`, which another definition would not have."""

    condition: Condition
    key: str
    parts: tuple[int, ...]  # places of its parts
    raw: bool  # of a rule of life safety: judges the sample as it came, never what filters made of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of a rule; its timers are kept under `key`."""

    step: Step
    node: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One rule: its rungs rising in severity, and the condition that suppresses it."""

    rule: Rule
    rungs: tuple[Rung, ...]
    suppress: int | None
    raw: bool  # of life safety, as its nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What one endpoint is judged by."""

    nodes: tuple[Node, ...]
    ladders: tuple[Ladder, ...]
    timed: frozenset[str]  # keys of what means nothing after a gap
    keys: frozenset[str]  # of all conditions
    utc_offset_min: int
    gap_ms: int

    def rule(self, name: str) -> Rule | None:
        """A rule by its name."""
        return next((ladder.rule for ladder in self.ladders if ladder.rule.name == name), None)


def compiled(rules: Iterable[Rule], *, utc_offset_min: int = UTC_OFFSET_MIN, gap_ms: int = GAP_MS) -> Program:
    """The program of some rules. A rule that changes keeps its severity, and forgets only what was about old limits."""
    rules = tuple(rules)
    places: Places = {}
    nodes: list[Node] = []
    for rule in rules:
        raw = rule.raises.life_safety
        roots = [step.when for step in rule.steps] + ([] if rule.suppress is None else [rule.suppress])
        for condition in (node for root in roots for node in nodes_of(root)):
            if (condition, raw) not in places:
                places[condition, raw] = len(nodes)
                parts = tuple(places[part, raw] for part in condition.parts)
                nodes.append(Node(condition=condition, key=_key(condition, raw=raw), parts=parts, raw=raw))
    return Program(
        nodes=tuple(nodes),
        ladders=tuple(_ladder(rule, places) for rule in rules),
        timed=frozenset(node.key for node in nodes if node.condition.timed),
        keys=frozenset(node.key for node in nodes),
        utc_offset_min=utc_offset_min,
        gap_ms=gap_ms,
    )


def _key(condition: Condition, *, raw: bool) -> str:
    return blake2s(repr(condition).encode(), digest_size=6).hexdigest() + ("!" if raw else "")


def _ladder(rule: Rule, places: Places) -> Ladder:
    raw = rule.raises.life_safety
    rungs = (
        Rung(step=step, node=places[step.when, raw], key=rung_key(rule.name, step.severity)) for step in rule.steps
    )
    suppress = None if rule.suppress is None else places[rule.suppress, raw]
    return Ladder(rule=rule, rungs=tuple(rungs), suppress=suppress, raw=raw)


def rung_key(rule: str, severity: Severity) -> str:
    """Where the timers of a step are kept."""
    return f"{rule}/{severity}"


NOTHING = compiled(())
