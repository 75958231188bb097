"""`gridwhistle gateway alarms | acknowledge | reset`: what ordinary rules say in the running gateway."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer()
Device = Annotated[str, typer.Argument(help="the endpoint. 终端编号。")]
WhichKind = Annotated[str, typer.Argument(help="the kind of incident, such as tamper. 事件类别。")]
By = Annotated[str, typer.Option("--by", help="who does it. 操作人。")]
DataDir = Annotated[Path | None, typer.Option(help="the gateway's data folder. 数据目录。")]
NOT_DONE = 3  # exit status: the gateway is not there, or says no


@app.command("alarms")
def alarms(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line. 每行一个 JSON。")] = False,
) -> None:
    """List the alarms of ordinary rules and their ISA-18.2 states. 列出规则报警及其状态。"""
    answer = _ask(data_dir, "alarms")
    for row in answer["alarms"]:
        typer.echo(json.dumps(row, ensure_ascii=False) if as_json else _told(row))
    more = answer["more"]
    if more:
        typer.echo(json.dumps({"more": more}) if as_json else f"还有 {more} 条 / {more} more")
    if not answer["alarms"] and not as_json:
        typer.echo("没有报警 / No alarms")


def _told(row: dict[str, Any]) -> str:
    from gateway.telemetry.command import local

    since = "" if row["since_ms"] is None else f"  {local(row['since_ms'])[:19]}+08:00"
    rules = f"  {', '.join(row['rules'])}" if row["rules"] else ""
    severity = f" {row['severity']}" if row["severity"] else ""
    return f"{row['device']}  {row['place']}  {row['kind']}{severity}  {row['state']}{since}{rules}"


@app.command("acknowledge")
def acknowledge(device: Device, kind: WhichKind, by: By, data_dir: DataDir = None) -> None:
    """Say that an alarm is known. It stays until its cause is gone. 确认一个报警。"""
    _ask(data_dir, "acknowledge", device=device, kind=kind, by=by)
    typer.echo(
        f"已确认 {device} 的 {kind} 报警，操作人 {by}；原因消除前它仍在 / "
        f"The {kind} alarm of {device} is acknowledged by {by}; it stays until its cause is gone"
    )


@app.command("reset")
def reset(device: Device, kind: WhichKind, by: By, data_dir: DataDir = None) -> None:
    """End a latched alarm whose cause is gone and has been seen to. 复位一个保持的报警。"""
    _ask(data_dir, "reset", device=device, kind=kind, by=by)
    typer.echo(f"已复位 {device} 的 {kind} 报警，操作人 {by} / The {kind} alarm of {device} is reset by {by}")


def _ask(data_dir: Path | None, word: str, **fields: str) -> dict[str, Any]:
    from gateway.control import ANSWER_S, NotRunning, Refused, ask
    from gateway.settings import PREFIX, Settings
    from runtime.settings import from_env

    try:
        return ask(data_dir or from_env(Settings, PREFIX, os.environ).data_dir, word, ANSWER_S, **fields)
    except (NotRunning, Refused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOT_DONE) from None
