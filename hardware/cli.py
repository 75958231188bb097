"""`gridwhistle hardware`: check designs, draw wiring, list parts, estimate the battery, print the connection sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hardware import bom as parts_list
from hardware import checks, design, load, power, sheet, wiring
from hardware.design import Design
from hardware.load import HardwareError
from hardware.model import Endpoint

app = typer.Typer(help="Boards, parts and wiring. 硬件：板、部件与接线。", no_args_is_help=True)
Kind = Annotated[str, typer.Argument(help="fire, lift, video or handheld. 终端类型。")]
BoardName = Annotated[str, typer.Option("--board", help="esp32_s3, pico_w, esp32_s3_cam; default: the first. 板。")]
Out = Annotated[Path | None, typer.Option("--out", help="write to this file. 写入文件。")]


def _design(kind: str, board: str) -> Design:
    """The design, or the error in words and exit code 2."""
    try:
        return design.of(board or next(iter(load.endpoint(kind).pins)), kind)
    except HardwareError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    typer.echo(f"已写入 / written: {out}", err=True)


@app.command("check")
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="endpoint files; default: all of ours. 终端文件。")] = None,
) -> None:
    """Refuse designs that cannot work. 检查设计；有问题则退出码为 1。"""
    found = 0
    for chosen in _own(files) if files else (_design(kind, board) for board, kind in design.pairs()):
        problems = checks.problems(chosen)
        found += len(problems)
        verdict = "合格 / all rules kept" if not problems else f"{len(problems)} 处不合格 / refused"
        typer.echo(f"{chosen.endpoint.kind} · {chosen.board.id}: {verdict}")
        for problem in problems:
            typer.echo(f"  {problem}")
    raise typer.Exit(1 if found else 0)


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


@app.command("wiring")
def wiring_command(kind: Kind, board: BoardName = "", out: Out = None) -> None:
    """The wiring diagram as SVG. 接线图。"""
    _write(wiring.draw(_design(kind, board)), out)


@app.command("sheet")
def sheet_command(kind: Kind, board: BoardName = "", out: Out = None) -> None:
    """The connection sheet as HTML, one page of A4 to print. 接线单，可打印一页。"""
    _write(sheet.html(_design(kind, board)), out)


@app.command("bom")
def bom(
    kind: Kind,
    board: BoardName = "",
    out: Out = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="for a spreadsheet. 输出 CSV。")] = False,
) -> None:
    """The list of parts with cost. 物料清单与估价。"""
    chosen = _design(kind, board)
    if as_csv or out is not None:
        _write(parts_list.as_csv(chosen), out)
        return
    table = Table("位号 refs", "部件 part", "厂家 maker", "数量", "单价 each", "小计 CNY")
    for line in parts_list.lines(chosen):
        cost = (str(line.quantity), f"{line.each_cny:.2f}", f"{line.total_cny:.2f}")
        table.add_row(" ".join(line.refs), f"{line.zh} {line.name}", line.maker, *cost)
    console = Console()
    console.print(table)
    total = parts_list.total_cny(chosen)
    console.print(f"合计 total {total:.2f} CNY，价格为 2026-11 的估计 / prices are estimates of 2026-11")


@app.command("battery")
def battery(kind: Kind, board: BoardName = "") -> None:
    """Hours without mains, with every figure of the estimate. 断电续航估算。"""
    typer.echo(battery_text(_design(kind, board)))


def battery_text(chosen: Design) -> str:
    """The estimate in words. Both languages."""
    estimate, backup = power.battery(chosen), chosen.endpoint.backup
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
