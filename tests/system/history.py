"""What the centre's own store holds, read from the file after the centre has ended."""

from __future__ import annotations

from pathlib import Path

import duckdb


def sequences(data_dir: Path) -> dict[str, dict[int, list[int]]]:
    """device -> boot -> sorted sequence numbers that are in the history."""
    (file,) = data_dir.rglob("*.duckdb")
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute("SELECT DISTINCT device, boot, seq FROM readings ORDER BY ALL").fetchall()
    found: dict[str, dict[int, list[int]]] = {}
    for device, boot, seq in rows:
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
