"""What one worker does. Alone it does everything; several share one PostgreSQL database and one broker."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from runtime.ids import uuid7
from runtime.settings import SettingsError

GROUP = "gridwhistle"  # the MQTT 5 shared subscription of all workers of one centre


class Role(StrEnum):
    """A share of the work."""

    INTAKE = "intake"  # incidents, status and reports from the broker
    DISPATCH = "dispatch"  # timers, notices, lists to gateways
    WEB = "web"  # console and API
    HISTORY = "history"  # readings: one worker has them, because their file has one writer


EVERYTHING = frozenset(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who this process is; `run` tells two runs of the same worker apart."""

    name: str
    run: str
    roles: frozenset[Role]

    @property
    def shares(self) -> bool:
        """True where there are others beside it."""
        return bool(self.name)

    def does(self, role: Role) -> bool:
        """True where this is its work."""
        return role in self.roles


def worker_of(name: str, roles: str, database: str, now_ms: int) -> Worker:
    """From the settings WORKER and ROLES. Raises SettingsError, which names what to change."""
    found = frozenset(_role(word.strip()) for word in roles.split(",") if word.strip()) or EVERYTHING
    if name and not database.startswith("postgresql"):
        raise SettingsError(
            "WORKER is set, but several workers need PostgreSQL: set DATABASE_URL=postgresql://..., or leave WORKER "
            "empty. 已设置 WORKER，但多个工作进程需要 PostgreSQL：请设置 DATABASE_URL，或把 WORKER 留空。"
        )
    if not name and found != EVERYTHING:
        raise SettingsError(
            f"ROLES={roles}: a worker that does not do everything needs a name of its own in WORKER, so that the "
            "others can do the rest. 只承担部分角色的工作进程需要用 WORKER 命名。"
        )
    return Worker(name=name, run=f"{name or 'only'}:{uuid7(now_ms)}", roles=found)


def _role(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        known = ", ".join(Role)
        raise SettingsError(f"ROLES: {word!r} is no role; known: {known}. 未知角色，可用：{known}。") from None
