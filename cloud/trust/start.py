"""Trust as a process opens it, and its housekeeping."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from cloud.settings import Settings
from cloud.store.engine import Store
from cloud.trust.audit import MARK
from cloud.trust.desk import Trust
from cloud.trust.sessions import Limits
from cloud.trust.vault import open_vault
from domain.grids import AreaTree
from domain.roster import Roster
from runtime.clock import Clock

log = structlog.get_logger()
MINUTE_MS = 60_000
SWEEP_S = 3600.0
FIRST = """\
首次启动：管理员账号 admin，一次性密码 {password}
请登录 {url} 并设置新密码；它只显示这一次，丢失后用 gridwhistle cloud account reset admin --reason 丢失 重置。
First start: the administrator is admin, with the one-time password {password}
Log in at {url} and choose a new one. It is shown this once.
Another one: gridwhistle cloud account reset admin --reason lost
"""


def open_trust(
    settings: Settings, store: Store, roster: Callable[[], Roster], clock: Clock,
    stored: Callable[[Session], tuple[Roster, AreaTree]] | None = None,
) -> Trust:  # fmt: skip
    """Over an open store; makes the key file at the first start. Raises VaultError."""
    limits = Limits(
        idle_ms=settings.session_idle_minutes * MINUTE_MS,
        whole_ms=settings.session_hours * 60 * MINUTE_MS,
        second_factor=settings.second_factor,
    )
    mark = settings.keys.with_name(MARK)
    trust = Trust(store, open_vault(settings.keys), roster, clock.now_ms, limits, mark=mark)
    trust.accounts.stored = stored
    if not trust.trail.open():
        log.error(
            "wrong_keys", file=str(settings.keys), remedy="put back keys.json of the backup; all workers need the same"
        )
    return trust


def say_first(trust: Trust, url: str) -> None:
    """Where nobody can log in yet: make an administrator, and tell the one-time password on the terminal, once."""
    password = trust.accounts.first_start()
    if password is not None:
        sys.stderr.write(FIRST.format(password=password, url=url))
        sys.stderr.flush()


async def sweep(trust: Trust, audit_days: int) -> None:
    """Forget what has ended; for ever."""
    while True:
        await asyncio.to_thread(trust.sweep, audit_days)
        await asyncio.sleep(SWEEP_S)
