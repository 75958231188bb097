"""The ordinary rules in the section [rules] of a site file: what a site changes, and what it adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from domain.rules.fields import Table
from domain.rules.program import GAP_MS, UTC_OFFSET_MIN, Program
from domain.rules.reader import SEVERITIES, read_rule
from domain.rules.rule import RuleError
from gateway.site_file.reader import Reader
from gateway.site_file.rules_file import EDIT, STEP, Edit, Entry, edited, programs, read_rules, refuse_twice
from protocol.channels import KINDS

T = TypeVar("T")
NAMES = ("utc_offset_min", "gap_s", "change", "add")  # fields of [rules]
_OFFSETS_MIN = (-720, 840)  # of the zones there are
_GAPS_S = (10, 86_400)


def read_programs(reader: Reader, section: Table, kinds: Mapping[str, str]) -> dict[str, Program]:
    """Device -> what judges it; `kinds`: device -> kind of endpoint. Collects what is wrong."""
    utc_offset_min = _within(reader, section, "utc_offset_min", UTC_OFFSET_MIN, _OFFSETS_MIN)
    gap_ms = _within(reader, section, "gap_s", GAP_MS // 1000, _GAPS_S) * 1000
    entries = [*read_rules(), *_list(reader, section, "add", lambda table, where: _entry(reader, table, where, kinds))]
    edits = _list(reader, section, "change", lambda table, where: _edit(reader, table, where, kinds, entries))

    def together() -> dict[str, Program]:
        refuse_twice(entries)
        return programs(entries, kinds, edits, utc_offset_min=utc_offset_min, gap_ms=gap_ms)

    return reader.attempt({}, _checked, reader, together)


def _checked(reader: Reader, read: Callable[[], T]) -> T:
    """What `read` reads; its RuleError becomes one of the site file."""
    try:
        return read()
    except RuleError as error:
        raise reader.error(error.where, error.what, error.remedy, error.zh) from None


def _list(reader: Reader, section: Table, name: str, read: Callable[[Any, str], T]) -> list[T]:
    none: list[tuple[str, object]] = []
    places = reader.attempt(none, _places, reader, section.get(name, []), f"rules.{name}")
    found = [reader.attempt(None, read, table, place) for place, table in places]
    return [one for one in found if one is not None]


def _places(reader: Reader, values: object, where: str) -> list[tuple[str, object]]:
    return list(reader.entries(values, where))


def _entry(reader: Reader, value: object, where: str, kinds: Mapping[str, str]) -> Entry:
    table = dict(reader.table(value, where))
    devices = _devices(reader, table.pop("devices", []), f"{where}.devices", kinds)
    _checked(reader, lambda: read_rule(table, where))
    return Entry(table=table, where=where, devices=frozenset(devices))


def _edit(reader: Reader, value: object, where: str, kinds: Mapping[str, str], entries: list[Entry]) -> Edit:
    table = reader.table(value, where)
    for name in table:
        if name not in EDIT:
            raise reader.error(f"{where}.{name}", "is unknown", f"known here: {', '.join(EDIT)}", "未知的字段")
    if ("rule" in table) is ("channel" in table):
        raise reader.error(
            where, "does not say what it changes", "write either rule or channel", "请写 rule 或 channel"
        )
    _devices(reader, table.get("devices", []), f"{where}.devices", kinds)
    _kinds(reader, table.get("endpoints", []), f"{where}.endpoints")
    _steps(reader, table, where)
    edit = Edit(table=table, where=where)
    named = [entry for entry in entries if edit.names(entry)]
    if not named:
        known = ", ".join(entry.table["name"] for entry in entries)
        raise reader.error(where, "changes no rule", f"rules: {known}", "没有这条规则")
    after = [_checked(reader, lambda entry=entry: edited(entry, [edit])) for entry in named]  # type: ignore[misc]
    if "channel" in table and after == [read_rule(entry.table, entry.where) for entry in named]:
        rules = ", ".join(entry.table["name"] for entry in named)
        raise reader.error(where, f"changes nothing about {rules}", "name limits that they have", "没有改变任何规则")
    return edit


def _steps(reader: Reader, table: Table, where: str) -> None:
    if not isinstance(table.get("enabled", True), bool):
        raise reader.error(
            f"{where}.enabled", f"cannot be {table['enabled']!r}", "write true or false", "应为 true 或 false"
        )
    for severity in SEVERITIES:
        change, place = table.get(severity, False), f"{where}.{severity}"
        if change is False:
            if severity in table and "channel" in table:
                raise reader.error(place, "would be taken from every rule", "name the rule", "请写明是哪条规则")
            continue
        for name in reader.table(change, place):
            if name not in STEP:
                raise reader.error(f"{place}.{name}", "is unknown", f"known here: {', '.join(STEP)}", "未知的字段")


def _devices(reader: Reader, values: object, where: str, kinds: Mapping[str, str]) -> list[str]:
    if not isinstance(values, list):
        raise reader.error(where, "is not a list of devices", 'write ["fire-a"]', "应为终端编号的列表")
    for value in values:
        if not isinstance(value, str) or value not in kinds:
            raise reader.error(
                where, f"names {value!r}, which is no endpoint of this site", "correct it", "本站没有此终端"
            )
    return values


def _kinds(reader: Reader, values: object, where: str) -> None:
    if not isinstance(values, list) or any(not isinstance(value, str) or value not in KINDS for value in values):
        raise reader.error(where, f"cannot be {values!r}", f"write some of {', '.join(KINDS)} in [ ]", "没有这种终端")


def _within(reader: Reader, section: Table, name: str, default: int, bounds: tuple[int, int]) -> int:
    value = section.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and bounds[0] <= value <= bounds[1]:
        return value
    reader.note(f"rules.{name}", f"cannot be {value!r}", "write a whole number, {} to {}".format(*bounds), "超出范围")
    return default
