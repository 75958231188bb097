"""Recorded fires: reads `<test>.csv` and `activation_times.csv` of the layout of NIST's home smoke alarm tests.

What is missing, torn or not a number is reported and worked around; a file of another layout is refused.
"""

from __future__ import annotations

import csv
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TIME = "TIME"
PPM_PER_VOLUME_PERCENT = 10_000
# channel of ours -> (column of theirs for place X, factor to our unit)
COLUMNS = {"temp": ("TC{place}_1", 1.0), "smoke": ("SM{place}_1", 1.0), "co": ("GAS{place}_1", PPM_PER_VOLUME_PERCENT)}
PLACES = "ABCDEF"
GAP_S = 10.0  # the recordings have a row every 2 s; an endpoint that hears nothing for five of them has a fault


class NotARecording(ValueError):
    """The file is not of the layout; the text says what was looked for and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One channel at one place: what was measured, when. Values in the channel's unit, seconds after ignition."""

    at_s: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, second: float) -> float | None:
        """The newest value not after `second` (the first one before that); None inside a gap of the recording."""
        index = bisect_right(self.at_s, second) - 1
        if index < 0:
            return self.values[0]
        following = self.at_s[index + 1] if index + 1 < len(self.at_s) else math.inf
        if following < math.inf and following - self.at_s[index] > GAP_S and second - self.at_s[index] > GAP_S:
            return None
        return self.values[index]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One fire: tracks by place and channel, the alarms that were there, and what is wrong with the file."""

    test: str
    first_s: float
    last_s: float
    places: dict[str, dict[str, Track]]
    alarms_s: dict[str, tuple[float, ...]]
    problems: tuple[str, ...]

    def median_alarm_s(self, place: str) -> float | None:
        """When half of the commercial alarms at the place had sounded; None where none was there."""
        times = self.alarms_s.get(place)
        return median(times) if times else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets put a mark in front
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotARecording(f"{path}: cannot be read as CSV text ({error}). 无法读取该文件。") from None
    header = rows[0] if rows else []
    wanted = {column.format(place=place) for column, _ in COLUMNS.values() for place in PLACES}
    if TIME not in header or not wanted & set(header):
        raise NotARecording(
            f"{path} is not a recorded fire: its first line must name {TIME} and at least one of SM<place>_1, "
            f"TC<place>_1, GAS<place>_1 with place A to F. Choose a <test>.csv of that layout. "
            f"该文件不是火灾实测数据：首行须含 TIME 与 SMA_1 之类的列。"
        )
    return header, rows[1:]


def _times(path: Path, header: list[str], rows: list[list[str]]) -> tuple[list[tuple[float, list[str]]], list[str]]:
    """Rows with a usable, rising time, and what was wrong with the others."""
    kept: list[tuple[float, list[str]]] = []
    problems: list[str] = []
    column, last = header.index(TIME), -math.inf
    for line, row in enumerate(rows, start=2):
        second = _number(row[column]) if column < len(row) else None
        if second is None or second <= last:
            problems.append(f"line {line}: TIME is {'not a number' if second is None else 'not rising'}; row left out")
            continue
        if kept and second - last > GAP_S:
            problems.append(f"line {line}: nothing recorded for {second - last:g} s before {second:g} s")
        kept.append((second, row))
        last = second
    if not kept:
        raise NotARecording(f"{path}: no row has a usable {TIME}. 没有可用的数据行。")
    return kept, problems


def _track(rows: Iterable[tuple[float, list[str]]], column: int, factor: float) -> tuple[Track | None, int]:
    """The track of one column and how many of its cells hold no number."""
    cells = [(second, _number(row[column]) if column < len(row) else None) for second, row in rows]
    good = [(second, value * factor) for second, value in cells if value is not None]
    if not good:
        return None, len(cells)
    return Track(at_s=tuple(s for s, _ in good), values=tuple(v for _, v in good)), len(cells) - len(good)


def _alarms(path: Path, test: str) -> tuple[dict[str, tuple[float, ...]], list[str]]:
    if not path.exists():
        return {}, [f"{path.name} is not beside the recording: no commercial alarms to compare with"]
    times: dict[str, list[float]] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                second = _number(row.get("activation_s") or "")
                if row.get("test") == test and second is not None:
                    times.setdefault(row.get("location") or "", []).append(second)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return {}, [f"{path.name} cannot be read ({error}): no commercial alarms to compare with"]
    problems = [] if times else [f"{path.name} knows no alarms of {test}"]
    return {place: tuple(sorted(seconds)) for place, seconds in times.items()}, problems


def read(path: Path) -> Recording:
    """The recorded fire in a file. Raises NotARecording for another layout."""
    header, raw = _rows(path)
    rows, problems = _times(path, header, raw)
    places: dict[str, dict[str, Track]] = {}
    for place in PLACES:
        for channel, (pattern, factor) in COLUMNS.items():
            name = pattern.format(place=place)
            if name not in header:
                problems.append(f"place {place}: no column {name}; its room keeps {channel} at rest")
                continue
            track, holes = _track(rows, header.index(name), factor)
            if holes:
                problems.append(f"place {place}: {holes} cells of {name} hold no number")
            if track is not None:
                places.setdefault(place, {})[channel] = track
    if not places:
        raise NotARecording(
            f"{path}: no cell of any place holds a number; there is nothing to play. 没有任何可用读数。"
        )
    alarms, alarm_problems = _alarms(path.with_name("activation_times.csv"), path.stem)
    return Recording(
        test=path.stem,
        first_s=rows[0][0],
        last_s=rows[-1][0],
        places=places,
        alarms_s=alarms,
        problems=tuple(problems + alarm_problems),
    )
