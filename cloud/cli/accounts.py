"""`gridwhistle cloud account|token|audit|keys …` and `cloud certificate`. Parts are imported when called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.cli import tokens
from cloud.cli.here import by_whom, settings_here
from cloud.cli.words import NONE, AsJson, Grants, Reason, json_of, with_keys

if TYPE_CHECKING:
    from cloud.trust.desk import Trust

app = typer.Typer()
account_app = typer.Typer(help="Who may log in. 登录账号。", no_args_is_help=True)
audit_app = typer.Typer(help="What was done, by whom. 审计日志。", no_args_is_help=True)
keys_app = typer.Typer(help="Keys of sealed fields. 加密密钥。", no_args_is_help=True)
for name, part in (("account", account_app), ("token", tokens.app), ("audit", audit_app), ("keys", keys_app)):
    app.add_typer(part, name=name)

Account = Annotated[str, typer.Argument(help="a person id of the roster, or another name. 账号。")]


def _one_time(account: str, password: str) -> None:
    typer.echo(f"{account} 的一次性密码，首次登录时必须更换 / one-time password, to be changed at the first log-in:")
    typer.echo(password)


@account_app.command("add")
def account_add(account: Account, reason: Reason, role: Grants = NONE) -> None:
    """A new account with a one-time password; people of the roster need no role. 新建账号。"""
    from cloud.trust import grants

    with_keys(
        lambda trust: _one_time(account, trust.accounts.add(account, grants.parse(role), by=by_whom(), why=reason))
    )


@account_app.command("reset")
def account_reset(
    account: Account,
    reason: Reason,
    second_factor: Annotated[bool, typer.Option("--second-factor", help="take it off too. 同时解除验证器。")] = False,
) -> None:
    """A new one-time password; every session ends. 重置密码。"""

    def reset(trust: Trust) -> None:
        _one_time(account, trust.accounts.reset(account, by=by_whom(), second_factor=second_factor, why=reason))

    with_keys(reset)


@account_app.command("roles")
def account_roles(account: Account, reason: Reason, role: Grants = NONE) -> None:
    """Its roles from now on, beside those of the roster. 更改角色。"""
    from cloud.trust import grants

    with_keys(lambda trust: trust.accounts.give(account, grants.parse(role), by=by_whom(), why=reason))


@account_app.command("disable")
def account_disable(account: Account, reason: Reason) -> None:
    """Out, now: sessions end, nobody calls this person any more. 立即停用账号。"""
    with_keys(lambda trust: trust.accounts.enable(account, on=False, by=by_whom(), why=reason))


@account_app.command("enable")
def account_enable(account: Account, reason: Reason) -> None:
    """In again. 恢复账号。"""
    with_keys(lambda trust: trust.accounts.enable(account, on=True, by=by_whom(), why=reason))


@account_app.command("link")
def account_link(
    account: Account,
    reason: Reason,
    url: Annotated[str, typer.Option(help="of the console. 控制台地址。")] = "",
) -> None:
    """A link that logs in once, within ten minutes. 一次性登录链接。"""
    with_keys(lambda trust: typer.echo(f"{url}/login/once/{trust.accounts.link(account, by=by_whom(), why=reason)}"))


@account_app.command("list")
def account_list(as_json: AsJson = False) -> None:
    """Every account, its roles and sessions. 账号列表。"""

    def show(trust: Trust) -> None:
        rows = trust.accounts.rows()
        if as_json:
            typer.echo(json_of(rows))
            return
        for row in rows:
            marks = [mark for mark, on in (("停用 disabled", row.disabled_at_ms), ("2FA", row.second_factor)) if on]
            typer.echo(f"{row.id}  {row.name}  {', '.join(row.grants)}  {' '.join(marks)}".rstrip())

    with_keys(show)


@audit_app.command("verify")
def audit_verify() -> None:
    """Look at every entry; 1 and the first one that was tampered with, where one was. 校验审计日志。"""

    def look(trust: Trust) -> None:
        verdict = trust.trail.verify()
        if verdict.ok:
            typer.echo(f"完好 intact: {verdict.entries} 条 entries；末条封印 last seal {verdict.last_mac}")
            return
        typer.echo(
            f"第 {verdict.seq} 条被改动（{verdict.why}），之前 {verdict.entries} 条完好 / "
            f"tampered: entry {verdict.seq} ({verdict.why}); {verdict.entries} entries before it are intact",
            err=True,
        )
        raise typer.Exit(1)

    with_keys(look)


@audit_app.command("show")
def audit_show(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="newest entries. 条数。")] = 50,
    actor: Annotated[str | None, typer.Option(help="of one person or program. 某人。")] = None,
) -> None:
    """What was done lately, newest first. 最近的操作。"""
    from datetime import UTC, datetime

    def show(trust: Trust) -> None:
        for row in trust.trail.entries(limit, actor=actor):
            at = datetime.fromtimestamp(row.at_ms / 1000, UTC).isoformat(timespec="seconds")
            told = (row.seq, at, row.actor, row.action, row.outcome, row.target, row.address)
            typer.echo("  ".join(str(part) for part in told).rstrip())

    with_keys(show)


@keys_app.command("rotate")
def keys_rotate() -> None:
    """A new key; what the older ones sealed is sealed anew; a service that runs takes it up. 更换密钥。"""
    from cloud.cli.keys import SEALED
    from cloud.trust.rotation import rotate_all

    def turn(trust: Trust) -> None:
        count = rotate_all(trust, settings_here().keys, SEALED, by=by_whom())
        typer.echo(f"已换新密钥，重新加密 {count} 项 / a new key, {count} fields under it")

    with_keys(turn)


@app.command("certificate")
def certificate(
    name: Annotated[list[str], typer.Option(help="how browsers call this host: name or address, repeatable. 主机名")],
) -> None:
    """A certificate for the console by an authority of ours; renewed by itself. 为控制台生成证书。"""
    from cloud.trust import tls
    from runtime.clock import Clock

    folder: Path = settings_here().data_dir / tls.FOLDER
    facts = tls.make(folder, tuple(name), Clock.from_env().now_ms())
    typer.echo(f"✓ {folder / 'console.pem'}  {', '.join(facts.names)}  SHA-256 {facts.fingerprint}")
    typer.echo(f"  请让每台电脑信任 / let every computer trust: {folder / 'ca.pem'}")
    typer.echo("  GRIDWHISTLE_CLOUD_HTTP_HOST=0.0.0.0 GRIDWHISTLE_CLOUD_HTTP_NAMES=" + ",".join(name))
