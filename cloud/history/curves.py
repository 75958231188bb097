"""Curves cut and joined. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cloud.history.port import Curve

_COLUMNS = ("at_ms", "low", "high", "mean", "last", "count", "faults", "uncertain", "backfilled")


def cut(curve: Curve, count: int) -> Curve:
    """Its first points."""
    columns: dict[str, Any] = {name: getattr(curve, name)[:count] for name in _COLUMNS}
    return replace(curve, **columns)


def joined(curve: Curve, rest: Curve) -> Curve:
    """One curve of two that follow each other; whether there is more the second knows."""
    columns: dict[str, Any] = {name: np.concatenate([getattr(curve, name), getattr(rest, name)]) for name in _COLUMNS}
    return replace(curve, more=rest.more, **columns)
