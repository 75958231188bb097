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
