"""`gridwhistle gateway rollout …`: a person starts, watches, pauses, resumes and aborts updates in waves."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from domain.rollouts.plan import Policy
from gateway.control import NotRunning, Refused, ask
from gateway.settings import PREFIX, Settings
from gateway.store.bundles import shelve
from runtime.brokers.listing import person
from runtime.settings import from_env

USAGE = 2
app = typer.Typer(help="Update endpoints in waves. 分批升级终端。", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="of the rollout, as status shows it. 升级编号。")]
Reason = Annotated[str, typer.Option(help="why; it is kept. 原因，会留存。")]
WORDS = {
    "queued": "排队", "waiting": "等待", "ordered": "已下达", "fetching": "下载中", "restarting": "试运行",
    "good": "成功", "refused": "拒绝", "rolled_back": "已退回", "lost": "未再上线", "current": "已是此版本",
    "unsuitable": "不适用",
    "running": "进行中", "paused": "已暂停", "done": "完成", "aborted": "已终止",
}  # fmt: skip

_SLEEPS = "离线，上线后继续 asleep, goes on when it wakes"
ASLEEP = {
    "queued": _SLEEPS,
    "waiting": _SLEEPS,
    "good": "升级后离线，请查看；首批有一台、或整批这样，下一批不开始 away since: look at it; "
    "one of wave 0, or a whole wave, holds the next",
}


def call(word: str, **fields: Any) -> dict[str, Any]:
    """The running gateway's answer; ends the command with a sentence where there is none."""
    try:
        return ask(from_env(Settings, PREFIX, os.environ).data_dir, word, **fields)
    except (NotRunning, Refused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from None


def start(bundle: Path, manifest: dict[str, object], policy: Policy) -> None:
    """Begin with a bundle whose manifest (kind, board, version) the caller has read."""
    file = shelve(bundle, from_env(Settings, PREFIX, os.environ).data_dir)
    answer = call("rollout_start", bundle=manifest | file, policy=asdict(policy), who=person())
    typer.echo(f"✓ {answer['id']}  查看进度 watch it: gridwhistle gateway rollout status")


def _act(act: str, rollout: str, reason: str) -> None:
    answer = call("rollout_act", id=rollout, act=act, who=person(), why=reason)
    typer.echo(f"✓ {WORDS[answer['state']]} {answer['state']}")


@app.command()
def pause(rollout: Id, reason: Reason = "") -> None:
    """Tell nobody else for now; what is under way ends. 暂停。"""
    _act("pause", rollout, reason)


@app.command()
def resume(rollout: Id, reason: Reason = "") -> None:
    """Go on; failures so far have been seen. 继续，已有的失败视为已知。"""
    _act("resume", rollout, reason)


@app.command()
def abort(rollout: Id, reason: Reason = "") -> None:
    """Tell nobody else, ever; who has the new version keeps it. 终止，已升级的保持不变。"""
    _act("abort", rollout, reason)


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")] = False) -> None:
    """What became of every endpoint, by its own word. 每台终端的真实状态。"""
    rollouts = call("rollout_status")["rollouts"]
    if as_json:
        typer.echo(json.dumps(rollouts, ensure_ascii=False, indent=2))
    elif not rollouts:
        typer.echo("没有升级 / no rollout yet: gridwhistle gateway rollout start BUNDLE")
    else:
        show(Console(), rollouts[0])


def show(console: Console, rollout: dict[str, Any]) -> None:
    """One rollout as a table."""
    console.print(f"[bold]{rollout['kind']} {rollout['version']}[/]  {rollout['board']}  {rollout['id']}")
    console.print(f"{WORDS[rollout['state']]} {rollout['state']}", style="yellow" if rollout["why"] else "green")
    if rollout["why"]:
        console.print(f"暂停原因 paused: {rollout['why']}", style="yellow")
        console.print("查明后继续 once you know why: gridwhistle gateway rollout resume ID --reason …")
    table = Table()
    for name in ("批 wave", "终端 endpoint", "进度 progress", "次数 tries", "说明"):
        table.add_column(name)
    for row in rollout["endpoints"]:
        asleep = "" if row["awake"] else ASLEEP.get(row["progress"], "")
        progress = f"{WORDS[row['progress']]} {row['progress']}"
        table.add_row(str(row["wave"]), row["device"], progress, str(row["attempts"]), row["error"] or asleep)
    console.print(table)
