"""`gridwhistle cloud broker-setup | admit | expel | gateways`. Parts are imported when called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.cli.here import settings_here

if TYPE_CHECKING:
    from cloud.identity.desk import Desk

app = typer.Typer()
DataDir = Annotated[Path | None, typer.Option(help="the centre's data folder. 数据目录。")]
Gateway = Annotated[str, typer.Argument(help="the gateway's id, as in its site file. 网关编号。")]
NAMES: list[str] = []


def _at_desk(data_dir: Path | None, work: Callable[[Desk], int]) -> None:
    from cloud.identity.desk import FOLDER, Desk
    from runtime.brokers.desk import guarded
    from runtime.brokers.home import BrokerHome
    from runtime.brokers.listing import person
    from runtime.clock import Clock
    from runtime.settings import SettingsError

    def do() -> int:
        home = BrokerHome((data_dir or settings_here().data_dir) / FOLDER)
        return work(Desk(home=home, now_ms=Clock.from_env().now_ms(), say=typer.echo, by=person()))

    raise typer.Exit(guarded(do, SettingsError))


@app.command("broker-setup")
def broker_setup(
    name: Annotated[list[str], typer.Option(help="host name or address that gateways use, repeatable. 地址")] = NAMES,
    port: Annotated[int | None, typer.Option(help="for the network (8883). 对外端口。")] = None,
    local_port: Annotated[int | None, typer.Option(help="for the service, loopback only (8884). 本机端口。")] = None,
    bind: Annotated[str | None, typer.Option(help="address to listen on (all). 监听地址。")] = None,
    user: Annotated[str | None, typer.Option(help="mosquitto's user, if it is another one. mosquitto 的用户。")] = None,
    data_dir: DataDir = None,
) -> None:
    """Make authority, certificate and configuration of the centre's broker. 生成中心消息服务器的身份。"""
    given = {"names": tuple(name), "port": port, "local_port": local_port, "bind": bind, "run_as": user}
    _at_desk(data_dir, lambda desk: desk.set_up(**given))


@app.command()
def admit(
    gateway: Gateway,
    site: Annotated[str, typer.Option(help="its site, as in its site file. 站点编号。")],
    letter: Annotated[Path, typer.Option(help="file to write: a secret for that gateway. 要写的登录文件。")],
    again: Annotated[bool, typer.Option("--again", help="another login in place of the old one. 换新登录。")] = False,
    data_dir: DataDir = None,
) -> None:
    """Give a gateway a login at the centre, as a letter to it. 为一台网关开通登录。"""
    _at_desk(data_dir, lambda desk: desk.admit(gateway, site, letter, again=again))


@app.command()
def expel(
    gateway: Gateway,
    reason: Annotated[str, typer.Option(help="why; it stays in the list. 原因。")],
    data_dir: DataDir = None,
) -> None:
    """Throw a gateway out, now and for good. 立即吊销一台网关。"""
    _at_desk(data_dir, lambda desk: desk.shut_out(gateway, reason))


@app.command()
def gateways(
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False,
    data_dir: DataDir = None,
) -> None:
    """Which gateways may log in, which may not any more, and why. 网关登录名单。"""
    _at_desk(data_dir, lambda desk: desk.list_logins(frozenset(), as_json=as_json))
