"""A status that is too long is refused whole, and its gateway counts as silent: so its longest lists are cut first."""

from __future__ import annotations

import json
from typing import Any

from gateway.beliefs.endpoint_rows import ROWS_BYTES
from protocol import status

LIVE_BYTES = 8_192  # what is added after the commit: state, versions, failures of tasks
BESIDE_ROWS = status.MAX_BYTES - ROWS_BYTES - LIVE_BYTES  # bytes of all that stands beside the rows of endpoints


def fitted(fields: dict[str, Any], most: int = BESIDE_ROWS) -> dict[str, Any]:
    """The fields within so many bytes. Of the longest list the end goes, again and again; `cut` names what was cut."""
    found, cut = dict(fields), dict[str, None]()
    sizes = {name: _bytes(name, value) for name, value in found.items()}
    while sum(sizes.values()) > most:
        name = max((name for name in found if _entries(found[name])), key=sizes.__getitem__, default=None)
        if name is None:
            break  # single values, bounded where they are made
        found[name] = _halved(found[name])
        sizes[name] = _bytes(name, found[name])
        cut[name] = None
    return found | {"cut": list(cut)} if cut else found


def _entries(value: object) -> int:
    rows = value.get("rows") if isinstance(value, dict) else value
    return len(rows) if isinstance(rows, list) else 0


def _halved(value: Any) -> Any:
    """Of a page of the inventory the rows."""
    if isinstance(value, dict):
        return value | {"rows": _halved(value["rows"])}
    return value[: len(value) // 2]


def _bytes(name: str, value: object) -> int:
    return len(json.dumps({name: value}))
