"""What is wrong with a draft, by row and field, in words; what only the whole plan can tell, from its own checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cloud.console.planning.choices import Choices
from cloud.console.planning.fields import Field, Part, Row, get
from cloud.console.planning.said import worded
from cloud.console.planning.shown import CHOSEN
from cloud.console.words import Words

SHOWN_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One of them. `row` None: of the whole."""

    part: str
    row: int | None
    field: str
    text: str


def found(parts: Iterable[Part], document: Row, choices: Choices, words: Words) -> tuple[Fault, ...]:
    """What is missing, twice, or names something that is not there."""
    return tuple(fault for part in parts for fault in _of_part(part, document, choices, words))


def _of_part(part: Part, document: Row, choices: Choices, words: Words) -> Iterator[Fault]:
    rows = part.rows(document)
    count = Counter(str(row.get(part.key)) for row in rows) if part.key else Counter[str]()
    fields = part.for_levels(choices.levels).fields
    for number, row in enumerate(rows):
        for field in fields:
            if text := _of_field(field, row, choices, words):
                yield Fault(part=part.name, row=number, field=field.name, text=text)
        name = str(row.get(part.key)) if part.key else ""
        if name and count[name] > 1:
            yield Fault(part=part.name, row=number, field=part.key, text=words.t("plan.x.twice", value=name))


def _of_field(field: Field, row: Row, choices: Choices, words: Words) -> str:
    value = get(row, field.name)
    if value in (None, "", []):
        return words.t("plan.x.empty") if field.required else ""
    if field.kind not in CHOSEN or not field.source:
        return ""
    known = choices.names(field.source)
    strange = [str(item) for item in (value if isinstance(value, list) else [value]) if str(item) not in known]
    return words.t("plan.x.unknown", value=words.t("list.sep").join(strange)) if strange else ""


def told(text: str, parts: Iterable[Part], document: Row, words: Words) -> tuple[Fault, ...]:
    """What the checks of the whole plan say, each with the row that it names where it names one."""
    rows = {part.name: _names(part, document) for part in parts}
    faults = []
    for line in dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()):
        about, sentence = worded(line, words)
        part, number = _place(line, about, rows)
        faults.append(Fault(part=part, row=number, field="", text=sentence))
    return tuple(faults[:SHOWN_MAX])


def _names(part: Part, document: Row) -> Mapping[str, int]:
    """What the plan's own checks call each row -> its place."""
    rows = enumerate(part.rows(document))
    if part.name == "placements":
        return {rule_name(row): number for number, row in rows}
    return {str(row.get(part.key)): number for number, row in rows} if part.key else {}


def rule_name(row: Row) -> str:
    """As domain/dispatch.py calls a rule."""
    lists = (row.get(part) or () for part in ("kind", "severity", "areas", "matters"))
    return " ".join("/".join(map(str, one)) for one in lists).strip()


def _place(line: str, about: tuple[str, str], rows: Mapping[str, Mapping[str, int]]) -> tuple[str, int | None]:
    part, name = about
    if part in rows:
        return part, int(name) - 1 if part == "duty" and name.isdecimal() else rows[part].get(name)
    for rule, number in rows.get("placements", {}).items():
        if line.removeprefix("dispatch: ").startswith(f"{rule}: "):
            return "placements", number
    return "", None
