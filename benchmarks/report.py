"""Figures of a benchmark: quantiles, the machine they were made on, one JSON file each."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie; nearest rank, so it is one that was measured."""
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def distribution(values: Sequence[float]) -> dict[str, float]:
    """Count, extremes and quantiles."""
    ordered = sorted(values)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    return {
        "count": len(ordered),
        "min": ordered[0],
        **{name: quantile(ordered, share) for name, share in shares.items()},
        "max": ordered[-1],
    }


def machine() -> dict[str, Any]:
    """What the figures were made on."""
    return {
        "cores": os.cpu_count(),
        "load_1min": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def save(name: str, how: str, figures: dict[str, Any]) -> None:
    """Print the figures and keep them beside the machine's description."""
    report = {"benchmark": name, "how": how, "machine": machine(), **figures}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=2, ensure_ascii=False))
