"""`gridwhistle cloud history backup`. Parts are imported when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The readings. 读数历史。", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="where the copy goes; the centre must be able to write there. 目标目录。")]
LOOK_S = 0.5


@app.callback()
def _group() -> None:
    """One command today."""


@app.command("backup")
def backup(folder: Folder) -> None:
    """Copy the readings as of now while the centre runs. 运行中备份读数。"""
    import os
    import time

    from cloud.history.copying import NoCopy, ask
    from cloud.settings import PREFIX, Settings
    from runtime.clock import Clock
    from runtime.ids import uuid7
    from runtime.settings import SettingsError, from_env

    try:
        settings = from_env(Settings, PREFIX, os.environ)
        made = ask(settings.data_dir, folder, uuid7(Clock.from_env().now_ms()), lambda: time.sleep(LOOK_S))
    except (NoCopy, SettingsError, OSError) as error:
        typer.echo(f"没有备份 / not copied: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"已备份 / copied: {made}")
