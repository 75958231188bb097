"""Which rules judge which endpoint: the rules of every gateway, changed and added to by the site file, [rules]."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.rules.fields import Table
from domain.rules.program import GAP_MS, UTC_OFFSET_MIN, Program, compiled
from domain.rules.reader import SEVERITIES, read_rule
from domain.rules.rule import Rule, RuleError

DEFAULTS = Path(__file__).parents[1] / "config" / "rules.toml"
_WHOLE = ("enabled", "latch", "suppress")
_LIMITS = ("high", "low", "is", "rise_per_min", "fall_per_min", "n_of", "times", "between")
_BESIDE = ("clear", "window_s", "of", "within_s", "days")  # belong to one of the limits
STEP = ("when", "on_s", "off_s", *_LIMITS, *_BESIDE)
EDIT = ("rule", "channel", "devices", "endpoints", *_WHOLE, *SEVERITIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A rule as a table; `devices`: only these, where it is not empty."""

    table: dict[str, Any]
    where: str
    devices: frozenset[str] = frozenset()

    def judges(self, device: str, kind: str) -> bool:
        """True where the rule is about this endpoint."""
        return kind in self.table["endpoints"] and (not self.devices or device in self.devices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a site changes about a rule, or about all that judge a channel."""

    table: Table
    where: str

    def names(self, entry: Entry) -> bool:
        """True where it is about this rule."""
        return self.table.get("rule") == entry.table["name"] or self.table.get("channel") in list(
            _channels(entry.table)
        )

    def meets(self, entry: Entry, device: str, kind: str) -> bool:
        """True where it is about this rule on this endpoint."""
        here = device in self.table.get("devices", (device,)) and kind in self.table.get("endpoints", (kind,))
        return here and self.names(entry)


def read_rules(path: Path = DEFAULTS) -> list[Entry]:
    """The rules of a file in the form of gateway/config/rules.toml. Raises RuleError, OSError, TOMLDecodeError."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = document.get("rules", [])
    if not isinstance(tables, list):
        raise RuleError("rules", "is not a list", "write one [[rules]] for each", "应写成若干 [[rules]]")
    entries = [Entry(table=table, where=f"rules[{number}]") for number, table in enumerate(tables, 1)]
    for entry in entries:
        read_rule(entry.table, entry.where)
    refuse_twice(entries)
    return entries


def refuse_twice(entries: Iterable[Entry]) -> None:
    """Raises RuleError where two rules have one name: incidents and words go by it."""
    names: set[str] = set()
    for entry in entries:
        name = entry.table["name"]
        if name in names:
            raise RuleError(
                f"{entry.where}.name",
                f"{name!r} is there already",
                "take another name, or change that rule",
                "名称重复",
            )
        names.add(name)


def programs(
    entries: Sequence[Entry],
    kinds: Mapping[str, str],
    edits: Sequence[Edit] = (),
    *,
    utc_offset_min: int = UTC_OFFSET_MIN,
    gap_ms: int = GAP_MS,
) -> dict[str, Program]:
    """Device -> program, for devices and their kinds. Endpoints with the same rules share one. Raises RuleError."""
    rules = _Edited(entries, edits)
    shared: dict[tuple[Rule, ...], Program] = {}
    found: dict[str, Program] = {}
    for device, kind in kinds.items():
        mine = rules.of(device, kind)
        if mine not in shared:
            shared[mine] = compiled(mine, utc_offset_min=utc_offset_min, gap_ms=gap_ms)
        found[device] = shared[mine]
    return found


class _Edited:
    """Rules as edited, each variant read once."""

    def __init__(self, entries: Sequence[Entry], edits: Sequence[Edit]) -> None:
        self._entries = entries
        self._edits = edits
        self._read: dict[tuple[str, ...], Rule | None] = {}

    def of(self, device: str, kind: str) -> tuple[Rule, ...]:
        rules = (self._rule(entry, device, kind) for entry in self._entries if entry.judges(device, kind))
        return tuple(rule for rule in rules if rule is not None)

    def _rule(self, entry: Entry, device: str, kind: str) -> Rule | None:
        edits = [edit for edit in self._edits if edit.meets(entry, device, kind)]
        key = (entry.where, *(edit.where for edit in edits))
        if key not in self._read:
            self._read[key] = edited(entry, edits)
        return self._read[key]


def edited(entry: Entry, edits: Sequence[Edit]) -> Rule | None:
    """The rule after all of them, None where it is switched off. Raises RuleError."""
    table, where = copy.deepcopy(entry.table), entry.where
    for edit in edits:
        where = edit.where
        _apply(table, edit)
    if not table.pop("enabled", True):
        return None
    return read_rule({name: value for name, value in table.items() if value is not None}, where)


def _apply(table: dict[str, Any], edit: Edit) -> None:
    for name in _WHOLE:
        if name in edit.table:
            table[name] = edit.table[name]
    for severity in SEVERITIES:
        change = edit.table.get(severity)
        if change is False:
            table.pop(severity, None)
        elif isinstance(change, Mapping):
            _change_step(table, severity, change, edit)


def _change_step(table: dict[str, Any], severity: str, change: Table, edit: Edit) -> None:
    channel = edit.table.get("channel")
    step = dict(table.get(severity, {}))
    step.update({name: change[name] for name in ("when", "on_s", "off_s") if name in change})
    limits = {name: change[name] for name in (*_LIMITS, *_BESIDE) if name in change}
    if limits:
        leaf = _leaf(step.get("when"), limits, channel, f"{edit.where}.{severity}")
        if leaf is None:
            return
        leaf.update(limits)
    if channel is None or severity in table:
        table[severity] = step


def _leaf(when: object, limits: Table, channel: str | None, where: str) -> dict[str, Any] | None:
    """The one condition that has these limits; of the rules that judge a channel only some have."""
    wanted = [name for name in _LIMITS if name in limits] or [name for name in _BESIDE if name in limits]
    fits = [
        table
        for table in _tables(when)
        if all(name in table for name in wanted) and (channel is None or table.get("channel") == channel)
    ]
    if channel is not None and not fits:
        return None
    if len(fits) != 1:
        what = f"fits {len(fits)} conditions of that step" if fits else "fits no condition of that step"
        raise RuleError(
            where, f"({', '.join(limits)}) {what}", "write the whole condition: when = {...}", "请写出完整条件 when"
        )
    return fits[0]


def _tables(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _tables(part)


def _channels(table: Table) -> Iterator[str]:
    for severity in SEVERITIES:
        for part in _tables(table.get(severity)):
            yield from (str(part[name]) for name in ("channel", "missing") if name in part)
