"""JSON columns: what both databases take. A number that is none (NaN, infinity) becomes null."""

from __future__ import annotations

import json
import math
from typing import Any


def dump(value: Any) -> str:
    """JSON as the standard knows it; PostgreSQL refuses anything else. Raises ValueError for text it cannot hold."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
