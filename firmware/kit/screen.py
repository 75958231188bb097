"""What the technician sees: tables, a bar for each board, and what to do about each failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from firmware.kit.assign import Assigned
from firmware.kit.batch import Result, Tell
from firmware.kit.ports import Found
from firmware.kit.texts import KitError, advices, told
from firmware.kit.worker import STEPS

STEP_NAMES = {
    "identify": "识别 identify",
    "image": "写镜像 MicroPython",
    "compare": "比较 compare",
    "write": "写入 write",
    "verify": "读回核对 read back",
    "self_test": "自检 self-test",
    "prove": "等网关确认 gateway",
    "done": "完成 done",
}
WHOLE = ("串口 port", "芯片号 chip id", "编号 id", "结果 result")  # columns that people compare or search for
# where each step starts on the bar, in percent; writing takes most of the time
_STARTS = {
    "identify": 0,
    "image": 5,
    "compare": 40,
    "write": 45,
    "verify": 80,
    "self_test": 85,
    "prove": 90,
    "done": 100,
}


def boards_table(founds: Iterable[Found]) -> Table:
    """What `list` shows."""
    table = Table(title="接着的板子 boards", title_justify="left", show_lines=False)
    for head in ("串口 port", "USB", "板子自报 it says", "MicroPython", "芯片号 chip id", "身份 identity"):
        table.add_column(head, overflow="fold", no_wrap=head in WHOLE)
    for found in founds:
        facts = found.facts
        if facts is None:
            code = found.trouble.code if found.trouble is not None else ""
            what = advices()[code]["zh"].what + " " + advices()[code]["en"].what if code else ""
            table.add_row(found.port.device, found.port.chip, Text(f"[{code}] {what}", "red"), "", "", "")
            continue
        who = f"{facts.site}/{facts.device} ({facts.kind})" if facts.device else "未登记 none"
        chip = Text(facts.unique_id[: -len(facts.confirmation)])
        chip.append(facts.confirmation, "bold")
        table.add_row(found.port.device, found.port.chip, facts.machine, facts.version, chip, who)
    return table


def plan_table(assigned: Iterable[Assigned], *, dry_run: bool) -> Table:
    """What will become what."""
    title = "将要做的（只看不写）dry run" if dry_run else "将要写的 what will be written"
    table = Table(title=title, title_justify="left")
    for head in ("串口 port", "芯片号 chip id", "编号 id", "类型 kind", "板子 board", "网格 grid", "位置 place"):
        table.add_column(head, overflow="fold", no_wrap=head in WHOLE)
    for board in assigned:
        chip = board.found.facts.unique_id if board.found.facts is not None else "?"
        if board.entry is None:
            code = board.trouble.code if board.trouble is not None else ""
            table.add_row(board.found.port.device, chip, Text(f"跳过 skipped: {code}", "yellow"), "", "", "", "")
            continue
        entry = board.entry
        table.add_row(board.found.port.device, chip, entry.device, entry.kind, entry.board, entry.grid, entry.place)
    return table


def results_table(results: Iterable[Result]) -> Table:
    """How it ended."""
    table = Table(title="结果 results", title_justify="left")
    for head in ("串口 port", "编号 id", "结果 result", "写入 files", "网关确认 proof，传感器故障 faults"):
        table.add_column(head, overflow="fold", no_wrap=head in WHOLE)
    for result in results:
        device = result.entry.device if result.entry is not None else "-"
        if result.outcome is None:
            code = result.trouble.code if result.trouble is not None else ""
            table.add_row(result.port, device, Text(f"✗ {code}", "bold red"), "", "")
            continue
        proof = result.outcome.proof
        proved = Text(f"boot {proof.boot}, sample {proof.seq}" if proof is not None else "未取证 not proved")
        if proof is not None and proof.faults:
            proved.append("; " + ", ".join(sorted(proof.faults)), "yellow")
        word = Text("✓ 已证实 proved", "bold green") if proof is not None else Text("已写入 written", "yellow")
        table.add_row(result.port, device, word, str(len(result.outcome.work.write) or "0 原样"), proved)
    return table


def work_lines(results: Iterable[Result]) -> Iterator[str]:
    """What a dry run found on each board."""
    for result in results:
        if result.outcome is None or result.entry is None:
            continue
        work = result.outcome.work
        what = (
            f"写 write {len(work.write)}，删 remove {len(work.remove)}"
            if not work.nothing
            else "无需改动 nothing to do"
        )
        yield f"{result.port} {result.entry.device}: {what}"


def troubles(console: Console, errors: Iterable[KitError]) -> None:
    """Each kind of failure explained once, with everything the machine said about it."""
    known: dict[str, list[KitError]] = {}
    for error in errors:
        known.setdefault(error.code, []).append(error)
    for code, same in known.items():
        detail = "; ".join(dict.fromkeys(error.detail for error in same if error.detail))
        console.print(Text(told(KitError(code, detail)), "red"), soft_wrap=True)


@contextmanager
def bars(console: Console, assigned: Iterable[Assigned]) -> Iterator[Tell]:
    """A bar for each board; what it yields may be called from any thread."""
    columns = (
        TextColumn("{task.fields[port]}"),
        TextColumn("[bold]{task.fields[device]}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[step]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}
        for board in assigned:
            if board.entry is not None:
                port = board.found.port.device
                tasks[port] = progress.add_task("", total=100, port=port, device=board.entry.device, step="")

        def tell(port: str, step: str, percent: float) -> None:
            if percent < 0:
                progress.update(tasks[port], step=f"[red]✗ {step}")
                return
            names = [*STEPS, "done"]
            start = _STARTS[step]
            end = _STARTS[names[min(names.index(step) + 1, len(names) - 1)]]
            done = start + (end - start) * percent / 100
            progress.update(tasks[port], completed=done, step=STEP_NAMES[step])

        yield tell
