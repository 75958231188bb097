"""The front door: one command with subcommands, each importing its room only when it is called."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from firmware.kit.cli import app as flash_app
from gateway.cli import app as gateway_app
from gateway.rollouts.cli import app as rollout_app
from hardware.cli import app as hardware_app

if TYPE_CHECKING:
    from firmware.kit.bundle import Manifest

app = typer.Typer(
    name="gridwhistle",
    help="吹哨 gridwhistle: from a sensor in a corridor to the people who must act. 从楼道里的传感器到该行动的人。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
cloud_app = typer.Typer(help="The service of the centre. 指挥中心服务。", no_args_is_help=True)
app.add_typer(gateway_app, name="gateway")
app.add_typer(cloud_app, name="cloud")
app.add_typer(flash_app, name="flash")
app.add_typer(hardware_app, name="hardware")
# rooms that the package of a gateway does not bring
if find_spec("cloud"):
    cloud_app.add_typer(import_module("cloud.cli.brokers").app)
    cloud_app.add_typer(import_module("cloud.cli.accounts").app)
    import_module("cloud.cli.tables").install(cloud_app)
    cloud_app.add_typer(import_module("cloud.cli.history").app, name="history")
    import_module("cloud.cli.plans").install(cloud_app)
    cloud_app.add_typer(import_module("cloud.cli.routes").app, name="routes")
    cloud_app.add_typer(import_module("cloud.cli.notices").app, name="notices")
if find_spec("simulators"):
    app.add_typer(import_module("simulators.cli").app, name="simulate")

Speed = Annotated[float, typer.Option(min=0.1, max=100, help="simulated seconds per second. 播放倍速。")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document instead of a table. 输出 JSON。")]


def _needs(room: str) -> None:
    """The package of a gateway does not bring every room: exit status 2, not a trace, where this one is missing."""
    if find_spec(room) is None:
        typer.echo(
            f"此安装不含 {room}：网关安装包只带网关，请在有源代码的电脑上运行（见 README 的 make demo） / "
            f"{room} is not part of this installation: the package of a gateway brings the gateway only; "
            "run this on a computer with the source (make demo, see the README)",
            err=True,
        )
        raise typer.Exit(2)


@gateway_app.command("command")
def gateway_command(
    device: Annotated[str, typer.Argument(help="the endpoint. 设备编号。")],
    cmd: Annotated[str, typer.Argument(help="identify, self_test, silence, reset_alarm, log, reboot … 命令。")],
    site: Annotated[Path, typer.Option(help="the site file (TOML). 站点文件。")],
    minutes: Annotated[float | None, typer.Option(help="of silence. 消音分钟数。")] = None,
    bundle: Annotated[Path | None, typer.Option(help="of an update: its file. 升级包文件。")] = None,
) -> None:
    """Give one endpoint a command and show its answer. 向一台设备下达命令。"""
    from gateway.desks.endpoint_command import main as run

    details: dict[str, object] = {} if minutes is None else {"minutes": minutes}
    if bundle is not None:
        details["version"] = list(_manifest(bundle).version)
    raise typer.Exit(run(site, device, cmd, details, bundle))


def _manifest(bundle: Path) -> Manifest:
    from firmware.kit.bundle import BundleError, read

    try:
        return read(bundle.read_bytes()).manifest
    except (BundleError, OSError) as error:
        typer.echo(f"升级包不可用 / The bundle cannot be used: {error}", err=True)
        raise typer.Exit(2) from None


@rollout_app.command("start")
def rollout_start(
    bundle: Annotated[Path, typer.Argument(help="the signed bundle. 升级包文件。")],
    canaries: Annotated[int, typer.Option(help="endpoints of the first wave. 首批试点台数。")] = 1,
    widen_percent: Annotated[int, typer.Option(help="of all, in each wave after it. 以后每批占比。")] = 30,
    parallel: Annotated[int, typer.Option(help="at the same time. 同时升级台数。")] = 4,
    soak_minutes: Annotated[int, typer.Option(help="a wave must be well for so long. 每批观察分钟数。")] = 10,
    max_failed: Annotated[int, typer.Option(help="failures that do not stop it. 允许失败台数。")] = 0,
) -> None:
    """Update all endpoints of the bundle's kind and board, canaries first. 分批升级，先试点。"""
    from domain.rollouts.plan import Policy
    from gateway.rollouts.cli import start

    manifest = _manifest(bundle)
    policy = Policy(
        canaries=canaries, widen_percent=widen_percent, parallel=parallel, soak_ms=soak_minutes * 60_000,
        max_failed=max_failed,
    )  # fmt: skip
    start(bundle, {"kind": manifest.kind, "board": manifest.board, "version": manifest.version}, policy)


@cloud_app.command("run")
def cloud_run() -> None:
    """Serve the centre until told to stop. 运行指挥中心服务。"""
    _needs("cloud")
    from cloud.app import main as run

    raise typer.Exit(run())


@app.command()
def replay(
    recording: Annotated[Path, typer.Argument(help="a recorded fire, e.g. DIR/SDC07.csv. 火灾实测数据文件。")],
    speed: Speed = 20.0,
    as_json: AsJson = False,
) -> None:
    """Play a recorded fire through the whole path and compare with the alarms that were there. 重放真实火灾。"""
    _needs("simulators")
    from simulators.replay import main as run

    raise typer.Exit(run(recording, speed, as_json))


@app.command()
def demo(
    speed: Speed = 4.0,
    once: Annotated[bool, typer.Option(help="run the fire to its closed incident and stop. 跑完一次即退出。")] = False,
    as_json: AsJson = False,
    recording: Annotated[Path | None, typer.Option(help="a recorded fire of your own. 自选火灾数据。")] = None,
) -> None:
    """Everything on this machine: a real fire, real firmware, the operator's screen. 一键演示。"""
    _needs("simulators")
    from simulators.demo import main as run

    raise typer.Exit(run(recording, speed, once=once, as_json=as_json))


def main() -> None:
    """Entry point of the installed command."""
    app()


if __name__ == "__main__":
    main()
