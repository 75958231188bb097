"""Simplified Chinese: the board."""

from __future__ import annotations

BOARD: dict[str, str] = {}
