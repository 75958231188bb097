"""`gridwhistle gateway panel …`: existing fire panels, asked and looked at through the running gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer()
panel = typer.Typer(help="Existing fire panels, GB/T 26875.3. 既有消防主机。", no_args_is_help=True)
app.add_typer(panel, name="panel")

Device = Annotated[str, typer.Argument(help="the panel, as in the site file. 主机编号。")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="the gateway's data folder. 数据目录。")]
USAGE = 2


def _run(data_dir: Path | None, device: str, what: str, **details: Any) -> NoReturn:
    from gateway.adapters.gb26875.command import main

    raise typer.Exit(main(data_dir, device, what, details))


@panel.command()
def show(device: Device, data_dir: DataDir = None) -> None:
    """Its fire, its faults and whether it talks, as JSON. 查看状态。"""
    _run(data_dir, device, "show")


@panel.command("duty-check")
def duty_check(
    device: Device,
    minutes: Annotated[int, typer.Option(min=1, max=255, help="until somebody must answer. 应答时限。")] = 10,
    data_dir: DataDir = None,
) -> None:
    """Ring in the control room and wait for an answer. 查岗。"""
    _run(data_dir, device, "duty-check", minutes=minutes)


@panel.command("set-clock")
def set_clock(device: Device, data_dir: DataDir = None) -> None:
    """Set the clock of the device. 校时。"""
    _run(data_dir, device, "set-clock")


@panel.command()
def initialise(device: Device, data_dir: DataDir = None) -> None:
    """Initialise the device. 初始化传输装置。"""
    _run(data_dir, device, "initialise")


@panel.command()
def read(
    device: Device,
    what: Annotated[
        str,
        typer.Argument(help="state, operations, version, config, time, system-state, part-state … 读取内容。"),
    ],
    system: Annotated[str, typer.Option(help="facility as <type>-<address>, like 1-3. 系统类型-地址。")] = "1-0",
    part: Annotated[str, typer.Option(help="address of a component, hexadecimal. 部件地址。")] = "0",
    count: Annotated[int, typer.Option(min=1, max=102, help="of operations. 条数。")] = 10,
    hours: Annotated[int, typer.Option(min=1, max=8760, help="how far back. 最近几小时。")] = 24,
    data_dir: DataDir = None,
) -> None:
    """Read something and print the answer. 读取。"""
    kind, _, address = system.partition("-")
    try:
        where = {"system": int(kind), "system_address": int(address), "part_address": int(part, 16)}
    except ValueError:
        typer.echo(
            f"系统应写作 1-3，部件写十六进制 / a system is like 1-3, not {system!r}; a part is hexadecimal", err=True
        )
        raise typer.Exit(USAGE) from None
    _run(data_dir, device, f"read-{what}", **where, count=count, hours=hours)


@panel.command()
def over(
    device: Device,
    by: Annotated[str, typer.Option(help="who says so. 操作人。")],
    reason: Annotated[str, typer.Option(help="and why. 原因。")],
    data_dir: DataDir = None,
) -> None:
    """Say that its fires and faults are over, for a panel that does not tell of a reset. 人工确认恢复。"""
    _run(data_dir, device, "over", by=by, reason=reason)
