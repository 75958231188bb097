"""Readings of a centre whose file another worker holds: read through that worker's API. Nothing is written here."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import pyarrow as pa
import structlog

from cloud.history.asking import CHANNELS_MAX, POINTS_MAX
from cloud.history.columns import READINGS, ROLL_UPS
from cloud.history.curves import cut, joined
from cloud.history.port import Curve, Keep, Known, Level, NotReadable, Point

log = structlog.get_logger()
TIMEOUT_S = 5.0  # a plot without its curve is better than a page that does not come
REMEDY = "READINGS_URL and READINGS_TOKEN of this worker"
PIECE = 1 << 16  # bytes
T = TypeVar("T")


class NoHistoryHere(RuntimeError):
    """Readings came to a worker that does not keep them; its roles are wrong."""


class RemoteSeries:
    """Without an address, and while the other worker is away, there are no readings: evidence is drawn alone."""

    def __init__(self, url: str | None, token: str | None, transport: httpx.BaseTransport | None = None) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._client: httpx.Client | None = None
        if url is not None:
            self._client = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_S, transport=transport)

    def append(self, rows: Iterable[dict[str, Any]]) -> int:
        """Raises NoHistoryHere."""
        raise NoHistoryHere("readings belong to the worker whose ROLES contain history")

    def append_table(self, readings: pa.Table) -> int:
        """Raises NoHistoryHere."""
        return self.append(readings.to_pylist())

    def window(self, device: str, channel: str, from_ms: int, to_ms: int) -> list[Point]:
        """Readings of a channel as the other worker tells them, in time order."""
        query = {"device": device, "channel": channel, "from_ms": str(from_ms), "to_ms": str(to_ms)}
        try:
            told = self._ask("/api/readings", query, lambda body: body["points"])
        except NotReadable:
            return []
        return [(int(at_ms), value) for at_ms, value in told or ()]

    def read(
        self, device: str, channels: Sequence[str], from_ms: int, to_ms: int, level: Level, limit: int
    ) -> list[Curve]:
        """As the other worker tells them, as many answers as it takes. Raises NotReadable while it is away."""
        found: list[Curve] = []
        for start in range(0, len(channels), CHANNELS_MAX):
            some = channels[start : start + CHANNELS_MAX]
            curves = self._page(device, some, from_ms, to_ms, level, min(limit, POINTS_MAX))
            found += [self._more(curve, to_ms, limit) for curve in curves]
        return found

    def _page(
        self, device: str, channels: Sequence[str], from_ms: int, to_ms: int, level: Level, limit: int
    ) -> list[Curve]:
        query = {
            "device": device, "channel": list(channels), "from_ms": str(from_ms), "to_ms": str(to_ms),
            "level": str(level), "limit": str(limit),
        }  # fmt: skip
        told = self._ask("/api/history", query, _curves) or {}
        return [told.get(channel) or _curve({"device": device, "channel": channel}, level) for channel in channels]

    def _more(self, curve: Curve, to_ms: int, limit: int) -> Curve:
        """The rest of one that did not fit into an answer. Its last millisecond is asked for again: it may be cut."""
        while curve.more and len(curve.at_ms) < limit:
            last_ms = int(curve.at_ms[-1])
            whole = cut(curve, int(np.searchsorted(curve.at_ms, last_ms)))
            if not len(whole.at_ms):
                return curve
            room = min(limit - len(whole.at_ms), POINTS_MAX)
            (rest,) = self._page(curve.device, [curve.channel], last_ms, to_ms, curve.level, room)
            curve = joined(whole, rest)
        return curve

    def known(self, device: str | None = None) -> list[Known]:
        """As the other worker tells them. Raises NotReadable while it is away."""
        names = ("device", "channel", "first_ms", "last_ms")
        query = {} if device is None else {"device": device}
        told = self._ask("/api/history/channels", query, lambda body: [[row[name] for name in names] for row in body])
        return [Known(**dict(zip(names, row, strict=True))) for row in told or ()]

    def batches(
        self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level
    ) -> Iterator[pa.RecordBatch]:
        """An Arrow stream of the other worker, a batch at a time. Raises NotReadable."""
        query = {
            "device": list(devices), "channel": list(channels), "from_ms": str(from_ms), "to_ms": str(to_ms),
            "level": str(level), "format": "arrow",
        }  # fmt: skip
        schema = ROLL_UPS if level.step_ms else READINGS
        with self._stream("/api/history/export", query) as pieces, pa.ipc.open_stream(_file(pieces)) as reader:
            for batch in reader:
                yield batch.select(schema.names).cast(schema)

    def count(self, devices: Sequence[str], channels: Sequence[str], from_ms: int, to_ms: int, level: Level) -> int:
        """Not known here: the other worker refuses what is too much."""
        return 0

    def export_file(self, export_id: str) -> Iterator[bytes]:
        """A finished export as the worker that wrote it has it. Raises NotReadable."""
        with self._stream(f"/api/history/exports/{export_id}/file", {}) as pieces:
            yield from pieces

    def fold(self) -> int:
        """The other worker does."""
        return 0

    def tidy(self, now_ms: int) -> bool:
        """The other worker does."""
        return False

    def retain(self, keep: Keep, now_ms: int) -> dict[Level, int]:
        """The other worker does."""
        return {}

    def relieve(self) -> None:
        """The other worker does."""

    def backup(self, folder: Path) -> Path:
        """Raises NotImplementedError: the other worker has the file."""
        raise NotImplementedError("the readings are with the worker whose ROLES contain history; make the copy there")

    def health(self) -> dict[str, int]:
        """Nothing is kept here."""
        return {}

    def close(self) -> None:
        """Release the connection."""
        if self._client is not None:
            self._client.close()

    def _ask(self, path: str, query: dict[str, Any], read: Callable[[Any], T]) -> T | None:
        if self._client is None:
            return None
        try:
            answer = self._client.get(path, params=query)
            answer.raise_for_status()
            return read(answer.json())
        except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
            raise _away(error) from error

    @contextmanager
    def _stream(self, path: str, query: dict[str, Any]) -> Iterator[Iterator[bytes]]:
        if self._client is None:
            raise _away("READINGS_URL is not set")
        try:
            with self._client.stream("GET", path, params=query) as answer:
                answer.raise_for_status()
                yield answer.iter_bytes(PIECE)
        except (httpx.HTTPError, pa.ArrowException, OSError) as error:
            raise _away(error) from error


def _file(pieces: Iterator[bytes]) -> io.BufferedReader:
    """Whoever reads some bytes gets as many, unless it ends."""
    return io.BufferedReader(_File(pieces), PIECE)


class _File(io.RawIOBase):
    """Pieces as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(room), len(self._left))
        room[:count], self._left = self._left[:count], self._left[count:]
        return count


def _away(why: object) -> NotReadable:
    log.warning("readings_not_read", why=repr(why), remedy=REMEDY)
    return NotReadable(
        f"the worker that has the readings does not answer ({REMEDY}). 保存读数的工作进程没有应答，请检查本进程的设置。"
    )


def _curves(body: dict[str, Any]) -> dict[str, Curve]:
    """By channel; rows that mark gaps are no points."""
    names = body["columns"]
    found = {}
    for told in body["curves"]:
        columns = dict(zip(names, zip(*told["points"], strict=True), strict=True)) if told["points"] else {}
        whole = [place for place, count in enumerate(columns.get("count", ())) if count is not None]
        kept = {name: [column[place] for place in whole] for name, column in columns.items()}
        found[told["channel"]] = _curve({**told, **kept}, Level(body["level"]))
    return found


def _curve(told: dict[str, Any], level: Level) -> Curve:
    def numbers(name: str) -> np.ndarray:
        return np.array([np.nan if value is None else value for value in told.get(name, ())], dtype=np.float64)

    def counts(name: str) -> np.ndarray:
        return np.array(told.get(name, ()), dtype=np.int64)

    return Curve(
        device=told["device"], channel=told["channel"], level=level, at_ms=counts("at_ms"), low=numbers("min"),
        high=numbers("max"), mean=numbers("mean"), last=numbers("last"), count=counts("count"), faults=counts("faults"),
        uncertain=counts("uncertain"), backfilled=counts("backfilled"), more=bool(told.get("more")),
    )  # fmt: skip
