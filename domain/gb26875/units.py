"""Application data units: type flag, number of objects, objects. Tolerant in what comes, exact in what goes. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from typing import Any

from domain.gb26875 import facts
from domain.gb26875.facts import Fact

TEXT_BYTES = 31  # of a description, GB 18030
TAG_BYTES = 6
_PREFIX = 2  # type flag and number of objects


class UnitError(ValueError):
    """Nothing in a unit can be understood; `reason` is a code."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one object of a type lies in bytes, and whether a time tag follows it. Clause 8 of the standard."""

    cls: type[Any]
    body: struct.Struct
    tagged: bool = False


def _layout(cls: type[Any], form: str, *, tagged: bool = False) -> Layout:
    return Layout(cls=cls, body=struct.Struct(f"<{form}"), tagged=tagged)


LAYOUTS: dict[int, Layout] = {
    1: _layout(facts.SystemState, "BBH", tagged=True),
    2: _layout(facts.PartState, "BBBIH31s", tagged=True),
    3: _layout(facts.PartValue, "BBBIBh", tagged=True),
    4: _layout(facts.Operation, "BBBB", tagged=True),
    5: _layout(facts.SystemVersion, "BBBB"),
    7: _layout(facts.PartConfig, "BBBI31s"),
    8: _layout(facts.SystemTime, "BB6s"),
    21: _layout(facts.DeviceState, "B", tagged=True),
    24: _layout(facts.DeviceOperation, "BB", tagged=True),
    25: _layout(facts.DeviceVersion, "BB"),
    28: _layout(facts.DeviceTime, "6s"),
    61: _layout(facts.ReadSystem, "BB"),
    62: _layout(facts.ReadPart, "BBI"),
    63: _layout(facts.ReadPart, "BBI"),
    64: _layout(facts.ReadOperations, "BBB6s"),
    65: _layout(facts.ReadSystem, "BB"),
    66: _layout(facts.ReadSystem, "BB"),
    67: _layout(facts.ReadPart, "BBI"),
    68: _layout(facts.ReadSystem, "BB"),
    81: _layout(facts.Plain, "B"),
    84: _layout(facts.ReadDeviceOperations, "B6s"),
    85: _layout(facts.Plain, "B"),
    86: _layout(facts.Plain, "B"),
    88: _layout(facts.Plain, "B"),
    89: _layout(facts.Plain, "B"),
    90: _layout(facts.SetClock, "6s"),
    91: _layout(facts.DutyCheck, "B"),
}
# objects of a length of their own: what stands before the length of the text
TEXTS: dict[int, Layout] = {6: _layout(facts.SystemConfig, "BB"), 26: _layout(facts.DeviceConfig, "")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a unit says. `problem`: empty, or the code of what did not fit: count, length."""

    type: int
    facts: tuple[Fact, ...]
    problem: str = ""


def read_text(raw: bytes) -> str:
    """A description: GB 18030, padded by NUL or blanks, its last character perhaps cut in two."""
    text = raw.split(b"\0")[0].decode("gb18030", errors="replace").rstrip("\ufffd")
    return "".join(character for character in text if character.isprintable()).strip()


def write_text(text: str, most: int = TEXT_BYTES) -> bytes:
    """As many whole characters of a description as fit."""
    while len(text.encode("gb18030")) > most:
        text = text[:-1]
    return text.encode("gb18030")


def _fact(cls: type[Any], values: tuple[Any, ...], tag: bytes) -> Fact:
    named = dict(zip((field.name for field in fields(cls)), values, strict=False))
    if "text" in named:
        named["text"] = read_text(named["text"])
    if tag:
        named["time"] = tag
    made: Fact = cls(**named)
    return made


def decode(data: bytes) -> Unit:
    """The unit. Objects that are whole are taken, whatever the count says. Raises UnitError where there is none."""
    if len(data) < _PREFIX:
        raise UnitError("short_unit", "a unit needs a type flag and a number of objects")
    kind, count, body = data[0], data[1], data[_PREFIX:]
    if kind in TEXTS:
        found, clean = _texts(TEXTS[kind], body)
    elif kind in LAYOUTS:
        found, clean = _objects(LAYOUTS[kind], count, body)
    else:
        raise UnitError("unknown_type", f"type flag {kind} is reserved or a maker's own")
    if not found:
        raise UnitError("no_objects", f"a unit of type {kind} holds no whole object")
    problem = "length" if not clean else "count" if len(found) != count else ""
    return Unit(type=kind, facts=tuple(found), problem=problem)


def _objects(layout: Layout, count: int, body: bytes) -> tuple[list[Fact], bool]:
    size = layout.body.size
    tagged = layout.tagged and len(body) != count * size  # some devices leave all tags out
    step = size + TAG_BYTES * tagged
    found = [
        _fact(layout.cls, layout.body.unpack_from(body, at), body[at + size : at + step])
        for at in range(0, len(body) - step + 1, step)
    ]
    return found, len(body) % step == 0


def _texts(layout: Layout, body: bytes) -> tuple[list[Fact], bool]:
    found: list[Fact] = []
    at, size = 0, layout.body.size
    while at + size < len(body):
        length = body[at + size]
        text = body[at + size + 1 : at + size + 1 + length]
        if len(text) < length:
            return found, False
        found.append(_fact(layout.cls, (*layout.body.unpack_from(body, at), text), b""))
        at += size + 1 + length
    return found, at == len(body)


def encode(kind: int, said: tuple[Fact, ...]) -> bytes:
    """The unit on the wire. Raises ValueError or struct.error where a field does not fit."""
    return bytes([kind, len(said)]) + b"".join(_bytes_of(kind, fact) for fact in said)


def _bytes_of(kind: int, fact: Fact) -> bytes:
    values = [getattr(fact, field.name) for field in fields(fact) if field.name != "time"]
    if kind in TEXTS:
        text = write_text(values.pop(), 255)
        return TEXTS[kind].body.pack(*values) + bytes([len(text)]) + text
    layout = LAYOUTS[kind]
    packed = layout.body.pack(*(write_text(value) if isinstance(value, str) else value for value in values))
    return packed + (getattr(fact, "time", b"") if layout.tagged else b"")
