"""What the commands of `gridwhistle hardware` do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from hardware import bom, checks, design, load, power
from hardware.design import Design
from hardware.load import HardwareError
from hardware.model import Endpoint


def chosen(kind: str, board: str) -> Design:
    """The design, or the error in words and exit code 2."""
    try:
        return design.of(board or next(iter(load.endpoint(kind).pins)), kind)
    except HardwareError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def write(text: str, out: Path | None) -> None:
    """To a file, or to the terminal where none is named."""
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    typer.echo(f"已写入 / written: {out}", err=True)


def check(files: list[Path] | None) -> int:
    """Says what is wrong with every design; how many things that are."""
    found = 0
    for one in _own(files) if files else (chosen(kind, board) for board, kind in design.pairs()):
        problems = checks.problems(one)
        found += len(problems)
        verdict = "合格 / all rules kept" if not problems else f"{len(problems)} 处不合格 / refused"
        typer.echo(f"{one.endpoint.kind} · {one.board.id}: {verdict}")
        for problem in problems:
            typer.echo(f"  {problem}")
    return found


def _own(files: list[Path]) -> Iterator[Design]:
    """Somebody's endpoint files on the boards they name, or the error in words and exit code 2."""
    try:
        for path in files:
            endpoint = load.parse(path.read_text(encoding="utf-8"), Endpoint, str(path))
            for board in endpoint.pins:
                yield Design(board=load.board(board), endpoint=endpoint, catalogue=load.catalogue())
    except (HardwareError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def show_parts(one: Design) -> None:
    """The list of parts as a table."""
    table = Table("位号 refs", "部件 part", "厂家 maker", "数量", "单价 each", "小计 CNY")
    for line in bom.lines(one):
        cost = (str(line.quantity), f"{line.each_cny:.2f}", f"{line.total_cny:.2f}")
        table.add_row(" ".join(line.refs), f"{line.zh} {line.name}", line.maker, *cost)
    console = Console()
    console.print(table)
    total = bom.total_cny(one)
    console.print(f"合计 total {total:.2f} CNY，价格为 2026-11 的估计 / prices are estimates of 2026-11")


def battery_text(one: Design) -> str:
    """The estimate in words. Both languages."""
    estimate, backup = power.battery(one), one.endpoint.backup
    if estimate is None:
        return "没有电池 / no battery"
    energy = f"{estimate.cells} × {estimate.cell_mah:g} mAh × {estimate.cell_v:g} V × {estimate.usable:g}"
    alarm_wh = estimate.alarm_w * estimate.alarm_hours
    lines = [
        f"可用电量 energy    {energy} = {estimate.energy_wh:.1f} Wh",
        f"监视功率 standby   {estimate.standby_w:.2f} W",
        f"报警备用 alarm     {estimate.alarm_w:.2f} W × {estimate.alarm_hours:g} h = {alarm_wh:.1f} Wh",
        f"续航 hours         ({estimate.energy_wh:.1f} - {alarm_wh:.1f}) / {estimate.standby_w:.2f}"
        f" = {estimate.hours:.1f} h",
        f"要求 wanted        {estimate.required_hours:g} h（{backup.source.zh} / {backup.source.en}）",
        "电流为数据手册典型值或默认值，须实测核对 / currents are typical or default values: measure them",
    ]
    return "\n".join(lines)
