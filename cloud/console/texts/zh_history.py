"""Simplified Chinese: the history of readings."""

from __future__ import annotations

HISTORY: dict[str, str] = {}
