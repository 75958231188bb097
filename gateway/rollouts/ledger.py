"""The rows of rollouts: what was ordered, how far each endpoint is, who did what. Inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from domain.rollouts.plan import Policy, State, Unit
from domain.rollouts.progress import Progress

KEEP = 50  # rollouts that are over; a site has a few in a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One bundle on its way to all endpoints of a kind and a board."""

    id: str
    kind: str
    board: str
    version: tuple[int, int, int]
    sha256: str
    size: int
    policy: Policy
    state: State
    forgiven: int
    why: str
    changed_ms: int

    @property
    def version_text(self) -> str:
        """As statuses say it."""
        return ".".join(map(str, self.version))


_COLUMNS = "id, kind, board, version, sha256, size, policy, state, forgiven, why, changed_ms"


def put(db: sqlite3.Connection, rollout: Rollout) -> None:
    """Write it, new or changed."""
    row = msgspec.to_builtins(rollout)
    row |= {"policy": msgspec.json.encode(rollout.policy), "version": rollout.version_text}
    marks = ", ".join("?" * len(row))
    db.execute(f"INSERT OR REPLACE INTO rollouts ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608


def get(db: sqlite3.Connection, id: str) -> Rollout | None:
    """One, where there is one."""
    found = _read(db.execute(f"SELECT {_COLUMNS} FROM rollouts WHERE id = ?", (id,)))  # noqa: S608
    return found[0] if found else None


def in_state(db: sqlite3.Connection, *states: State) -> list[Rollout]:
    """Those in these states, in the order of their making; all where none is given."""
    among = states or tuple(State)
    marks = ", ".join("?" * len(among))
    return _read(db.execute(f"SELECT {_COLUMNS} FROM rollouts WHERE state IN ({marks}) ORDER BY id", among))  # noqa: S608


def _read(rows: Iterable[tuple[str, str, str, str, str, int, bytes, str, int, str, int]]) -> list[Rollout]:
    found = []
    for rollout_id, kind, board, version, sha256, size, policy, state, forgiven, why, changed_ms in rows:
        major, minor, patch = map(int, version.split("."))
        rollout = Rollout(
            id=rollout_id, kind=kind, board=board, version=(major, minor, patch), sha256=sha256, size=size,
            policy=msgspec.json.decode(policy, type=Policy), state=State(state), forgiven=forgiven, why=why,
            changed_ms=changed_ms,
        )  # fmt: skip
        found.append(rollout)
    return found


def units(db: sqlite3.Connection, rollout_id: str) -> tuple[Unit, ...]:
    """Its endpoints in their order."""
    query = "SELECT device, wave, progress, since_ms, attempts, error FROM rollout_units WHERE rollout = ? ORDER BY n"
    return tuple(
        Unit(device=device, wave=wave, progress=Progress(at), since_ms=since_ms, attempts=attempts, error=error)
        for device, wave, at, since_ms, attempts, error in db.execute(query, (rollout_id,))
    )


def put_units(db: sqlite3.Connection, rollout_id: str, members: Sequence[Unit]) -> None:
    """Write the endpoints of a new rollout."""
    rows = (
        (rollout_id, n, unit.device, unit.wave, unit.progress, unit.since_ms, unit.attempts, unit.error)
        for n, unit in enumerate(members)
    )
    db.executemany("INSERT INTO rollout_units VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


def put_unit(db: sqlite3.Connection, rollout_id: str, unit: Unit) -> None:
    """Write an endpoint that has moved."""
    db.execute(
        "UPDATE rollout_units SET progress = ?, since_ms = ?, attempts = ?, error = ? WHERE rollout = ? AND device = ?",
        (unit.progress, unit.since_ms, unit.attempts, unit.error, rollout_id, unit.device),
    )


def note(db: sqlite3.Connection, rollout_id: str, at_ms: int, what: str, who: str, why: str = "") -> None:
    """One line of its log."""
    db.execute(
        "INSERT INTO rollout_log (rollout, at_ms, what, who, why) VALUES (?, ?, ?, ?, ?)",
        (rollout_id, at_ms, what, who, why),
    )


def log_of(db: sqlite3.Connection, rollout_id: str) -> list[dict[str, object]]:
    """Its log, oldest first."""
    rows = db.execute("SELECT at_ms, what, who, why FROM rollout_log WHERE rollout = ? ORDER BY n", (rollout_id,))
    return [{"at_ms": at_ms, "what": what, "who": who, "why": why} for at_ms, what, who, why in rows]


def forget_old(db: sqlite3.Connection) -> None:
    """Keep the newest that are over."""
    over = [rollout.id for rollout in in_state(db, State.DONE, State.ABORTED)]
    for rollout_id in over[:-KEEP]:
        for statement in (
            "DELETE FROM rollouts WHERE id = ?",
            "DELETE FROM rollout_units WHERE rollout = ?",
            "DELETE FROM rollout_log WHERE rollout = ?",
        ):
            db.execute(statement, (rollout_id,))
