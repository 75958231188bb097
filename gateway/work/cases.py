"""Incidents of the site, and what the centre knows of them. Runs in the writer's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields

from domain.alarms import Change
from domain.incidents import Condition, ConditionEvent, Kind, Severity, Stage
from domain.site_tasks import OVER_AT_CENTRE
from gateway.site_file.site import Member
from gateway.store.counters import Counters
from gateway.work import called, told_cases

KINDS, SEVERITIES, STAGES = frozenset(Kind), frozenset(Severity), frozenset(Stage)
AT_ONCE = 200  # looked at in one step: some 60 ms of the writer's thread
LIVES, OTHERS = 2, 1  # `wanted`, of what is not finished
KEPT = 10_000  # rows; those that nobody wants go first
PRUNE_EVERY = 256
REFUSED = "refused"  # in place of the message that told of a raise: the centre will never take it
SETTLE_MS = 60_000  # a centre that was restored from a backup never gets to our count: believe it after this


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One row."""

    id: str
    kind: str
    severity: str
    condition: str
    device: str
    grid: str
    place: str
    round: int
    changed_ms: int
    raise_id: str
    wanted: int
    stage: str
    holder: str | None
    version: int
    answers: int
    told: int
    told_ms: int

    @property
    def over(self) -> bool:
        """True where neither the cause nor the centre asks for anything any more."""
        return self.condition == Condition.CLEARED or self.stage in OVER_AT_CENTRE


_COLUMNS = ", ".join(f.name for f in fields(CaseRow))
_NAMES = tuple(f.name for f in fields(CaseRow))


def _row(values: tuple[object, ...]) -> CaseRow:
    return CaseRow(**dict(zip(_NAMES, values, strict=True)))  # type: ignore[arg-type]


class Cases:
    """The table `cases`. `news` is set with whatever a step must look at; whoever steps takes it back."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._raised = -1  # the first of a start looks, too: many starts have fewer than `PRUNE_EVERY`
        # of each class: the last that was looked at in its turn, and where this turn ends
        self._after, self._end = {LIVES: "", OTHERS: ""}, {LIVES: "", OTHERS: ""}
        self.news = False

    def noted(self, db: sqlite3.Connection, member: Member, change: Change, message_id: str) -> CaseRow:
        """An incident moved; `message_id` is what we owe the centre for it."""
        incident = change.incident
        self.news = True
        known = self.get(db, incident.id)
        raised = change.event is ConditionEvent.RAISED
        wanted = LIVES if incident.kind.life_safety else OTHERS
        facts = (incident.severity, incident.condition, member.place, incident.changed_at_ms, wanted, incident.id)
        if known is None:
            self._make_room(db)
            db.execute(
                "INSERT INTO cases (id, kind, severity, condition, device, grid, place, round, changed_ms, raise_id, "
                "wanted) VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)",
                (incident.id, incident.kind, incident.severity, incident.condition, member.device, member.grid,
                 member.place, incident.changed_at_ms, message_id, wanted),
            )  # fmt: skip
        else:
            db.execute(
                "UPDATE cases SET severity = ?, condition = ?, place = ?, changed_ms = ?, wanted = ? WHERE id = ?",
                facts,
            )
            if raised:
                db.execute("UPDATE cases SET round = round + 1, raise_id = ? WHERE id = ?", (message_id, incident.id))
        return self.require(db, incident.id)

    def _make_room(self, db: sqlite3.Connection) -> None:
        self._raised += 1
        if self._raised % PRUNE_EVERY:
            return
        (count,) = db.execute("SELECT count(*) FROM cases").fetchone()
        if count > KEPT:
            gone = db.execute(
                "DELETE FROM cases WHERE id IN (SELECT id FROM cases ORDER BY wanted, id LIMIT ?)", (count - KEPT,)
            )
            self._counters.add("cases.dropped", gone.rowcount)

    def desk(self, db: sqlite3.Connection, number: int, rows: list[dict[str, object]]) -> None:
        """The centre's list. What it does not name stays as it was; what we do not know is not ours."""
        told_cases.take(db, rows)
        called.take(db, rows)
        for row in rows:
            db.execute(
                "UPDATE cases SET stage = ?, holder = ?, version = ?, answers = ?, wanted = max(wanted, 1) "
                "WHERE id = ? AND (stage != ? OR holder IS NOT ? OR version != ? OR answers != ?)",
                (row["stage"], row.get("holder"), row["version"], row["answers"], row["id"],
                 row["stage"], row.get("holder"), row["version"], row["answers"]),
            )  # fmt: skip
            if row.get("active") is not False:  # it heard of this raise all the same
                db.execute("UPDATE cases SET raise_id = '' WHERE id = ? AND raise_id = ?", (row["id"], REFUSED))
        db.execute("INSERT OR REPLACE INTO desk VALUES (1, ?)", (number,))
        self.news = True

    def refused(self, db: sqlite3.Connection, message_id: str) -> None:
        """The centre will never take this message; where it told of a raise, nobody there knows of the incident."""
        if db.execute("UPDATE cases SET raise_id = ? WHERE raise_id = ?", (REFUSED, message_id)).rowcount:
            self._counters.add("cases.refused")
            self.news = True

    def taken(self, db: sqlite3.Connection, rows: list[dict[str, object]]) -> list[tuple[str, str, str]]:
        """(device, kind, id) of what somebody at the centre has taken, of the rows of its list."""
        ids = [row["id"] for row in rows if row["stage"] != Stage.REPORTED]
        query = f"SELECT device, kind, id FROM cases WHERE device != '' AND id IN ({', '.join('?' * len(ids))})"  # noqa: S608 - marks only
        return [found for found in db.execute(query, ids) if found[1] in KINDS]  # as in `wanted`

    def told(self, db: sqlite3.Connection, case_id: str, now_ms: int) -> None:
        """We owe the centre one more answer of a worker."""
        db.execute(
            "UPDATE cases SET told = told + 1, told_ms = ?, wanted = max(wanted, 1) WHERE id = ?", (now_ms, case_id)
        )
        self.news = True

    def get(self, db: sqlite3.Connection, case_id: str) -> CaseRow | None:
        """A case, None where it is not known."""
        found = db.execute(f"SELECT {_COLUMNS} FROM cases WHERE id = ?", (case_id,)).fetchone()  # noqa: S608 - names of our own
        return None if found is None else _row(found)

    def require(self, db: sqlite3.Connection, case_id: str) -> CaseRow:
        """A case that is there."""
        found = self.get(db, case_id)
        if found is None:
            raise LookupError(f"no case {case_id}")
        return found

    def wanted(self, db: sqlite3.Connection) -> list[CaseRow]:
        """What a step looks at, life safety first, then the oldest. Of too many the newest, and the others in turn.

        In turn: each of n of a class within n // (AT_ONCE // 4) + 3 steps, whatever comes and goes meanwhile, and for
        the first time within twice that where more came at once than one step takes.
        """
        query = f"SELECT {_COLUMNS} FROM cases WHERE wanted > 0 ORDER BY wanted DESC, id LIMIT ?"  # noqa: S608
        (count,) = db.execute("SELECT count(*) FROM cases WHERE wanted > 0").fetchone()
        if count <= AT_ONCE:
            found = db.execute(query, (AT_ONCE,)).fetchall()
        else:
            others = self._in_turn(db, OTHERS, AT_ONCE // 4)
            found = self._in_turn(db, LIVES, AT_ONCE // 2 - len(others)) + others
            found += db.execute(query.replace("DESC, id", "DESC, id DESC"), (AT_ONCE // 2,)).fetchall()
        rows = [_row(values) for values in dict.fromkeys(found)]
        return [row for row in rows if _is_known(row)]

    def _in_turn(self, db: sqlite3.Connection, wanted: int, part: int) -> list[tuple[object, ...]]:
        """The next ones of a class, after the last that was looked at: a place in the row would move with what goes."""
        after, end = self._after[wanted], self._end[wanted]
        if not after:  # once around, up to the newest of now: a flood that goes on must not keep it at its end
            end = db.execute("SELECT coalesce(max(id), '') FROM cases WHERE wanted = ?", (wanted,)).fetchone()[0]
        query = f"SELECT {_COLUMNS} FROM cases WHERE wanted = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?"  # noqa: S608
        found = db.execute(query, (wanted, after, end, part)).fetchall()
        more = len(found) == part and found[-1][0] != end
        self._after[wanted], self._end[wanted] = str(found[-1][0]) if more else "", end
        return found

    def all_wanted(self, db: sqlite3.Connection) -> frozenset[str]:
        """What some step will look at: one look for all, ten thousand of them are 9 ms and one by one 140."""
        return frozenset(case for (case,) in db.execute("SELECT id FROM cases WHERE wanted > 0"))

    def finish(self, db: sqlite3.Connection, case_id: str) -> None:
        """Nothing more can happen to it until there is news."""
        db.execute("UPDATE cases SET wanted = 0 WHERE id = ?", (case_id,))

    def places(self, db: sqlite3.Connection, row: CaseRow) -> list[str]:
        """The place of a case; of a fire that burns every other of its grid, too, its own first."""
        if not Kind(row.kind).spreads or row.condition == Condition.CLEARED:
            return [row.place]
        query = (
            "SELECT DISTINCT place FROM cases "
            "WHERE kind = ? AND grid = ? AND condition = 'active' AND wanted > 0 LIMIT 6"
        )
        others = [place for (place,) in db.execute(query, (row.kind, row.grid)) if place != row.place]
        return [row.place, *others]


def _is_known(row: CaseRow) -> bool:
    """False for what a newer version left that was rolled back: it knew more."""
    return row.kind in KINDS and row.severity in SEVERITIES and row.stage in ("", *STAGES)


def severity_of(row: CaseRow) -> Severity:
    """As the domain says it."""
    return Severity(row.severity)


def stage_of(row: CaseRow) -> Stage | None:
    """None where the centre has said nothing."""
    return Stage(row.stage) if row.stage else None


def unheard(db: sqlite3.Connection, row: CaseRow) -> bool:
    """True where the centre does not know that it was raised: it has not acknowledged that yet, or refused it."""
    if row.raise_id == REFUSED:
        return True
    return db.execute("SELECT 1 FROM outbox WHERE id = ?", (row.raise_id,)).fetchone() is not None


def settled(db: sqlite3.Connection, row: CaseRow, now_ms: int) -> bool:
    """True where the centre's word on a case is not older than what our workers answered."""
    if row.answers >= row.told:
        return True
    if 0 <= now_ms - row.told_ms < SETTLE_MS:
        return False
    owed = db.execute("SELECT 1 FROM outbox WHERE priority = 1 AND kind = 'report' LIMIT 1").fetchone()
    return owed is None


def reopened(row: CaseRow) -> bool:
    """True where the centre has every answer of our workers, and says that nobody has it."""
    return row.stage == Stage.REPORTED and row.answers >= row.told > 0


def desk_number(db: sqlite3.Connection) -> int:
    """Which list of the centre we have; 0: none."""
    found = db.execute("SELECT number FROM desk").fetchone()
    return 0 if found is None else int(found[0])
