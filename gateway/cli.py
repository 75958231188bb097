"""`gridwhistle gateway …`: each subcommand imports its part only when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The gateway of a community. 社区网关。", no_args_is_help=True)
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
    from gateway.check import main as run

    raise typer.Exit(run(file, as_json=as_json))
