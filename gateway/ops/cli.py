"""`gridwhistle gateway doctor | backup | restore`: each imports its part when it is called."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()
DEFAULT_SITE = Path("/etc/gridwhistle/site.toml")
SiteFile = Annotated[Path, typer.Option("--site", help="the site file (TOML). 站点文件。")]


class Language(StrEnum):
    """What the doctor speaks."""

    ZH = "zh"
    EN = "en"


@app.command("doctor")
def doctor(
    site: SiteFile = DEFAULT_SITE,
    lang: Annotated[Language | None, typer.Option(help="language; else that of the terminal. 语言。")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False,
) -> None:
    """What is wrong here, what it means, what to do. Exit status 0 well, 1 look, 2 act. 网关体检。"""
    from gateway.ops.doctor.command import main as run

    raise typer.Exit(run(site, lang=None if lang is None else lang.value, json_wanted=as_json))


@app.command("backup")
def backup(
    to: Annotated[Path | None, typer.Option(help="folder (GRIDWHISTLE_GATEWAY_BACKUP_DIR). 备份目录。")] = None,
    site: SiteFile = DEFAULT_SITE,
    history: Annotated[bool, typer.Option("--history", help="with the 30 days of samples. 包括历史读数。")] = False,
) -> None:
    """Back the gateway up while it runs. 备份（无需停机）。"""
    from gateway.ops.backup_command import backup_main as run

    raise typer.Exit(run(to, site, history=history))


@app.command("restore")
def restore(
    archive: Annotated[Path, typer.Argument(help="a backup. 备份文件。")],
    site: SiteFile = DEFAULT_SITE,
) -> None:
    """Put a backup back; the gateway must be stopped. 恢复备份（须先停机）。"""
    from gateway.ops.backup_command import restore_main as run

    raise typer.Exit(run(archive, site))
