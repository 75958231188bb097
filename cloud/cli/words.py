"""What commands on accounts and tokens have in common: their words, and trust over the centre's database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.cli.here import settings_here
from cloud.trust.errors import REASON_MAX

if TYPE_CHECKING:
    from cloud.trust.desk import Trust


def given(reason: str) -> str:
    """Whoever reads the log later cannot ask. Raises BadParameter."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_MAX:
        raise typer.BadParameter(f"say why, in at most {REASON_MAX} characters · 请写明事由，不超过 {REASON_MAX} 字")
    return reason


AsJson = Annotated[bool, typer.Option("--json", help="one JSON document. 输出 JSON。")]
Grants = Annotated[list[str], typer.Option("--role", help="role or role@area, repeatable. 角色，可加 @区域。")]
Reason = Annotated[str, typer.Option("--reason", help="why, for the audit log. 事由，记入审计日志。", callback=given)]
NONE: list[str] = []


def with_keys(work: Callable[[Trust], None]) -> None:
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
        with keyring(settings_here(), Clock.from_env()) as trust:
            work(trust)
    except (TrustError, VaultError, SettingsError, PlanError, OSError) as error:
        typer.echo(f"无法完成 / not possible: {error}", err=True)
        raise typer.Exit(2) from None


def json_of(rows: object) -> str:
    """For programs."""
    import json
    from dataclasses import asdict, is_dataclass

    def plain(found: object) -> object:
        return asdict(found) if is_dataclass(found) and not isinstance(found, type) else str(found)

    return json.dumps(rows, ensure_ascii=False, indent=1, default=plain)
