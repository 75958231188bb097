"""`gridwhistle gateway backtest`: what new rules would have raised, beside what the present ones would have."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from domain.readings import Reading
from gateway.backtest.backtest import FOUND_MAX, Backtest, Difference, TooMany, compare, replay
from gateway.backtest.csv_samples import BadTable, readings
from gateway.site_file.reader import SiteError
from gateway.site_file.site import load, load_with
from gateway.telemetry.command import local, when_ms
from gateway.telemetry.reader import NothingRecorded, recorded

USAGE, NOTHING = 2, 3
DAY_MS = 86_400_000
MARKS = {"+": "新增 only new", "-": "不再报 no more", "=": "相同 the same"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the readings come from: the gateway's own record, or a CSV."""

    data_dir: Path
    table: Path | None
    device: str | None
    since: str | None
    until: str | None


def main(rules_file: Path, site_file: Path, source: Source, silence_ms: int, now_ms: int, *, as_json: bool) -> int:
    """Replay and compare. Exit status 0: done, 2: correct the call, 3: nothing recorded then."""
    try:
        tests = tuple(Backtest(site, silence_ms) for site in (load(site_file), load_with(site_file, rules_file)))
        with _readings(source, now_ms) as samples:
            count, end_ms = replay(samples, tests, _progress)
    except ValueError as error:
        return _usage(f"时间写法如 2026-11-22T08:30 / Write a time like 2026-11-22T08:30: {error}")
    except (SiteError, BadTable, NothingRecorded) as error:
        return _usage(str(error))
    except TooMany:
        return _usage(f"超过 {FOUND_MAX} 件：请缩短时间 / more than {FOUND_MAX} incidents: take a shorter time")
    if not count:
        sys.stderr.write("这段时间没有读数 / No readings are recorded of that time; try `gateway history`\n")
        return NOTHING
    present, new = (test.finish() for test in tests)
    differences = compare(present, new, end_ms)
    if as_json:
        sys.stdout.write(json.dumps([_row(one) for one in differences], ensure_ascii=False, indent=1) + "\n")
    else:
        _show(differences, count, tests[1])
    return 0


@contextmanager
def _readings(source: Source, now_ms: int) -> Iterator[Iterable[Reading]]:
    """Those of the span; of a table all, of the record the last day, where not said."""
    to_ms = when_ms(source.until) if source.until else now_ms + 1
    if source.table is not None:
        from_ms = when_ms(source.since) if source.since else 0
        yield readings(source.table, source.device, from_ms, to_ms)
        return
    from_ms = when_ms(source.since) if source.since else to_ms - DAY_MS
    with recorded(source.data_dir) as record:
        yield record.replay(from_ms, to_ms, None if source.device is None else (source.device,))


def _usage(text: str) -> int:
    sys.stderr.write(f"未回放 / Nothing was replayed: {text}\n")
    return USAGE


def _progress(count: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{count} 条读数 / samples")
        sys.stderr.flush()


def _row(one: Difference) -> dict[str, object]:
    found = one.found
    return {
        "mark": one.mark,
        "device": found.device,
        "place": found.place,
        "kind": found.kind,
        "severity": str(found.severity),
        "raised_at_ms": found.raised_at_ms,
        "cleared_at_ms": found.cleared_at_ms,
        "rules": sorted(found.rules),
        "grouped": found.grouped,
    }


def _show(differences: list[Difference], count: int, test: Backtest) -> None:
    lines = [f"{one.mark} {_line(one)}" for one in differences]
    marks = Counter(one.mark for one in differences)
    lines.append(f"{count} 条读数 / samples; " + ", ".join(f"{mark} {MARKS[mark]}: {marks[mark]}" for mark in MARKS))
    if test.unknown:
        names = ", ".join(sorted(test.unknown))
        lines.append(f"站点文件里没有，未判断 / not in the site file and not judged: {names}")
    sys.stdout.write("\n".join(lines) + "\n")


def _line(one: Difference) -> str:
    found = one.found
    if found.cleared_at_ms is None:
        lasted = "未结束 still active"
    else:
        lasted = f"{(found.cleared_at_ms - found.raised_at_ms) / 1000:.0f} s"
    grouped = "  并入 inside another" if found.grouped else ""
    what = f"{found.severity:<8} {found.kind}  {found.place}  ({', '.join(sorted(found.rules))})"
    return f"{local(found.raised_at_ms)}  {lasted:>8}  {what}{grouped}"
