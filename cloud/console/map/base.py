"""What the scripts of a map must know: tiles, datum, and the words that they put together themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cloud.console.words import Words
from cloud.maps.desk import Maps
from cloud.maps.frame import Frame
from domain.incidents import Kind, Severity

SAID = "map.say."  # texts that only scripts speak


def base_of(maps: Maps, words: Words) -> str:
    """As JSON, to stand in the page as data."""
    tiles = maps.tiles
    told = {
        "datum": maps.datum,
        "lowest": next((level["level"] for level in maps.levels(Frame(datum=maps.datum))), None),
        "tiles": {
            "url": "/tiles/{z}/{x}/{y}", "min": tiles.source.zooms[0], "max": tiles.source.zooms[1],
            "attribution": tiles.attribution,
        } if tiles else None,
        "words": {key.removeprefix(SAID): text for key, text in words.all.items() if key.startswith(SAID)},
        "kinds": {str(kind): words.code("kind", kind) for kind in Kind},
        "severities": {str(level): words.code("severity", level) for level in Severity},
        "fires": {str(level): words.code("fire", level) for level in Severity},
        "states": {state: words.t(f"map.state.{state}") for state in STATES},
        "things": {kind: words.code("facility", kind) for kind in ("gateway", "handheld", "lift", "camera")},
    }  # fmt: skip
    return as_data(told)


def as_data(told: Mapping[str, Any] | None) -> str:
    """JSON that may stand inside a script element."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


STATES = ("online", "fault", "offline", "unknown", "unheard")
