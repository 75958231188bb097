"""What a gateway says is shelved, read with care: a status of another version must not take the board away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloud.board.views import ShelfRow
from domain.incidents import Kind

SHOWN = 50
_LIFE_SAFETY = frozenset(str(kind) for kind in Kind if kind.life_safety)


def shelf_rows(said: Any, places: Mapping[str, str]) -> tuple[ShelfRow, ...]:
    """Life safety first, then what ends last."""
    rows = [_row(entry, places) for entry in said if isinstance(entry, dict)] if isinstance(said, list) else []
    return tuple(sorted(rows, key=lambda row: (not row.life_safety, -row.until_ms))[:SHOWN])


def _row(entry: dict[str, Any], places: Mapping[str, str]) -> ShelfRow:
    device = _text(entry, "device")
    kinds = tuple(kind for kind in entry["kinds"] if isinstance(kind, str)) if _listed(entry) else ()
    return ShelfRow(
        where=places.get(device, device) or _text(entry, "via"),
        kinds=kinds,
        life_safety=any(kind in _LIFE_SAFETY for kind in kinds),
        author=_text(entry, "author"),
        reason=_text(entry, "reason"),
        until_ms=_whole(entry, "until_ms"),
        waiting=_whole(entry, "waiting"),
    )


def _listed(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("kinds"), list)


def _text(entry: dict[str, Any], name: str) -> str:
    found = entry.get(name)
    return found if isinstance(found, str) else ""


def _whole(entry: dict[str, Any], name: str) -> int:
    found = entry.get(name)
    return found if isinstance(found, int) else 0
