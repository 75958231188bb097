"""Settings of a process: one frozen dataclass, read once from the environment; a typo is an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")


class SettingsError(ValueError):
    """A setting is unknown or cannot be read; the text names it and says what is expected."""


def _convert(kind: Any, text: str) -> Any:
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    if kind in (int, float, str, Path):
        return kind(text)
    return kind.__args__[0](text)  # X | None


def from_env(cls: type[T], prefix: str, env: Mapping[str, str]) -> T:
    """`cls` filled from `<prefix><FIELD>` variables. Raises SettingsError naming the variable and the remedy."""
    hints = get_type_hints(cls)
    known = {prefix + field.name.upper(): field.name for field in fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(key for key in env if key.startswith(prefix) and key not in known)
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    values = {}
    for key, name in known.items():
        if key not in env:
            continue
        try:
            values[name] = _convert(hints[name], env[key])
        except (ValueError, KeyError):
            raise SettingsError(f"{key} cannot be {env[key]!r}; expected {hints[name]}") from None
    try:
        return cls(**values)
    except TypeError as error:
        raise SettingsError(f"missing setting: {error}") from None
