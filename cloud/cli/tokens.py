"""`gridwhistle cloud token …`. Parts are imported when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cloud.cli.here import by_whom
from cloud.cli.words import NONE, AsJson, Grants, Reason, json_of, with_keys

if TYPE_CHECKING:
    from cloud.trust.desk import Trust

app = typer.Typer(help="Programs that may ask. 程序令牌。", no_args_is_help=True)
Scopes = Annotated[list[str], typer.Option("--scope", help="an action; none: all of its roles. 权限范围。")]
DAY_MS = 86_400_000


@app.command("add")
def token_add(
    name: Annotated[str, typer.Argument(help="of the program. 名称。")],
    reason: Reason,
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
        typer.echo(trust.tokens.make(new, by=by_whom(), why=reason))

    with_keys(make)


@app.command("revoke")
def token_revoke(name: Annotated[str, typer.Argument(help="of the token. 名称。")], reason: Reason) -> None:
    """It works no more. 吊销令牌。"""
    with_keys(lambda trust: trust.tokens.revoke(name, by=by_whom(), why=reason))


@app.command("list")
def token_list(as_json: AsJson = False) -> None:
    """Every token there is or was, by its beginning. 令牌列表。"""

    def show(trust: Trust) -> None:
        rows = trust.tokens.rows()
        if as_json:
            typer.echo(json_of(rows))
            return
        for row in rows:
            mark = "已吊销 revoked" if row.revoked_at_ms else ""
            typer.echo(f"{row.name}  {row.shown}…  {', '.join(row.grants)}  {', '.join(row.scopes)}  {mark}".rstrip())

    with_keys(show)
