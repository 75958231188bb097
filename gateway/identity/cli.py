"""`gridwhistle gateway broker-setup | enrol | revoke | devices | join | add-viewer`. Parts are imported when called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.identity.desk import Desk

app = typer.Typer()
SiteFile = Annotated[Path, typer.Option("--site", help="the site file (TOML). 站点文件。")]
DataDir = Annotated[Path | None, typer.Option(help="the gateway's data folder. 数据目录。")]
NAMES: list[str] = []


def _at_desk(data_dir: Path | None, work: Callable[[Desk], int]) -> None:
    import os

    from gateway.identity.desk import Desk
    from gateway.identity.home import Identity
    from gateway.settings import PREFIX, Settings
    from gateway.site_file.reader import SiteError
    from runtime.brokers.desk import guarded
    from runtime.brokers.listing import person
    from runtime.clock import Clock
    from runtime.settings import SettingsError, from_env

    def do() -> int:
        identity = Identity(data_dir or from_env(Settings, PREFIX, os.environ).data_dir)
        now_ms = Clock.from_env().now_ms()
        return work(Desk(identity=identity, home=identity.home, now_ms=now_ms, say=typer.echo, by=person()))

    raise typer.Exit(guarded(do, SiteError, SettingsError))


@app.command("broker-setup")
def broker_setup(
    site: SiteFile,
    name: Annotated[list[str], typer.Option(help="host name or address that endpoints use, repeatable. 地址")] = NAMES,
    port: Annotated[int | None, typer.Option(help="for the network (8883). 对外端口。")] = None,
    local_port: Annotated[int | None, typer.Option(help="for the gateway, loopback only (8884). 本机端口。")] = None,
    bind: Annotated[str | None, typer.Option(help="address to listen on (all). 监听地址。")] = None,
    user: Annotated[str | None, typer.Option(help="mosquitto's user, if it is another one. mosquitto 的用户。")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make authority, certificate and configuration of the site's broker; repeat to change. 生成消息服务器身份。"""
    given = {"names": tuple(name), "port": port, "local_port": local_port, "bind": bind, "run_as": user}
    _at_desk(data_dir, lambda desk: desk.set_up(site, **given))


@app.command()
def enrol(
    inventory: Annotated[Path, typer.Argument(help="the kit's folder kit/inventory. 工具箱的清单目录。")],
    site: SiteFile,
    readmit: Annotated[list[str], typer.Option(help="a revoked one that may come back. 允许恢复的设备。")] = NAMES,
    data_dir: DataDir = None,
) -> None:
    """Let the endpoints of an inventory in and add them to the site file. 登记清单中的终端。"""
    _at_desk(data_dir, lambda desk: desk.enrol(inventory, site, frozenset(readmit)))


@app.command()
def revoke(
    device: Annotated[str, typer.Argument(help="the login: an endpoint, or kit-NAME. 登录名。")],
    reason: Annotated[str, typer.Option(help="why; it stays in the list. 原因。")],
    data_dir: DataDir = None,
) -> None:
    """Throw a device out, now and for good. 立即吊销一台设备。"""
    _at_desk(data_dir, lambda desk: desk.shut_out(device, reason))


@app.command()
def devices(
    site: SiteFile,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False,
    data_dir: DataDir = None,
) -> None:
    """Who may log in, who may not any more, and why. 登录名单。"""
    _at_desk(data_dir, lambda desk: desk.show(site, as_json=as_json))


@app.command()
def join(
    letter: Annotated[Path, typer.Argument(help="the file that `gridwhistle cloud admit` made. 中心给的登录文件。")],
    site: SiteFile,
    data_dir: DataDir = None,
) -> None:
    """Take up the centre's letter: its authority and this gateway's login there. 接受中心的登录文件。"""
    _at_desk(data_dir, lambda desk: desk.join(letter, site))


@app.command("add-viewer")
def add_viewer(
    name: Annotated[str, typer.Argument(help="the login of a dashboard. 看板的登录名。")], data_dir: DataDir = None
) -> None:
    """A login that hears readings and availability of the site, and says nothing. 为看板添加只读登录。"""
    _at_desk(data_dir, lambda desk: desk.add_viewer(name))
