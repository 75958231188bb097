"""`gridwhistle gateway shelve | out-of-service | unshelve | shelved`: keep an alarm back, with a name and a reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer()
Author = Annotated[str, typer.Option("--author", help="who does it, an id of the roster. 操作人。")]
DataDir = Annotated[Path | None, typer.Option(help="the gateway's data folder. 数据目录。")]
NOT_DONE = 3  # exit status: the gateway is not there, or says no


@app.command("shelve")
def shelve(
    author: Author,
    reason: Annotated[str, typer.Option(help="why; others will read it. 原因，别人会看到。")],
    hours: Annotated[float, typer.Option(help="for how long; life safety at most 12. 多少小时。")],
    device: Annotated[str | None, typer.Argument(help="the endpoint. 终端编号。")] = None,
    via: Annotated[str | None, typer.Option(help="all that hangs on this, instead. 某台交换机下的全部。")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="only this kind; needed for life safety. 事件类别。")] = None,
    rule: Annotated[str | None, typer.Option(help="only what this rule says. 只限某条规则。")] = None,
    data_dir: DataDir = None,
) -> None:
    """Keep alarms back until a time; what is true then is told. 搁置报警：到期自动恢复，仍存在的会补报。"""
    what = {"device": device, "via": via, "kinds": kind or [], "rule": rule}
    _put(data_dir, **what, author=author, reason=reason, hours=hours)


@app.command("out-of-service")
def out_of_service(
    device: Annotated[str, typer.Argument(help="the endpoint. 终端编号。")],
    author: Author,
    reason: Annotated[str, typer.Option(help="what is being repaired; others will read it. 维修什么，别人会看到。")],
    days: Annotated[float, typer.Option(help="for how long; life safety at most half a day. 多少天。")],
    kind: Annotated[list[str] | None, typer.Option(help="only this kind; needed for life safety. 事件类别。")] = None,
    data_dir: DataDir = None,
) -> None:
    """Take an endpoint out of service for a repair; `unshelve` ends it early. 停用维修：到期自动恢复。"""
    what = {"device": device, "kinds": kind or [], "service": True}
    _put(data_dir, **what, author=author, reason=reason, hours=days * 24)


def _put(data_dir: Path | None, **what: Any) -> None:
    from gateway.telemetry.command import local

    answer = _ask(data_dir, "shelve", **what)
    until = f"{local(answer['until_ms'])[:16]}+08:00"
    typer.echo(
        f"{answer['id']}  到 {until} 为止不报；仍存在的到时补报，提前恢复用 unshelve / "
        f"kept back until {until}; what is true then is told; `unshelve` ends it early"
    )


@app.command("unshelve")
def unshelve(
    shelf: Annotated[str, typer.Argument(help="its id, see `shelved`. 搁置编号。")],
    author: Author,
    data_dir: DataDir = None,
) -> None:
    """Tell again from now on. 取消一项搁置。"""
    _ask(data_dir, "unshelve", id=shelf, author=author)
    typer.echo(
        f"已取消搁置 {shelf}，操作人 {author}；仍存在的报警现在补报 / Shelf {shelf} is taken away by {author}; what is "
        "still true is told now"
    )


@app.command("shelved")
def shelved(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line. 每行一个 JSON。")] = False,
) -> None:
    """List what is kept back, by whom, why and until when. 列出被搁置的报警。"""
    rows = _ask(data_dir, "shelved")["shelved"]
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False) if as_json else _told(row))
    if not rows and not as_json:
        typer.echo("没有被搁置的报警 / Nothing is shelved")


def _told(row: dict[str, Any]) -> str:
    from gateway.telemetry.command import local

    start, end = (f"{local(row[name])[:16]}+08:00" for name in ("from_ms", "until_ms"))
    kinds = ", ".join(row["kinds"]) or "危及生命以外的全部 / all but life safety"
    rule = f" ({row['rule']})" if row["rule"] else ""
    where = row["device"] or f"via {row['via']}"
    kinds = f"停用维修 / out of service, {kinds}" if row.get("service") else kinds
    waiting = f"；{row['waiting']} 个事件在等 / {row['waiting']} incidents wait" if row["waiting"] else ""
    return f"{row['id']}  {where}  {kinds}{rule}  {start} → {end}  {row['author']}: {row['reason']}{waiting}"


def _ask(data_dir: Path | None, word: str, **fields: Any) -> dict[str, Any]:
    from gateway.control import ANSWER_S, NotRunning, Refused, ask
    from gateway.settings import PREFIX, Settings
    from runtime.settings import from_env

    try:
        return ask(data_dir or from_env(Settings, PREFIX, os.environ).data_dir, word, ANSWER_S, **fields)
    except (NotRunning, Refused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOT_DONE) from None
