"""`gridwhistle cloud routes check|dry-run|show`. Parts are imported when called."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cloud.plan import Plan
    from cloud.store.engine import Store

app = typer.Typer(help="Routing: who gets what, by when, and who is called after. 派遣规则。", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="a routing table, as dispatch.toml (TOML or JSON). 规则文件。")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")]
DAY = ["%Y-%m-%d"]
MISTAKE = 2
SHOWN_MAX = 200
DAYS = 30  # looked back where no date is given


def _at_desk(work: Callable[[Plan, Store], None]) -> None:
    from cloud.cli.centre import centre_here
    from cloud.plan.errors import PlanError
    from domain.dispatch import DispatchError
    from runtime import logs
    from runtime.settings import SettingsError

    logs.set_up("error")
    try:
        with centre_here() as centre:
            centre.plans.start(centre.settings.config_dir)
            work(centre.plan, centre.store)
    except (DispatchError, PlanError, SettingsError, OSError, ValueError) as error:
        for line in str(error).splitlines():
            typer.echo(f"不可用 / not usable: {line}", err=True)
        raise typer.Exit(MISTAKE) from None


def _now_ms() -> int:
    from runtime.clock import Clock

    return Clock.from_env().now_ms()


def _document(file: Path) -> dict[str, object]:
    import json

    from cloud.plan.files import load_toml

    found = json.loads(file.read_text(encoding="utf-8")) if file.suffix == ".json" else load_toml(file)
    return dict(found)


@app.command()
def check(file: File) -> None:
    """Say every mistake of a routing table: missing cases, overlaps, steps never reached. 检查规则文件。"""

    def do(plan: Plan, _store: Store) -> None:
        from cloud.routing import routing

        table = routing.read_table(plan, _document(file))
        for text in routing.notes(plan, table, _now_ms()):
            typer.echo(f"! {text}")
        typer.echo(f"可用：{len(table.rules)} 条规则 / usable: {len(table.rules)} rules")

    _at_desk(do)


@app.command("dry-run")
def dry_run(
    file: File,
    since: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="local date. 起始日期。")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="day after the last. 截止日。")] = None,
    as_json: AsJson = False,
) -> None:
    """What would have gone elsewhere with this table, of past incidents (the last 30 days). 用历史事件试运行。"""

    def do(plan: Plan, store: Store) -> None:
        from cloud.routing import routing

        now_ms, offset_ms = _now_ms(), plan.calendar.utc_offset_min * 60_000
        from_ms = _ms(since, offset_ms) if since else now_ms - DAYS * 86_400_000
        to_ms = _ms(until, offset_ms) if until else now_ms
        table = routing.read_table(plan, _document(file))
        with store.read() as session:
            tried = [found for _, found in routing.dry_run(session, plan, table, from_ms, to_ms)]
        _print_run(len(tried), [found for found in tried if found], as_json=as_json)

    _at_desk(do)


def _ms(day: datetime, offset_ms: int) -> int:
    from datetime import UTC

    return round(day.replace(tzinfo=UTC).timestamp() * 1000) - offset_ms


def _print_run(count: int, elsewhere: list[object], *, as_json: bool) -> None:
    import json
    from dataclasses import asdict

    rows = [asdict(found) for found in elsewhere]  # type: ignore[call-overload]
    if as_json:
        typer.echo(json.dumps({"incidents": count, "elsewhere": rows}, ensure_ascii=False, indent=1))
        return
    for row in rows[:SHOWN_MAX]:
        fields = "; ".join(f"{name} {before} → {after}" for name, (before, after) in row["fields"].items())
        typer.echo(f"{row['incident_id']}  {row['kind']} {row['severity']}  {row['place']}: {fields}")
    if len(rows) > SHOWN_MAX:
        typer.echo(f"... +{len(rows) - SHOWN_MAX}")
    typer.echo(f"{count} 起事件，{len(rows)} 起不同 / {count} incidents, {len(rows)} of them otherwise")


@app.command()
def show(
    kind: Annotated[str, typer.Argument(help="fire, lift_fault, environment ... 类型。")],
    severity: Annotated[str, typer.Argument(help="warning, minor, major, critical. 级别。")],
    grid: Annotated[str, typer.Option(help="code of the grid. 网格编码。")] = "",
    matter: Annotated[str | None, typer.Option(help="code of the matter. 事项编码。")] = None,
) -> None:
    """The rule that counts, and all that happens while nobody acts. 查看适用规则和时间线。"""

    def do(plan: Plan, _store: Store) -> None:
        from cloud.routing import routing
        from domain.spans import seconds

        placement = plan.placement(kind, severity, grid=grid, matter=matter)
        told = ", ".join((*placement.placed, *placement.departments))
        typer.echo(f"{placement.name}: {told}; accepts {placement.accepts}")
        for happening in routing.timeline(plan, placement, _now_ms()):
            after = str(seconds(happening.after_ms // 1000))
            typer.echo(f"{happening.stage:11} +{after:>9}  {happening.step}  {happening.target}".rstrip())

    _at_desk(do)
