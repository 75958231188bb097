"""`gridwhistle simulate …`: devices that are not there."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Devices that are not there, for trying a gateway. 模拟设备。", no_args_is_help=True)


@app.callback()
def simulate() -> None:
    """Devices that are not there, for trying a gateway. 模拟设备。"""


@app.command()
def panel(
    port: Annotated[int, typer.Option(help="of the gateway. 网关端口。")],
    address: Annotated[int, typer.Option(help="of the device, as in the site file. 装置地址。")],
    story: Annotated[str, typer.Option(help="quiet, fire or faults. 剧本。")] = "fire",
    host: Annotated[str, typer.Option(help="of the gateway. 网关地址。")] = "127.0.0.1",
    centre: Annotated[int, typer.Option(help="address of the centre. 监控中心地址。")] = 1,
    transport: Annotated[str, typer.Option(help="tcp or udp. 传输方式。")] = "tcp",
    every_s: Annotated[float, typer.Option(min=0, help="between two steps. 步间秒数。")] = 5.0,
    sin: Annotated[
        list[str] | None, typer.Option(help="glue, split=3, backwards, version=1000 … 毛病，可多次。")
    ] = None,
) -> None:
    """A fire panel by GB/T 26875.3, by the book or with the sins of real ones. 模拟消防主机。"""
    from simulators.panels.main import Wanted, main

    wanted = Wanted(
        host=host, port=port, address=address, centre=centre, transport=transport, story=story, every_s=every_s,
        sins=tuple(sin or ()),
    )  # fmt: skip
    raise typer.Exit(main(wanted))
