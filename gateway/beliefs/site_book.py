"""The rules that span endpoints, between what endpoints judge and what the centre is told; in memory and on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypedDict, TypeVar

import msgspec

from domain.alarms import Change, NewId
from domain.incidents import Kind
from domain.shelving import Ends, Shelf, Shelves
from domain.site_rules.context import Context
from domain.site_rules.engine import SiteRules, fresh
from domain.site_rules.limits import Place
from domain.site_rules.records import Book, Record, Telling, from_state, to_state
from gateway.beliefs.believed import UNREADABLE, believed
from gateway.site_file.site import Member, Site
from gateway.store.counters import Counters

T = TypeVar("T")
SHELVES_KEPT = 1_000  # that have ended: who kept what back, and why
ENDED_BY_TIME = "time"


class SiteBook:
    """Runs in the writer's thread, inside a transaction; one of its caches."""

    def __init__(self, site: Site, counters: Counters) -> None:
        self._site = site
        self._count: Callable[[str], None] = counters.add
        self._context: Context | None = None
        self._rules: SiteRules | None = None
        self._now_ms = 0
        self._ends = Ends()
        self._outdated = False
        self._taken_over: sqlite3.Connection | None = None

    def use(self, site: Site) -> None:
        """From the next transaction on, the site is this one."""
        self._site = site
        self._outdated = True

    def feed(self, db: sqlite3.Connection, device: str, change: Change, now_ms: int, new_id: NewId) -> list[Telling]:
        """What the centre is told of a change of one endpoint's incident."""
        self._now_ms = now_ms
        return self._load(db).feed(device, change, now_ms, new_id)

    def tick(self, db: sqlite3.Connection, now_ms: int, new_id: NewId) -> list[Telling]:
        """What it is told because time has passed."""
        self._now_ms = now_ms
        rules = self._load(db)
        return rules.tick(now_ms, new_id)

    def agree(self, db: sqlite3.Connection, known: Mapping[str, int], now_ms: int, *, complete: bool) -> list[Telling]:
        """What the centre is told again, given what it knows: incident -> revision."""
        self._now_ms = now_ms
        return self._load(db).agree(known, now_ms, complete=complete)

    def open(self, db: sqlite3.Connection) -> None:
        """Read the book, before somebody writes down a belief of which it shall hear only then."""
        self._load(db)

    def knows(self, db: sqlite3.Connection, incident_id: str) -> bool:
        """True for an incident that is not over."""
        self._load(db)
        return self._context is not None and self._context.book.has(incident_id)

    def source_of(self, db: sqlite3.Connection, incident_id: str) -> str:
        """The endpoint's own incident behind one that the centre knows; while an alarm chatters they differ."""
        book = self._book(db)
        return book.get(incident_id).source.id if book.has(incident_id) else incident_id

    def kept_back(self, db: sqlite3.Connection, source_id: str) -> Shelf | None:
        """The shelf behind which this incident of an endpoint waits."""
        record = self._book(db).find(source_id)
        shelf_id = None if record is None else record.shelf
        return next((shelf for shelf in shelves_in(db) if shelf.id == shelf_id), None) if shelf_id else None

    def waiting(self, db: sqlite3.Connection, shelf_id: str) -> list[tuple[str, Kind]]:
        """(endpoint, kind) of the incidents behind a shelf."""
        return [(record.device, record.kind) for record in self._book(db).timed() if record.shelf == shelf_id]

    def _book(self, db: sqlite3.Connection) -> Book:
        self._load(db)
        assert self._context is not None  # noqa: S101 - for mypy: it has just been loaded
        return self._context.book

    def member(self, telling: Telling) -> Member:
        """Where it is: the endpoint, or the gateway in its place; a site stands for a grid, as its link does."""
        known = self._site.member(telling.device)
        if known is not None:
            return known
        place, grid = telling.place or self._site.gateway, telling.grid or self._site.site
        return Member(device=telling.device, kind="gateway", place=place, grid=grid)

    def _load(self, db: sqlite3.Connection) -> SiteRules:
        if self._rules is None:
            places = {name: _place(member) for name, member in self._site.endpoints.items()}
            places |= {name: _place(member) for name, member in self._site.foreign.items()}
            shelves = Shelves(shelves_in(db))
            self._context = Context(self._site.gateway, places, self._site.site_rules, shelves, self._count)
            states = self._readable(db.execute("SELECT state FROM site_rules"), _saved)
            told = self._readable(db.execute("SELECT record FROM told_incidents ORDER BY id"), _record)
            self._rules = fresh(self._context, told, next(states, None))
            self._take_over(db, self._rules)
        return self._rules

    def _readable(self, rows: Iterable[tuple[bytes]], read: Callable[[bytes], T]) -> Iterator[T]:
        """What a torn page or another version left; the rest must not stop a gateway for ever."""
        for (row,) in rows:
            try:
                yield read(row)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self._count(UNREADABLE)

    def _take_over(self, db: sqlite3.Connection, rules: SiteRules) -> None:
        """Once per database: what is believed here and not in the book, after an upgrade or a torn page."""
        if self._taken_over is not db:
            for device, incident in believed(db, self._site.gateway, self._count):
                if device == self._site.gateway or self._site.member(device) is not None:  # else it was taken out
                    rules.take_over(device, incident)
            self._taken_over = db

    def shelve(self, db: sqlite3.Connection, shelf: Shelf) -> None:
        """A person keeps something back from now on."""
        db.execute("INSERT INTO shelves (id, shelf) VALUES (?, ?)", (shelf.id, msgspec.json.encode(shelf)))
        self._count("shelves.put")
        self._shelves_changed(db)

    def unshelve(self, db: sqlite3.Connection, shelf_id: str, by: str, now_ms: int) -> bool:
        """It is told again. False where no such shelf holds."""
        ended = "UPDATE shelves SET ended_ms = ?, ended_by = ? WHERE id = ? AND ended_ms IS NULL"
        if not db.execute(ended, (now_ms, by, shelf_id)).rowcount:
            return False
        self._count("shelves.taken_away")
        self._shelves_changed(db)
        return True

    def _shelves_changed(self, db: sqlite3.Connection) -> None:
        old = "SELECT id FROM shelves WHERE ended_ms IS NOT NULL ORDER BY id DESC LIMIT -1 OFFSET ?"
        db.execute(f"DELETE FROM shelves WHERE id IN ({old})", (SHELVES_KEPT,))  # noqa: S608 - our own words
        self._load(db).shelve(Shelves(shelves_in(db)))

    def end_shelves(self, db: sqlite3.Connection, now_ms: int, steady_ms: int) -> None:
        """Write down which have run out, and about once a minute how much of the others is left."""
        written = dict(db.execute("SELECT id, left_ms FROM shelves WHERE ended_ms IS NULL"))
        for shelf in self._ends.over(shelves_in(db), now_ms, steady_ms, written):
            self.unshelve(db, shelf.id, ENDED_BY_TIME, now_ms)
        left = self._ends.to_write(steady_ms, written)
        if left:
            db.executemany("UPDATE shelves SET left_ms = ? WHERE id = ?", [(ms, name) for name, ms in left.items()])

    def shelved(self, db: sqlite3.Connection, now_ms: int) -> list[dict[str, Any]]:
        """What is kept back now, by whom and why, and how many incidents wait behind it."""
        waiting = [record.shelf for record in self._book(db).timed()]
        return [
            msgspec.to_builtins(shelf) | {"waiting": waiting.count(shelf.id)}
            for shelf in Shelves(shelves_in(db)).held(now_ms)
        ]

    def flush(self, db: sqlite3.Connection) -> None:
        """Write what changed."""
        if self._context is not None and self._rules is not None:
            self._write(db, self._context, self._rules)
        if self._outdated:
            self.forget()

    def _write(self, db: sqlite3.Connection, context: Context, rules: SiteRules) -> None:
        kept, gone = context.book.news()
        if not kept and not gone:
            return
        rows = [(record.id, msgspec.json.encode(to_state(record))) for record in kept]
        db.executemany("INSERT OR REPLACE INTO told_incidents VALUES (?, ?)", rows)
        db.executemany("DELETE FROM told_incidents WHERE id = ?", [(record_id,) for record_id in gone])
        state = msgspec.json.encode(rules.to_state(self._now_ms))
        db.execute("INSERT OR REPLACE INTO site_rules VALUES (1, ?)", (state,))

    def forget(self) -> None:
        """Read again when needed."""
        self._context = self._rules = None
        self._outdated = False


class _Flood(TypedDict):
    times: list[int]
    on: bool


class _Saved(TypedDict):
    flood: _Flood
    chatter: dict[str, list[int]]


def _saved(row: bytes) -> dict[str, Any]:
    return dict(msgspec.json.decode(row, type=_Saved))


def _record(row: bytes) -> Record:
    return from_state(msgspec.json.decode(row))


def _place(member: Member) -> Place:
    return Place(grid=member.grid, group=member.group or member.grid, via=member.via)


def shelves_in(db: sqlite3.Connection) -> list[Shelf]:
    """Those that nobody has taken away and whose end has not been noted, oldest first."""
    shelves = []
    for (row,) in db.execute("SELECT shelf FROM shelves WHERE ended_ms IS NULL ORDER BY id"):
        with suppress(ValueError):  # one that cannot be read keeps nothing back
            shelves.append(msgspec.json.decode(row, type=Shelf))
    return shelves
