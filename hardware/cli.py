"""`gridwhistle hardware`: check designs, draw wiring, list parts, estimate the battery, print the connection sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Boards, parts and wiring. 硬件：板、部件与接线。", no_args_is_help=True)
Kind = Annotated[str, typer.Argument(help="fire, lift, video or handheld. 终端类型。")]
BoardName = Annotated[str, typer.Option("--board", help="esp32_s3, pico_w, esp32_s3_cam; default: the first. 板。")]
Out = Annotated[Path | None, typer.Option("--out", help="write to this file. 写入文件。")]


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="endpoint files; default: all of ours. 终端文件。")] = None,
) -> None:
    """Refuse designs that cannot work. 检查设计；有问题则退出码为 1。"""
    from hardware import commands

    raise typer.Exit(1 if commands.check(files) else 0)


@app.command()
def wiring(kind: Kind, board: BoardName = "", out: Out = None) -> None:
    """The wiring diagram as SVG. 接线图。"""
    from hardware import commands
    from hardware.wiring import draw

    commands.write(draw(commands.chosen(kind, board)), out)


@app.command()
def sheet(kind: Kind, board: BoardName = "", out: Out = None) -> None:
    """The connection sheet as HTML, one page of A4 to print. 接线单，可打印一页。"""
    from hardware import commands
    from hardware.sheet import html

    commands.write(html(commands.chosen(kind, board)), out)


@app.command()
def bom(
    kind: Kind,
    board: BoardName = "",
    out: Out = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="for a spreadsheet. 输出 CSV。")] = False,
) -> None:
    """The list of parts with cost. 物料清单与估价。"""
    from hardware import bom as parts_list
    from hardware import commands

    if as_csv or out is not None:
        commands.write(parts_list.as_csv(commands.chosen(kind, board)), out)
    else:
        commands.show_parts(commands.chosen(kind, board))


@app.command()
def battery(kind: Kind, board: BoardName = "") -> None:
    """Hours without mains, with every figure of the estimate. 断电续航估算。"""
    from hardware import commands

    typer.echo(commands.battery_text(commands.chosen(kind, board)))
