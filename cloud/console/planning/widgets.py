"""A row as the texts of a form, and back. Pure. What was not touched stays exactly as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloud.console.planning import values as v
from cloud.console.planning.fields import Field, Part, Row, get, put
from cloud.console.planning.values import EMPTY, Columns, Texts, Values
from cloud.tables.faults import CellError

CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Widget:
    """One kind of field. `names`: its inputs, "" for a field with one; `write`, `read`: value <-> their texts.

    `clean`: what a browser sends although nobody chose it, such as the unit of a time that is not given.
    """

    names: tuple[str, ...]
    write: Callable[[Any], Columns]
    read: Callable[[Field, Columns], Any]
    clean: Callable[[Columns], Columns] = lambda texts: texts


def encode(part: Part, row: Mapping[str, Any], prefix: str = "") -> Texts:
    """The texts of a form for a row."""
    return {name: texts for field in part.fields for name, texts in _encoded(field, row, prefix).items()}


def _encoded(field: Field, row: Mapping[str, Any], prefix: str) -> Texts:
    value = get(row, field.name)
    widget = WIDGETS[field.kind]
    texts = widget.write(field.default if value is None else value)
    return {_name(field, name, prefix): _trimmed(list(text)) for name, text in zip(widget.names, texts, strict=True)}


def _name(field: Field, name: str, prefix: str) -> str:
    return f"{prefix}{field.name}:{name}" if name else f"{prefix}{field.name}"


def decode(part: Part, row: Mapping[str, Any], posted: Values, prefix: str = "") -> tuple[Row, dict[str, CellError]]:
    """(the row with what the form says, what cannot be read by name of the field)."""
    found, faults = dict(row), {}
    for field in part.fields:
        widget = WIDGETS[field.kind]
        names = [_name(field, name, prefix) for name in widget.names]
        texts = widget.clean(_stripped(posted.get(name, ()) for name in names))
        if _same(field, texts, _stripped(_encoded(field, row, prefix).values())):
            continue
        try:
            found = put(found, field.name, _read(field, widget, texts))
        except CellError as error:
            faults[field.name] = error
    return found, faults


def _same(field: Field, texts: Columns, before: Columns) -> bool:
    """True for what was not touched; what must be there and is not is never fine."""
    if field.required and _nothing(texts):
        return False
    return sorted(texts[0]) == sorted(before[0]) if field.kind == "choices" else texts == before


def _stripped(columns: Iterable[Sequence[str]]) -> Columns:
    return tuple(_trimmed([text.strip().replace("\r\n", "\n") for text in column]) for column in columns)


def _read(field: Field, widget: Widget, texts: Columns) -> Any:
    if any(CONTROL.search(text) for texts_ in texts for text in texts_ if field.kind != "lines"):
        raise CellError("含有看不见的控制字符", "has control characters")
    if _nothing(texts) and field.kind not in ("flag", "weekdays"):
        if field.required:
            raise EMPTY
        return None
    value = widget.read(field, texts)
    return None if field.default is not None and value == field.default else value


def _nothing(texts: Columns) -> bool:
    return not any(any(text) for text in texts)


def _trimmed(texts: list[str]) -> list[str]:
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _clean_span(texts: Columns) -> Columns:
    return texts if any(texts[0]) else ([], [])


def _clean_steps(texts: Columns) -> Columns:
    """Without the steps that say nothing."""
    columns: Columns = ([], [], [], [], [])
    for number, unit, target, person, times in zip(*v.level(texts), strict=True):
        if target or number:
            cells = (number, unit if number else "min", target, person if target == v.PERSON else "", times or "1")
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
    return tuple(_trimmed(column) for column in columns)


ONE = ("",)
STEP = ("n", "unit", "target", "person", "times")
WIDGETS: Mapping[str, Widget] = {
    "text": Widget(ONE, v.write_one, v.read_text),
    "id": Widget(ONE, v.write_one, v.read_id),
    "choice": Widget(ONE, v.write_one, v.read_text),
    "date": Widget(ONE, v.write_one, v.read_date),
    "number": Widget(ONE, v.write_one, v.read_number),
    "decimal": Widget(ONE, v.write_one, v.read_number),
    "flag": Widget(ONE, lambda value: (["on"] if value else [],), v.read_flag),
    "choices": Widget(ONE, v.write_many, v.read_list),
    "refs": Widget(ONE, v.write_many, v.read_list),
    "lines": Widget(ONE, lambda value: (["\n".join(value or ())],), v.read_lines),
    "dates": Widget(ONE, v.write_many, v.read_dates),
    "weekdays": Widget(ONE, v.write_week, v.read_weekdays),
    "hours": Widget(("from", "to"), v.write_hours, v.read_hours),
    "hours_list": Widget(("from", "to"), v.write_hours_all, v.read_hours_all),
    "span": Widget(("n", "unit"), v.write_span, v.read_span, _clean_span),
    "point": Widget(("lon", "lat"), v.write_point, v.read_point),
    "steps": Widget(STEP, v.write_steps, v.read_steps, _clean_steps),
    "boundary": Widget(ONE, lambda _value: ([],), v.read_no_file),
}
