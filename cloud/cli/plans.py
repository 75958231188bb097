"""`gridwhistle cloud plan list|show|check|apply|history|diff|back`, `cloud sample`. Parts are imported when called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloud.cli.here import by_whom
from cloud.cli.plans_desk import MISTAKE, Note, at_desk, recorded, stop

if TYPE_CHECKING:
    from cloud.plans.desk import Plans
    from cloud.plans.writing import Trial, Wish

app = typer.Typer(help="The plan in its versions. 辖区方案及其版本。", no_args_is_help=True)
Section = Annotated[
    str, typer.Argument(help="areas, people, departments, dispatch, calendar, facilities, matters. 部分。")
]
File = Annotated[Path, typer.Argument(help="JSON or TOML; for areas also GeoJSON. 文件。")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")]
Why = Annotated[str, typer.Option(help="the reason; it stays in the history. 变更原因。")]
Accept = Annotated[
    bool, typer.Option("--accept-findings", help="store it although boundaries overlap or leave gaps. 确认重叠或空白。")
]
Expected = Annotated[int | None, typer.Option(help="only if this is still the current version. 期望的当前版本。")]


def _json(value: Any) -> str:
    import json
    from dataclasses import asdict, is_dataclass

    def plain(found: Any) -> Any:
        return asdict(found) if is_dataclass(found) and not isinstance(found, type) else str(found)

    return json.dumps(value, ensure_ascii=False, indent=1, default=plain)


def _wish(section: str, document: dict[str, Any], why: str, expected: int | None, *, accept: bool) -> Wish:
    from cloud.plans.writing import Wish

    return Wish(
        section=section, document=document, who=by_whom(), why=why, expected_number=expected, accept_findings=accept
    )


def _show(trial: Trial) -> None:
    from cloud.plans.differences import SHOWN_MAX

    for change in trial.changes[:SHOWN_MAX]:
        fields = "; ".join(f"{name} {before} → {after}" for name, (before, after) in change.fields.items())
        typer.echo(f"{change.what:8} {change.where}" + (f": {fields}" if change.what == "changed" else ""))
    if len(trial.changes) > SHOWN_MAX:
        typer.echo(f"... +{len(trial.changes) - SHOWN_MAX}")
    for text in trial.texts:
        typer.echo(f"! {text}")
    typer.echo(f"{len(trial.changes)} 处变更 changes, {len(trial.texts)} 条提示 findings")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """The current version of every section. 各部分的当前版本。"""
    at_desk(lambda plans: _rows(plans.overview(), as_json=as_json))


@app.command()
def history(section: Section, as_json: AsJson = False) -> None:
    """Who stored which version, when and why. 某部分的版本历史。"""
    at_desk(lambda plans: _rows(plans.history(section), as_json=as_json))


def _rows(rows: Any, *, as_json: bool) -> None:
    from datetime import UTC, datetime

    if as_json:
        typer.echo(_json(rows))
        return
    for row in rows:
        at = datetime.fromtimestamp(row.at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        typer.echo(f"{row.section:12} {row.number:>5}  {at}  {row.who}  {row.why}")


@app.command()
def show(
    section: Section,
    number: Annotated[int | None, typer.Option(help="of a version; the current one without. 版本号。")] = None,
    geojson: Annotated[
        bool, typer.Option("--geojson", help="areas with boundaries, for a map. 输出 GeoJSON。")
    ] = False,
) -> None:
    """Print a section's document. 输出某部分的内容。"""

    def do(plans: Plans) -> None:
        document = plans.show(section, number).document
        if geojson:
            from cloud.plan.sections import areas_of
            from domain.geojson import write_areas

            document = write_areas(areas_of(document))
        typer.echo(_json(document))

    at_desk(do)


@app.command()
def check(section: Section, file: File) -> None:
    """What a file would change and what does not fit; stores nothing. 检查文件，不保存。"""

    def do(plans: Plans) -> None:
        from cloud.plans.given import document_of

        _show(plans.preview(section, document_of(plans, section, file)))

    at_desk(do)


@app.command()
def apply(section: Section, file: File, why: Why, expected: Expected = None, accept_findings: Accept = False) -> None:
    """Store a file as the next version; it counts at once. 保存为新版本，立即生效。"""

    def do(plans: Plans, note: Note) -> None:
        from cloud.plans.given import document_of

        document = document_of(plans, section, file)
        wish = _wish(section, document, why, expected, accept=accept_findings)
        _show(plans.apply(wish, note([section], why)))

    recorded(do)


@app.command()
def diff(
    section: Section,
    before: Annotated[int, typer.Argument(help="a version. 版本号。")],
    after: Annotated[int, typer.Argument(help="a later one. 版本号。")],
) -> None:
    """What changed between two versions, as JSON. 比较两个版本。"""
    at_desk(lambda plans: typer.echo(_json(plans.diff(section, before, after))))


@app.command()
def back(
    versions: Annotated[list[str], typer.Argument(help="section:number, several that fit together. 部分：版本号。")],
    why: Why,
) -> None:
    """Store the content of earlier versions as the next ones: areas:1 people:1. 恢复较早版本（生成新版本）。"""

    def do(plans: Plans, note: Note) -> None:
        numbers = {}
        for text in versions:
            section, _, number = text.partition(":")
            if not number.isdigit():
                stop(MISTAKE, f"{text}: 请写成 部分：版本号 / write section:number, such as areas:1")
            numbers[section] = int(number)
        for trial in plans.back(numbers, who=by_whom(), why=why, beside=note(numbers, why)):
            _show(trial)

    recorded(do)


def sample(
    replace: Annotated[
        bool, typer.Option("--replace", help="also where somebody has stored areas or people. 覆盖已有方案。")
    ] = False,
) -> None:
    """Load the sample district: 18 communities, 140 grids, 140 handhelds, their people. 载入示例辖区。"""

    def do(plans: Plans, note: Note) -> None:
        from cloud.plans import sample as district
        from cloud.plans.desk import FILES

        own = [row.section for row in plans.overview() if row.who != FILES and row.why != district.WHY]
        if own and not replace:
            stop(MISTAKE, f"已有自定义方案 / already your own: {', '.join(own)}; --replace")
        wishes = [_wish(name, doc, district.WHY, None, accept=False) for name, doc in district.district().items()]
        for trial in plans.apply_all(wishes, note([wish.section for wish in wishes], district.WHY)):
            typer.echo(f"{trial.section}: {len(trial.changes)} 处变更 changes")

    recorded(do)


def install(cloud: typer.Typer) -> None:
    """Hang the commands into `gridwhistle cloud`."""
    cloud.add_typer(app, name="plan")
    cloud.command("sample")(sample)
