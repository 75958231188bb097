"""The rows of exports and their states; the table says what may follow what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cloud.history.exports.errors import ExportsFull
from cloud.history.exports.wish import Wish
from cloud.store.models_history import Export

WAITING_MAX = 20  # of all people
OWN_MAX = 3  # of one


class NoRoom(Exception):
    """A file that grows would take the room of what others have waiting."""


class State(StrEnum):
    """Where an export is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    GONE = "gone"  # its file was deleted after its time


NEXT: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.CANCELLED, State.FAILED}),
    State.RUNNING: frozenset({State.DONE, State.FAILED, State.CANCELLED}),
    State.DONE: frozenset({State.GONE}),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.GONE: frozenset(),
}
PENDING = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportView:
    """One export as people see it."""

    id: str
    actor: str
    asked_ms: int
    wish: Wish
    state: State
    rows: int
    total: int
    bytes: int
    ended_ms: int | None
    error: str  # code: restarted, too_large, disk, readings_away

    @property
    def percent(self) -> int:
        """How far it is; never 100 before it is done, because the total may be an estimate."""
        if self.state is State.DONE:
            return 100
        return min(99, 100 * self.rows // self.total) if self.total else 0


def view(row: Export) -> ExportView:
    """Of a row."""
    return ExportView(
        id=row.id, actor=row.actor, asked_ms=row.asked_ms, wish=Wish.from_dict(row.what), state=State(row.state),
        rows=row.rows, total=row.total, bytes=row.bytes, ended_ms=row.ended_ms, error=row.error,
    )  # fmt: skip


def go(row: Export, to: State, now_ms: int, error: str = "") -> bool:
    """Move a row; False where the table does not know the way: somebody else was faster."""
    if to not in NEXT[State(row.state)]:
        return False
    row.state = to
    row.error = error
    if to is not State.RUNNING and row.ended_ms is None:
        row.ended_ms = now_ms
    return True


def check_room(session: Session, actor: str) -> None:
    """Raises ExportsFull."""
    pending = select(func.count()).select_from(Export).where(Export.state.in_(PENDING))
    if (session.scalar(pending.where(Export.actor == actor)) or 0) >= OWN_MAX:
        raise ExportsFull(f"{OWN_MAX} exports of yours are under way; wait for one to end, or cancel it")
    if (session.scalar(pending) or 0) >= WAITING_MAX:
        raise ExportsFull(f"{WAITING_MAX} exports are under way; try again when one has ended")


def numbers(session: Session) -> dict[str, int]:
    """How many there are of each state that holds something, and the bytes of the files."""
    held = select(Export.state, func.count(), func.sum(Export.bytes)).where(Export.state.in_((*PENDING, State.DONE)))
    found = {row[0]: (row[1], row[2]) for row in session.execute(held.group_by(Export.state))}
    counts = {str(state): found.get(state, (0, 0))[0] for state in (*PENDING, State.DONE)}
    return {**counts, "bytes": int(found.get(State.DONE, (0, 0))[1])}


def next_waiting(session: Session) -> Export | None:
    """The one that waits longest of whoever was served longest ago: nobody's three stand before another's first."""
    served = select(Export.actor, func.max(Export.asked_ms).label("at_ms")).where(Export.state != State.WAITING)
    last = served.group_by(Export.actor).subquery()
    query = select(Export).outerjoin(last, last.c.actor == Export.actor).where(Export.state == State.WAITING)
    order = (func.coalesce(last.c.at_ms, 0), Export.asked_ms, Export.id)
    return session.scalars(query.order_by(*order).limit(1)).first()


def too_many(done: Sequence[ExportView], growing: tuple[str, int], most: tuple[int, int]) -> list[ExportView]:
    """Which files go, of those given the newest first, for `most` bytes and files: the oldest of whoever holds most.

    `growing` is whose file is being written, and its bytes. Raises NoRoom where it is that one that takes the most.
    """
    actor, size = growing
    held = {actor: (size, list[ExportView]())}
    for export in done:
        bytes_, files = held.get(export.actor, (0, []))
        held[export.actor] = (bytes_ + export.bytes, [*files, export])
    left, size = len(done), size + sum(export.bytes for export in done)
    gone: list[ExportView] = []
    while left and (size > most[0] or left > most[1]):
        who, (bytes_, files) = max(held.items(), key=lambda one: _weight(*one[1]))
        if not files:
            raise NoRoom
        gone.append(files.pop())
        left, size = left - 1, size - gone[-1].bytes
        held[who] = (bytes_ - gone[-1].bytes, files)
    return gone


def _weight(size: int, files: Sequence[ExportView]) -> tuple[int, int, int]:
    """Of two who hold as much, whose oldest file waits longest."""
    return size, len(files), -(files[-1].ended_ms or 0) if files else 0
