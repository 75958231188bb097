"""English: the page of one incident."""

from __future__ import annotations

INCIDENT: dict[str, str] = {}
