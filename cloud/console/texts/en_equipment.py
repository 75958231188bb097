"""English: endpoints and gateways."""

from __future__ import annotations

EQUIPMENT: dict[str, str] = {}
