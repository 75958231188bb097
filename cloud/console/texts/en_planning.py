"""English: editing the plan."""

from __future__ import annotations

PLANNING: dict[str, str] = {}
