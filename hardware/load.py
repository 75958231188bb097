"""Reads the TOML files beside this module. An error names the file and the field."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from hardware.board_model import Board
from hardware.facts import Fact
from hardware.model import Endpoint, Part

HERE = Path(__file__).parent
T = TypeVar("T", bound=Fact)


class HardwareError(ValueError):
    """A file of hardware/ cannot be used, or there is none of that name."""


def parse(text: str, kind: type[T], name: str) -> T:
    """A fact from TOML. Raises HardwareError naming file `name` and the field."""
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        raise HardwareError(f"{name}: 不是 TOML / is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise HardwareError(f"{name}: 字段有误，请改正 / wrong field, correct it: {error}") from None


def _named(folder: str, name: str, kind: type[T]) -> T:
    path = HERE / folder / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(names(folder))
        raise HardwareError(f"{folder}: 没有 / there is no {name!r}; 现有 / known: {known}")
    return parse(path.read_text(encoding="utf-8"), kind, f"{folder}/{path.name}")


def names(folder: str) -> list[str]:
    """What there is in `boards`, `parts` or `endpoints`."""
    return sorted(path.stem for path in (HERE / folder).glob("*.toml"))


@cache
def board(name: str) -> Board:
    """One board. Raises HardwareError."""
    return _named("boards", name, Board)


@cache
def endpoint(kind: str) -> Endpoint:
    """One kind of endpoint. Raises HardwareError."""
    return _named("endpoints", kind, Endpoint)


@cache
def catalogue() -> dict[str, Part]:
    """All parts by id. Raises HardwareError."""
    return {name: _named("parts", name, Part) for name in names("parts")}
