"""What the gateway keeps of panels, in the database: belief, frames seen, components, records. Writer's thread only."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping

import msgspec
import structlog

from domain.gb26875 import facts
from domain.gb26875.frames import Frame
from domain.gb26875.names import SYSTEMS, named
from domain.gb26875.panel import Panel
from domain.gb26875.part_names import PARTS
from domain.gb26875.spoken import Heard, key_of
from domain.gb26875.times import TRUSTED_MS
from gateway.store.counters import Counters

log = structlog.get_logger()
SEEN_MS = 600_000  # four tries ten seconds apart, and a device that was restarted in between
SEEN_WRONG_MS = 60_000  # from a clock that is wrong and so may stand still: only the tries
MAX_SEEN = 1_000  # frames of one panel
MAX_PARTS = 20_000  # of one panel
MAX_RECORDS = 20_000  # of all; GB 25506 wants 10,000
_NUMBERS = 8  # bytes of a mark: serial and time
_LOOK_EVERY = 500  # counting rows for each would cost more than the rows


class Panels:
    """Belief about each panel, in memory and in the database: always both or neither.

    `members`: those of the site file, another mapping whenever that is read again.
    """

    def __init__(self, members: Callable[[], Mapping[str, object]]) -> None:
        self._members = members
        self._settled: Mapping[str, object] | None = None  # the members of whom we know who has left
        self._panels: dict[str, Panel] = {}
        self._changed: set[str] = set()

    def look(self, db: sqlite3.Connection, device: str) -> Panel:
        """The panel, to read."""
        if device not in self._panels:
            row = db.execute("SELECT state, presence FROM panels WHERE device = ?", (device,)).fetchone()
            self._panels[device] = Panel() if row is None else _restored(device, *row)
        return self._panels[device]

    def change(self, db: sqlite3.Connection, device: str) -> Panel:
        """The panel, to change in this transaction."""
        self._changed.add(device)
        return self.look(db, device)

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what changed; fire and faults only where they did: they may be long, heartbeats are many."""
        members = self._members()
        if members is not self._settled:
            for (device,) in db.execute("SELECT device FROM panels").fetchall():
                if device not in members:
                    self.change(db, device).begin_anew()
            self._settled = members
        for device in self._changed:
            panel = self._panels[device]
            presence = msgspec.json.encode(panel.presence_to_state())
            known = db.execute("UPDATE panels SET presence = ? WHERE device = ?", (presence, device)).rowcount
            if panel.news() or not known:
                state = msgspec.json.encode(panel.to_state())
                db.execute("INSERT OR REPLACE INTO panels VALUES (?, ?, ?)", (device, presence, state))
        self._changed.clear()

    def forget(self) -> None:
        """Read again when needed."""
        self._panels.clear()
        self._changed.clear()
        self._settled = None


def _restored(device: str, state: bytes, presence: bytes) -> Panel:
    try:
        return Panel.from_state(msgspec.json.decode(state), msgspec.json.decode(presence))
    except (ValueError, TypeError, LookupError, AttributeError) as error:  # rotten bytes; it is judged all the same
        log.warning("panel_begins_anew", device=device, why=str(error))
        return Panel()


def mark_of(frame: Frame) -> bytes:
    """Serial and time tell the frames of a panel apart; the data too, for devices that always say the same numbers."""
    data = hashlib.blake2b(frame.data, digest_size=8).digest()
    return frame.serial.to_bytes(2, "little") + frame.time + bytes([frame.command]) + data


def is_new(db: sqlite3.Connection, device: str, mark: bytes, told_ms: int | None, received_ms: int) -> bool:
    """True where no frame of this mark was taken lately; `told_ms`: when it was sent, by its sender's clock.

    Numbers that stand still make two fires look like one that is sent again. So a wrong clock is believed for a minute
    only, and no numbers are that another frame bore since: a call point was reset and pressed once more.
    """
    row = db.execute("SELECT received_ms FROM panel_seen WHERE device = ? AND mark = ?", (device, mark)).fetchone()
    if row is not None:
        was_right = told_ms is not None and abs(told_ms - row[0]) <= TRUSTED_MS
        lately = abs(received_ms - row[0]) <= (SEEN_MS if was_right else SEEN_WRONG_MS)
        newest = _newest(db, device)
        if lately and (newest == mark or newest[:_NUMBERS] != mark[:_NUMBERS]):
            return False
    insert = "INSERT OR REPLACE INTO panel_seen (device, mark, received_ms) VALUES (?, ?, ?)"
    n = db.execute(insert, (device, mark, received_ms)).lastrowid or 0
    if n % _LOOK_EVERY == 0:
        oldest_kept = "SELECT n FROM panel_seen WHERE device = ? ORDER BY n DESC LIMIT 1 OFFSET ?"
        limit = db.execute(oldest_kept, (device, MAX_SEEN)).fetchone()
        db.execute("DELETE FROM panel_seen WHERE device = ? AND n <= ?", (device, -1 if limit is None else limit[0]))
    return True


def _newest(db: sqlite3.Connection, device: str) -> bytes:
    (mark,) = db.execute("SELECT mark FROM panel_seen WHERE device = ? ORDER BY n DESC LIMIT 1", (device,)).fetchone()
    return bytes(mark)


def label(db: sqlite3.Connection, device: str, fact: facts.Fact) -> str:
    """What people call who speaks: the panel's description where it gave one, and what it is."""
    if not hasattr(fact, "system"):
        return ""
    said = getattr(fact, "text", "") or name_of(db, device, key_of(fact))
    names = [named(SYSTEMS, fact.system)] if not hasattr(fact, "part") else [named(PARTS, fact.part)]
    return " · ".join([*([said] if said else []), *map(str, names)])


def name_of(db: sqlite3.Connection, device: str, key: str) -> str:
    """The description that a panel gave last."""
    row = db.execute("SELECT name FROM panel_parts WHERE device = ? AND key = ?", (device, key)).fetchone()
    return "" if row is None else str(row[0])


class Parts:
    """The newest word of every facility and component; bounded, and what is too much is counted."""

    def __init__(self, counters: Counters, limit: int = MAX_PARTS) -> None:
        self._counters = counters
        self._limit = limit

    def keep(self, db: sqlite3.Connection, device: str, heard: Heard) -> None:
        """Remember a state, a value or a description."""
        fact, key = heard.fact, key_of(heard.fact)
        columns = _columns(fact, heard.at_ms)
        if not columns or not self._has_room(db, device, key):
            return
        names = ", ".join(columns)
        sets = ", ".join(f"{name} = excluded.{name}" for name in columns)
        marks = ", ".join("?" * len(columns))
        db.execute(
            f"INSERT INTO panel_parts (device, key, {names}) VALUES (?, ?, {marks}) "  # noqa: S608 - names of our own
            f"ON CONFLICT (device, key) DO UPDATE SET {sets}",
            (device, key, *columns.values()),
        )

    def _has_room(self, db: sqlite3.Connection, device: str, key: str) -> bool:
        if db.execute("SELECT 1 FROM panel_parts WHERE device = ? AND key = ?", (device, key)).fetchone():
            return True
        (count,) = db.execute("SELECT COUNT(*) FROM panel_parts WHERE device = ?", (device,)).fetchone()
        if count >= self._limit:
            self._counters.add("panel.parts_dropped")
        return bool(count < self._limit)


def _columns(fact: facts.Fact, at_ms: int) -> dict[str, object]:
    if isinstance(fact, facts.SystemState | facts.PartState):
        text = getattr(fact, "text", "")
        return {"state": fact.state, "state_ms": at_ms} | ({"name": text} if text else {})
    if isinstance(fact, facts.DeviceState):
        return {"state": fact.flags, "state_ms": at_ms}
    if isinstance(fact, facts.PartValue):
        return {"analog": fact.analog, "raw": fact.raw, "value_ms": at_ms}
    if isinstance(fact, facts.PartConfig | facts.SystemConfig):
        return {"name": fact.text}
    return {}


def record(
    db: sqlite3.Connection, device: str, kind: int, heard: Iterable[tuple[Heard, int | None]], received_ms: int
) -> int:
    """Keep what was told, with the teller's own time. How many old records had to go."""
    last = 0
    for one, told_ms in heard:
        fact = msgspec.json.encode(facts.plain(one.fact))
        row = (device, received_ms, one.at_ms, told_ms, kind, fact)
        insert = "INSERT INTO panel_records (device, received_ms, at_ms, told_ms, type, fact) VALUES (?, ?, ?, ?, ?, ?)"
        last = db.execute(insert, row).lastrowid or 0
    if last % _LOOK_EVERY > 1:
        return 0
    return db.execute("DELETE FROM panel_records WHERE n <= ?", (last - MAX_RECORDS,)).rowcount


def not_normal(db: sqlite3.Connection, device: str) -> list[tuple[str, str, int, int]]:
    """(key, description, state, since) of everything that is not just running, the newest first."""
    rows = db.execute(
        "SELECT key, name, state, state_ms FROM panel_parts WHERE device = ? AND state NOT IN (0, 1) "
        "ORDER BY state_ms DESC LIMIT 200",
        (device,),
    )
    return [(key, name, state, at_ms) for key, name, state, at_ms in rows]
