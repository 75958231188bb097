"""English: the map."""

from __future__ import annotations

MAP: dict[str, str] = {}
