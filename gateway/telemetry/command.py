"""`gridwhistle gateway history`: the recorded samples of one endpoint, for a person or as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import chain, islice
from pathlib import Path

from domain.readings import Reading
from gateway.telemetry.reader import NothingRecorded, recorded

USAGE, NOTHING = 2, 3
LOCAL = timezone(timedelta(hours=8))  # one zone for the whole country
LOOK_AHEAD = 1_000  # samples in which every channel of an endpoint has shown itself
HEAD = ("time", "at_ms", "received_ms", "boot", "seq", "backfill", "quality")


def when_ms(text: str) -> int:
    """A time as people write it: 2026-11-22, 2026-11-22T08:30, with a zone or in ours. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return round((at if at.tzinfo else at.replace(tzinfo=LOCAL)).timestamp() * 1000)


def local(at_ms: int) -> str:
    """A time as people here read it."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(LOCAL).isoformat(timespec="milliseconds")


def _rows(readings: Iterable[Reading], channels: list[str]) -> Iterator[list[object]]:
    for r in readings:
        told = [r.values.get(name, f"fault:{r.faults[name]}" if name in r.faults else "") for name in channels]
        yield [local(r.at_ms), r.at_ms, r.received_ms, r.boot, r.seq, int(r.backfill), r.quality, *told]


def _channels(first: list[Reading]) -> list[str]:
    return sorted({name for reading in first for name in (*reading.values, *reading.faults)})


def _show(readings: Iterator[Reading], channel: str | None, *, as_csv: bool) -> int:
    first = list(islice(readings, LOOK_AHEAD))
    channels = [channel] if channel else _channels(first)
    rows = _rows(chain(first, readings), channels)
    if as_csv:
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow([*HEAD, *channels])
        out.writerows(rows)
    else:
        for row in rows:
            told = "  ".join(f"{name} {value}" for name, value in zip(channels, row[len(HEAD) :], strict=True))
            sys.stdout.write(f"{row[0]}  {told}\n")
    return len(first)


def main(data_dir: Path, device: str, channel: str | None, span: tuple[str | None, str | None], now_ms: int, *,
         as_csv: bool) -> int:  # fmt: skip
    """Print samples; `span`: the last 24 hours where not said. Exit status 2: correct the call, 3: nothing there."""
    try:
        to_ms = when_ms(span[1]) if span[1] else now_ms + 1
        from_ms = when_ms(span[0]) if span[0] else to_ms - 24 * 3_600_000
        with recorded(data_dir) as record:
            shown = _show(record.samples(device, from_ms, to_ms), channel, as_csv=as_csv)
            known = "" if shown else ", ".join(record.devices())
    except ValueError as error:
        sys.stderr.write(f"时间写法如 2026-11-22T08:30 / Write a time like 2026-11-22T08:30: {error}\n")
        return USAGE
    except NothingRecorded as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    if not shown:
        sys.stderr.write(
            f"这段时间没有 {device} 的读数；有记录的设备 / No samples of {device} then; recorded are: {known or '-'}\n"
        )
    return 0 if shown else NOTHING
