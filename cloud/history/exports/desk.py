"""Exports: asked for, written by one worker beside the readings, fetched, and deleted after their time."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import structlog
from sqlalchemy import delete, select

from cloud.history.asking import BadAsk
from cloud.history.exports import book
from cloud.history.exports.book import PENDING, ExportView, NoRoom, State, check_room, go, next_waiting, too_many, view
from cloud.history.exports.errors import NoFile, UnknownExport
from cloud.history.exports.plain import plain
from cloud.history.exports.streams import Streams
from cloud.history.exports.wish import Wish
from cloud.history.exports.writing import pieces
from cloud.history.port import DAY_MS, NotReadable, Series
from cloud.store.engine import Store
from cloud.store.models_history import Export
from cloud.trust.audit import Deed
from runtime.clock import Clock
from runtime.ids import uuid7

log = structlog.get_logger()
EVERY_S = 1.0
DIRECT_ROWS = 2_000_000  # streamed at once, without a file
DIRECT_MAX = 4  # streams at the same time
KEPT_MS = DAY_MS  # a file, after it is done
ROWS_KEPT_MS = 30 * DAY_MS  # what was asked for, after it ended
FILES_MAX = 100
DISK_LEFT = 500_000_000  # bytes: the disk belongs to incidents and readings first; a default of ours
SHOWN = 20
TELL_ROWS = 50_000  # between two steps of the progress


class Stopped(Exception):
    """Somebody cancelled it, or it is too large."""


class Exports:
    """What people may do with exports, and the job that writes them. `folder` None: this worker has no files."""

    def __init__(self, store: Store, series: Series, clock: Clock) -> None:
        self._store = store
        self._series = series
        self._clock = clock
        self._streams = Streams(DIRECT_MAX)
        self._kept = 0  # bytes of the files that are done
        self.folder: Path | None = None
        self.elsewhere: Callable[[str], Iterator[bytes]] | None = None  # fetches a file from the worker that has it
        self.bytes_max = 2_000_000_000
        self.record: Callable[[Deed], None] = lambda _deed: None

    def ask(self, wish: Wish, actor: str, address: str = "") -> ExportView:
        """Put an export into the queue. Raises BadAsk, ExportsFull."""
        wish = plain(self._series, wish)
        total = self._series.count(wish.devices, wish.channels, wish.from_ms, wish.to_ms, wish.level)
        now_ms = self._clock.now_ms()
        row = Export(
            id=str(uuid7(now_ms)), actor=actor, asked_ms=now_ms, what=wish.to_dict(), state=State.WAITING, rows=0,
            total=total, bytes=0, error="",
        )  # fmt: skip
        with self._store.write() as session:
            check_room(session, actor)
            session.add(row)
        self.note(wish, actor, address, total)
        return view(row)

    def stream(self, wish: Wish, actor: str, address: str = "") -> Iterator[bytes]:
        """A small range at once, as bytes. Raises BadAsk where it is large, ExportsFull."""
        wish = plain(self._series, wish)
        total = self._series.count(wish.devices, wish.channels, wish.from_ms, wish.to_ms, wish.level)
        if total > DIRECT_ROWS:
            raise BadAsk(
                "from_ms",
                f"about {total} rows, at most {DIRECT_ROWS} come at once: ask for a file by POST /api/history/exports, "
                "for a shorter span or a coarser level",
            )
        batches = self._series.batches(wish.devices, wish.channels, wish.from_ms, wish.to_ms, wish.level)
        stream = self._streams.begin(pieces(batches, wish, lambda _rows: None))
        try:
            self.note(wish, actor, address, total)
        except BaseException:
            stream.close()
            raise
        return stream

    def get(self, export_id: str, actor: str | None = None) -> ExportView:
        """One export; somebody's own, where he is named. Raises UnknownExport."""
        with self._store.read() as session:
            row = session.get(Export, export_id)
            if row is None or actor not in (None, row.actor):
                raise UnknownExport("no such export; see GET /api/history/exports")
            return view(row)

    def of(self, actor: str) -> list[ExportView]:
        """Somebody's own, the newest first."""
        query = select(Export).where(Export.actor == actor).order_by(Export.asked_ms.desc(), Export.id.desc())
        with self._store.read() as session:
            return [view(row) for row in session.scalars(query.limit(SHOWN))]

    def cancel(self, export_id: str) -> ExportView:
        """Stop it, or do nothing where it has ended. Raises UnknownExport."""
        self._move(export_id, State.CANCELLED)
        return self.get(export_id)

    def health(self) -> dict[str, int]:
        """For /metrics."""
        with self._store.read() as session:
            return {**book.numbers(session), "bytes_max": self.bytes_max}

    def file(self, export_id: str) -> Path | Iterator[bytes]:
        """The file of a finished export, or its bytes where another worker has it. Raises UnknownExport, NoFile."""
        found = self.get(export_id)
        path = self._path(found)
        if found.state is State.DONE and path is None and self.elsewhere is not None:
            return self.elsewhere(export_id)
        if found.state is not State.DONE or path is None or not path.exists():
            raise NoFile(f"the export is {found.state}; only one that is done has a file, for a day")
        return path

    async def run(self) -> None:
        """Write what waits, one at a time, for ever."""
        await asyncio.to_thread(self._begin)
        while True:
            if not await asyncio.to_thread(self.work):
                await asyncio.sleep(EVERY_S)

    def work(self) -> bool:
        """The one that waits longest; False where none does. Room is made before."""
        self.sweep()
        with self._store.write() as session:
            row = next_waiting(session)
            if row is None:
                return False
            go(row, State.RUNNING, self._clock.now_ms())
            export = view(row)
        path = self._path(export)
        if path is not None:
            self._write(export, path)
        return True

    def sweep(self, actor: str = "", growing: int = 0) -> None:
        """Delete files after their time, and where they are too many, with one that grows, those of who holds most.

        Raises NoRoom where that is whoever `growing` bytes are written for.
        """
        now_ms = self._clock.now_ms()
        with self._store.read() as session:
            done = select(Export).where(Export.state == State.DONE).order_by(Export.ended_ms.desc())
            exports = [view(row) for row in session.scalars(done)]
        old = [export for export in exports if (export.ended_ms or 0) < now_ms - KEPT_MS]
        kept = [export for export in exports if export not in old]
        gone = too_many(kept, (actor, growing), (self.bytes_max, FILES_MAX))
        for export in (*old, *gone):
            self._move(export.id, State.GONE)
            self._drop(export)
        self._kept = sum(export.bytes for export in kept) - sum(export.bytes for export in gone)
        ended = Export.state.not_in((*PENDING, State.DONE))
        with self._store.write() as session:
            session.execute(delete(Export).where(ended, Export.ended_ms < now_ms - ROWS_KEPT_MS))

    def note(self, wish: Wish, actor: str, address: str, rows: int | None = None) -> None:
        """Into the audit log: who takes which readings away."""
        first = wish.devices[0] + (f" +{len(wish.devices) - 1}" if len(wish.devices) > 1 else "")
        detail = {**wish.to_dict(), "devices": list(wish.devices[:20]), "channels": list(wish.channels), "rows": rows}
        self.record(Deed(actor=actor, action="history_export", target=first, address=address, detail=detail))

    def _begin(self) -> None:
        """After a restart: half a file is no file."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._store.read() as session:
            pending = [view(row) for row in session.scalars(select(Export).where(Export.state == State.RUNNING))]
            known = {row.id for row in session.scalars(select(Export).where(Export.state.in_((*PENDING, State.DONE))))}
        for export in pending:
            self._move(export.id, State.FAILED, "restarted")
            known.discard(export.id)
        for path in self.folder.iterdir():
            if path.name.partition(".")[0] not in known:
                path.unlink(missing_ok=True)

    def _write(self, export: ExportView, path: Path) -> None:
        wish = export.wish
        batches = self._series.batches(wish.devices, wish.channels, wish.from_ms, wish.to_ms, wish.level)
        error = ""
        try:
            self._fill(export, path, batches)
        except Stopped as stop:
            error = str(stop)
        except NoRoom:
            error = "too_large"
        except NotReadable:
            error = "readings_away"
        except (OSError, pa.ArrowException) as why:
            log.warning("export_failed", export=export.id, why=str(why), remedy="free disk space under data_dir")
            error = "disk"
        if error or not self._move(export.id, State.DONE):
            self._move(export.id, State.FAILED, error)
            self._drop(export)

    def _fill(self, export: ExportView, path: Path, batches: Iterator[pa.RecordBatch]) -> None:
        rows, told, size = 0, 0, 0

        def count(now: int) -> None:
            nonlocal rows
            rows = now

        with path.open("wb") as file:
            for piece in pieces(batches, export.wish, count):
                size += file.write(piece)
                if size > self.bytes_max:
                    raise Stopped("too_large")
                if size + self._kept > self.bytes_max:
                    self.sweep(export.actor, size)
                if rows - told >= TELL_ROWS:
                    told = rows
                    self._tell(export.id, rows, size)
        self._tell(export.id, rows, size)

    def _tell(self, export_id: str, rows: int, size: int) -> None:
        if self.folder is not None and shutil.disk_usage(self.folder).free < DISK_LEFT:
            raise Stopped("disk")
        with self._store.write() as session:
            row = session.get(Export, export_id)
            if row is None or row.state != State.RUNNING:
                raise Stopped("cancelled")
            row.rows, row.bytes = rows, size

    def _move(self, export_id: str, to: State, error: str = "") -> bool:
        with self._store.write() as session:
            row = session.get(Export, export_id)
            return row is not None and go(row, to, self._clock.now_ms(), error)

    def _path(self, export: ExportView) -> Path | None:
        return None if self.folder is None else self.folder / f"{export.id}.{export.wish.format}"

    def _drop(self, export: ExportView) -> None:
        path = self._path(export)
        if path is not None:
            with suppress(OSError):
                path.unlink(missing_ok=True)
