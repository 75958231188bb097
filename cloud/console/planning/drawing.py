"""The form of one row: its inputs with what stands in them, in the order and the frames that the fields name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cloud.console.planning.bench import Bench
from cloud.console.planning.choices import Option
from cloud.console.planning.fields import Field, Part
from cloud.console.planning.shown import CHOSEN
from cloud.console.planning.values import UNITS, Texts, level
from cloud.console.planning.widgets import WIDGETS

SPARE = {"hours_list": 1, "dates": 2, "refs": 1}  # empty inputs at the end of a list, to be filled in
FOLDED = ("scheme", "serial", "level_codes", "tier", "days")  # groups that are opened only when wanted
MANY = 12  # options; above, a list of boxes is folded into columns of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One field as the page draws it."""

    field: Field
    name: str
    label: str
    hint: str
    texts: Mapping[str, list[str]]  # input of the field -> texts
    options: tuple[Option, ...]
    fault: str

    @property
    def kind(self) -> str:
        """Its widget."""
        return self.field.kind

    def text(self, name: str = "") -> str:
        """The first text of an input."""
        return (self.texts.get(name) or [""])[0]

    @property
    def lines(self) -> list[dict[str, str]]:
        """The texts of an input that repeats, line by line, with spare ones."""
        names = list(self.texts)
        columns = level(tuple(list(self.texts[name]) for name in names))
        found = [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
        return found + [dict.fromkeys(names, "") for _ in range(SPARE.get(self.kind, 0))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Fields that belong together."""

    name: str
    heading: str
    folded: bool
    inputs: tuple[Input, ...]


def frames(bench: Bench, part: Part, texts: Texts, faults: Mapping[str, str], prefix: str = "") -> tuple[Frame, ...]:
    """The form of a row."""
    groups = dict.fromkeys(field.group for field in part.fields)
    found = []
    for group in groups:
        inputs = tuple(_input(bench, part, f, texts, faults, prefix) for f in part.fields if f.group == group)
        filled = any(any(texts) for one in inputs for texts in one.texts.values()) or any(one.fault for one in inputs)
        folded = group.partition(":")[0] in FOLDED and not (filled and group.startswith(("tier", "days")))
        found.append(
            Frame(name=group, heading=bench.wording.group(group) if group else "", folded=folded, inputs=inputs)
        )
    return tuple(found)


def _input(bench: Bench, part: Part, field: Field, texts: Texts, faults: Mapping[str, str], prefix: str) -> Input:
    name = f"{prefix}{field.name}"
    names = {key: f"{name}:{key}" if key else name for key in WIDGETS[field.kind].names}
    chosen = field.kind in CHOSEN and field.source
    options = bench.wording.choices.of(field.source) if chosen else ()
    if field.kind == "steps":
        options = bench.wording.choices.of("targets")
    return Input(
        field=field,
        name=name,
        label=bench.wording.label(part, field),
        hint=bench.wording.hint(part, field),
        texts={key: texts.get(full, []) for key, full in names.items()},
        options=options,
        fault=faults.get(field.name, ""),
    )


def units(bench: Bench) -> tuple[Option, ...]:
    """The units of a time."""
    return tuple(Option(unit, bench.wording.words.t(f"plan.u.{unit.replace(' ', '_')}")) for unit in UNITS)


def moved(texts: Texts, field: str, names: tuple[str, ...], do: str) -> Texts:
    """The texts of a repeated input after `up:2`, `down:0`, `remove:1` or `add`."""
    act, _, place = do.partition(":")
    found = dict(texts)
    columns = level(tuple(list(texts.get(f"{field}:{name}", [])) for name in names))
    at, count = int(place) if place.isdecimal() else -1, len(columns[0])
    other = {"up": at - 1, "down": at + 1}.get(act, -1)
    for name, column in zip(names, columns, strict=True):
        if act == "add":
            column.append({"unit": "min", "times": "1"}.get(name, ""))
        elif act == "remove" and 0 <= at < count:
            del column[at]
        elif 0 <= at < count and 0 <= other < count:
            column[at], column[other] = column[other], column[at]
        found[f"{field}:{name}"] = column
    return found
