"""`gridwhistle gateway filters`: what the filters of the running gateway know of each channel, and what they took."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer()
NOT_DONE = 3  # exit status: the gateway is not there, or says no
WIDTH = 120  # columns
COLUMNS = (
    *("终端 endpoint", "通道 channel", "平滑值 smoothed", "上报值 told"),
    *("静止 s still", "平均偏离 mean off rest", "剔除 taken"),
)


@app.command("filters")
def filters(
    device: Annotated[str | None, typer.Argument(help="the endpoint, or all. 设备编号，缺省为全部。")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="the gateway's data folder. 数据目录。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False,
) -> None:
    """Show the filters of each channel: what they know, and what they took since the start. 查看滤波。"""
    from gateway.control import NotRunning, Refused, ask
    from gateway.settings import PREFIX, Settings
    from runtime.settings import from_env

    try:
        answer = ask(data_dir or from_env(Settings, PREFIX, os.environ).data_dir, "filters", device=device)
    except (NotRunning, Refused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOT_DONE) from None
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        _show(answer)


def _show(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*COLUMNS, box=None, pad_edge=False)
    for row in answer["channels"]:
        still_s = "" if row["anchor"] is None else f"{(row['at_ms'] - row['since_ms']) / 1000:.0f}"
        taken = " ".join(f"{why}={number}" for why, number in row["taken"].items())
        mean = "" if row["mean"] == 0 else f"{row['mean']:.4g}"
        table.add_row(row["device"], row["channel"], _number(row["smooth"]), _number(row["told"]), still_s, mean, taken)
    console = Console()
    console.width = max(console.width, WIDTH)  # cut-off counts help nobody, a wrapped line does
    console.print(table)
    if answer["more"]:
        typer.echo(f"… +{answer['more']}")
    if not answer["channels"]:
        typer.echo("站点文件没有 [[filters]]，或没有这台终端 / the site file has no [[filters]] for it")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
