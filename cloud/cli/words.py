"""What commands on accounts and tokens have in common: their words, who asks, and trust over the centre's database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from cloud.trust.errors import REASON_MAX

if TYPE_CHECKING:
    from cloud.settings import Settings
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


def settings_here() -> Settings:
    """Of the environment. Raises SettingsError."""
    import os

    from cloud.settings import PREFIX, Settings
    from runtime.settings import from_env

    return from_env(Settings, PREFIX, os.environ)


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


def by_whom() -> str:
    """The operating system's user."""
    from runtime.brokers.listing import person

    return f"cli:{person()}"[:64]


def json_of(rows: object) -> str:
    """For programs."""
    import json
    from dataclasses import asdict, is_dataclass

    def plain(found: object) -> object:
        return asdict(found) if is_dataclass(found) and not isinstance(found, type) else str(found)

    return json.dumps(rows, ensure_ascii=False, indent=1, default=plain)
