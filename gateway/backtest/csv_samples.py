"""Readings out of a CSV: what `gateway history --csv` wrote, or any table with `at_ms` and a column per channel."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from domain.readings import Reading, Value
from protocol.channels import CHANNELS, is_bool, plausible

FAULT = "fault:"
IMPLAUSIBLE = "implausible"


class BadTable(Exception):
    """The file cannot be read as readings; the text says where and what to do."""


def readings(path: Path, device: str | None, from_ms: int, to_ms: int) -> Iterator[Reading]:
    """The rows of a span, oldest first. `device` where the table has no such column. Raises BadTable."""
    before_ms = 0
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if "at_ms" not in (rows.fieldnames or ()):
                raise BadTable(f"{path}: 没有 at_ms 列 / has no column at_ms; write it with `gateway history … --csv`")
            for seq, row in enumerate(rows, 1):
                reading = _reading(row, device, seq, f"{path}:{rows.line_num}")
                if reading.at_ms < before_ms:
                    raise BadTable(
                        f"{path}:{rows.line_num}: 请按 at_ms 排序 / is older than the row before; sort by at_ms"
                    )
                before_ms = reading.at_ms
                if from_ms <= reading.at_ms < to_ms:
                    yield reading
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadTable(f"{path}: 读不出 / cannot be read: {error}") from None


def _reading(row: Mapping[str, str | None], device: str | None, seq: int, where: str) -> Reading:
    name = row.get("device") or device
    if not name:
        raise BadTable(f"{where}: 不知道是哪台终端 / which endpoint is this? name it with --device")
    try:
        at_ms = int(row["at_ms"] or "")
        numbers = {column: int(row.get(column) or default) for column, default in (("boot", 1), ("seq", seq))}
    except ValueError as error:
        raise BadTable(f"{where}: 应为整数 / at_ms, boot and seq are whole numbers: {error}") from None
    values: dict[str, Value] = {}
    faults: dict[str, str] = {}
    for channel in CHANNELS:
        text = row.get(channel)
        if text and text.startswith(FAULT):
            faults[channel] = text.removeprefix(FAULT)
        elif text:
            _put(channel, _value(channel, text, where), values, faults)
    return Reading(
        device=name, boot=numbers["boot"], seq=numbers["seq"], at_ms=at_ms, received_ms=at_ms, told_ms=at_ms,
        backfill=False, quality=row.get("quality") or "good", values=values, faults=faults,
    )  # fmt: skip


def _put(channel: str, value: Value, values: dict[str, Value], faults: dict[str, str]) -> None:
    if plausible(channel, value):
        values[channel] = value
    else:
        faults[channel] = IMPLAUSIBLE


def _value(channel: str, text: str, where: str) -> Value:
    if is_bool(channel):
        if text.lower() not in ("true", "false", "1", "0"):
            raise BadTable(f"{where}: {channel} 应为 true 或 false / is true or false, not {text!r}")
        return text.lower() in ("true", "1")
    try:
        return float(text)
    except ValueError:
        raise BadTable(f"{where}: {channel} 应为数字 / is a number, not {text!r}") from None
