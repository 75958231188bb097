"""`gridwhistle gateway …`: each subcommand imports its part only when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.adapters.cli import app as adapters_app
from gateway.desks.alarm_cli import app as alarms_app
from gateway.desks.shelf_cli import app as shelf_app
from gateway.filters.cli import app as filters_app
from gateway.identity.cli import app as identity_app
from gateway.ops.cli import app as ops_app
from gateway.rollouts.cli import app as rollout_app

app = typer.Typer(help="The gateway of a community. 社区网关。", no_args_is_help=True)
app.add_typer(adapters_app)
app.add_typer(alarms_app)
app.add_typer(filters_app)
app.add_typer(identity_app)
app.add_typer(shelf_app)
app.add_typer(rollout_app, name="rollout")
app.add_typer(ops_app)
SiteFile = Annotated[Path, typer.Option("--site", help="the site file (TOML). 站点文件。")]


@app.command("run")
def gateway_run(site: SiteFile) -> None:
    """Serve one site until told to stop. 运行一个站点的网关。"""
    from gateway.app import main as run

    raise typer.Exit(run(site))


@app.command("check")
def gateway_check(
    file: Annotated[Path, typer.Argument(help="the site file (TOML). 站点文件。")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False,
) -> None:
    """Name every error of a site file, with line, field and remedy. 检查站点文件，列出所有错误。"""
    from gateway.site_file.check import main as run

    raise typer.Exit(run(file, as_json=as_json))


@app.command("reload")
def gateway_reload(
    data_dir: Annotated[Path | None, typer.Option(help="the gateway's data folder. 数据目录。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False,
) -> None:
    """Let the running gateway read its site file again, whole or not at all. 重新载入站点文件。"""
    import os

    from gateway.desks.reload_command import main as run
    from gateway.settings import PREFIX, Settings
    from runtime.settings import from_env

    raise typer.Exit(run(data_dir or from_env(Settings, PREFIX, os.environ).data_dir, as_json=as_json))


@app.command("backtest")
def gateway_backtest(
    rules: Annotated[Path, typer.Argument(help="a site file with the new rules, or only the rules. 新规则。")],
    site: SiteFile,
    since: Annotated[str | None, typer.Option("--from", help="like 2026-11-22T08:30. 起始时间。")] = None,
    until: Annotated[str | None, typer.Option("--to", help="the same, not included. 截止时间。")] = None,
    device: Annotated[str | None, typer.Option(help="one endpoint only. 只看一台终端。")] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="readings as CSV, not the record. 读数文件。")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="the gateway's data folder. 数据目录。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False,
) -> None:
    """Show what new rules would have raised over recorded readings, last 24 h by default. 用历史读数试新规则。"""
    import os

    from gateway.backtest.command import Source
    from gateway.backtest.command import main as run
    from gateway.settings import PREFIX, Settings
    from runtime.clock import Clock
    from runtime.settings import from_env

    settings = from_env(Settings, PREFIX, os.environ)
    source = Source(data_dir=data_dir or settings.data_dir, table=table, device=device, since=since, until=until)
    raise typer.Exit(run(rules, site, source, settings.silence_ms, Clock().now_ms(), as_json=as_json))


@app.command("history")
def gateway_history(
    device: Annotated[str, typer.Argument(help="the endpoint. 终端编号。")],
    channel: Annotated[str | None, typer.Argument(help="one channel, or all. 通道，缺省为全部。")] = None,
    since: Annotated[str | None, typer.Option("--from", help="like 2026-11-22T08:30. 起始时间。")] = None,
    until: Annotated[str | None, typer.Option("--to", help="the same, not included. 截止时间。")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="the gateway's data folder. 数据目录。")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="as CSV. 输出 CSV。")] = False,
) -> None:
    """Show the recorded samples of an endpoint, last 24 h by default. 查看终端的历史读数。"""
    import os

    from gateway.settings import PREFIX, Settings
    from gateway.telemetry.command import main as run
    from runtime.clock import Clock
    from runtime.settings import from_env

    folder = data_dir or from_env(Settings, PREFIX, os.environ).data_dir
    raise typer.Exit(run(folder, device, channel, (since, until), Clock().now_ms(), as_csv=as_csv))
