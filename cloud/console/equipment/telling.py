"""Equipment in words: lines of a file, limits of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cloud.console.words import Words
from cloud.equipment.told import Limit, RuleInForce
from cloud.equipment.views import Thing
from protocol.channels import CHANNELS, is_bool

COLUMNS = (
    "device", "kind", "place", "grid", "gateway", "state", "last_seen", "battery", "firmware", "faults", "shelf", "due",
)  # fmt: skip


def heading(words: Words) -> list[str]:
    """Of the file."""
    return [words.t(f"eq.col.{name}") for name in COLUMNS]


def csv_rows(words: Words, things: Iterable[Thing], name_of: Callable[[str], str]) -> Iterator[list[str]]:
    """A line for each endpoint, as the page shows it."""
    for thing in things:
        yield [
            thing.device,
            words.code("endpoint", thing.kind),
            thing.place,
            name_of(thing.grid),
            thing.gateway,
            words.code("state", thing.state),
            "" if thing.last_seen_ms is None else words.iso(thing.last_seen_ms),
            "" if thing.battery is None else str(thing.battery),
            thing.firmware,
            words.t("list.sep").join(words.code("channel", name) for name in thing.faults),
            words.t(f"eq.shelf.{thing.shelf}") if thing.shelf else "",
            "" if thing.due_ms is None else words.iso(thing.due_ms),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One limit of a channel, and the rule that watches it."""

    rule: RuleInForce
    severity: str
    limit: Limit


def limits_by_channel(rules: Iterable[RuleInForce]) -> dict[str, list[Watched]]:
    """Channel -> the limits that rules set it."""
    found: dict[str, list[Watched]] = {}
    for rule in rules:
        for step in rule.steps:
            for limit in step.limits:
                row = Watched(rule=rule, severity=step.severity, limit=limit)
                found.setdefault(limit.channel, []).append(row)
    return found


def worth_a_curve(channels: Iterable[str], limits: Mapping[str, list[Watched]]) -> list[str]:
    """What rules of life safety watch first, then what other rules do, numbers before truth values."""

    def rank(name: str) -> tuple[bool, bool, bool, str]:
        watched = limits.get(name, [])
        lives = any(one.rule.life_safety for one in watched)
        return not lives, name in CHANNELS and is_bool(name), not watched, name

    return sorted(channels, key=rank)
