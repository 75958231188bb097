"""`gridwhistle cloud notices check | try`: is notices.toml right, and does a channel reach anybody?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cloud.cli.here import settings_here

if TYPE_CHECKING:
    from cloud.notices.channel import Channel
    from cloud.notices.ways import Ways

app = typer.Typer(help="By which channels people are told. 通知渠道。", no_args_is_help=True)
FAULT, MISTAKE = 1, 2  # exit codes


@app.command("check")
def check() -> None:
    """Read notices.toml and say what it does; its secrets are not shown. 检查通知渠道配置。"""
    ways = _ways()
    for way in ways.outside:
        _channel(ways, way.name)
        needs = ", ".join(way.needs) or "-"
        typer.echo(f"{way.name}: 需要 / needs {needs}; {way.timeout_s} s")
    for number, rule in enumerate(ways.rules, 1):
        who = ", ".join((*rule.people, *rule.roles)) or "所有人 / everybody"
        quiet = f"; 勿扰 / quiet {rule.quiet}" if rule.quiet else ""
        typer.echo(f"{number}. {who}: {', '.join(rule.channels)}{quiet}")
    if not ways.rules:
        typer.echo("没有规则：页面和手持终端 / no rules: the page and the handhelds")


@app.command("try")
def attempt(
    channel: Annotated[str, typer.Argument(help="its name in notices.toml. 渠道名称。")],
    contact: Annotated[
        list[str] | None, typer.Option("--to", help="KIND=TEXT, for instance mail=a@example.cn. 收件人。")
    ] = None,
) -> None:
    """Send one message by a channel, now. 发送一条测试消息。"""
    from cloud.notices.channel import Letter, NotDelivered
    from domain.people import CONTACTS

    pairs = dict(text.partition("=")[::2] for text in contact or ())
    if strange := sorted(set(pairs) - set(CONTACTS)):
        _end(f"--to {', '.join(strange)}? 已知 / known: {', '.join(CONTACTS)}", MISTAKE)
    sender = _channel(_ways(), channel)
    try:
        sender.send(
            Letter(title="吹哨 gridwhistle", body="测试消息，请忽略。\nA test, please ignore it.", contacts=pairs)
        )
    except NotDelivered as error:
        _end(f"{channel}: 没有送达 / not delivered: {error}", FAULT)
    typer.echo(f"{channel}: 已发出 / sent")


def _ways() -> Ways:
    from cloud.notices.ways import load_ways
    from runtime import logs
    from runtime.settings import SettingsError

    logs.set_up("error")
    try:
        settings = settings_here()
        if not settings.notices.exists():
            _end(f"没有这个文件 / there is no {settings.notices}", MISTAKE)
        return load_ways(settings.notices)
    except SettingsError as error:
        _end(str(error), MISTAKE)


def _channel(ways: Ways, name: str) -> Channel:
    from cloud.notices.by_apprise import ByApprise
    from runtime.settings import SettingsError

    way = next((way for way in ways.outside if way.name == name), None)
    if way is None:
        _end(f"没有渠道 / no channel {name}; {', '.join(one.name for one in ways.outside)}", MISTAKE)
    try:
        return ByApprise(way)
    except SettingsError as error:
        _end(str(error), MISTAKE)


def _end(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
