"""`gridwhistle replay`: a recorded fire through the whole path, compared with the alarms that hung there.

Times are seconds after ignition. The moment of a breach is the time of its sample; the delay of each hop after it is
real time, whatever the speed, so that a fast replay does not stretch the delays of this machine.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from runtime import logs
from simulators.fire import device_of, light, rooms_of
from simulators.process import FAILURES, end_as_by_ctrl_c
from simulators.recording import NotARecording, Recording, read
from simulators.stack import Stack, StackSpec
from simulators.witness import FireSeen, fires

SETTLE_S = 3.0  # real seconds for the last samples to travel


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceResult:
    """One line of the comparison; None where there was no incident, or no commercial alarm."""

    place: str
    device: str
    incident_id: str | None
    severity: str | None
    gateway_s: float | None
    cloud_s: float | None
    median_alarm_s: float | None
    difference_s: float | None  # incident at the gateway minus median; negative is earlier


def compare(recording: Recording, ignition_ms: int, seen: list[FireSeen]) -> list[PlaceResult]:
    """The first incident of each place beside the median commercial alarm of that place."""
    first = {fire.device: fire for fire in reversed(seen)}
    results = []
    for place in sorted(set(recording.places) | set(recording.alarms_s)):
        fire = first.get(device_of(place))
        breach_s = (fire.raised_at_ms - ignition_ms) / 1000 if fire else None
        gateway_s = breach_s + fire.gateway_delay_ms / 1000 if fire and breach_s is not None else None
        cloud_s = breach_s + fire.cloud_delay_ms / 1000 if fire and breach_s is not None else None
        median_s = recording.median_alarm_s(place)
        both = gateway_s is not None and median_s is not None
        results.append(
            PlaceResult(
                place=place,
                device=device_of(place),
                incident_id=fire.incident_id if fire else None,
                severity=fire.severity if fire else None,
                gateway_s=_rounded(gateway_s),
                cloud_s=_rounded(cloud_s),
                median_alarm_s=median_s,
                difference_s=_rounded(gateway_s - median_s) if both and gateway_s and median_s else None,
            )
        )
    return results


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


async def play(recording: Recording, speed: float, work_dir: Path, say: Console) -> tuple[int, list[FireSeen]]:
    """(ignition in simulated ms, fire incidents raised since) of one run of the whole path."""
    spec = StackSpec(rooms=rooms_of(recording), work_dir=work_dir, speed=speed)
    with say.status("starting broker, gateway, centre and boards 正在启动…") as status:
        async with Stack(spec) as stack:
            status.update("waiting for every board to be online 等待终端上线…")
            await stack.wait_online()
            status.update("a quiet room before the fire 起火前的平静…")
            ignition_ms = await light(stack)
            status.update(f"{recording.test} burns at {speed:g} x 火灾重放中…")
            await asyncio.sleep(stack.clock.real_s(recording.last_s * 1000) + SETTLE_S)
            return ignition_ms, await fires(stack, since_ms=ignition_ms)


def _cell(seconds: float | None, sign: bool = False) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:+.1f}" if sign else f"{seconds:.1f}"


def show(recording: Recording, speed: float, results: list[PlaceResult], out: Console) -> None:
    """The table for people."""
    table = Table(title=f"{recording.test}, {speed:g} x · seconds after ignition 起火后秒数")
    for name in ("place 位置", "gateway 网关", "centre 中心", "median alarm 报警器中位数", "difference 差", "severity"):
        table.add_column(name, justify="right" if name != "severity" else "left")
    for row in results:
        table.add_row(
            row.place,
            _cell(row.gateway_s),
            _cell(row.cloud_s),
            _cell(row.median_alarm_s),
            _cell(row.difference_s, sign=True),
            row.severity or "no incident 未报警",
        )
    out.print(table)
    early, compared = _score(results)
    out.print(
        f"at or before the median commercial alarm at {early} of {compared} places (negative difference: earlier). "
        f"{compared} 处中有 {early} 处不晚于报警器中位数（负数表示更早）。"
    )


def _score(results: list[PlaceResult]) -> tuple[int, int]:
    compared = [row for row in results if row.median_alarm_s is not None]
    return sum(row.difference_s is not None and row.difference_s <= 0 for row in compared), len(compared)


def main(path: Path, speed: float, as_json: bool) -> int:
    """Run, print, and give the exit status: 0 done, 1 the stack failed, 2 not a recording."""
    logs.set_up("error")
    say, out = Console(stderr=True), Console()
    end_as_by_ctrl_c()
    try:
        recording = read(path)
        for problem in recording.problems:
            say.print(f"note 注意: {problem}", style="yellow", highlight=False)
        with tempfile.TemporaryDirectory(prefix="gridwhistle-") as folder:
            ignition_ms, seen = asyncio.run(play(recording, speed, Path(folder), say))
    except KeyboardInterrupt:
        return 130
    except NotARecording as error:
        say.print(str(error), style="red", highlight=False)
        return 2
    except FAILURES as error:
        say.print(f"the replay could not run 重放失败: {error!r}", style="red", highlight=False)
        return 1
    results = compare(recording, ignition_ms, seen)
    if as_json:
        early, compared = _score(results)
        report = {
            "test": recording.test,
            "speed": speed,
            "problems": recording.problems,
            "places": [asdict(row) for row in results],
            "at_or_before_median": early,
            "compared": compared,
        }
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    else:
        show(recording, speed, results, out)
    return 0
