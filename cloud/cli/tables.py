"""`gridwhistle cloud import | export | site-people`. Parts are imported when called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.cli.here import by_whom

if TYPE_CHECKING:
    from cloud.plan import Plan
    from cloud.tables.exchange import Exchange, Outcome
    from cloud.trust.audit import Deed
    from cloud.trust.seals import Seals

Table = Annotated[str, typer.Argument(help="people, roster, departments, areas, buildings, facilities. 表名。")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")]
Work = Callable[["Exchange", "Plan", "Seals"], int]
FAULTS, MISTAKE, CONFLICT = 1, 2, 3  # exit codes
NAMES_SHOWN = 20


def install(app: typer.Typer) -> None:
    """Add the commands to `gridwhistle cloud`."""
    app.command("import")(take)
    app.command("export")(give)
    app.command("site-people")(site_people)


def _at_desk(work: Work, deed: Deed | None = None) -> None:
    """Opens the centre's database as the service does; a running service sees the change within seconds.

    `deed` goes into the audit log.
    """
    from cloud.people.errors import PeopleError
    from cloud.plans.errors import PlanConflict
    from cloud.tables.exchange import UnknownTable
    from runtime import logs

    logs.set_up("error")
    try:
        code = _opened(work, deed)
    except PlanConflict as error:
        typer.echo(f"他人已先行修改，请重试 / {error}", err=True)
        code = CONFLICT
    except (PeopleError, UnknownTable, ValueError, OSError) as error:
        typer.echo(f"无法完成 / not possible: {error}", err=True)
        code = MISTAKE
    raise typer.Exit(code)


def _opened(work: Work, deed: Deed | None) -> int:
    from cloud.cli.centre import centre_here
    from cloud.tables.exchange import Exchange
    from cloud.tables.keys import KeyFile
    from cloud.trust.start import open_trust

    with centre_here() as centre:
        keys, plan, store, clock = centre.settings.keys, centre.plan, centre.store, centre.clock
        centre.plans.start(centre.settings.config_dir)
        if deed is not None and keys.exists():  # before the act; without keys there is no centre here yet
            open_trust(centre.settings, store, lambda: plan.roster, clock).trail.write(deed)
        return work(Exchange(centre.plans, plan, store, clock), plan, KeyFile(keys))


def _on_record(action: str, table: str, file: Path) -> Deed:
    from cloud.trust.audit import Deed

    return Deed(actor=by_whom(), action=action, target=table, detail={"file": file.name})


def take(
    table: Table,
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8, GBK) or XLSX. 表格文件。")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen, store nothing. 试运行。")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="the file is the whole list. 以文件为完整名单。")] = False,
    accept_findings: Annotated[
        bool, typer.Option("--accept-findings", help="areas: although boundaries do not fit. 确认重叠或空白。")
    ] = False,
    why: Annotated[str, typer.Option(help="it stays in the history. 变更原因。")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a table into the plan, whole or not at all; faults by row and column. 导入表格，要么全部要么不导入。"""
    from cloud.tables.exchange import Order

    def do(exchange: Exchange, _plan: Plan, seals: Seals) -> int:
        order = Order(
            table=table, data=file.read_bytes(), who=by_whom(), why=why or f"import {table} {file.name}",
            dry_run=dry_run, replace=replace, accept_findings=accept_findings,
        )  # fmt: skip
        outcome = exchange.take(order, seals)
        _say(outcome, as_json=as_json)
        return FAULTS if outcome.faults else 0

    _at_desk(do, None if dry_run else _on_record("people_write", table, file))


def _say(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps(asdict(outcome), ensure_ascii=False, indent=1))
        return
    for fault in outcome.faults:
        typer.echo(f"✗ {fault}", err=True)
    if outcome.faults:
        typer.echo(
            f"共 {outcome.faults_count} 处错误，未导入任何内容 / {outcome.faults_count} faults, nothing was taken in"
        )
        return
    for word, keys in (
        ("新增 added", outcome.added),
        ("变更 changed", outcome.changed),
        ("移除 removed", outcome.removed),
    ):
        more = f" … +{len(keys) - NAMES_SHOWN}" if len(keys) > NAMES_SHOWN else ""
        typer.echo(f"{word} {len(keys)}: {', '.join(keys[:NAMES_SHOWN])}{more}")
    typer.echo(f"未变 unchanged {outcome.same}；联系方式 contacts {outcome.contacts}")
    for hint in outcome.hints:
        typer.echo(f"! {hint}")
    done = f"✓ 已导入，版本 taken in, version {outcome.version}"
    typer.echo("试运行，未保存 dry run, nothing stored" if outcome.dry_run else done)


def give(
    table: Table,
    file: Annotated[Path, typer.Argument(help="to write; .csv or .xlsx. 输出文件。")],
    personal: Annotated[
        bool, typer.Option("--personal", help="people with phone numbers: keep the file safe. 含联系方式，请妥善保管。")
    ] = False,
) -> None:
    """Write a table of the plan into a file. 导出表格。"""

    def do(exchange: Exchange, _plan: Plan, seals: Seals) -> int:
        _, content = exchange.give(table, file.suffix.lower().removeprefix("."), seals if personal else None)
        if personal:
            file.touch(mode=0o600)
            file.chmod(0o600)
        file.write_bytes(content)
        typer.echo(f"✓ {file}")
        return 0

    _at_desk(do, _on_record("people_personal", table, file) if personal else None)


def site_people(
    site: Annotated[str, typer.Argument(help="as in the area tree. 站点编号。")], as_json: AsJson = False
) -> None:
    """The workers of a site with their handhelds, as [[people]] of its site file. 站点文件用的人员与手持终端。"""
    from cloud.people.duty import site_people as rows_of
    from cloud.people.site_text import as_json_text, as_toml

    def do(_exchange: Exchange, plan: Plan, _seals: Seals) -> int:
        read = plan.read
        rows = rows_of(read.areas, read.roster, site)
        typer.echo(as_json_text(rows) if as_json else as_toml(rows), nl=False)
        return 0

    _at_desk(do)
