"""Reads the recorded samples of a gateway, running or not: what is packed and what is still staged, each once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from heapq import heappop, heappush
from pathlib import Path

from domain.readings import Reading
from gateway.store.schema import DATABASE
from gateway.telemetry.blocks import unpack
from gateway.telemetry.store import FILE
from gateway.telemetry.telemetry import decode_rows

Key = tuple[int, str, int, int]
Source = tuple[int, Callable[[], list[Reading]]]  # no sample of it is older than the time; loads them, sorted


class NothingRecorded(Exception):
    """The folder holds no recorded samples; the text says what to do."""


def _key(reading: Reading) -> Key:
    return reading.at_ms, reading.device, reading.boot, reading.seq


class Record:
    """The recorded samples of one gateway as of its opening. Times are when a sample was measured."""

    def __init__(self, staged: list[bytes], blocks: sqlite3.Connection | None) -> None:
        self._staged = staged
        self._blocks = blocks

    def devices(self) -> list[str]:
        """Every endpoint of which there is a sample."""
        packed = [] if self._blocks is None else self._blocks.execute("SELECT DISTINCT device FROM blocks").fetchall()
        return sorted({device for (device,) in packed} | {reading.device for reading in self._stage(None)})

    def samples(self, device: str, from_ms: int, to_ms: int) -> Iterator[Reading]:
        """One endpoint's samples with from_ms <= at_ms < to_ms, in the order of (at_ms, boot, seq), each once."""
        return self.replay(from_ms, to_ms, (device,))

    def replay(self, from_ms: int, to_ms: int, devices: Collection[str] | None = None) -> Iterator[Reading]:
        """The samples of all endpoints, or of some, in the order they were measured. Holds one block per endpoint."""
        before: Reading | None = None
        for reading in _merged(self._sources(from_ms, to_ms, devices)):
            same = before is not None and _key(before) == _key(reading) and before.received_ms == reading.received_ms
            if from_ms <= reading.at_ms < to_ms and not same:  # the same: packed, and staged again by a restored backup
                yield reading
            before = reading

    def _sources(self, from_ms: int, to_ms: int, devices: Collection[str] | None) -> list[Source]:
        staged = self._stage(devices)
        sources: list[Source] = [(staged[0].at_ms, lambda: staged)] if staged else []
        if self._blocks is not None:
            found = self._blocks.execute(
                "SELECT n, device, first_ms FROM blocks WHERE last_ms >= ? AND first_ms < ?", (from_ms, to_ms)
            )
            sources += [
                (first_ms, partial(self._load, n, device))
                for n, device, first_ms in found
                if devices is None or device in devices
            ]
        return sorted(sources, key=lambda source: source[0])

    def _stage(self, devices: Collection[str] | None) -> list[Reading]:
        readings = (reading for rows in self._staged for reading in decode_rows(rows))
        return sorted((r for r in readings if devices is None or r.device in devices), key=_key)

    def _load(self, n: int, device: str) -> list[Reading]:
        assert self._blocks is not None  # noqa: S101 - for mypy: only its rows are loaded
        row = self._blocks.execute("SELECT data FROM blocks WHERE n = ?", (n,)).fetchone()
        return [] if row is None else list(unpack(device, row[0]))  # None: it had to make room meanwhile


def _merged(sources: Iterable[Source]) -> Iterator[Reading]:
    """Samples of sorted sources in order; a source is loaded when its time has come and dropped when it is over."""
    waiting: list[tuple[Key, int, Reading, Iterator[Reading]]] = []
    for number, (first_ms, load) in enumerate(sources):
        while waiting and waiting[0][0][0] < first_ms:
            yield _next(waiting)
        rest = iter(load())
        first = next(rest, None)
        if first is not None:
            heappush(waiting, (_key(first), number, first, rest))
    while waiting:
        yield _next(waiting)


def _next(waiting: list[tuple[Key, int, Reading, Iterator[Reading]]]) -> Reading:
    _, number, reading, rest = heappop(waiting)
    following = next(rest, None)
    if following is not None:
        heappush(waiting, (_key(following), number, following, rest))
    return reading


@contextmanager
def recorded(data_dir: Path) -> Iterator[Record]:
    """The record in a gateway's folder. Raises NothingRecorded."""
    if not (data_dir / DATABASE).exists():
        raise NothingRecorded(f"{data_dir} 里没有网关的数据 / holds no data of a gateway; name its data folder")
    staged = _staged(data_dir / DATABASE)  # first: what is packed meanwhile is then seen twice, never missed
    blocks = _open(data_dir / FILE) if (data_dir / FILE).exists() else None
    try:
        yield Record(staged, blocks)
    finally:
        if blocks is not None:
            blocks.close()


def _staged(path: Path) -> list[bytes]:
    db = _open(path)
    try:
        return [rows for (rows,) in db.execute("SELECT rows FROM telemetry")]
    finally:
        db.close()


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
