"""`gridwhistle demo`: everything on this machine, a real fire, and the operator's screen to watch it on."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel

from runtime import logs
from simulators.fire import LEAD_IN_S, light, rooms_of
from simulators.operator import Operator
from simulators.process import FAILURES, end_as_by_ctrl_c
from simulators.recording import NotARecording, read
from simulators.stack import Stack, StackSpec
from simulators.witness import fires

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "nist_smoke_alarms"
DEFAULT_FIRE = "SDC07.csv"
# The fire must be seen, worked on and cleared; airing and the quiet minute take about 150 s of simulated time.
CLEAR_S = 400.0
INTERRUPTED = 130  # what shells say of SIGINT

WHAT_TO_SEE = """\
Open the link above now: it logs you in, once, as the operator 周明远. In about {lead:.0f} s a fire recorded by NIST
({test}) starts to burn, {speed:g} x as fast as it was.
1. The board is quiet. Each room has a board with real firmware, see "endpoints".
2. A suspected fire appears by itself, with sound, its tiers and its deadline running; then more rooms, inside it.
3. Two signals together make it a confirmed fire: street and district are called.
4. Press the big button: accept, dispatch, feed back, verify, close. A burning fire cannot be closed.

请打开上面的链接：以值班员"周明远"的身份登录，只能用一次。
约 {lead:.0f} 秒后，一场真实记录的火灾将以 {speed:g} 倍速重放：
画面先是平静，随后自动出现疑似火警并响铃，显示所在层级与倒计时；两个信号同时出现即升级为确认火警。
用大按钮依次受理、派遣、反馈、核查、结案；火情未解除时不能结案。

Ctrl-C ends everything. 按 Ctrl-C 结束。"""


WORDS = {
    "major": "疑似火警 suspected",
    "critical": "确认火警 confirmed",
    "active": "仍在持续 burning",
    "cleared": "已恢复 cleared",
    "reported": "已上报 reported",
    "accepted": "已受理 accepted",
    "dispatched": "已派遣 dispatched",
    "fed_back": "已反馈 fed back",
    "verified": "已核查 verified",
    "closed": "已结案 closed",
}


async def _once(stack: Stack, last_s: float, say: Console) -> dict[str, Any]:
    """Burn, let an operator work the fire to its end, and report every hop."""
    ignition_ms = await light(stack)
    say.print("the fire burns 起火", highlight=False)
    operator = Operator(stack)
    worked = asyncio.create_task(operator.work_until_closed(ignition_ms), name="operator")
    async with asyncio.timeout(stack.clock.real_s((last_s + CLEAR_S) * 1000) + 60):
        closed = await worked
    seen = await fires(stack, since_ms=ignition_ms)
    return {
        "incident_id": closed["row"]["id"],
        "stage": closed["row"]["stage"],
        "condition": closed["row"]["condition"],
        "ignition_ms": ignition_ms,
        "places": [fire.as_dict() for fire in seen],
        "stages": [
            {"what": entry["what"], "after_ignition_s": round((entry["at_ms"] - ignition_ms) / 1000, 1)}
            for entry in closed["log"]
        ],
    }


async def _watch(stack: Stack, say: Console) -> None:
    """Light the fire and say what happens until interrupted."""
    ignition_ms = await light(stack)
    say.print("the fire burns 起火", style="bold red", highlight=False)
    told: dict[str, tuple[str, str, str]] = {}
    while True:
        for fire in await fires(stack, since_ms=ignition_ms):
            state = (fire.severity, fire.condition, fire.stage)
            if told.get(fire.incident_id) != state:
                told[fire.incident_id] = state
                second = (stack.clock.now_ms() - ignition_ms) / 1000
                said = " · ".join(WORDS.get(code, code) for code in state)
                say.print(f"{second:6.1f} s  {fire.device}  {said}", highlight=False)
        await asyncio.sleep(0.5)


async def run(recording_path: Path, speed: float, once: bool, work_dir: Path, say: Console) -> dict[str, Any]:
    """Build the stack and play the fire; the report of `once`, or nothing after an interruption."""
    recording = read(recording_path)
    spec = StackSpec(rooms=rooms_of(recording), work_dir=work_dir, speed=speed)
    with say.status("starting broker, gateway, centre and boards 正在启动…"):
        stack = await Stack(spec).__aenter__()
    try:
        with say.status("waiting for every board to be online 等待终端上线…"):
            await stack.wait_online()
        if once:
            return await _once(stack, recording.last_s, say)
        text = WHAT_TO_SEE.format(
            lead=stack.clock.real_s(LEAD_IN_S * 1000),
            test=recording.test,
            speed=speed,
        )
        link = await asyncio.to_thread(stack.login_url)
        say.print(link, style="bold", soft_wrap=True, highlight=False)
        say.print(Panel(text, title="吹哨 gridwhistle demo", border_style="green"))
        await _watch(stack, say)
    finally:
        with say.status("stopping 正在停止…"):
            await stack.__aexit__(None, None, None)
    return {}


def main(recording: Path | None, speed: float, *, once: bool, as_json: bool) -> int:
    """Exit status: 0 ended as asked, 1 something failed, 2 no recording, 130 interrupted before the report."""
    logs.set_up("error")
    say = Console(stderr=True)
    path = recording or RECORDINGS / DEFAULT_FIRE
    report: dict[str, Any] = {}
    end_as_by_ctrl_c()
    try:
        with tempfile.TemporaryDirectory(prefix="gridwhistle-") as folder, suppress(KeyboardInterrupt):
            report = asyncio.run(run(path, speed, once, Path(folder), say))
    except NotARecording as error:
        say.print(f"{error}\nName one with --recording. 请用 --recording 指定。", style="red", highlight=False)
        return 2
    except FAILURES as error:
        say.print(f"the demo could not run 演示失败: {error!r}", style="red", highlight=False)
        return 1
    if once and not report:
        return INTERRUPTED
    if once:
        _print_report(report, as_json, say)
    return 0


def _print_report(report: dict[str, Any], as_json: bool, say: Console) -> None:
    if as_json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
        return
    for entry in report["stages"]:
        say.print(f"{entry['after_ignition_s']:7.1f} s  {entry['what']}", highlight=False)
    say.print(f"incident {report['incident_id']} is {report['stage']}, {report['condition']}", highlight=False)
