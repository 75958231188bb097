"""What differs between two site files, for a person: one line for each difference, in the words of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.site_file.site import Site

# names in topics, and connections that stand
FIXED = ("site", "gateway", "site_broker", "cloud_broker", "home_assistant")
MAX_LINES = 200  # a new site of ten thousand endpoints is told in short
MAX_TEXT = 80
_IDS = ("device", "id", "name")  # what tells the entries of a list apart, where all have it
_NOTHING = object()


def fixed_changes(old: Site, new: Site) -> list[str]:
    """Names of what differs and cannot be changed while the gateway runs."""
    return [name for name in FIXED if getattr(old, name) != getattr(new, name)]


def changes_between(old: Site, new: Site) -> list[str]:
    """Everything that differs; empty where nothing does."""
    lines = _differences(old.document, new.document, "")
    more = len(lines) - MAX_LINES
    return lines if more <= 0 else [*lines[:MAX_LINES], f"… +{more}"]


def _differences(old: Any, new: Any, where: str) -> list[str]:
    if old == new:
        return []
    if isinstance(old, list) and isinstance(new, list):
        old, new = _by_id(old, new), _by_id(new, old)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        names = [*old, *(name for name in new if name not in old)]
        return [line for name in names for line in _of_name(old, new, name, where)]
    return [f"{where}: {_shown(old)} -> {_shown(new)}"]


def _of_name(old: Mapping[str, Any], new: Mapping[str, Any], name: str, where: str) -> list[str]:
    place = f"{where}.{name}".removeprefix(".")
    before, after = old.get(name, _NOTHING), new.get(name, _NOTHING)
    if before is _NOTHING:
        return [f"+ {place}{_value(after)}"]
    if after is _NOTHING:
        return [f"- {place}"]
    return _differences(before, after, place)


def _by_id(entries: list[Any], others: list[Any]) -> list[Any] | dict[str, Any]:
    """Entries by what tells them apart, so that one that was put in front does not make all others look changed."""
    for key in _IDS:
        if all(isinstance(entry, Mapping) and key in entry for entry in (*entries, *others)):
            return {str(entry[key]): entry for entry in entries}
    if all(isinstance(entry, Mapping) for entry in (*entries, *others)):
        return {str(number): entry for number, entry in enumerate(entries, 1)}
    return entries


def _value(value: object) -> str:
    return "" if isinstance(value, Mapping | list) else f" = {_shown(value)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
