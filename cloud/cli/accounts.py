"""`gridwhistle cloud account|token|audit|keys …` and `cloud certificate`. Parts are imported when called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cloud.settings import Settings
    from cloud.trust.desk import Trust

app = typer.Typer()
account_app = typer.Typer(help="Who may log in. 登录账号。", no_args_is_help=True)
token_app = typer.Typer(help="Programs that may ask. 程序令牌。", no_args_is_help=True)
audit_app = typer.Typer(help="What was done, by whom. 审计日志。", no_args_is_help=True)
keys_app = typer.Typer(help="Keys of sealed fields. 加密密钥。", no_args_is_help=True)
for name, part in (("account", account_app), ("token", token_app), ("audit", audit_app), ("keys", keys_app)):
    app.add_typer(part, name=name)

AsJson = Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")]
Account = Annotated[str, typer.Argument(help="a person id of the roster, or another name. 账号。")]
Grants = Annotated[list[str], typer.Option("--role", help="role or role@area, repeatable. 角色，可加 @区域。")]
Scopes = Annotated[list[str], typer.Option("--scope", help="an action; none: all of its roles. 权限范围。")]
NONE: list[str] = []
DAY_MS = 86_400_000


def _settings() -> Settings:
    import os

    from cloud.settings import PREFIX, Settings
    from runtime.settings import from_env

    return from_env(Settings, PREFIX, os.environ)


def _with_keys(work: Callable[[Trust], None]) -> None:
    """Over the centre's database, running or not: what is changed here holds at once."""
    from cloud.cli.keys import keyring
    from cloud.plan.errors import PlanError
    from cloud.trust.errors import TrustError
    from cloud.trust.vault import VaultError
    from runtime import logs
    from runtime.clock import Clock
    from runtime.settings import SettingsError

    logs.set_up("error")
    try:
        with keyring(_settings(), Clock.from_env()) as trust:
            work(trust)
    except (TrustError, VaultError, SettingsError, PlanError, OSError) as error:
        typer.echo(f"无法完成 / not possible: {error}", err=True)
        raise typer.Exit(2) from None


def _by() -> str:
    from runtime.brokers.listing import person

    return f"cli:{person()}"[:64]


def _json(rows: object) -> str:
    import json
    from dataclasses import asdict, is_dataclass

    def plain(found: object) -> object:
        return asdict(found) if is_dataclass(found) and not isinstance(found, type) else str(found)

    return json.dumps(rows, ensure_ascii=False, indent=1, default=plain)


def _one_time(account: str, password: str) -> None:
    typer.echo(f"{account} 的一次性密码，首次登录时必须更换 / one-time password, to be changed at the first log-in:")
    typer.echo(password)


@account_app.command("add")
def account_add(account: Account, role: Grants = NONE) -> None:
    """A new account with a one-time password; people of the roster need no role. 新建账号。"""
    from cloud.trust import grants

    _with_keys(lambda trust: _one_time(account, trust.accounts.add(account, grants.parse(role), by=_by())))


@account_app.command("reset")
def account_reset(
    account: Account,
    second_factor: Annotated[bool, typer.Option("--second-factor", help="take it off too. 同时解除验证器。")] = False,
) -> None:
    """A new one-time password; every session ends. 重置密码。"""
    _with_keys(lambda trust: _one_time(account, trust.accounts.reset(account, by=_by(), second_factor=second_factor)))


@account_app.command("roles")
def account_roles(account: Account, role: Grants = NONE) -> None:
    """Its roles from now on, beside those of the roster. 更改角色。"""
    from cloud.trust import grants

    _with_keys(lambda trust: trust.accounts.give(account, grants.parse(role), by=_by()))


@account_app.command("disable")
def account_disable(account: Account) -> None:
    """Out, now: sessions end, nobody calls this person any more. 立即停用账号。"""
    _with_keys(lambda trust: trust.accounts.enable(account, on=False, by=_by()))


@account_app.command("enable")
def account_enable(account: Account) -> None:
    """In again. 恢复账号。"""
    _with_keys(lambda trust: trust.accounts.enable(account, on=True, by=_by()))


@account_app.command("link")
def account_link(account: Account, url: Annotated[str, typer.Option(help="of the console. 控制台地址。")] = "") -> None:
    """A link that logs in once, within ten minutes. 一次性登录链接。"""
    _with_keys(lambda trust: typer.echo(f"{url}/login/once/{trust.accounts.link(account, by=_by())}"))


@account_app.command("list")
def account_list(as_json: AsJson = False) -> None:
    """Every account, its roles and sessions. 账号列表。"""

    def show(trust: Trust) -> None:
        rows = trust.accounts.rows()
        if as_json:
            typer.echo(_json(rows))
            return
        for row in rows:
            marks = [mark for mark, on in (("停用 disabled", row.disabled_at_ms), ("2FA", row.second_factor)) if on]
            typer.echo(f"{row.id}  {row.name}  {', '.join(row.grants)}  {' '.join(marks)}".rstrip())

    _with_keys(show)


@token_app.command("add")
def token_add(
    name: Annotated[str, typer.Argument(help="of the program. 名称。")],
    role: Grants = NONE,
    scope: Scopes = NONE,
    days: Annotated[int | None, typer.Option(help="until it ends. 有效天数。")] = None,
    speaks_for_others: Annotated[
        bool, typer.Option("--speaks-for-others", help="names the people it acts for. 可代人操作。")
    ] = False,
) -> None:
    """A token for a program, shown this once. 新建令牌。"""
    from cloud.trust import grants
    from cloud.trust.tokens import NewToken

    def make(trust: Trust) -> None:
        ends_at_ms = None if days is None else trust.now_ms() + days * DAY_MS
        new = NewToken(
            name=name, grants=grants.parse(role), scopes=tuple(scope), speaks_for_others=speaks_for_others,
            ends_at_ms=ends_at_ms,
        )  # fmt: skip
        typer.echo(trust.tokens.make(new, by=_by()))

    _with_keys(make)


@token_app.command("revoke")
def token_revoke(name: Annotated[str, typer.Argument(help="of the token. 名称。")]) -> None:
    """It works no more. 吊销令牌。"""
    _with_keys(lambda trust: trust.tokens.revoke(name, by=_by()))


@token_app.command("list")
def token_list(as_json: AsJson = False) -> None:
    """Every token there is or was, by its beginning. 令牌列表。"""

    def show(trust: Trust) -> None:
        rows = trust.tokens.rows()
        if as_json:
            typer.echo(_json(rows))
            return
        for row in rows:
            mark = "已吊销 revoked" if row.revoked_at_ms else ""
            typer.echo(f"{row.name}  {row.shown}…  {', '.join(row.grants)}  {', '.join(row.scopes)}  {mark}".rstrip())

    _with_keys(show)


@audit_app.command("verify")
def audit_verify() -> None:
    """Look at every entry; 1 and the first one that was tampered with, where one was. 校验审计日志。"""

    def look(trust: Trust) -> None:
        verdict = trust.trail.verify()
        if verdict.ok:
            typer.echo(f"完好 intact: {verdict.entries} 条 entries; 末条封印 last seal {verdict.last_mac}")
            return
        typer.echo(
            f"被改动 tampered: 第 {verdict.seq} 条 entry {verdict.seq} ({verdict.why}); "
            f"之前 {verdict.entries} 条完好 entries before it are intact",
            err=True,
        )
        raise typer.Exit(1)

    _with_keys(look)


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

    _with_keys(show)


@keys_app.command("rotate")
def keys_rotate() -> None:
    """A new key; what the older ones sealed is sealed anew; a service that runs takes it up. 更换密钥。"""
    from cloud.cli.keys import SEALED
    from cloud.trust.rotation import rotate_all

    def turn(trust: Trust) -> None:
        count = rotate_all(trust, _settings().keys, SEALED, by=_by())
        typer.echo(f"已换新密钥，重新加密 {count} 项 / a new key, {count} fields under it")

    _with_keys(turn)


@app.command("certificate")
def certificate(
    name: Annotated[list[str], typer.Option(help="how browsers call this host: name or address, repeatable. 主机名")],
) -> None:
    """A certificate for the console by an authority of ours; renewed by itself. 为控制台生成证书。"""
    from cloud.trust import tls
    from runtime.clock import Clock

    folder: Path = _settings().data_dir / tls.FOLDER
    facts = tls.make(folder, tuple(name), Clock.from_env().now_ms())
    typer.echo(f"✓ {folder / 'console.pem'}  {', '.join(facts.names)}  SHA-256 {facts.fingerprint}")
    typer.echo(f"  请让每台电脑信任 / let every computer trust: {folder / 'ca.pem'}")
    typer.echo("  GRIDWHISTLE_CLOUD_HTTP_HOST=0.0.0.0 GRIDWHISTLE_CLOUD_HTTP_NAMES=" + ",".join(name))
