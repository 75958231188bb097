"""What the centre's own store holds, read from the file after the centre has ended."""

from __future__ import annotations

from pathlib import Path

from cloud.history.port import Level
from cloud.history.series import DuckSeries

ENDLESS_MS = 1 << 52


def sequences(data_dir: Path) -> dict[str, dict[int, list[int]]]:
    """device -> boot -> sorted sequence numbers that are in the history."""
    (file,) = data_dir.rglob("*.duckdb")
    series = DuckSeries(file)
    rows: set[tuple[str, int, int]] = set()
    devices = sorted({known.device for known in series.known()})
    for batch in series.batches(devices, [], 0, ENDLESS_MS, Level.RAW):
        rows.update(zip(*(batch[name].to_pylist() for name in ("device", "boot", "seq")), strict=True))
    series.close()
    found: dict[str, dict[int, list[int]]] = {}
    for device, boot, seq in sorted(rows):
        found.setdefault(device, {}).setdefault(boot, []).append(seq)
    return found


def holes(numbers: list[int]) -> list[tuple[int, int]]:
    """(first, last) missing between 0 and the newest."""
    expected, missing = 0, []
    for number in numbers:
        if number > expected:
            missing.append((expected, number - 1))
        expected = number + 1
    return missing
