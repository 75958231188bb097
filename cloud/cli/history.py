"""`gridwhistle cloud history backup | export`. Parts are imported when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cloud.cli.here import settings_here

app = typer.Typer(help="The readings. 读数历史。", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="where the copy goes; the centre must be able to write there. 目标目录。")]
LOOK_S = 0.5


@app.command("backup")
def backup(folder: Folder) -> None:
    """Copy the readings as of now while the centre runs. 运行中备份读数。"""
    import time

    from cloud.history.copying import NoCopy, ask
    from runtime.clock import Clock
    from runtime.ids import uuid7
    from runtime.settings import SettingsError

    try:
        settings = settings_here()
        made = ask(settings.data_dir, folder, uuid7(Clock.from_env().now_ms()), lambda: time.sleep(LOOK_S))
    except (NoCopy, SettingsError, OSError) as error:
        typer.echo(f"没有备份 / not copied: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"已备份 / copied: {made}")


@app.command("export")
def export(  # noqa: PLR0913, PLR0917 - each is an option of the command
    file: Annotated[Path, typer.Argument(help="to write. 输出文件。")],
    device: Annotated[list[str], typer.Option(help="once per device. 设备，可多次。")],
    since: Annotated[str, typer.Option("--from", help="2026-11-22T00:00+08:00; +08:00 unless told. 起始时间。")],
    until: Annotated[str, typer.Option("--to", help="the end, not included. 结束时间（不含）。")],
    channel: Annotated[list[str] | None, typer.Option(help="once per channel; none: all. 通道，缺省为全部。")] = None,
    level: Annotated[str, typer.Option(help="raw, 1m, 1h, 1d. 粒度。")] = "raw",
    kind: Annotated[str, typer.Option("--format", help="csv, parquet, arrow. 格式。")] = "csv",
    url: Annotated[str, typer.Option(help="of the running centre. 指挥中心地址。")] = "http://127.0.0.1:8080",
    ca_file: Annotated[Path | None, typer.Option(help="who signed its certificate. CA 证书。")] = None,
    token: Annotated[str, typer.Option(envvar="GRIDWHISTLE_TOKEN", help="with history_read. 访问令牌。")] = "",
) -> None:
    """Write readings of any span into a file, through the running centre. 导出任意时段的读数。"""
    from cloud.history.exports.client import ExportRefused

    wish: dict[str, object] = {"devices": device, "channels": channel or [], "level": level, "format": kind}
    try:
        wish |= {"from_ms": _time(since), "to_ms": _time(until)}
        size = _fetched(wish, file, url, token, ca_file)
    except (ExportRefused, ValueError, OSError) as error:
        typer.echo(f"没有导出 / not exported: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"已导出 / exported: {file} ({size:,} bytes)")


def _time(text: str) -> int:
    """Milliseconds of a time as people write it; +08:00 where they name no zone."""
    from datetime import datetime

    from cloud.history.asking import ZONE, zone_of

    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=zone_of(ZONE))).timestamp() * 1000)


def _fetched(wish: dict[str, object], file: Path, url: str, token: str, ca_file: Path | None) -> int:
    import ssl

    import httpx
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn

    from cloud.history.exports.client import TIMEOUT_S, Client

    trusted = True if ca_file is None else ssl.create_default_context(cafile=str(ca_file))
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    columns = ("[progress.description]{task.description}", BarColumn(), TaskProgressColumn(), MofNCompleteColumn())
    with (
        httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S, verify=trusted) as web,
        Progress(*columns, console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task("导出 export", total=None)
        return Client(web).export(
            wish, file, lambda rows, total: bar.update(task, completed=rows, total=max(rows, total) or None)
        )
